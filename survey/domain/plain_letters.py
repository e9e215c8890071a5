"""Vietnamese without its marks: to search by what people type in haste, and to make codes from names."""

from __future__ import annotations

import re
import unicodedata


def plain(text: str) -> str:
    """Small letters without tones and other marks: ``Yên Sơn`` is ``yen son``."""
    marked = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def slug(text: str) -> str:
    """The letters and digits of `text` with hyphens between, as they stand in addresses of pages: ``yen-son``."""
    return re.sub(r"[^a-z0-9]+", "-", plain(text)).strip("-")[:80].rstrip("-")
