"""What the app does at length for the sake of strangers, and need not do again for each of the thousands of tests."""

from __future__ import annotations

from types import CodeType

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from passlib.hash import argon2

_DEAR = {"memory_cost": argon2.memory_cost, "parallelism": argon2.parallelism}


def cheap_passwords() -> None:
    """The same hash for a thousandth of the work: what it costs a guesser is what it would cost every test that logs somebody in."""
    argon2.memory_cost, argon2.parallelism = 8, 1


def dear_passwords(patch: pytest.MonkeyPatch) -> None:
    """As they are outside of tests, until the patch is undone."""
    for name, cost in _DEAR.items():
        patch.setattr(argon2, name, cost)


class CompiledTemplates(BytecodeCache):
    """Keeps templates as the first app of this process compiled them; a template that changes is another one."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code
