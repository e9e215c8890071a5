"""Comments: what an agency does with one, and how words are found in them."""

from __future__ import annotations

import unicodedata

from survey.domain.plain_letters import plain

#: What has become of a comment. Whatever nobody has touched is ``new``.
NEW, WORKING, DONE, NOTHING = STATES = ("new", "working", "done", "nothing_to_do")
LONGEST_NOTE = 500


def holds(text: str, wanted: str) -> bool:
    """Whether `text` holds every word of `wanted`, each as typed: with diacritics only where `wanted` has them."""
    composed = unicodedata.normalize("NFC", text.lower())
    bare = plain(text)
    return all(word in (bare if word == plain(word) else composed) for word in unicodedata.normalize("NFC", wanted.lower()).split())
