"""The order of the Vietnamese alphabet, which no database of ours is sure to know."""

from __future__ import annotations

import unicodedata

_ALPHABET = {letter: place for place, letter in enumerate(" -–,.0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = dict.fromkeys([0x300, 0x301, 0x303, 0x309, 0x323])  # grave, acute, tilde, hook, dot below


def alphabetical(text: str) -> tuple[tuple[int, ...], str]:
    """A sort key: letters first (ă after a, đ after d), tones only where the letters are the same."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text.lower()).translate(_TONES))
    return tuple(_ALPHABET.get(letter, len(_ALPHABET)) for letter in plain), text
