from pathlib import Path

from survey.services.read_table import read_table


def test_a_row_knows_its_first_line_even_behind_empty_lines_and_cells_of_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('code,text\n\n"A","one\ntwo"\nB,  three \n', "utf-8")
    table = read_table(file, columns=("code",))
    assert [(row.line, row["code"], row["text"]) for row in table.rows] == [(3, "A", "one\ntwo"), (5, "B", "three")]
