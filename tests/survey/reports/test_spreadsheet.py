"""Files for spreadsheets are read back by a program that did not write them."""

from __future__ import annotations

import csv
import io
from datetime import date

from openpyxl import load_workbook

from survey.reports.spreadsheet import COUNT, DAY, SHARE, TEXT, Sheet, as_csv, as_xlsx

SHEET = Sheet(
    "Chỉ số",
    (("Cơ quan", TEXT), ("n", COUNT), ("Chỉ số (%)", SHARE), ("Ngày", DAY)),
    (("=1+1", 1234, 0.68555, date(2026, 11, 23)), ("UBND xã Yên Sơn", 9, None, date(2026, 1, 2)), ("00123", 0, 1.0, None)),
)


def test_a_workbook_keeps_texts_numbers_days_and_what_is_missing() -> None:
    book = load_workbook(io.BytesIO(as_xlsx([SHEET], title="Sự hài lòng", facts=[("Đợt", "Quý IV/2026")])))
    assert book.sheetnames == ["SIPAS", "Chỉ số"]
    assert [cell.value for cell in book["SIPAS"]["A"]] == ["Sự hài lòng", None, "Đợt"]
    rows = [[cell.value for cell in row] for row in book["Chỉ số"].iter_rows()]
    assert rows[0] == ["Cơ quan", "n", "Chỉ số (%)", "Ngày"]
    assert rows[2][:3] == ["UBND xã Yên Sơn", 9, None]
    assert (rows[1][0], rows[1][1], rows[1][2], rows[1][3].date()) == ("=1+1", 1234, 68.56, date(2026, 11, 23))  # a tie goes up
    assert book["Chỉ số"]["A2"].data_type == "s"  # a text, no formula
    assert book["Chỉ số"]["C2"].number_format == "0.00"
    assert rows[3][0] == "00123"


def test_the_same_numbers_give_the_same_file() -> None:
    assert as_xlsx([SHEET], title="a", facts=[]) == as_xlsx([SHEET], title="a", facts=[])


def test_csv_is_known_by_excel_and_holds_no_formula() -> None:
    content = as_csv(SHEET)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1] == ["'=1+1", "1234", "68.56", "2026-11-23"]
    assert rows[2][2] == ""
