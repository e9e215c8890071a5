"""`sipas analyse` as a person at the terminal meets it, in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis import uncertainty
from survey.cli.analyse import METHODS, RULES, _bars, analyse
from survey.cli.analyse_output import as_csv, as_table
from survey.services import analyse_file

DATA = Path(__file__).parents[2] / "data" / "reference"
SMALL = "agency,level,w,A1,A2,B1\nx,p,1,5,4,3\nx,p,2.5,4,,2\ny,p,1,1,5,4\nTuyên Quang,p,1,2,2,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "items.csv").write_text("item,dimension\nA1,A\nA2,A\nB1,B\n", encoding="utf-8")
    return tmp_path


def sipas(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", "from survey.cli import main; main()", "analyse", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, env=environment())


def environment() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUTF8": "1"}


def test_json_is_a_list_of_objects_as_the_contract_names_them(folder: Path) -> None:
    done = sipas(folder, "small.csv", "--items", "items.csv", "--by", "agency", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    names = ("by", "level", "key", "rule", "respondents", "answers", "units", "index", "se", "df", "deff", "ci_low", "ci_high", "why")
    assert set(names) <= set(rows[0])
    assert rows[0]["by"] == {}
    assert [row["by"]["agency"] for row in rows[6::6]] == ["Tuyên Quang", "x", "y"]
    nobody = next(row for row in rows if row["by"] == {"agency": "Tuyên Quang"} and row["key"] == "B1")
    assert (nobody["index"], nobody["se"], nobody["ci_low"], nobody["why"]) == (None, None, None, "no_valid_answers")


def test_the_sample_by_agency_in_one_command() -> None:
    design = ("--strata", "stratum", "--cluster", "psu,resp_id", "--fpc", "fpc1,fpc2", "--weight", "w")
    done = sipas(DATA, "sample.csv", "--items", "items.csv", "--by", "agency", *design, "--format", "json")
    assert done.stderr == ""
    whole = json.loads(done.stdout)[0]
    # R: svyratio on svydesign(ids = ~psu + resp_id, strata = ~stratum, weights = ~w, fpc = ~fpc1 + fpc2), ref_index.csv
    assert (whole["index"], whole["df"]) == (pytest.approx(0.823655652740470, abs=1e-10), 550)


def test_the_table_shows_percent_half_up_with_interval_and_n_a_block_for_each_group(folder: Path) -> None:
    done = sipas(folder, "small.csv", "--items", "items.csv", "--by", "agency,level")
    blocks = done.stdout.split("\n\n")
    assert blocks[0].startswith("The whole\n  level")
    assert [block.splitlines()[0] for block in blocks[1:]] == [f"agency = {name}, level = p" for name in ("Tuyên Quang", "x", "y")]
    assert blocks[0].splitlines()[2].split()[:4] == ["overall", "ALL", "pooled", "50.00"]
    assert "no valid answers" in blocks[1]
    assert "nan" not in done.stdout.lower()


def test_csv_keeps_group_columns_apart_from_the_fields_of_the_result(folder: Path) -> None:
    done = sipas(folder, "small.csv", "--items", "items.csv", "--by", "agency,level", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert (rows[0]["by_level"], rows[0]["level"], rows[6]["by_level"]) == ("", "overall", "p")
    assert float(rows[0]["index"]) == 0.5


def test_every_method_and_confidence_level_reaches_the_library(folder: Path) -> None:
    found = set()
    for options in ([], ["--confidence-level", "0.8"], *(["--interval", method] for method in METHODS[1:])):
        result = CliRunner().invoke(analyse, [str(DATA / "sample.csv"), "--items", str(DATA / "items.csv"), "--format", "json", *options])
        found.add(json.loads(result.output)[0]["ci_low"])
    assert len(found) == len(METHODS) + 1


REFUSED = {
    "nothing": ((), "Give either FILE or --wave CODE."),
    "both": (("small.csv", "--wave", "2021"), "Give either FILE or --wave CODE."),
    "a wave with columns": (("--wave", "2021", "--by", "agency"), "--by goes with FILE, not with --wave."),
    "two lists of criteria": (("small.csv", "--items", "items.csv", "--questionnaire", "x"), "Give either --questionnaire or --items."),
    "an unknown questionnaire": (("small.csv", "--questionnaire", "nope"), "there is no questionnaire 'nope'"),
    "no file": (("none.csv", "--items", "items.csv"), "none.csv: cannot be read: No such file or directory"),
    "no items": (("small.csv", "--items", "none.csv"), "none.csv: cannot be read"),
    "a column that is not there": (
        ("small.csv", "--items", "items.csv", "--by", "agenci"),
        "column 'agenci' is missing; did you mean 'agency'?",
    ),
    "an empty name": (("small.csv", "--by", "agency,,level"), "'agency,,level' must be names, each once"),
    "a name twice": (("small.csv", "--by", "agency,agency"), "must be names, each once"),
    "a level of 95": (("small.csv", "--confidence-level", "95"), "95 must be between 0 and 1"),
    "a level that is no number": (("small.csv", "--confidence-level", "nan"), "nan must be between 0 and 1"),
    "an unknown rule": (("small.csv", "--rule", "mean"), "'mean' is not one of"),
    "groups without a column": (("small.csv", "--items", "items.csv", "--compare"), "--compare needs --by: name the column"),
    "ranks of small groups": (
        ("small.csv", "--items", "items.csv", "--by", "agency", "--ranks"),
        "--ranks needs two groups of at least 30 respondents",
    ),
    "a wave's comparison": (("--wave", "2021", "--compare"), "--compare goes with FILE, not with --wave."),
    "a seed without ranks": (("small.csv", "--seed", "3"), "--seed goes with --ranks."),
    "the best none": (("small.csv", "--ranks", "--best", "0"), "0 is not in the range x>=1"),
    "a column of waves that is not there": (("small.csv", "--items", "items.csv", "--waves", "year"), "column 'year' is missing"),
    "one wave": (("small.csv", "--items", "items.csv", "--waves", "level"), "--waves level: the column holds one wave only, 'p'"),
    "a break that is no wave": (
        ("small.csv", "--items", "items.csv", "--waves", "agency", "--breaks", "z"),
        "--breaks z: no such wave; the column agency holds Tuyên Quang, x, y",
    ),
    "an unknown method": (("small.csv", "--interval", "wald"), "'wald' is not one of"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line_that_says_how_to_mend_it(folder: Path, case: str) -> None:
    arguments, message = REFUSED[case]
    done = sipas(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_defect_of_the_file_is_told_with_line_and_column(folder: Path) -> None:
    (folder / "small.csv").write_text(SMALL.replace("5,4,3", "5,6,3"), encoding="utf-8")
    done = sipas(folder, "small.csv", "--items", "items.csv")
    expected = "sipas: small.csv, line 2, column A2: '6' is no rating; use 1 to 5, and leave the cell empty where there is no answer\n"
    assert (done.returncode, done.stderr) == (2, expected)


def test_the_command_knows_the_rules_and_methods_of_the_library() -> None:
    """They are written twice, so that `sipas --help` loads no library; this test keeps them together."""
    assert uncertainty.METHODS == METHODS
    assert analyse_file.RULES == RULES


def test_an_unknown_wave_is_told_in_one_line(folder: Path) -> None:
    home = environment() | {"SIPAS_HOME": str(folder)}
    for arguments, code, message in ((("db", "upgrade"), 0, ""), (("analyse", "--wave", "nope"), 2, "There is no wave 'nope'")):
        command = [sys.executable, "-c", "from survey.cli import main; main()", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, env=home)
        assert done.returncode == code
        assert message in done.stderr
        assert "Traceback" not in done.stderr


FURTHER = ("--by", "agency", "--strata", "stratum", "--cluster", "psu", "--weight", "w", "--compare", "--ranks", "--waves", "period")


@pytest.fixture(scope="module")
def further() -> dict[str, str]:
    """The reference sample with all that can be asked for, in each format."""
    arguments = [str(DATA / "sample.csv"), "--items", str(DATA / "items.csv"), *FURTHER, "--seed", "7", "--best", "2"]
    found = CliRunner().invoke(analyse, [*arguments, "--format", "json"]).output
    rows = json.loads(found)
    return {"json": found, "csv": as_csv(rows), "table": as_table(rows)}


def test_what_is_asked_for_further_follows_the_estimates_and_every_row_says_its_kind(further: dict[str, str]) -> None:
    rows = json.loads(further["json"])
    assert list(dict.fromkeys(row["kind"] for row in rows)) == [
        "estimate", "comparison", "pair", "funnel", "shrunken", "rank", "change", "trend",
    ]  # fmt: skip
    for row in rows:
        assert list(row)[:5] == ["kind", "by", "level", "key", "rule"]
        assert "why" in row
    assert "NaN" not in further["json"]
    plain = CliRunner().invoke(analyse, [str(DATA / "sample.csv"), "--items", str(DATA / "items.csv"), *FURTHER[:8], "--format", "json"])
    estimates = [{name: value for name, value in row.items() if name != "kind"} for row in rows if row["kind"] == "estimate"]
    assert json.loads(plain.output) == estimates


def test_one_csv_table_holds_all_kinds_with_the_kind_first(further: dict[str, str]) -> None:
    rows, expected = list(csv.DictReader(io.StringIO(further["csv"]))), json.loads(further["json"])
    assert list(rows[0])[:6] == ["kind", "by_agency", "other_agency", "level", "key", "rule"]
    assert [row["kind"] for row in rows] == [row["kind"] for row in expected]
    pair = next(row for row in rows if row["kind"] == "pair")
    assert (pair["by_agency"], pair["other_agency"], pair["index"]) == ("A01", "A02", "")
    compared = next(row for row in rows if row["kind"] == "comparison")
    assert compared["cannot_be_told_from"] == "A11; A13; A17; A18; A19"
    rank = next(row for row in rows if row["kind"] == "rank")
    assert (rank["seed"], rank["best"], rank["among_best"]) == ("7", "2", "false")


def test_the_table_says_in_words_what_can_be_told(further: dict[str, str]) -> None:
    blocks = {block.splitlines()[0]: block for block in further["table"].split("\n\n")}
    compared = blocks["Compared with the whole (82.37 %): overall ALL, pooled"].splitlines()
    assert compared[2].split()[:9] == ["A01", "488", "87.01", "+4.64", "+2.37", "to", "+6.62", "<", "0.0001"]
    assert "cannot be told  inside" in compared[4]
    assert compared[-1].split("  ")[-1] == "A24"
    ranks = blocks["Ranks: overall ALL, pooled"].splitlines()
    assert ranks[2].split() == ["A24", "40", "100.00", "1", "1", "-", "2", "1", "-", "2", "perhaps", "no"]
    assert ranks[-1].endswith("fewer than 30")
    assert "Made with 20000 draws, seed 7." in further["table"]
    assert "Only groups of at least 30 people are ranked" in further["table"]
    assert blocks["agency = A01, over the waves"].splitlines()[2].split()[:5] == ["overall", "ALL", "pooled", "change", "2024"]


def test_a_trend_is_shown_with_its_unit(folder: Path) -> None:
    people = [f"{year},{5 if i < satisfied else 1}" for year, satisfied in ((2021, 30), (2022, 34), (2023, 37)) for i in range(40)]
    (folder / "waves.csv").write_text("year,A1\n" + "\n".join(people) + "\n", encoding="utf-8")
    (folder / "one.csv").write_text("item,dimension\nA1,A\n", encoding="utf-8")
    shown = CliRunner().invoke(analyse, [str(folder / "waves.csv"), "--items", str(folder / "one.csv"), "--waves", "year"]).output
    line = next(line for line in shown.splitlines() if "trend" in line)
    assert line.split()[:7] == ["overall", "ALL", "pooled", "trend", "2021", "-", "2023"]
    assert "trend: points a year" in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("seconds", "shown"), [(0.6, True), (0.3, False)])
def test_work_of_over_a_second_shows_on_a_terminal_how_far_it_has_come(
    monkeypatch: pytest.MonkeyPatch, seconds: float, shown: bool
) -> None:
    screen, now = Terminal(), [1000.0]
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])  # a busy machine may take a second for nothing
    with _bars(Path("people.csv")) as (progress, each):
        progress(0.5)
        progress(1.0)
        for _ in each("ranks")(range(3)):
            now[0] += seconds
    assert ("ranks" in screen.getvalue()) == shown


def test_without_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with _bars(Path("people.csv")) as (progress, each):
        progress(1.0)
        list(each("ranks")(range(3)))
    assert capsys.readouterr().err == ""
