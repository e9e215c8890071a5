"""What can go wrong, in one small tree. The text is made for the reader at the edge (web page or command line).

SipasError
├── Invalid       the input breaks a rule; the message says which and how to mend it
├── NotFound      no such thing, or none that this person may know of
├── NotAllowed    the person may not do this
├── Conflict      the thing is not in a state that allows this
└── Unavailable   the database or a file cannot be reached now
"""

from __future__ import annotations


class SipasError(Exception):
    """One sentence for the command line; `code` is stable and picks the translated text on a page."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class Invalid(SipasError):
    code = "invalid"


class NotFound(SipasError):
    code = "not_found"


class NotAllowed(SipasError):
    code = "not_allowed"


class Conflict(SipasError):
    code = "conflict"


class Unavailable(SipasError):
    code = "unavailable"
