"""Groups of a file compared, placed and ranked: R's standard errors and p-values; no claim from few people; the same at any size."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from analysis import half_up
from survey.errors import Invalid
from survey.services.analyse_file import Further, analyse_file
from survey.services.sample import Columns

DATA = Path(__file__).parents[2] / "data" / "reference"
SAMPLE, ITEMS = DATA / "sample.csv", DATA / "items.csv"
S2 = Columns(by=("agency",), strata="stratum", clusters=("psu",), weight="w")


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return analyse_file(SAMPLE, columns=S2, items=ITEMS, further=Further(compare=True, ranks=True))


def of_kind(rows: list[dict], kind: str) -> list[dict]:
    return [row for row in rows if row["kind"] == kind]


def test_each_agency_against_the_whole_has_r_s_standard_error_and_p_value(rows: list[dict]) -> None:
    # R: svycontrast(svyby(..., covmat = TRUE)), ref_vs_whole.csv
    reference = pd.read_csv(DATA / "ref_vs_whole.csv").query("design == 'S2'").set_index(["measure", "agency"])
    found = {(row["key"], row["by"]["agency"]): row for row in of_kind(rows, "comparison")}
    common = [key for key in reference.index if key in found]
    assert len(common) == 22
    for key in common:
        ours, theirs = found[key], reference.loc[key]
        assert (ours["difference"], ours["se"]) == (pytest.approx(theirs["diff"], abs=1e-10), pytest.approx(theirs["se"], abs=1e-10))
        assert (ours["p_value"], ours["df"]) == (pytest.approx(theirs["p_value"], abs=1e-10), theirs["df"])


def test_each_pair_has_r_s_standard_error_and_p_value(rows: list[dict]) -> None:
    # R: svycontrast, ref_pairwise.csv
    reference = pd.read_csv(DATA / "ref_pairwise.csv").query("design == 'S2'").set_index(["measure", "agency_1", "agency_2"])
    found = {(row["key"], row["by"]["agency"], row["other"]["agency"]): row for row in of_kind(rows, "pair")}
    common = [key for key in reference.index if key in found]
    assert len(common) == 231
    for key in common:
        ours, theirs = found[key], reference.loc[key]
        assert (ours["difference"], ours["se"]) == (pytest.approx(theirs["diff"], abs=1e-10), pytest.approx(theirs["se"], abs=1e-10))
        assert ours["p_value"] == pytest.approx(theirs["p_value"], abs=1e-10)


@pytest.mark.parametrize("kind", ["comparison", "pair"])
def test_p_values_are_adjusted_over_all_questions_of_one_measure(rows: list[dict], kind: str) -> None:
    for key in ("ALL", "D5"):
        asked = [row for row in of_kind(rows, kind) if row["key"] == key and row["p_value"] is not None]
        for field, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
            expected = multipletests([row["p_value"] for row in asked], method=method)[1]
            assert [row[field] for row in asked] == pytest.approx(expected.tolist(), rel=1e-12)


def test_a_claim_needs_a_small_adjusted_p_and_an_interval_without_0(rows: list[dict]) -> None:
    told = [row for row in rows if row["kind"] in ("comparison", "pair") and row["verdict"]]
    for row in told:
        beyond = row["ci_low"] > 0 or row["ci_high"] < 0
        assert (row["verdict"] != "unclear") == (row["p_bh"] <= 0.05 and beyond)
        assert row["ci_low"] <= row["difference"] <= row["ci_high"]
        assert {"above": 1, "below": -1}.get(row["verdict"], 0) * row["difference"] >= 0
    assert {row["verdict"] for row in told} == {"above", "below", "unclear"}


def test_who_cannot_be_told_apart_are_the_unclear_pairs_seen_from_both_sides(rows: list[dict]) -> None:
    like = {row["by"]["agency"]: row["cannot_be_told_from"] for row in of_kind(rows, "comparison") if row["key"] == "ALL"}
    unclear = {
        frozenset((row["by"]["agency"], row["other"]["agency"]))
        for row in of_kind(rows, "pair")
        if row["key"] == "ALL" and row["verdict"] == "unclear"
    }
    assert unclear == {frozenset((one, other)) for one, others in like.items() for other in others or ()}
    assert like["A24"] == ["A25"]


def test_few_people_are_counted_but_not_compared_ranked_or_placed(rows: list[dict]) -> None:
    three = {row["kind"]: row for row in rows if row["by"] == {"agency": "A23"} and row["key"] == "ALL"}
    assert three["estimate"]["index"] is not None
    assert (three["comparison"]["p_value"], three["comparison"]["verdict"], three["comparison"]["why"]) == (None, None, "fewer_than_10")
    assert (three["rank"]["rank"], three["rank"]["why"], three["funnel"]["position"]) == (None, "fewer_than_30", None)
    assert three["shrunken"]["shrunken"] is not None
    assert not any("A23" in (row["by"]["agency"], row["other"]["agency"]) for row in of_kind(rows, "pair"))


def test_where_everyone_is_satisfied_the_default_interval_lends_its_variance(rows: list[dict]) -> None:
    everyone = next(row for row in of_kind(rows, "comparison") if row["by"] == {"agency": "A24"} and row["key"] == "ALL")
    assert everyone["index"] == 1
    assert (everyone["why"], everyone["verdict"]) == ("implied_variance", "above")
    assert everyone["se"] > 0.005


def test_the_funnel_stands_at_the_whole_with_r_s_deviation(rows: list[dict]) -> None:
    # R: FunnelPlotR's formulas, ref_funnel.csv; its tau2 is over other agencies, z is each one's own.
    reference = pd.read_csv(DATA / "ref_funnel.csv").query("design == 'S2' and measure == 'ALL'").set_index("agency")
    placed = [row for row in of_kind(rows, "funnel") if row["key"] == "ALL" and row["position"]]
    whole = next(row for row in rows if row["kind"] == "estimate" and row["by"] == {} and row["key"] == "ALL")
    assert len(placed) == 23
    for row in placed:
        assert row["target"] == whole["index"]
        if row["by"]["agency"] in reference.index:
            assert row["n_eff"] == pytest.approx(reference.loc[row["by"]["agency"], "n_eff"], rel=1e-8)
            assert row["z"] == pytest.approx(reference.loc[row["by"]["agency"], "z_arcsine"], abs=1e-8)
    assert {row["by"]["agency"]: row["position"] for row in placed}["A24"] == "above_998"


def test_shrunken_indices_lie_between_the_index_and_the_mean_and_small_groups_are_drawn_most(rows: list[dict]) -> None:
    shrunken = [row for row in of_kind(rows, "shrunken") if row["key"] == "ALL"]
    for row in shrunken:
        assert min(row["index"], row["mean"]) <= row["shrunken"] <= max(row["index"], row["mean"])
    pull = {row["by"]["agency"]: row["pull"] for row in shrunken}
    assert max(pull, key=pull.__getitem__) == "A22"


def test_ranks_come_from_unrounded_values_and_lie_in_their_sets(rows: list[dict]) -> None:
    ranked = [row for row in of_kind(rows, "rank") if row["key"] == "ALL" and row["rank"]]
    assert [row["rank"] for row in sorted(ranked, key=lambda row: -row["index"])] == list(range(1, 24))
    for row in ranked:
        assert row["simultaneous_low"] <= row["rank_low"] <= row["rank"] <= row["rank_high"] <= row["simultaneous_high"]
        assert row["among_best"] == (row["simultaneous_low"] <= 3)
        assert row["among_worst"] == (row["simultaneous_high"] > 20)
    assert {(row["draws"], row["seed"], row["ranked"]) for row in ranked} == {(20_000, 0, 23)}


def test_the_rank_sets_are_those_of_r_where_the_same_agencies_are_ranked(rows: list[dict]) -> None:
    # R: csranks, ref_ranks.csv ranks 22 agencies (none without variance); A24, all satisfied, is above all of them here.
    reference = pd.read_csv(DATA / "ref_ranks.csv").query("design == 'S2' and measure == 'ALL'").set_index("agency")
    ranked = {row["by"]["agency"]: row for row in of_kind(rows, "rank") if row["key"] == "ALL" and row["rank"]}
    common = [agency for agency in reference.index if agency in ranked]
    assert len(common) == 22
    for agency in common:
        assert ranked[agency]["rank"] == reference.loc[agency, "rank"] + 1
        assert abs(ranked[agency]["rank_high"] - reference.loc[agency, "marg_U"] - 1) <= 1


def ranks_of(path: Path, *, seed: int) -> dict[str, tuple]:
    found = analyse_file(path, columns=Columns(by=("level",)), items=ITEMS, further=Further(ranks=True, seed=seed))
    names = ("rank", "rank_low", "rank_high", "simultaneous_low", "simultaneous_high", "among_best")
    return {row["by"]["level"]: tuple(row[name] for name in names) for row in found if row["kind"] == "rank" and row["key"] == "ALL"}


def test_the_same_seed_gives_the_same_sets_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    shuffled = pd.read_csv(SAMPLE, dtype=str, keep_default_na=False).sample(frac=1, random_state=1)
    shuffled.to_csv(tmp_path / "shuffled.csv", index=False)
    assert ranks_of(SAMPLE, seed=5) == ranks_of(tmp_path / "shuffled.csv", seed=5)


def people(groups: dict[str, list[str]]) -> str:
    return "agency,day,A1\n" + "".join(
        f"{name},{name}{i % 4},{rating}\n" for name, given in groups.items() for i, rating in enumerate(given)
    )


def analysed(tmp_path: Path, groups: dict[str, list[str]], *, clusters: tuple[str, ...] = (), **asked: int) -> list[dict]:
    (tmp_path / "people.csv").write_text(people(groups), encoding="utf-8")
    (tmp_path / "items.csv").write_text("item,dimension\nA1,A\n", encoding="utf-8")
    columns = Columns(by=("agency",), clusters=clusters)
    return analyse_file(tmp_path / "people.csv", columns=columns, items=tmp_path / "items.csv", further=Further(**asked))


def test_more_may_be_among_the_best_three_than_among_the_best_one(tmp_path: Path) -> None:
    groups = {name: ["5"] * satisfied + ["1"] * (60 - satisfied) for name, satisfied in zip("abcde", (55, 50, 40, 20, 10), strict=True)}
    among = []
    for best in (1, 3, 9):
        rows = analysed(tmp_path, groups, ranks=True, best=best)
        among.append({row["by"]["agency"] for row in of_kind(rows, "rank") if row["among_best"]})
    assert among[0] < among[1] < among[2] == set("abcde")


def test_a_group_of_one_unit_is_compared_by_the_variance_of_its_interval(tmp_path: Path) -> None:
    groups = {"x": ["5"] * 30 + ["1"] * 10, "y": ["5"] * 20 + ["1"] * 20}
    found = analysed(tmp_path, groups, clusters=("agency",), compare=True)
    comparison = next(row for row in of_kind(found, "comparison") if row["key"] == "ALL")
    assert (comparison["why"], comparison["df"]) == ("implied_variance", 1)


def test_a_file_of_one_stratum_and_one_unit_tells_no_difference(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(people({"x": ["5"] * 15, "y": ["1"] * 15}).replace("x,x", "x,d").replace("y,y", "y,d"))
    text = (tmp_path / "people.csv").read_text()
    for day in "123":
        text = text.replace(f"d{day}", "d0")
    (tmp_path / "people.csv").write_text(text)
    (tmp_path / "items.csv").write_text("item,dimension\nA1,A\n", encoding="utf-8")
    columns = Columns(by=("agency",), clusters=("day",))
    found = analyse_file(tmp_path / "people.csv", columns=columns, items=tmp_path / "items.csv", further=Further(compare=True))
    assert {row["why"] for row in of_kind(found, "comparison")} == {"no_degrees_of_freedom"}
    assert of_kind(found, "pair") == []


def test_a_group_without_answers_says_so_in_every_row(tmp_path: Path) -> None:
    found = analysed(tmp_path, {"x": ["5"] * 40, "y": ["5", "1"] * 20, "z": [""] * 40}, compare=True, ranks=True)
    silent = [row for row in found if row["by"] == {"agency": "z"} and row["kind"] != "estimate"]
    assert {row["why"] for row in silent} == {"no_valid_answers"}
    assert {row["kind"] for row in silent} == {"comparison", "funnel", "shrunken", "rank"}


def test_three_groups_are_too_few_to_shrink(tmp_path: Path) -> None:
    found = analysed(tmp_path, {"x": ["5"] * 40, "y": ["5", "1"] * 20, "z": ["1"] * 40}, compare=True)
    assert {row["why"] for row in of_kind(found, "shrunken")} == {"too_few_groups"}


def test_a_dimension_that_only_one_group_of_30_answered_has_no_ranks(tmp_path: Path) -> None:
    people = [f"{agency},5,{4 if i < many else ''}" for agency, many in (("x", 40), ("y", 29)) for i in range(40)]
    (tmp_path / "people.csv").write_text("agency,A1,B1\n" + "\n".join(people) + "\n", encoding="utf-8")
    (tmp_path / "items.csv").write_text("item,dimension\nA1,A\nB1,B\n", encoding="utf-8")
    columns, items = Columns(by=("agency",)), tmp_path / "items.csv"
    found = analyse_file(tmp_path / "people.csv", columns=columns, items=items, further=Further(ranks=True))
    why = {(row["key"], row["by"]["agency"]): (row["rank"], row["why"]) for row in of_kind(found, "rank")}
    assert (why["B", "x"], why["B", "y"]) == ((None, "too_few_groups"), (None, "fewer_than_30"))
    assert (why["A", "x"], why["A", "y"]) == ((1, None), (1, None))


def test_equal_unrounded_values_share_a_rank_and_nearly_equal_ones_do_not(tmp_path: Path) -> None:
    groups = {"x": ["5"] * 30 + ["1"] * 10, "y": ["5"] * 60 + ["1"] * 20, "z": ["5"] * 29_999 + ["1"] * 10_001}
    ranks = {row["by"]["agency"]: row for row in of_kind(analysed(tmp_path, groups, ranks=True), "rank") if row["key"] == "ALL"}
    assert [ranks[name]["rank"] for name in "xyz"] == [1, 1, 3]
    assert half_up(ranks["z"]["index"], decimals=4) == half_up(ranks["x"]["index"], decimals=4)


def test_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="--compare needs --by: name the column"):
        analyse_file(SAMPLE, columns=Columns(), items=ITEMS, further=Further(compare=True))
    with pytest.raises(Invalid, match="--by agency makes only one group; to compare there must be two"):
        analysed(tmp_path, {"x": ["5"] * 40}, compare=True)
    with pytest.raises(Invalid, match="--ranks needs two groups of at least 30 respondents; split by a coarser column"):
        analysed(tmp_path, {"x": ["5"] * 40, "y": ["1"] * 29}, ranks=True)
