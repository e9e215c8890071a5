"""Waves are put in the order of time, whatever they are called."""

from __future__ import annotations

import pytest

from survey.services.wave_times import order_waves

ORDERED = {
    "years": (["2021", "2022", "2024"], "year", [2021, 2022, 2024]),
    "quarters": (["2024-Q4", "2025-Q1", "2025-Q3"], "year", [2024.75, 2025, 2025.5]),
    "quarters before years": (["Q4/2024", "Q1/2025"], "year", [2024.75, 2025]),
    "half-years": (["2025-H1", "2025-H2"], "year", [2025, 2025.5]),
    "months": (["2024-12", "2025-02"], "year", [2024 + 11 / 12, 2025 + 1 / 12]),
    "months in Vietnamese order": (["12/2024", "2/2025"], "year", [2024 + 11 / 12, 2025 + 1 / 12]),
    "days": (["2024-12-31", "2025-01-01"], "year", [2024 + 365 / 366, 2025]),
    "days in Vietnamese order": (["31/12/2024", "01/01/2025"], "year", [2024 + 365 / 366, 2025]),
    "numbers": (["2", "10", "11"], "wave", [0, 1, 2]),
    "names with numbers": (["đợt 2", "đợt 10"], "wave", [0, 1]),
    "words": (["after", "before"], "wave", [0, 1]),
    "no month": (["2024-12", "2025-13"], "wave", [0, 1]),
    "forms mixed": (["2024", "2024-Q3", "2025"], "wave", [0, 1, 2]),
    "one time written twice": (["1/2025", "01/2025", "2/2025"], "wave", [0, 1, 2]),
}


@pytest.mark.parametrize("case", ORDERED)
def test_in_the_order_of_time(case: str) -> None:
    labels, unit, times = ORDERED[case]
    waves = order_waves([*reversed(labels), *labels], column="wave")
    assert waves.times == pytest.approx(times)
    assert waves.unit == unit
    assert set(waves.labels) == set(labels)
    if case != "one time written twice":
        assert list(waves.labels) == labels


def test_a_break_is_told_by_its_place() -> None:
    assert order_waves(["2025", "2023", "2024"], column="wave", breaks=("2025", "2023")).breaks == {0, 2}
