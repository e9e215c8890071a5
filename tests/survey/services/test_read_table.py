from pathlib import Path

import pytest

from survey.errors import Invalid
from survey.services.read_sheets import read_csv
from survey.services.read_table import read_table


def test_a_row_knows_its_first_line_even_behind_empty_lines_and_cells_of_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('code,text\n\n"A","one\ntwo"\nB,  three \n', "utf-8")
    table = read_table(file, columns=("code",))
    assert [(row.line, row["code"], row["text"]) for row in table.rows] == [(3, "A", "one\ntwo"), (5, "B", "three")]


@pytest.mark.parametrize(
    ("content", "of_the_project", "of_others"),
    [
        (b" \n", "line 1: the file is empty", "line 1: the file is empty"),
        (
            b"code\nA\nB\xff\n", "line 3: not UTF-8; save the file as CSV UTF-8",
            "line 3: not UTF-8; save the file as CSV UTF-8 or as an Excel workbook (.xlsx)",
        ),
        (
            b"code\nA\x07\n", "line 2: holds the control character U+0007",
            "line 2: holds the control character U+0007; type the text anew",
        ),
    ],
)  # fmt: skip
def test_the_project_s_tables_and_those_of_others_are_the_same_text(
    tmp_path: Path, content: bytes, of_the_project: str, of_others: str
) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        read_table(file, columns=("code",))
    assert str(refused.value) == f"t.csv, {of_the_project}"
    with pytest.raises(Invalid) as refused:
        read_csv("t.csv", content)
    assert str(refused.value) == f"t.csv, {of_others}."


def test_a_byte_order_mark_is_no_text_and_letters_are_composed(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes("\ufeffcode\ne\u0301\n".encode())
    assert read_table(file, columns=("code",)).rows[0]["code"] == "\u00e9"
    assert read_csv("t.csv", file.read_bytes()).rows == ((1, ["code"]), (2, ["\u00e9"]))
