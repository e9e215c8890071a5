"""The difference between two waves against R survey 4.1-1, and its interval against the independent references."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import special

from analysis import Domains, IndexTable, index_table
from analysis.change import Change, index_changes, mover
from tests.analysis.reference import DATA, MEANS, column_of

DESIGNS = ("S0", "S1", "S2", "S3", "S4", "S5")
Changes = Callable[[str, str], dict[str, tuple[Change, ...]]]


@pytest.fixture(scope="module")
def changes(reference: SimpleNamespace) -> Changes:
    """(design, scope) → label of the domain → its changes from 2024 to 2025, one for each column."""
    sample = reference.sample

    @cache
    def found(design: str, scope: str) -> dict[str, tuple[Change, ...]]:
        labels = sorted(set(sample[scope]))
        first, second = (
            Domains.of(len(sample), [((sample[scope] == label) & (sample["period"] == period)).to_numpy() for label in labels])
            for period in (2024, 2025)
        )
        rows = index_changes(reference.totals, measures=reference.measures, design=reference.designs[design], first=first, second=second)
        return dict(zip(labels, rows, strict=True))

    return found


@pytest.fixture(scope="module")
def period_differences() -> pd.DataFrame:
    return pd.read_csv(DATA / "reference" / "ref_period_diff.csv")


@pytest.mark.parametrize("design", DESIGNS)
def test_every_difference_agrees_with_svycontrast(
    reference: SimpleNamespace, changes: Changes, period_differences: pd.DataFrame, design: str
) -> None:
    """R: svycontrast(svyby(~y, ~period, denominator = ~x, subset(design, domain), svyratio, covmat = TRUE), c(-1, 1)); degf(union)."""
    rows = period_differences[period_differences["design"] == design]
    assert len(rows) == (138 if design == "S4" else 162)  # all of the file's 948 rows
    for row in rows.itertuples():
        got = changes(design, row.scope)[row.domain][column_of(reference.measures, row.measure)]
        expected_se = row.se_diff if row.se_diff > 1e-12 else 0  # where everyone is satisfied R prints up to 4e-17
        assert (got.first, got.second) == (pytest.approx(row.est_2024, abs=1e-10), pytest.approx(row.est_2025, abs=1e-10))
        assert got.difference == pytest.approx(row.diff, abs=1e-10)
        assert got.se == pytest.approx(expected_se, abs=1e-10)
        assert got.df == row.df
        if np.isnan(row.t):
            assert (got.t, got.p_value, got.why) == (None, None, "no_variance")
        else:
            assert got.t == pytest.approx(row.t, rel=1e-9, abs=1e-9)
            assert got.p_value == pytest.approx(row.p_value, abs=1e-10)
            assert got.why is None


def kgnchs(share: float, variance: float, *, df: int, respondents: int, answers: int) -> tuple[float, float]:
    """The interval behind the file's MOVER columns: Korn-Graubard with the size capped, one-sided at 0 and 1 (NCHS)."""
    edge = share in (0, 1) or variance < 1e-24
    size = respondents if edge else answers
    n = size if edge else share * (1 - share) / variance
    n = min(n * (special.stdtrit(size - 1, 0.025) / special.stdtrit(df, 0.025)) ** 2, size)
    if edge:
        return (0.025 ** (1 / n), 1.0) if share > 0.5 else (0.0, 1 - 0.025 ** (1 / n))
    return special.betaincinv(n * share, n * (1 - share) + 1, 0.025), special.betaincinv(n * share + 1, n * (1 - share), 0.975)


@pytest.fixture(scope="module")
def given_bounds(reference: SimpleNamespace, survey_ratios: pd.DataFrame) -> Callable[[str, str, str, str], dict[int, tuple[float, float]]]:
    """The kgnchs bounds of 2024 and 2025: as given in ref_index.csv, and by their formula where R's file leaves them out."""
    names = ["design", "scope", "domain", "measure"]
    given = {
        key: (row.kgnchs_l, row.kgnchs_u)
        for key, row in zip(survey_ratios[names].itertuples(index=False, name=None), survey_ratios.itertuples(), strict=True)
    }
    sample = reference.sample

    @cache
    def table(design: str, scope: str) -> tuple[IndexTable, list[str]]:
        domains, labels = Domains.by((sample[scope] + ":" + sample["period"].astype(str)).to_numpy(dtype=str))
        found = index_table(reference.totals, measures=reference.measures, design=reference.designs[design], domains=domains)
        return found, labels.tolist()

    def computed(design: str, scope: str, label: str, measure: str) -> tuple[float, float]:
        found, labels = table(design, scope)
        cell = labels.index(label), column_of(reference.measures, measure)
        numbers = (getattr(found, name)[cell] for name in ("share", "variance", "df", "respondents", "answers"))
        share, variance, df, respondents, answers = numbers
        return kgnchs(share, variance, df=df, respondents=respondents, answers=answers)

    def bounds(design: str, scope: str, domain: str, measure: str) -> dict[int, tuple[float, float]]:
        found = {}
        for year in (2024, 2025):
            key = (design, "period", str(year), measure) if scope == "all" else (design, "agency_period", f"{domain}:{year}", measure)
            found[year] = given.get(key) or computed(design, scope, f"{domain}:{year}", measure)
            assert found[year] == pytest.approx(computed(design, scope, f"{domain}:{year}", measure), abs=1e-9)
        return found

    return bounds


@pytest.mark.parametrize("design", DESIGNS)
def test_mover_agrees_with_the_interval_from_two_given_ones(given_bounds: Callable, period_differences: pd.DataFrame, design: str) -> None:
    """No R call exists: Donner and Zou (2012) on the kgnchs bounds of ref_index.csv with r = cov / (se_2024 · se_2025)."""
    for row in period_differences[period_differences["design"] == design].itertuples():
        bounds = given_bounds(design, row.scope, row.domain, row.measure)
        varies = row.se_2024 > 1e-12 and row.se_2025 > 1e-12
        low, high = mover(
            row.est_2024,
            row.est_2025,
            first_bounds=bounds[2024],
            second_bounds=bounds[2025],
            correlation=np.clip(row.cov / (row.se_2024 * row.se_2025), -1, 1) if varies else 0,
        )
        assert (low, high) == (pytest.approx(row.mover_l, abs=1e-10), pytest.approx(row.mover_u, abs=1e-10))


def test_the_correlation_of_shared_desks_narrows_the_interval_where_it_is_positive(
    reference: SimpleNamespace, changes: Changes, period_differences: pd.DataFrame
) -> None:
    """Only S5 shares units between the waves, so the golden rows do try the correlation."""
    shared = period_differences[(period_differences["design"] == "S5") & (period_differences["cov"].abs() > 1e-6)]
    assert len(shared) > 100
    got = changes("S5", "all")["all"][column_of(reference.measures, "ALL")]
    apart = period_differences[(period_differences["design"] == "S5") & (period_differences["scope"] == "all")].iloc[-1]
    assert apart["cov"] > 0
    assert got.se < np.hypot(apart["se_2024"], apart["se_2025"]) - 1e-6


@pytest.mark.parametrize("design", ["S1", "S2", "S3"])
def test_the_default_interval_of_a_change_agrees_with_its_reference(reference: SimpleNamespace, changes: Changes, design: str) -> None:
    """No R call exists: MOVER on the two waves' default intervals, each with the d of its wave."""
    rows = pd.read_csv(DATA / "reference" / "ref_recommended_diff.csv")
    rows = rows[rows["design"] == design]
    assert len(rows) == 161
    assert set(MEANS) & set(rows["measure"]) == {"MEAN_DIMS"}
    for row in rows.itertuples():
        got = changes(design, "agency")[row.agency][column_of(reference.measures, row.measure)]
        assert got.difference == pytest.approx(row.diff, abs=1e-10)
        assert (got.ci_low, got.ci_high) == (pytest.approx(row.lo, abs=1e-10), pytest.approx(row.hi, abs=1e-10))


@pytest.mark.parametrize("design", ["S1", "S2", "S3"])
def test_mover_alone_gives_that_reference_from_frozen_bounds(design: str) -> None:
    rows = pd.read_csv(DATA / "reference" / "ref_recommended_diff.csv")
    rows = rows[rows["design"] == design]
    bounds = {year: (rows[f"lo_{year}"], rows[f"hi_{year}"]) for year in (2024, 2025)}
    low, high = mover(rows["est_2024"], rows["est_2025"], first_bounds=bounds[2024], second_bounds=bounds[2025])
    np.testing.assert_allclose(np.stack([low, high]), rows[["lo", "hi"]].T, rtol=0, atol=1e-10)
