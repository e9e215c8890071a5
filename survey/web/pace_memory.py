"""Paces in memory that all workers of one server share. They are never written to a disk, and all is empty again each day."""

from __future__ import annotations

import os
import secrets
from datetime import date
from fcntl import LOCK_EX, LOCK_UN, lockf
from hashlib import blake2b
from math import inf
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

    def __enter__(self) -> PaceMemory:
        """Nobody else reads or writes until the block ends."""
        self._between_threads.acquire()
        lockf(self._between_workers, LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        lockf(self._between_workers, LOCK_UN)
        self._between_threads.release()

    def forget_before(self, day: date) -> None:
        """On a new day all is forgotten, the key included."""
        if _HEADER.unpack_from(self._memory)[0] != day.toordinal():
            self._memory[:] = bytes(len(self._memory))
            _HEADER.pack_into(self._memory, 0, day.toordinal(), secrets.token_bytes(32))

    def hashed(self, *words: str) -> int:
        key = _HEADER.unpack_from(self._memory)[1]
        return int.from_bytes(blake2b("\0".join(words).encode("utf-8", "replace"), key=key, digest_size=8).digest(), "little") or 1

    def read(self, shelf: Shelf, hashed: int) -> Pace | None:
        return self.find(shelf, hashed)[1]

    def find(self, shelf: Shelf, hashed: int) -> tuple[int, Pace | None]:
        """The place where the pace of a source lies or may be written, and the pace if it is there."""
        begin, places = shelf
        first = _BEGIN + (begin + hashed % (places // _NEIGHBOURS) * _NEIGHBOURS) * _PLACE.size
        longest_silent, silent_since = first, inf
        for at in range(first, first + _NEIGHBOURS * _PLACE.size, _PLACE.size):
            found, last, level, one_hand = _PLACE.unpack_from(self._memory, at)
            if found == hashed:
                return at, Pace(last, level, one_hand)
            if last < silent_since:
                longest_silent, silent_since = at, last
        return longest_silent, None

    def write(self, at: int, hashed: int, pace: Pace) -> None:
        _PLACE.pack_into(self._memory, at, hashed, *pace)
