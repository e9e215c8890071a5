"""A file larger than what is held at a time gives the numbers, and the refusals, of the same file read at once."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from survey.errors import Invalid
from survey.services import collect_sample, read_respondents
from survey.services.analyse_file import Further, analyse_file
from survey.services.sample import Columns
from tests.survey.services import test_analyse_file as at_once

SAMPLE, ITEMS = at_once.SAMPLE, at_once.ITEMS
small = at_once.small

DESIGNS = {
    "respondents": Columns(by=("agency",)),
    "strata": Columns(by=("agency", "period"), strata="agency"),
    "weights": Columns(by=("sex",), strata="stratum", weight="w"),
    "a finite population": Columns(by=("level",), strata="agency", fpc=("size",)),
    "no groups": Columns(),
    "desk-days": Columns(by=("age",), strata="stratum", clusters=("psu",), fpc=("fpc1",), weight="w"),
    "desks over strata of agencies": Columns(strata="agency", clusters=("desk",), weight="w"),
    "two stages": Columns(by=("agency",), strata="stratum", clusters=("psu", "resp_id"), fpc=("fpc1", "fpc2"), weight="w"),
}


@pytest.fixture
def chunks_of(monkeypatch: pytest.MonkeyPatch):
    def hold(rows: int) -> None:
        monkeypatch.setattr(read_respondents, "CHUNK_ROWS", rows)
        monkeypatch.setattr(collect_sample, "CHUNK_ROWS", rows)

    return hold


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The reference sample as CSV and as Parquet, with the size of a population for each agency."""
    people = pd.read_csv(SAMPLE, dtype={"period": str})
    people["size"] = 3 * people.groupby("agency")["agency"].transform("size")
    folder = tmp_path_factory.mktemp("large")
    people.to_csv(folder / "people.csv", index=False)
    people.astype({"agency": "category"}).to_parquet(folder / "people.parquet")
    return SimpleNamespace(csv=folder / "people.csv", parquet=folder / "people.parquet")


def assert_same(found: list[dict], expected: list[dict]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == {
            name: pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value for name, value in theirs.items()
        }


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("design", DESIGNS)
def test_the_numbers_do_not_depend_on_how_much_is_read_at_a_time(sample: SimpleNamespace, chunks_of, design: str, kind: str) -> None:
    columns = DESIGNS[design]
    expected = analyse_file(sample.csv, columns=columns, items=ITEMS)
    chunks_of(700)
    assert_same(analyse_file(getattr(sample, kind), columns=columns, items=ITEMS), expected)


@pytest.mark.parametrize("design", ["respondents", "weights", "a finite population", "desk-days", "two stages"])
def test_comparisons_and_changes_do_not_depend_on_how_much_is_read_at_a_time(sample: SimpleNamespace, chunks_of, design: str) -> None:
    columns, further = DESIGNS[design], Further(compare=True, waves="period")
    expected = analyse_file(sample.csv, columns=columns, items=ITEMS, further=further)
    chunks_of(700)
    found = analyse_file(sample.csv, columns=columns, items=ITEMS, further=further)
    assert {row["kind"] for row in found} == {"estimate", "comparison", "pair", "funnel", "shrunken", "change", "trend"}
    assert_same(found, expected)


def test_units_are_summed_again_when_their_parts_become_many(sample: SimpleNamespace, chunks_of) -> None:
    columns = Columns(clusters=("desk",))
    expected = analyse_file(sample.csv, columns=columns, items=ITEMS)
    chunks_of(20)
    assert_same(analyse_file(sample.csv, columns=columns, items=ITEMS), expected)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("case", at_once.REFUSED)
def test_refused_with_line_and_column_however_little_is_read_at_a_time(small: tuple[Path, Path], chunks_of, case: str, rows: int) -> None:
    chunks_of(rows)
    at_once.test_refused_with_line_and_column(small, case)


@pytest.mark.parametrize("case", at_once.BAD_FILES)
def test_a_file_that_is_no_table_is_refused_at_any_row(small: tuple[Path, Path], chunks_of, case: str) -> None:
    chunks_of(1)
    at_once.test_a_file_that_is_no_table_is_refused(small, case)


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b"y,4,1,9,2,\xff,\n", "small.csv, line 6, byte 11: not UTF-8"),
        (b"y,4,1,9,2,\x00,\n", "small.csv, line 6: holds a NUL byte"),
        (b"y,4,1,9,2\n", "small.csv, line 6: 5 cells where the header has 7"),
        (b'y,"4,1\n', "small.csv, line 6: not CSV: unexpected end of data"),
        (b'"y\nz",4,1,9,5,4,3\ny,4,1,9,7,,\n', "small.csv, line 8, column A1: '7' is no rating"),
    ],
)
def test_damage_far_down_is_told_with_its_line(small: tuple[Path, Path], chunks_of, tail: bytes, message: str) -> None:
    chunks_of(2)
    small[0].write_bytes(at_once.SMALL.encode() + tail)
    with pytest.raises(Invalid) as refusal:
        analyse_file(small[0], columns=Columns(), items=small[1])
    assert refusal.value.message.startswith(message)


def test_too_many_groups_of_respondents_are_refused(small: tuple[Path, Path], chunks_of, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(2)
    monkeypatch.setattr(collect_sample, "MOST_GROUPS", 3)
    with pytest.raises(Invalid, match="the values of day make more than 3 groups, too many for a file of this size"):
        analyse_file(small[0], columns=Columns(by=("day",)), items=small[1])


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_the_ends_of_lines_of_other_systems_are_understood(small: tuple[Path, Path], end: str) -> None:
    expected = analyse_file(small[0], columns=Columns(), items=small[1])
    small[0].write_bytes(at_once.SMALL.replace("\n", end).encode())
    assert analyse_file(small[0], columns=Columns(), items=small[1]) == expected


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_progress_goes_up_to_the_end(sample: SimpleNamespace, chunks_of, kind: str) -> None:
    chunks_of(900)
    told: list[float] = []
    analyse_file(getattr(sample, kind), columns=Columns(), items=ITEMS, progress=told.append)
    assert told == sorted(told)
    assert len(told) == 6
    assert told[-1] == 1


@pytest.fixture
def parquet(small: tuple[Path, Path], tmp_path: Path):
    def write(**changed) -> Path:
        table = {"agency": ["x", "x", "y", "y"], "A1": [5, 4, 1, 2], "A2": [4.0, None, 5.0, 2.0], "B1": ["3", "2", "4", ""]} | changed
        pd.DataFrame(table).to_parquet(tmp_path / "small.parquet")
        return tmp_path / "small.parquet"

    return write


def test_a_parquet_file_of_any_types_holds_the_ratings_of_the_csv_file(small: tuple[Path, Path], parquet) -> None:
    expected = analyse_file(small[0], columns=Columns(by=("agency",)), items=small[1])
    assert analyse_file(parquet(), columns=Columns(by=("agency",)), items=small[1]) == expected
    floats = parquet(A2=np.array([4, np.nan, 5, 2], dtype=np.float32), A1=pd.Series([5, 4, 1, 2], dtype="category"))
    assert analyse_file(floats, columns=Columns(by=("agency",)), items=small[1]) == expected


@pytest.mark.parametrize(
    ("changed", "columns", "message"),
    [
        ({"A1": [5, 4, 6, 2]}, Columns(), "small.parquet, row 3, column A1: '6' is no rating"),
        ({"A2": [4.5, 4, 5, 2]}, Columns(), "small.parquet, row 1, column A2: '4.5' is no rating"),
        ({"agency": ["x", None, "y", "y"]}, Columns(strata="agency"), "small.parquet, row 2, column agency: the cell is empty"),
        ({}, Columns(strata="agenci"), "small.parquet: column 'agenci' is missing; did you mean 'agency'?"),
        ({"A1": [[5], [4], [6], [2]]}, Columns(), "small.parquet: cannot be read as Parquet after row 0"),
        ({"A1": [], "A2": [], "B1": [], "agency": []}, Columns(), "small.parquet: no rows"),
    ],
)
def test_a_wrong_parquet_file_is_refused_with_row_and_column(
    small: tuple[Path, Path], parquet, changed: dict, columns: Columns, message: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        analyse_file(parquet(**changed), columns=columns, items=small[1])
    assert refusal.value.message.startswith(message)


def test_what_is_named_parquet_and_is_none_is_refused(small: tuple[Path, Path]) -> None:
    fake = small[0].with_suffix(".parquet")
    fake.write_text("A1,A2,B1\n1,2,3\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"small\.parquet: cannot be read as Parquet: "):
        analyse_file(fake, columns=Columns(), items=small[1])


def test_a_column_twice_in_a_parquet_file_is_refused(small: tuple[Path, Path]) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    twice = small[0].with_suffix(".parquet")
    parquet.write_table(arrow.Table.from_arrays([arrow.array([1]), arrow.array([2])], names=["A1", "A1"]), twice)
    with pytest.raises(Invalid, match=r"small\.parquet: column 'A1' appears twice"):
        analyse_file(twice, columns=Columns(), items=small[1])


def test_without_pyarrow_the_way_out_is_told(small: tuple[Path, Path], parquet, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Invalid, match="Parquet files need the package pyarrow; install it, or save the file as CSV"):
        analyse_file(path, columns=Columns(), items=small[1])
