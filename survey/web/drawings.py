"""Pictures drawn to SVG or PNG, each once: a drawing is kept under the hash of all that it shows and of the code that draws it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from time import time
from typing import Any

import altair as alt
import vl_convert

KEPT_FOR = 7 * 24 * 3600  # seconds
_VEGA_LITE = "6.1"
_FINE = 3  # dots of the PNG for each of the page
_drawing = Lock()  # one at a time: each wants a whole processor

Data = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """Plain `data` with every word in it, and how a specification is made of it; only an unknown picture needs one."""

    data: Data
    specification: Callable[[Data], alt.LayerChart | alt.FacetChart]
    may_be_kept: bool = True


def svg(picture: Picture, *, folder: Path) -> bytes:
    """The drawn picture, from `folder` when it was drawn before and may be kept."""
    return _drawn(picture, folder, "svg", lambda vega_lite: vl_convert.vegalite_to_svg(vega_lite, vl_version=_VEGA_LITE).encode())


def png(picture: Picture, *, folder: Path) -> bytes:
    """The same, fine enough to be printed, for documents that take no SVG."""
    return _drawn(picture, folder, "png", lambda vega_lite: vl_convert.vegalite_to_png(vega_lite, vl_version=_VEGA_LITE, scale=_FINE))


def _drawn(picture: Picture, folder: Path, kind: str, draw: Callable[[str], bytes]) -> bytes:
    path = folder / f"{_hash(picture)}.{kind}"
    try:
        return path.read_bytes()
    except OSError:
        specification = picture.specification(picture.data).to_json(indent=None)
    with _drawing:
        drawn = draw(specification)
    if picture.may_be_kept:
        _keep(path, drawn)
    return drawn


def folder(instance_path: str) -> Path:
    return Path(instance_path) / "charts"


def _hash(picture: Picture) -> str:
    parts = [picture.specification.__name__, picture.data, _code()]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """Another way of drawing gives other drawings."""
    here = Path(__file__).parent
    sources = b"".join((here / f"{name}.py").read_bytes() for name in ("charts", "drawings", "funnel_chart", "level_chart", "panels"))
    return f"{sha256(sources).hexdigest()} {version('altair')} {version('vl-convert-python')}"


def _keep(path: Path, drawn: bytes) -> None:
    """Written whole or not at all; a full disk or a forbidden folder costs only the next drawing."""
    try:
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(drawn)
        Path(file.name).replace(path)
        for old in path.parent.iterdir():
            if old.stat().st_mtime < time() - KEPT_FOR:
                old.unlink(missing_ok=True)
    except OSError:
        return
