"""Not one word of ours is missing in either language."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from survey.settings import PROJECT

Message = str | tuple[str, ...]


@pytest.fixture(scope="module")
def said() -> set[Message]:
    """Every message that pages and Python code say."""
    with (PROJECT / "babel.cfg").open(encoding="utf-8") as settings:
        methods, options = parse_mapping_cfg(settings)
    found = extract_from_dir(PROJECT, methods, options, strip_comment_tags=True, directory_filter=_holds_words)
    return {message for _, _, message, _, _ in found}


@pytest.fixture(scope="module")
def vietnamese() -> Catalog:
    with (PROJECT / "translations" / "vi" / "messages.po").open("rb") as source:
        return read_po(source, locale="vi", abort_invalid=True)


def test_every_message_is_translated(said: set[Message], vietnamese: Catalog) -> None:
    assert len(said) > 100
    missing = {message for message in said if not (entry := vietnamese.get(_key(message))) or not all(_forms(entry.string))}
    assert missing == set()


def test_nothing_is_translated_that_nobody_says(said: set[Message], vietnamese: Catalog) -> None:
    assert {entry.id for entry in vietnamese if entry.id} - said == set()


def test_translations_fill_in_the_same_values(vietnamese: Catalog) -> None:
    assert [(entry.id, error) for entry in vietnamese if entry.id for error in entry.check(vietnamese)] == []


def test_nothing_is_fuzzy_and_english_needs_no_catalogue(vietnamese: Catalog) -> None:
    assert [entry.id for entry in vietnamese if entry.fuzzy] == []
    assert [path.name for path in Path(PROJECT / "translations").iterdir() if path.is_dir()] == ["vi"]


def _holds_words(folder: str | os.PathLike[str]) -> bool:
    return Path(folder).relative_to(PROJECT).parts[0] in {"survey", "templates"}


def _key(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


def _forms(text: Message) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text
