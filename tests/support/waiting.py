"""Waiting for what another thread or process does, for as long as a busy machine may need and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

_SECONDS = 120


def wait_for(true: Callable[[], bool], what: str) -> None:
    """Ask again and again; `what` says in the failure what never came about."""
    deadline = time.monotonic() + _SECONDS
    while not true():
        assert time.monotonic() < deadline, f"waited {_SECONDS} s in vain: {what}"
        time.sleep(0.02)
