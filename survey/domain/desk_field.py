"""The field of service of a desk (land, civil status, construction …), and the desks of an agency that share one (decision 0044)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

LONGEST_FIELD = 80


def tidy(text: str) -> str | None:
    """As it is stored: accents composed, single spaces; None for nothing."""
    return unicodedata.normalize("NFC", " ".join(text.split())) or None


def shared_fields(desks: Mapping[int, int], field_of: Mapping[int, str]) -> dict[int, int]:
    """Of each desk that shares its field with another desk of its agency, the number of this field: the lowest of its desks'.

    `desks` maps each desk to its agency. A field with a single desk is that desk and has no number of its own.
    """
    together: dict[tuple[int, str], list[int]] = {}
    for desk, agency in sorted(desks.items()):
        if desk in field_of:
            together.setdefault((agency, field_of[desk]), []).append(desk)
    return {desk: found[0] for found in together.values() if len(found) > 1 for desk in found}
