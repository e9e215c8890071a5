"""Changes and trends of a file's groups: R's numbers, covariance where desks are asked again, nothing across a break."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis import index_trend
from survey.errors import Invalid
from survey.services.analyse_file import Further, analyse_file
from survey.services.sample import Columns

DATA = Path(__file__).parents[2] / "data" / "reference"
SAMPLE, ITEMS = DATA / "sample.csv", DATA / "items.csv"
DAYS = {"strata": "stratum", "clusters": ("psu",), "weight": "w"}
PERIODS = Further(waves="period")
RULES = {"MEAN_DIMS": ("ALL", "dimensions"), "MEAN_ITEMS": ("ALL", "criteria")}


def of_kind(rows: list[dict], kind: str) -> list[dict]:
    return [row for row in rows if row["kind"] == kind]


def changes(columns: Columns, rule: str = "pooled") -> dict[tuple[str, str, str], dict]:
    rows = analyse_file(SAMPLE, columns=columns, items=ITEMS, rule=rule, further=PERIODS)
    return {("".join(row["by"].values()) or "all", row["key"], row["rule"]): row for row in of_kind(rows, "change")}


@pytest.mark.parametrize("design", ["S2", "S3"])
def test_the_interval_of_a_change_is_the_recommended_one(design: str) -> None:
    # ref_recommended_diff.csv: MOVER on the two default intervals, d pooled over the agencies of each period
    reference = pd.read_csv(DATA / "ref_recommended_diff.csv").query("design == @design")
    found = changes(Columns(by=("agency",), **DAYS, fpc=("fpc1",) if design == "S3" else ()))
    told = 0
    for row in reference.itertuples():
        ours = found.get((row.agency, *RULES.get(row.measure, (row.measure, "pooled"))))
        if ours is None or ours["why"] == "fewer_than_10":
            continue
        assert (ours["from_index"], ours["to_index"]) == (pytest.approx(row.est_2024, abs=1e-10), pytest.approx(row.est_2025, abs=1e-10))
        assert (ours["ci_low"], ours["ci_high"]) == (pytest.approx(row.lo, abs=1e-9), pytest.approx(row.hi, abs=1e-9))
        told += 1
    assert told > 100


@pytest.mark.parametrize("design", ["S2", "S5"])
def test_standard_error_degrees_of_freedom_and_p_value_are_r_s_also_where_desks_are_asked_again(design: str) -> None:
    # R: svycontrast(svyby(..., covmat = TRUE)), ref_period_diff.csv; in S5 the same counters stand in both periods
    reference = pd.read_csv(DATA / "ref_period_diff.csv").query("design == @design and scope in ('all', 'agency')")
    columns = (
        Columns(by=("agency",), **DAYS) if design == "S2" else Columns(by=("agency",), strata="agency", clusters=("desk",), weight="w")
    )
    found = changes(columns)
    told = 0
    for row in reference.itertuples():
        ours = found.get((row.domain, *RULES.get(row.measure, (row.measure, "pooled"))))
        if ours is None or ours["p_value"] is None:
            continue
        assert (ours["difference"], ours["se"]) == (pytest.approx(row.diff, abs=1e-10), pytest.approx(row.se_diff, abs=1e-10))
        assert (ours["df"], ours["p_value"]) == (row.df, pytest.approx(row.p_value, abs=1e-9))
        told += 1
    assert told > 80


SATISFIED = {"2021": 70, "2022": 75, "2023": 82, "2024": 60, "2025": 66, "2026": 75}


@pytest.fixture
def six(tmp_path: Path) -> tuple[Path, Path]:
    """Six yearly waves of 100 people in each of two agencies, at four desks; agency y is asked by few in 2022."""
    lines = [
        f"{agency},{year},{agency}{i % 4},{5 if i * 7 % 100 < satisfied else 2}"
        for agency in "xy"
        for year, satisfied in reversed(SATISFIED.items())
        for i in range(9 if (agency, year) == ("y", "2022") else 100)
    ]
    (tmp_path / "six.csv").write_text("agency,year,desk,A1\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "items.csv").write_text("item,dimension\nA1,A\n", encoding="utf-8")
    return tmp_path / "six.csv", tmp_path / "items.csv"


def followed(
    six: tuple[Path, Path], *, by: tuple[str, ...] = (), clusters: tuple[str, ...] = (), breaks: tuple[str, ...] = ()
) -> list[dict]:
    further = Further(waves="year", breaks=breaks)
    return analyse_file(six[0], columns=Columns(by=by, clusters=clusters), items=six[1], further=further)


def test_a_trend_is_the_library_s_line_over_the_waves_in_order(six: tuple[Path, Path]) -> None:
    rows = [row for row in followed(six, by=("agency",)) if row["by"] == {"agency": "x"} and row["key"] == "ALL"]
    (trend,) = of_kind(rows, "trend")
    assert (trend["from_wave"], trend["to_wave"], trend["waves"], trend["unit"]) == ("2021", "2026", 6, "year")
    shares = [share / 100 for share in SATISFIED.values()]
    (expected,) = index_trend([float(year) for year in SATISFIED], shares, n_eff=[100.0] * 6)
    assert trend["slope"] == pytest.approx(expected.slope, rel=0.02)
    assert [row["from_wave"] for row in of_kind(rows, "change")] == ["2021", "2022", "2023", "2024", "2025"]


def test_no_difference_and_no_line_crosses_a_break(six: tuple[Path, Path]) -> None:
    rows = [row for row in followed(six, breaks=("2024",)) if row["key"] == "ALL"]
    across = {(row["from_wave"], row["to_wave"]): row for row in of_kind(rows, "change")}
    broken = across.pop(("2023", "2024"))
    assert (broken["difference"], broken["verdict"], broken["why"]) == (None, None, "break_of_method")
    assert all(row["difference"] is not None for row in across.values())
    lines = of_kind(rows, "trend")
    assert [(row["from_wave"], row["to_wave"], row["waves"]) for row in lines] == [("2021", "2023", 3), ("2024", "2026", 3)]
    assert [row["verdict"] for row in lines] == ["up", "up"]
    (through,) = of_kind([row for row in followed(six) if row["key"] == "ALL"], "trend")
    assert through["slope"] < min(row["slope"] for row in lines)


def test_a_wave_of_few_people_is_not_compared_and_leaves_the_trend(six: tuple[Path, Path]) -> None:
    rows = [row for row in followed(six, by=("agency",)) if row["by"] == {"agency": "y"} and row["key"] == "ALL"]
    assert [row["why"] for row in of_kind(rows, "change")] == ["fewer_than_10", "fewer_than_10", None, None, None]
    (trend,) = of_kind(rows, "trend")
    assert trend["waves"] == 5


def test_a_trend_over_the_same_desks_says_that_they_are_the_same(six: tuple[Path, Path]) -> None:
    assert {row["why"] for row in of_kind(followed(six, clusters=("desk",)), "trend")} == {"waves_share_units"}
    assert {row["why"] for row in of_kind(followed(six), "trend")} == {None}


def test_a_group_that_is_missing_in_a_wave_has_no_change_there(six: tuple[Path, Path]) -> None:
    kept = [line for line in six[0].read_text().splitlines() if not line.startswith("y,2023")]
    six[0].write_text("\n".join(kept) + "\n")
    rows = [row for row in followed(six, by=("agency",)) if row["by"] == {"agency": "y"} and row["key"] == "ALL"]
    assert [row["why"] for row in of_kind(rows, "change")] == ["fewer_than_10", "fewer_than_10", "no_valid_answers", None, None]


def test_another_method_gives_the_bounds_and_not_the_sizes(six: tuple[Path, Path]) -> None:
    found = {}
    for method in ("wilson", "linear"):
        rows = analyse_file(six[0], columns=Columns(), items=six[1], method=method, further=Further(waves="year"))
        found[method] = {kind: of_kind(rows, kind)[0] for kind in ("change", "trend")}
    assert found["wilson"]["trend"] == found["linear"]["trend"]
    assert found["wilson"]["change"]["ci_low"] != found["linear"]["change"]["ci_low"]
    assert found["wilson"]["change"]["se"] == found["linear"]["change"]["se"]


def test_refused_with_the_way_out(six: tuple[Path, Path]) -> None:
    with pytest.raises(Invalid, match=r"--waves year: the column is in --by too; take it out of --by"):
        followed(six, by=("agency", "year"))
    with pytest.raises(Invalid, match=r"--breaks 2020: no such wave; the column year holds 2021, 2022"):
        followed(six, breaks=("2020",))
    with pytest.raises(Invalid, match=r"--breaks goes with --waves"):
        analyse_file(six[0], columns=Columns(), items=six[1], further=Further(breaks=("2021",)))
    six[0].write_text(six[0].read_text().replace("x,2025,x0", "x,,x0", 1))
    with pytest.raises(Invalid, match=r"six\.csv, line \d+, column year: the cell is empty; every row needs its wave"):
        followed(six)
    six[0].write_text("agency,year,desk,A1\nx,2021,d,5\n")
    with pytest.raises(Invalid, match=r"--waves year: the column holds one wave only, '2021'; a change needs two"):
        followed(six)
