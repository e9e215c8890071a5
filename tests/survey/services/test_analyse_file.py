"""The index from a CSV file: the same numbers as R and as the exact fractions; bad input is refused with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import percent_half_up
from survey.errors import Invalid
from survey.services.analyse_file import analyse_file
from survey.services.sample import Columns

DATA = Path(__file__).parents[2] / "data"
SAMPLE, ITEMS = DATA / "reference" / "sample.csv", DATA / "reference" / "items.csv"
MEANS = {"MEAN_DIMS": ("ALL", "dimensions"), "MEAN_ITEMS": ("ALL", "criteria")}
DAYS = {"strata": "stratum", "weight": "w"}
DESIGNS = {
    "S0": Columns(),
    "S2": Columns(clusters=("psu",), **DAYS),
    "S3": Columns(clusters=("psu",), fpc=("fpc1",), **DAYS),
    "S4": Columns(clusters=("psu", "resp_id"), fpc=("fpc1", "fpc2"), **DAYS),
    "S5": Columns(strata="agency", clusters=("desk",), weight="w"),
}


def with_agency_period(tmp_path: Path) -> Path:
    """S1's strata, agency and period together, as a column of their own."""
    sample = pd.read_csv(SAMPLE, dtype=str, keep_default_na=False)
    sample["agency_period"] = sample["agency"] + ":" + sample["period"]
    sample.to_csv(tmp_path / "sample.csv", index=False)
    return tmp_path / "sample.csv"


def rows_of(path: Path, columns: Columns, rule: str) -> dict[tuple[str, str, str], dict]:
    rows = analyse_file(path, columns=columns, items=ITEMS, rule=rule)
    return {(":".join(row["by"].values()) or "all", row["key"], row["rule"]): row for row in rows}


@pytest.mark.parametrize("by", [(), ("agency",), ("level",), ("agency", "period")], ids=",".join)
@pytest.mark.parametrize("design", ["S0", "S1", "S2", "S3", "S4", "S5"])
def test_the_sample_gives_r_estimates_standard_errors_and_degrees_of_freedom(design: str, by: tuple[str, ...], tmp_path: Path) -> None:
    reference = pd.concat([pd.read_csv(DATA / "reference" / f"{name}.csv") for name in ("ref_index", "ref_items")])
    reference = reference[(reference["design"] == design) & (reference["scope"] == ("_".join(by) or "all")) & reference["est"].notna()]
    columns = Columns(strata="agency_period") if design == "S1" else DESIGNS[design]
    columns = Columns(by, columns.strata, columns.clusters, columns.fpc, columns.weight)
    found: dict = {}
    means = by in ((), ("agency",))  # the other splits add nothing to the means of ratios but time
    for rule in ("pooled", "criteria", "dimensions") if means else ("pooled",):
        found |= rows_of(with_agency_period(tmp_path) if design == "S1" else SAMPLE, columns, rule)
    for row in (reference if means else reference[~reference["measure"].isin(MEANS)]).itertuples():
        ours = found[(str(row.domain), *MEANS.get(row.measure, (row.measure, "pooled")))]
        assert ours["index"] == pytest.approx(row.est, abs=1e-10)
        assert ours["df"] == row.df
        assert (ours["respondents"], ours["answers"]) == (row.n_resp, row.n_valid)
        assert ours["why"] == "one_unit" if ours["se"] is None else ours["se"] == pytest.approx(row.se, abs=1e-10)


def expanded_counts(path: Path) -> None:
    """synthetic_counts.csv as respondents: each criterion's ratings are dealt from the first person of the unit on."""
    counts = pd.read_csv(DATA / "golden" / "synthetic_counts.csv")
    levels = ["very_satisfied", "satisfied", "normal", "dissatisfied", "very_dissatisfied"]
    people = []
    for unit, rows in counts.groupby("unit"):
        given = {row.code: np.repeat(["5", "4", "3", "2", "1"], [getattr(row, level) for level in levels]) for row in rows.itertuples()}
        everyone = range(max(1, *(len(ratings) for ratings in given.values())))
        columns = {code: pd.Series(ratings).reindex(everyone) for code, ratings in given.items()}
        people.append(pd.DataFrame({"unit": unit} | columns, index=everyone))
    pd.concat(people).to_csv(path, index=False)


def test_the_counted_units_give_the_exact_values_by_every_rule_half_up(tmp_path: Path) -> None:
    expanded_counts(tmp_path / "people.csv")
    found = {}
    for rule in ("pooled", "criteria", "dimensions"):
        for row in analyse_file(tmp_path / "people.csv", columns=Columns(by=("unit",)), rule=rule):
            found[(row["by"].get("unit"), row["level"], row["key"], row["rule"])] = row
    rules = {"mean_of_criteria": "criteria", "mean_of_dimensions": "dimensions_of_criteria"}
    expected = pd.read_csv(DATA / "golden" / "synthetic_expected.csv", dtype=str, keep_default_na=False)
    for row in expected.itertuples():
        ours = found[(row.unit, row.level, row.key, rules.get(row.rule, "pooled"))]
        if not row.pct_2dp_half_up:
            assert (ours["index"], ours["se"], ours["ci_low"], ours["why"]) == (None, None, None, "no_valid_answers")
            continue
        assert str(percent_half_up(ours["index"])) == row.pct_2dp_half_up
        assert ours["index"] == pytest.approx(
            float(Fraction(int(row.pct_exact_numerator), 100 * int(row.pct_exact_denominator))), abs=1e-14
        )


SMALL = "agency,day,w,N,A1,A2,B1\nx,1,1,9,5,4,3\nx,2,2.5,9,4,,2\ny,3,1,9,1,5,4\ny,4,1,9,2,2,\n"
SMALL_ITEMS = "item,dimension\nA1,A\nA2,A\nB1,B\n"


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "small.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "items.csv").write_text(SMALL_ITEMS, encoding="utf-8")
    return tmp_path / "small.csv", tmp_path / "items.csv"


def test_the_whole_comes_first_then_the_groups_by_name_each_from_the_whole_down(small: tuple[Path, Path]) -> None:
    rows = analyse_file(small[0], columns=Columns(by=("agency",)), items=small[1])
    assert [row["by"] for row in rows[::6]] == [{}, {"agency": "x"}, {"agency": "y"}]
    assert [(row["level"], row["key"]) for row in rows[:6]] == [
        ("overall", "ALL"),
        ("dimension", "A"),
        ("dimension", "B"),
        ("criterion", "A1"),
        ("criterion", "A2"),
        ("criterion", "B1"),
    ]


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("pooled", {"overall": {"pooled"}, "dimension": {"pooled"}, "criterion": {"pooled"}}),
        ("criteria", {"overall": {"criteria"}, "dimension": {"criteria"}, "criterion": {"pooled"}}),
        ("dimensions", {"overall": {"dimensions", "dimensions_of_criteria"}, "dimension": {"pooled"}, "criterion": {"pooled"}}),
    ],
)
def test_every_number_says_its_rule(small: tuple[Path, Path], rule: str, shown: dict[str, set[str]]) -> None:
    rows = analyse_file(small[0], columns=Columns(), items=small[1], rule=rule)
    assert {level: {row["rule"] for row in rows if row["level"] == level} for level in shown} == shown


def test_an_empty_group_name_is_a_group_of_its_own(small: tuple[Path, Path]) -> None:
    small[0].write_text(SMALL.replace("y,3", ",3"), encoding="utf-8")
    rows = analyse_file(small[0], columns=Columns(by=("agency",)), items=small[1])
    assert [row["by"]["agency"] for row in rows[6::6]] == ["", "x", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SMALL,
        SMALL.replace("\n", "\r\n"),
        SMALL + "\n\n",
        SMALL.replace("5,4,3", "5.0,4.0, 3 "),
        SMALL.replace("x,", '"x",'),
    ],
    ids=["byte order mark", "Windows lines", "empty lines", "decimals and spaces", "quotes"],
)
def test_harmless_differences_between_programs_are_understood(small: tuple[Path, Path], text: str) -> None:
    expected = analyse_file(small[0], columns=Columns(by=("agency",)), items=small[1])
    small[0].write_bytes(text.encode())
    assert analyse_file(small[0], columns=Columns(by=("agency",)), items=small[1]) == expected


def test_the_general_question_is_estimated_beside_the_index_when_its_column_is_there(tmp_path: Path) -> None:
    expanded_counts(tmp_path / "people.csv")
    people = pd.read_csv(tmp_path / "people.csv", dtype=str)
    without = analyse_file(tmp_path / "people.csv", columns=Columns())
    people.assign(G1="2").to_csv(tmp_path / "people.csv", index=False)
    with_general = analyse_file(tmp_path / "people.csv", columns=Columns(), questionnaire="sipas-2017")
    assert with_general[:-1] == without
    assert (with_general[-1]["level"], with_general[-1]["key"], with_general[-1]["index"]) == ("general", "G1", 0)


REFUSED = {
    "a rating of 6": (("5,4,3", "5,6,3"), {}, "small.csv, line 2, column A2: '6' is no rating; use 1 to 5"),
    "a rating of 0": (("5,4,3", "5,0,3"), {}, "small.csv, line 2, column A2: '0' is no rating"),
    "text in a rating": (("2,2,", "2,hài lòng,"), {}, "small.csv, line 5, column A2: 'hài lòng' is no rating"),
    "NA is text": (("2,2,", "2,NA,"), {}, "small.csv, line 5, column A2: 'NA' is no rating; use 1 to 5, and leave the cell empty"),
    "a missing criterion": (("A1,A2", "A1,A3"), {}, "small.csv, line 1: column 'A2' is missing; the file has agency, day"),
    "a missing column": (("", ""), {"strata": "region"}, "small.csv, line 1: column 'region' is missing; the file has agency, day, w"),
    "a repeated column": (("A1,A2", "A1,A1"), {}, "small.csv, line 1: column 'A1' appears twice"),
    "a row too long": (("y,4,1,9,2,2,", "y,4,1,9,2,2,,,"), {}, "small.csv, line 5: 9 cells where the header has 7"),
    "a weight of 0": (("2.5", "0"), {"weight": "w"}, "small.csv, line 3, column w: '0' is no number above 0"),
    "a negative weight": (("2.5", "-1"), {"weight": "w"}, "small.csv, line 3, column w: '-1' is no number above 0"),
    "no weight": (("2.5", ""), {"weight": "w"}, "small.csv, line 3, column w: '' is no number above 0"),
    "an infinite weight": (("2.5", "inf"), {"weight": "w"}, "small.csv, line 3, column w: 'inf' is no number above 0"),
    "a decimal comma": (("2.5", '"2,5"'), {"weight": "w"}, "small.csv, line 3, column w: '2,5' is no number above 0; write it like 12.5"),
    "an empty stratum": (("x,2", ",2"), {"strata": "agency"}, "small.csv, line 3, column agency: the cell is empty"),
    "a unit in two strata": (
        ("y,3", "y,1"),
        {"strata": "agency", "clusters": ("day",)},
        "small.csv, line 4, column day: unit 1 in the strata x and y: a unit lies in one stratum",
    ),
    "a population below the sample": (
        ("9,", "3,"),
        {"fpc": ("N",)},
        "small.csv, line 2, column N: 3: it must be a number that is the same",
    ),
    "a population that changes": (("y,4,1,9", "y,4,1,8"), {"fpc": ("N",)}, "small.csv, line 5, column N: 8: it must be"),
    "two fpc for one stage": (("", ""), {"fpc": ("N", "w")}, "--fpc: 2 columns; expected one for each of 1 stages"),
    "three stages": (("", ""), {"clusters": ("agency", "day", "w")}, "--cluster: 3 stages; expected one or two"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_line_and_column(small: tuple[Path, Path], case: str) -> None:
    (old, new), columns, message = REFUSED[case]
    small[0].write_text(SMALL.replace(old, new) if old else SMALL, encoding="utf-8")
    with pytest.raises(Invalid) as refusal:
        analyse_file(small[0], columns=Columns(**columns), items=small[1])
    assert refusal.value.message.startswith(message)


BAD_FILES = {
    "empty": (b"", "small.csv, line 1: the file is empty"),
    "only spaces": (b" \n\n", "small.csv, line 1: the file is empty"),
    "only a header": (b"A1,A2,B1\n", "small.csv, line 2: no rows below the header"),
    "Latin-1": ("A1,A2,B1\n1,2,3\n5,4,h\xe0i".encode("latin-1"), "small.csv, line 3, byte 6: not UTF-8; save the file as CSV UTF-8"),
    "UTF-16": ("A1,A2,B1\n".encode("utf-16"), "small.csv, line 1, byte 1: not UTF-8"),
    "NUL": (b"A1,A2,B1\n5,\x00,4\n", "small.csv, line 2: holds a NUL byte"),
    "semicolons": (b"A1;A2;B1\n5;4;4\n", "small.csv, line 1: the cells are not separated by commas"),
    "an open quote": (b'A1,A2,B1\n5,"4,4\n', "small.csv, line 2: not CSV: unexpected end of data"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_table_is_refused(small: tuple[Path, Path], case: str) -> None:
    raw, message = BAD_FILES[case]
    small[0].write_bytes(raw)
    with pytest.raises(Invalid) as refusal:
        analyse_file(small[0], columns=Columns(), items=small[1])
    assert refusal.value.message.startswith(message)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ("item,dimension\nA1,A\nA1,A\n", "items.csv: an item appears twice"),
        ("item,dimension\nA1,\n", "items.csv, line 2: dimension is empty"),
        ("item,dimension\nA,A\n", "items.csv: the key 'A' twice"),
        ("item,dimension\nA1,ALL\n", "items.csv: the key 'ALL' twice"),
        ("item\nA1\n", "items.csv, line 1: column dimension is missing"),
    ],
)
def test_a_wrong_list_of_items_is_refused(small: tuple[Path, Path], items: str, message: str) -> None:
    small[1].write_text(items, encoding="utf-8")
    with pytest.raises(Invalid) as refusal:
        analyse_file(small[0], columns=Columns(), items=small[1])
    assert refusal.value.message.startswith(message)


def test_columns_of_no_known_questionnaire_are_refused_with_the_way_out(small: tuple[Path, Path]) -> None:
    with pytest.raises(Invalid, match=r"column 'A3' of the default questionnaire sipas-2017 is missing; .* --items"):
        analyse_file(small[0], columns=Columns())
    with pytest.raises(Invalid, match="there is no questionnaire 'nope'"):
        analyse_file(small[0], columns=Columns(), questionnaire="nope")
    with pytest.raises(Invalid, match="column 'A3' is missing"):
        analyse_file(small[0], columns=Columns(), questionnaire="sipas-2017")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file or directory"):
        analyse_file(tmp_path / "nowhere.csv", columns=Columns(), items=ITEMS)
    with pytest.raises(Invalid, match="cannot be read: Is a directory"):
        analyse_file(tmp_path, columns=Columns(), items=ITEMS)


def test_a_confidence_level_outside_0_to_1_is_refused(small: tuple[Path, Path]) -> None:
    with pytest.raises(Invalid, match=r"--confidence-level: 1\.5; expected a number between 0 and 1"):
        analyse_file(small[0], columns=Columns(), items=small[1], confidence_level=1.5)
