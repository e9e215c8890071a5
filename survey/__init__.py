"""SIPAS: measures how satisfied citizens are with the one-stop desks of a Vietnamese province."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from survey.settings import Settings

__version__ = version("sipas")


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Settings come from the environment unless given."""
    from survey.web.application import build

    return build(settings)
