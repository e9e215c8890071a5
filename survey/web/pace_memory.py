"""A table of paces in memory that all workers of one server share. It is never written to a disk and is empty again each day."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from fcntl import LOCK_EX, LOCK_UN, lockf
from hashlib import blake2b
from mmap import mmap
from struct import Struct
from tempfile import TemporaryFile
from threading import Lock
from weakref import finalize

from survey.domain.bursts import Pace

_HEADER = Struct("<I32s")  # the day, and its key
_PLACE = Struct("<Qdfi")  # the keyed hash, and its pace
#: A hash may lie in one of so many neighbouring places; when all are taken, the one that was silent longest makes room.
_NEIGHBOURS = 4
_BEGIN = 64


class PaceMemory:
    """Paces by the keyed hash of their source. The key is random, of one day and one server; with it goes what it hashed.

    Made before the server forks its workers, it is common to them: a limit is one limit however many workers there are. Its size is
    fixed. The file is empty; it is there because the system takes back the lock of a worker that is killed.
    """

    def __init__(self, places: int) -> None:
        self._places = places // _NEIGHBOURS * _NEIGHBOURS
        self._memory = mmap(-1, _BEGIN + self._places * _PLACE.size)
        self._between_threads = Lock()
        with TemporaryFile() as file:
            self._between_workers = os.dup(file.fileno())
        finalize(self, os.close, self._between_workers)

    @contextmanager
    def alone(self, day: date) -> Iterator[None]:
        """Nobody else reads or writes meanwhile. On a new day all is forgotten first."""
        with self._between_threads:
            lockf(self._between_workers, LOCK_EX)
            try:
                if _HEADER.unpack_from(self._memory)[0] != day.toordinal():
                    self._forget(day)
                yield
            finally:
                lockf(self._between_workers, LOCK_UN)

    def hashed(self, *words: str) -> int:
        key = _HEADER.unpack_from(self._memory)[1]
        return int.from_bytes(blake2b("\0".join(words).encode("utf-8", "replace"), key=key, digest_size=8).digest(), "little") or 1

    def read(self, hashed: int) -> Pace | None:
        for at in self._neighbours(hashed):
            found, *pace = _PLACE.unpack_from(self._memory, at)
            if found == hashed:
                return Pace(*pace)
        return None

    def write(self, hashed: int, pace: Pace) -> None:
        taken = [(_PLACE.unpack_from(self._memory, at), at) for at in self._neighbours(hashed)]
        _, at = min(taken, key=lambda place: (place[0][0] != hashed, place[0][1]))
        _PLACE.pack_into(self._memory, at, hashed, pace.last, pace.level, pace.one_hand)

    def _neighbours(self, hashed: int) -> range:
        first = _BEGIN + hashed % (self._places // _NEIGHBOURS) * _NEIGHBOURS * _PLACE.size
        return range(first, first + _NEIGHBOURS * _PLACE.size, _PLACE.size)

    def _forget(self, day: date) -> None:
        self._memory[:] = bytes(len(self._memory))
        _HEADER.pack_into(self._memory, 0, day.toordinal(), secrets.token_bytes(32))
