"""Calibrated weights, and the variance of an index that takes the calibration into account, against R survey 4.1-1."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import Domains, IndexTable, index_table
from analysis.weighting import Calibration, calibrate, calibrated_index_table, post_stratify, rake
from tests.analysis.reference import DATA, column_of

RAKED = ("sex", "age", "channel")
SCOPES = ("all", "level", "agency", "sex")
CALLS = {
    "rake": "rake(S2, list(~sex, ~age, ~channel), …, control = list(epsilon = 1e-13))",
    "calib_raking": 'calibrate(S2, ~sex + age + channel, calfun = "raking")',
    "calib_linear": 'calibrate(S2, ~sex + age + channel, calfun = "linear")',
    "poststrat": "postStratify(S2, ~agency_period)",
}


@pytest.fixture(scope="module")
def calibrations(reference: SimpleNamespace) -> dict[str, Calibration]:
    sample, w = reference.sample, reference.sample["w"].to_numpy()
    counts = pd.read_csv(DATA / "reference" / "pop_margins.csv")
    margin = {name: dict(zip(rows["category"], rows["count"], strict=True)) for name, rows in counts.groupby("margin")}
    known = {"variables": {name: sample[name].to_numpy() for name in RAKED}, "margins": {name: margin[name] for name in RAKED}}
    return {
        "rake": rake(w, **known),
        "calib_raking": calibrate(w, distance="raking", **known),
        "calib_linear": calibrate(w, **known),
        "poststrat": post_stratify(w, cells=sample["agency_period"].to_numpy(), population=margin["agency_period"]),
    }


@pytest.mark.parametrize("weighting", CALLS)
def test_weights_agree_with_r(reference: SimpleNamespace, calibrations: dict[str, Calibration], weighting: str) -> None:
    """R: weights(…) of CALLS."""
    expected = pd.read_csv(DATA / "reference" / "ref_weights.csv").set_index("resp_id").loc[reference.sample["resp_id"]]
    assert calibrations[weighting].report.converged
    np.testing.assert_allclose(calibrations[weighting].weights, expected[f"w_{weighting}"], rtol=1e-8, atol=0, err_msg=CALLS[weighting])


def agree(table: IndexTable, labels: list[str], rows: pd.DataFrame, reference: SimpleNamespace) -> None:
    place = {str(label): i for i, label in enumerate(labels)}
    cells = tuple(
        zip(*((place[str(d)], column_of(reference.measures, m)) for d, m in zip(rows["domain"], rows["measure"], strict=True)), strict=True)
    )
    np.testing.assert_allclose(table.share[cells], rows["est"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(table.variance[cells], rows["var"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.sqrt(table.variance[cells]), rows["se"], rtol=0, atol=1e-10)
    assert (table.df[cells] == rows["df"]).all()


@pytest.fixture(scope="module")
def raked() -> pd.DataFrame:
    return pd.read_csv(DATA / "reference" / "ref_raked.csv")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("weighting", CALLS)
def test_standard_errors_take_the_calibration_into_account_as_r(
    reference: SimpleNamespace, calibrations: dict[str, Calibration], raked: pd.DataFrame, weighting: str, scope: str
) -> None:
    """R: svyratio(~y, ~x, subset(CALLS[weighting], domain)); degf(subset(S2, x > 0))."""
    rows = raked[(raked["weighting"] == weighting) & (raked["scope"] == scope)]
    domains, labels = Domains.by(reference.sample[scope].to_numpy(dtype=str))
    table = calibrated_index_table(
        reference.totals,
        measures=reference.measures,
        design=reference.designs["S2"],
        domains=domains,
        calibration=calibrations[weighting],
    )
    assert len(rows) >= 6
    agree(table, labels.tolist(), rows, reference)


@pytest.mark.parametrize("scope", SCOPES)
def test_raked_weights_taken_as_given_agree_with_r(
    reference: SimpleNamespace, calibrations: dict[str, Calibration], raked: pd.DataFrame, scope: str
) -> None:
    """R: svyratio over svydesign(ids = ~psu, strata = ~stratum, weights = weights(raked), nest = TRUE)."""
    rows = raked[(raked["weighting"] == "rake_fixed_weights") & (raked["scope"] == scope)]
    domains, labels = Domains.by(reference.sample[scope].to_numpy(dtype=str))
    design = calibrations["rake"].applied_to(reference.designs["S2"])
    agree(index_table(reference.totals, measures=reference.measures, design=design, domains=domains), labels.tolist(), rows, reference)


def test_the_four_ways_are_told_apart_by_the_reference(raked: pd.DataFrame) -> None:
    """So the agreement above is not that of numbers which would agree in any case."""
    assert set(raked["scope"]) == set(SCOPES)
    assert set(raked["weighting"]) == {*CALLS, "rake_fixed_weights"}
    whole = raked[(raked["scope"] == "all") & (raked["measure"] == "ALL")].set_index("weighting")["se"]
    assert whole.nunique() == 5
