from __future__ import annotations

import subprocess
import sys

import pytest

from analysis import percent_half_up
from survey.i18n import number, percent, points
from survey.reports import words
from survey.web.charts import _percents

#: True ties, as binary floating point has them: 0.69125 and its neighbours below and above.
TIES = {0.6912499999999999: "69,13", 0.69125: "69,13", 0.8007499999999999: "80,08", 0.6912: "69,12", 1.0: "100,00"}


@pytest.mark.parametrize("share", TIES)
def test_pages_reports_charts_and_commands_round_a_share_alike(share: float) -> None:
    assert str(percent_half_up(share)).replace(".", ",") == TIES[share]
    assert percent(share) == f"{TIES[share]}\u00a0%"
    assert words.percent(share) == TIES[share]
    assert _percents(share) == [float(TIES[share].replace(",", "."))]
    assert points(-share) == f"−{TIES[share]}"


def test_numbers_have_the_marks_of_the_language() -> None:
    assert number(1234567) == "1.234.567"
    assert number(1234.005, 2) == "1.234,01"
    assert percent(0.5, 0) == "50\u00a0%"


def test_the_help_of_the_command_does_not_wait_for_numpy() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--help']; from survey.cli import main\ntry: main()\nexcept SystemExit: print('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.endswith("False\n")
