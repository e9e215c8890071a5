"""Text that a Word document can hold."""

from __future__ import annotations

import re

#: All that XML 1.0 cannot hold; a name with such a letter must not keep the report from being written.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    return _ILLEGAL.sub("", text)
