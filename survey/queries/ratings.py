"""Each person's ratings in one wave and mode, as arrays for `analysis`: for what desk-day totals cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis import Measures
from survey.domain.submission import ANSWERING_TIMES
from survey.models import Desk, Response

_CHUNK = 5000
UNKNOWN_TIME = -1
_TIMES = {None: UNKNOWN_TIME} | {name: number for number, name in enumerate(ANSWERING_TIMES)}


@dataclass(frozen=True, eq=False)
class Ratings:
    """N people: the agency of the desk, the desk-day (sampling unit) and `given`, (N, R) in the order of `Measures.rated`.

    A rating is 1 to 5, 0 for no opinion, NaN where the form did not ask. `times` are places in `ANSWERING_TIMES`, or `UNKNOWN_TIME` where
    the phone told nothing. `desk_days` holds the desk and day of each unit, by its number.
    """

    agencies: NDArray[np.int64]
    units: NDArray[np.int64]
    given: NDArray[np.float64]
    times: NDArray[np.int8]
    desk_days: tuple[tuple[int, date], ...] = ()

    def keep(self, people: NDArray[np.bool_]) -> Ratings:
        return Ratings(self.agencies[people], self.units[people], self.given[people], self.times[people], self.desk_days)


def read_ratings(
    session: Session, wave_id: int, mode: str, measures: Measures, *, last_days: Mapping[int, date] | None = None
) -> Ratings:  # fmt: skip
    """Everybody's ratings, in the order of the ids; with `last_days` only those of each desk up to its last day."""
    place = {key: number for number, key in enumerate(measures.rated)}
    statement = (
        select(Desk.agency_id, Response.desk_id, Response.responded_on, Response.ratings, Response.answering_time)
        .join(Desk, Desk.id == Response.desk_id)
        .where(Response.wave_id == wave_id, Response.mode == mode)
        .order_by(Response.id)
    )
    agencies: list[int] = []
    units: list[int] = []
    times: list[int] = []
    number_of: dict[tuple[int, date], int] = {}
    blocks = [np.empty((0, len(place)))]
    for rows in session.execute(statement, execution_options={"yield_per": _CHUNK}).partitions(_CHUNK):
        told = rows if last_days is None else [row for row in rows if row[2] <= last_days.get(row[1], date.min)]
        if not told:
            continue
        agency, desk, day, given, time = zip(*told, strict=True)
        agencies += agency
        units += [number_of.setdefault(unit, len(number_of)) for unit in zip(desk, day, strict=True)]
        times += map(_TIMES.__getitem__, time)
        blocks.append(_matrix(given, place))
    return Ratings(
        np.array(agencies, dtype=np.int64), np.array(units, dtype=np.int64), np.concatenate(blocks), np.array(times, dtype=np.int8),
        tuple(number_of),
    )  # fmt: skip


def _matrix(given: Sequence[dict[str, int]], place: Mapping[str, int]) -> NDArray[np.float64]:
    matrix = np.full((len(given), len(place)), np.nan)
    cells = [(row, place[code], rating) for row, ratings in enumerate(given) for code, rating in ratings.items() if code in place]
    if cells:
        rows, columns, values = np.array(cells).T
        matrix[rows, columns] = values
    return matrix
