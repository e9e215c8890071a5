"""The days beside today, asked for within a test: a constant made when the file is read is wrong after midnight."""

from __future__ import annotations

from datetime import date, timedelta

from survey.settings import today


def yesterday() -> date:
    return today() - timedelta(days=1)


def tomorrow() -> date:
    return today() + timedelta(days=1)
