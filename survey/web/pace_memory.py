"""Paces in memory that all workers of one server share. They are never written to a disk, and all is empty again each day."""

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
_BEGIN = 64
#: A hash may lie in one of so many neighbouring places; when all are taken, the one that was silent longest makes room.
_NEIGHBOURS = 4
#: The first place of each shelf and how many it has. Forms that wait stand apart, so that however many do, no source is forgotten.
SOURCES, WAITING = (0, 16384), (16384, 4096)
_PLACES = sum(WAITING)

Shelf = tuple[int, int]


class PaceMemory:
    """Paces by the keyed hash of their source. The key is random, of one day and one server; with it goes what it hashed.

    Made before the server forks its workers, it is common to them: a limit is one limit however many workers there are. Its size is
    fixed (half a megabyte). The file stays empty: it is there because the system takes back the lock of a worker that is killed.
    """

    def __init__(self) -> None:
        self._memory = mmap(-1, _BEGIN + _PLACES * _PLACE.size)
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

    def read(self, shelf: Shelf, hashed: int) -> Pace | None:
        for found, last, level, one_hand in self._neighbours(shelf, hashed):
            if found == hashed:
                return Pace(last, level, one_hand)
        return None

    def write(self, shelf: Shelf, hashed: int, pace: Pace) -> None:
        neighbours = self._neighbours(shelf, hashed)
        place = min(range(_NEIGHBOURS), key=lambda n: (neighbours[n][0] != hashed, neighbours[n][1]))
        _PLACE.pack_into(self._memory, _first(shelf, hashed) + place * _PLACE.size, hashed, pace.last, pace.level, pace.one_hand)

    def _neighbours(self, shelf: Shelf, hashed: int) -> list[tuple[int, float, float, int]]:
        first = _first(shelf, hashed)
        return list(_PLACE.iter_unpack(self._memory[first : first + _NEIGHBOURS * _PLACE.size]))

    def _forget(self, day: date) -> None:
        self._memory[:] = bytes(len(self._memory))
        _HEADER.pack_into(self._memory, 0, day.toordinal(), secrets.token_bytes(32))


def _first(shelf: Shelf, hashed: int) -> int:
    begin, places = shelf
    return _BEGIN + (begin + hashed % (places // _NEIGHBOURS) * _NEIGHBOURS) * _PLACE.size
