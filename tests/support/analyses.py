"""Analyses that a page has started run in threads of the same process."""

from __future__ import annotations

import threading


def finish_analyses() -> None:
    """Wait until those that are running have stored what they found."""
    for thread in threading.enumerate():
        if thread.name.startswith("analysis of"):
            thread.join()
