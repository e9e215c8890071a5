"""The reference sample and its designs, shared by all tests of `analysis`."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import Design, Measures, UnitTotals
from tests.analysis.reference import DATA


@pytest.fixture(scope="session")
def reference() -> SimpleNamespace:
    """The sample, its measures and totals, and R's designs S0 to S5 (tests/data/README.md)."""
    sample = pd.read_csv(DATA / "reference" / "sample.csv")
    sample["all"] = "all"
    sample["agency_period"] = sample["agency"] + ":" + sample["period"].astype(str)
    items = pd.read_csv(DATA / "reference" / "items.csv")
    measures = Measures.of(dict(zip(items["item"], items["dimension"], strict=True)))
    totals = UnitTotals.from_ratings(measures, sample[list(measures.criteria)].to_numpy(dtype=float))
    return SimpleNamespace(sample=sample, measures=measures, totals=totals, designs=_designs(sample))


def _designs(sample: pd.DataFrame) -> dict[str, Design]:
    rows, column = len(sample), {name: sample[name].to_numpy() for name in sample}
    days = {"strata": column["stratum"], "weights": column["w"]}
    return {
        "S0": Design.of(rows),
        "S1": Design.of(rows, strata=column["agency_period"]),
        "S2": Design.of(rows, clusters=column["psu"], **days),
        "S3": Design.of(rows, clusters=column["psu"], fpc=column["fpc1"], **days),
        "S4": Design.of(rows, clusters=(column["psu"], column["resp_id"]), fpc=(column["fpc1"], column["fpc2"]), **days),
        "S5": Design.of(rows, clusters=column["desk"], strata=column["agency"], weights=column["w"]),
    }


@pytest.fixture(scope="session")
def survey_ratios() -> pd.DataFrame:
    """ref_index.csv and ref_items.csv: R's svyratio and svycontrast."""
    return pd.concat([pd.read_csv(DATA / "reference" / f"{name}.csv") for name in ("ref_index", "ref_items")], ignore_index=True)
