"""The sipas-2017 folder is copied, one thing is broken, and the reader must say which."""

import shutil
import unicodedata
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook

from survey.errors import Invalid
from survey.reports.questionnaire_files import questionnaire_workbook, questionnaire_zip
from survey.services.read_questionnaire import QUESTIONNAIRES, read_questionnaire, read_questionnaire_file, read_questionnaire_folder
from survey.services.row_problems import RowsRefused

Break = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(QUESTIONNAIRES / "sipas-2017", tmp_path / "sipas-2017"))


@pytest.fixture
def replace(folder: Path) -> Break:
    def replace_once(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return replace_once


def refusal(folder: Path) -> str:
    with pytest.raises(Invalid) as refused:
        read_questionnaire_folder(folder)
    return refused.value.message


def line_of(folder: Path, name: str, start: str) -> int:
    lines = (folder / name).read_text("utf-8").splitlines()
    return 1 + next(number for number, line in enumerate(lines) if line.startswith(start))


def test_an_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(Invalid, match="there is no questionnaire 'sipas-1999'; known: sipas-2017"):
        read_questionnaire("sipas-1999")


def test_a_version_is_read_once() -> None:
    assert read_questionnaire("sipas-2017") is read_questionnaire("sipas-2017")


def test_an_untouched_copy_is_the_same_version(folder: Path) -> None:
    assert read_questionnaire_folder(str(folder)) == read_questionnaire("sipas-2017")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(folder: Path) -> None:
    for file in folder.glob("*.csv"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert read_questionnaire_folder(folder) == read_questionnaire("sipas-2017")


def test_decomposed_vietnamese_letters_are_composed(folder: Path) -> None:
    for file in folder.glob("*.csv"):
        file.write_text(unicodedata.normalize("NFD", file.read_text("utf-8")), "utf-8")
    assert read_questionnaire_folder(folder) == read_questionnaire("sipas-2017")


def test_another_language_is_one_more_column(folder: Path) -> None:
    for name in ("questionnaire.csv", "dimensions.csv", "levels.csv", "answers.csv"):
        head, *rows = (folder / name).read_text("utf-8").splitlines()
        (folder / name).write_text("\n".join([f"{head},text_tyz", *(f"{row},Tày" for row in rows)]), "utf-8")
    assert read_questionnaire_folder(folder).languages == ("en", "tyz", "vi")


@pytest.mark.parametrize("name", ["questionnaire.csv", "dimensions.csv", "levels.csv", "answers.csv", "short_forms.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refusal(folder).startswith(f"{folder}: the table {name} is missing; a version has the tables questionnaire.csv, levels.csv")


@pytest.mark.parametrize("name", ["questionnaire.csv", "dimensions.csv", "levels.csv", "answers.csv", "short_forms.csv"])
def test_an_empty_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b" \n")
    assert refusal(folder) == f"{name}, line 1: the file is empty."


def test_a_file_without_rows_is_refused(folder: Path) -> None:
    (folder / "levels.csv").write_text("rating,text_vi,text_en\n", "utf-8")
    assert refusal(folder) == "levels.csv, line 2: no rows below the header."


def test_a_missing_column_is_named(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "asked_when", "when")
    assert refusal(folder) == "questionnaire.csv, line 1: column asked_when is missing."


def test_a_column_that_appears_twice_is_refused(replace: Break, folder: Path) -> None:
    replace("levels.csv", "text_en", "text_vi")
    assert refusal(folder) == "levels.csv, line 1: a column appears twice."


def test_another_encoding_is_refused_with_its_line(folder: Path) -> None:
    (folder / "dimensions.csv").write_bytes("code,text_vi,text_en\nACCESS,Tiep can,é\n".encode("latin-1"))
    assert refusal(folder) == "dimensions.csv, line 2: not UTF-8; save the file as CSV UTF-8 or as an Excel workbook (.xlsx)."


def test_a_nul_byte_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("levels.csv", "Bình", "B\0ình")
    assert refusal(folder) == "levels.csv, line 4: holds the control character U+0000; type the text anew."


def test_an_open_quote_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("levels.csv", "Hài lòng,Satisfied", '"Hài lòng,Satisfied')
    assert refusal(folder).startswith("levels.csv, line 3: not CSV")


def test_a_row_with_a_cell_too_many_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("levels.csv", "Hài lòng,Satisfied", "Hài, lòng,Satisfied")
    assert refusal(folder) == "levels.csv, line 3: 4 cells where the header has 3."


def test_an_unknown_kind_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    line = line_of(folder, "questionnaire.csv", "N3,")
    replace("questionnaire.csv", "N3,perception", "N3,perceptoin")
    assert refusal(folder).startswith(f"questionnaire.csv, line {line}: the kind of row is 'perceptoin'; it must be one of title, sat")


def test_a_code_that_appears_twice_is_refused_at_its_second_line(replace: Break, folder: Path) -> None:
    line = line_of(folder, "questionnaire.csv", "A2,")
    replace("questionnaire.csv", "A2,", "A1,")
    assert f"questionnaire.csv, line {line}: code 'A1' stands in an earlier row too" in refusal(folder)


@pytest.mark.parametrize("code", ["ALL", "STAFF"])
def test_a_criterion_may_not_be_named_like_a_dimension_or_the_whole(replace: Break, folder: Path, code: str) -> None:
    line = line_of(folder, "questionnaire.csv", "A2,")
    replace("questionnaire.csv", "A2,", f"{code},")
    assert f"questionnaire.csv, line {line}: code {code!r} is the code of a dimension or of the whole" in refusal(folder)


@pytest.mark.parametrize("code", ["a1", "A 1", "A-1", "Á1", "<b>", "A" * 21])
def test_a_code_with_bad_characters_is_refused_with_its_line(replace: Break, folder: Path, code: str) -> None:
    line = line_of(folder, "questionnaire.csv", "A2,")
    replace("questionnaire.csv", "A2,", f"{code},")
    assert f"questionnaire.csv, line {line}: code {code!r} has characters" in refusal(folder)


def test_an_unknown_dimension_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    line = line_of(folder, "questionnaire.csv", "A2,")
    replace("questionnaire.csv", "A2,satisfaction,ACCESS", "A2,satisfaction,ACCES")
    assert f"line {line}: the dimension 'ACCES' is not in the table dimensions, which has ACCESS, PROCEDURE" in refusal(folder)


def test_a_criterion_needs_a_dimension(replace: Break, folder: Path) -> None:
    line = line_of(folder, "questionnaire.csv", "A2,")
    replace("questionnaire.csv", "A2,satisfaction,ACCESS", "A2,satisfaction,")
    assert f"questionnaire.csv, line {line}: dimension is empty" in refusal(folder)


def test_a_dimension_without_a_criterion_is_refused(replace: Break, folder: Path) -> None:
    replace("dimensions.csv", "STAFF,", "SPEED,Nhanh,Speed\nSTAFF,")
    assert "dimensions.csv, line 4: no criterion asks about the dimension SPEED" in refusal(folder)


def test_a_text_missing_in_one_language_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("answers.csv", "N5,late,Trễ hẹn,Late", "N5,late,Trễ hẹn,")
    assert refusal(folder) == f"answers.csv, line {line_of(folder, 'answers.csv', 'N5,late')}: text_en is empty."


def test_a_language_that_one_file_lacks_is_refused(replace: Break, folder: Path) -> None:
    replace("answers.csv", "text_en", "note")
    assert refusal(folder).startswith("answers.csv, line 1: texts in vi, but the table questionnaire has vi, en")


def test_a_text_column_that_names_no_language_is_refused(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "text_en", "text_English")
    assert refusal(folder).startswith("questionnaire.csv, line 1: column text_English names no language; text_en names English")


def test_a_condition_on_an_unknown_question_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "N5=late", "N9=late")
    line = line_of(folder, "questionnaire.csv", "N6,")
    assert refusal(folder) == f"questionnaire.csv, line {line}: asked_when names 'N9', which is no question before this one."


def test_a_condition_on_an_unknown_answer_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "N5=late", "N5=never")
    line = line_of(folder, "questionnaire.csv", "N6,")
    assert refusal(folder) == f"questionnaire.csv, line {line}: asked_when names 'never', which is no answer to N5."


def test_a_condition_that_is_none_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "N5=late", "late")
    line = line_of(folder, "questionnaire.csv", "N6,")
    assert refusal(folder) == f"questionnaire.csv, line {line}: asked_when is 'late'; write question=answer, such as N5=late."


def test_more_choices_than_answers_are_refused_with_the_line(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "to come?,3,", "to come?,11,")
    line = line_of(folder, "questionnaire.csv", "M,")
    assert refusal(folder) == f"questionnaire.csv, line {line}: most_choices is '11'; write a whole number from 1–10."


def test_asked_by_default_is_yes_or_no(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "Ethnic group,1,,no", "Ethnic group,1,,maybe")
    line = line_of(folder, "questionnaire.csv", "T6,")
    assert refusal(folder) == f"questionnaire.csv, line {line}: asked_by_default is 'maybe'; write yes or no."


def test_a_question_to_choose_from_needs_answers(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "O1,open,,Góp ý khác (không bắt buộc),Other comments (optional),,", "O1,filter,,Góp ý,Other,1,")
    line = line_of(folder, "questionnaire.csv", "O1,")
    assert f"questionnaire.csv, line {line}: the table answers has none to O1" in refusal(folder)


def test_an_open_question_has_no_answers(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "T1,demographic", "T1,open")
    line = line_of(folder, "questionnaire.csv", "T1,")
    assert f"questionnaire.csv, line {line}: an open question has no answers to choose from" in refusal(folder)


def test_answers_to_an_unknown_question_are_refused_with_their_line(replace: Break, folder: Path) -> None:
    replace("answers.csv", "N5,late", "A1,late")
    line = line_of(folder, "answers.csv", "A1,")
    assert f"answers.csv, line {line}: answers 'A1', which is no such question" in refusal(folder)


def test_an_answer_that_appears_twice_is_refused_with_its_line(replace: Break, folder: Path) -> None:
    line = line_of(folder, "answers.csv", "N5,late")
    replace("answers.csv", "N5,late", "N5,early")
    assert f"answers.csv, line {line}: question, code 'N5, early' stands in an earlier row too" in refusal(folder)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("5,Rất", "6,Rất", "levels.csv, line 2: rating is '6'; write a whole number from 1–5"),
        ("5,Rất", "five,Rất", "levels.csv, line 2: rating is 'five'; write a whole number from 1–5"),
        ("5,Rất", "4,Rất", "levels.csv, line 3: rating '4' stands in an earlier row too"),
        ("5,Rất hài lòng,Very satisfied\n", "", "levels.csv: no row for the rating 5; each from 1 to 5 needs one"),
    ],
)
def test_the_scale_is_one_to_five(replace: Break, folder: Path, old: str, new: str, reason: str) -> None:
    replace("levels.csv", old, new)
    assert reason in refusal(folder)


@pytest.mark.parametrize(("kind", "other"), [("title", "sipas-2017,title"), ("general", "G1,general")])
def test_the_title_and_the_general_question_must_be_there_once(replace: Break, folder: Path, kind: str, other: str) -> None:
    text = (folder / "questionnaire.csv").read_text("utf-8")
    line = next(line for line in text.splitlines(keepends=True) if line.startswith(other))
    replace("questionnaire.csv", line, "")
    assert f"questionnaire.csv: no row of the kind {kind}" in refusal(folder)
    (folder / "questionnaire.csv").write_text(text + line.replace(other, f"X1,{kind}"), "utf-8")
    assert f"a second row of the kind {kind}; there may be one only" in refusal(folder)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n0,A1,", "\n0,A2,", "short_forms.csv: the criteria of ACCESS are not asked equally often: A1 14, A2 16, A3 15, A4 15"),
        ("\n0,A1,", "\n0,,", "short_forms.csv, line 2: ACCESS is empty"),
        ("\n0,A1,", "\n0,B1,", "short_forms.csv, line 2: 'B1' is no criterion of ACCESS"),
        ("\n0,A1,", "\n7,A1,", "short_forms.csv, line 2: variant is '7' where 0 should stand"),
        (",FEEDBACK", ",OTHER", "short_forms.csv, line 1: column FEEDBACK is missing"),
    ],
)
def test_an_unbalanced_or_incomplete_short_form_is_refused(replace: Break, folder: Path, old: str, new: str, reason: str) -> None:
    replace("short_forms.csv", old, new)
    assert reason in refusal(folder)


def test_everything_that_is_wrong_is_told_at_once_table_by_table_and_line_by_line(replace: Break, folder: Path) -> None:
    replace("questionnaire.csv", "N5=late", "N9=late")
    replace("questionnaire.csv", "A2,satisfaction,ACCESS", "a2,satisfaction,SPEED")
    replace("questionnaire.csv", "A3,satisfaction", "A3,liked")
    replace("levels.csv", "5,Rất", "6,Rất")
    replace("answers.csv", "N5,late,Trễ hẹn,Late", "N5,late,,Late")
    (folder / "dimensions.csv").unlink()
    with pytest.raises(RowsRefused) as refused:
        read_questionnaire_folder(folder)
    found = [(one.file.split("/")[-1], one.what, one.column) for one in refused.value.problems]
    assert found == [
        (folder.name, "missing_table", ""),
        ("questionnaire.csv", "code_letters", "code"),
        ("questionnaire.csv", "question_kind", "kind"),
        ("questionnaire.csv", "condition_question", "asked_when"),
        ("levels.csv", "rating_missing", ""),
        ("levels.csv", "whole_number", "rating"),
        ("answers.csv", "empty", "text_vi"),
    ]


def test_a_workbook_and_a_packed_folder_give_the_same_version() -> None:
    version = read_questionnaire("sipas-2017")
    assert read_questionnaire_file("a.xlsx", questionnaire_workbook(version)) == version
    assert read_questionnaire_file("a.zip", questionnaire_zip(version)) == version


def test_a_workbook_names_its_sheets_lines_and_columns() -> None:
    book, out = load_workbook(BytesIO(questionnaire_workbook(read_questionnaire("sipas-2017")))), BytesIO()
    book["levels"]["A2"], book["dimensions"]["B3"] = 7, "=1+1"
    del book["answers"]
    book.save(out)
    with pytest.raises(RowsRefused) as refused:
        read_questionnaire_file("a.xlsx", out.getvalue())
    found = [(one.file, one.line, one.what) for one in refused.value.problems]
    assert found[:2] == [("a.xlsx", 0, "missing_table"), ("a.xlsx (dimensions)", 3, "formula")]
    assert ("a.xlsx (levels)", 2, "whole_number") in found


def packed(**members: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not_packed"),
        (b"no archive", "not_packed"),
        (packed(levels=b"x" * 100)[:60], "not_packed"),
        (packed(levels=bytes(range(256))).replace(b"\x01\x00\x01\xff\xfe", b"\xff" * 5), "not_packed"),  # no deflated block begins so
        (packed(levels=b" " * (2 * 1024 * 1024 + 1)), "too_large"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_large"),
        (packed(note=b"x"), "missing_table"),
    ],
    ids=["nothing", "text", "torn", "scrambled", "unpacks to much", "large", "other files"],
)
def test_what_is_no_version_is_refused_as_a_whole(content: bytes, what: str) -> None:
    with pytest.raises(RowsRefused) as refused:
        read_questionnaire_file("a", content)
    assert {one.what for one in refused.value.problems} == {what}
