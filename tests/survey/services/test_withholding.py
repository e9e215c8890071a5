"""What someone who sees the whole tree can work out by adding and subtracting what is shown."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from survey.services.score_wave import Row, _hide_few, _withhold_from_above, for_those_above

COUNT = st.one_of(st.just(0), st.integers(1, 12), st.integers(10, 60))


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[int, int | None], dict[int, int]]:
    """A province (1), districts below it, communes below those; and the people at each agency's own desks."""
    parents: dict[int, int | None] = {1: None}
    for _ in range(draw(st.integers(1, 5))):
        parents[len(parents) + 1] = 1
    for district in list(parents)[1:]:
        for _ in range(draw(st.integers(0, 4))):
            parents[len(parents) + 1] = district
    return parents, {agency: draw(COUNT) for agency in parents}


def below(agency: int, parents: dict[int, int | None]) -> set[int]:
    return {agency} | {other for child, parent in parents.items() if parent == agency for other in below(child, parents)}


@given(trees())
def test_no_small_agency_can_be_worked_out_from_what_is_shown_to_those_above(tree: tuple[dict[int, int | None], dict[int, int]]) -> None:
    parents, own = tree
    totals = {agency: sum(own[part] for part in below(agency, parents)) for agency in parents}
    wholes: dict[int, list[Row]] = {
        agency: [{"respondents": total, "index": 0.5, "why": None}] for agency, total in totals.items() if total
    }
    if not wholes:
        return
    _withhold_from_above(wholes, parents)
    for rows in wholes.values():
        _hide_few(rows)
    shown = [agency for agency, rows in wholes.items() if for_those_above(rows)[0]["index"] is not None]

    def parts(agency: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Which agencies with people of their own make up the number of `agency`."""
        return np.array([float(part in below(agency, parents) and own[part] > 0) for part in parents])

    known = np.array([parts(agency) for agency in shown]).reshape(len(shown), len(parents))
    for agency, total in totals.items():
        if 0 < total < 10:
            told = np.linalg.matrix_rank(np.vstack([known, parts(agency)])) == np.linalg.matrix_rank(known) if shown else False
            assert not told, f"agency {agency} with {total} people follows from {shown}"
