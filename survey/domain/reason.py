"""Why somebody takes something back, returns it or puts it aside: words of their own, in one line."""

from __future__ import annotations

from survey.errors import Invalid


def checked_reason(typed: str, *, longest: int, code: str) -> str:
    """The words of `typed` in one line; `Invalid` with `code` where there are none, or more than `longest` letters."""
    words = " ".join(typed.split())
    if not words or len(words) > longest:
        raise Invalid(f"Say why, in at most {longest} letters.", code=code)
    return words
