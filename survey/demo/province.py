"""The demo's agencies, desks and published figures, from the CSV files beside this one (README.md says what is real about them)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
Rows = tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Province:
    """Rows as they stand in the files."""

    agencies: Rows
    desks: Rows
    successions: Rows
    benchmarks: Rows
    comments: tuple[str, ...]
    cases: Rows


@dataclass(frozen=True)
class DemoDesk:
    """A desk and how its answers are simulated. `above` are the codes of the agencies over its own, nearest first."""

    agency: str
    name_vi: str
    above: tuple[str, ...] = ()
    volume: float = 1.0
    kiosk: bool = False
    satisfied_percent: float | None = None
    stuffed: bool = False


def read_province() -> Province:
    agencies, desks, successions, benchmarks = (_rows(f"{name}.csv") for name in ("agencies", "desks", "successions", "benchmarks"))
    return Province(agencies, desks, successions, benchmarks, tuple(row["text"] for row in _rows("comments.csv")), _rows("cases.csv"))


def demo_desks(province: Province, on: date) -> tuple[DemoDesk, ...]:
    """The desks of the agencies that live on the day `on`, in the order of the file."""
    agencies = {row["code"]: row for row in province.agencies}
    return tuple(_desk(row, agencies) for row in province.desks if _lives(agencies[row["agency"]], on))


def _rows(name: str) -> Rows:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _lives(agency: dict[str, str], on: date) -> bool:
    return date.fromisoformat(agency["valid_from"]) <= on <= date.fromisoformat(agency["valid_to"] or "9999-12-31")


def _desk(row: dict[str, str], agencies: dict[str, dict[str, str]]) -> DemoDesk:
    return DemoDesk(
        agency=row["agency"],
        name_vi=row["name_vi"],
        above=_above(row["agency"], agencies),
        volume=float(row["volume"]),
        kiosk=row["kiosk"] == "yes",
        satisfied_percent=float(row["satisfied_percent"]) if row["satisfied_percent"] else None,
        stuffed=row["stuffed"] == "yes",
    )


def _above(code: str, agencies: dict[str, dict[str, str]]) -> tuple[str, ...]:
    parent = agencies[code]["parent"]
    return (parent, *_above(parent, agencies)) if parent else ()
