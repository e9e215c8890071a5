"""Agencies and desks from files on the page: what is wrong is told row by row, then all is loaded or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Agency, AgencySuccession, Desk, DeskCode
from survey.reports.column_words import kinds_explained
from survey.services.import_agencies import import_tables
from survey.services.read_agency_file import COLUMNS, KIND_WORDS, read_agency_files
from survey.services.read_workbook import MOST_COLUMNS, MOST_ROWS
from survey.services.row_problems import SENTENCES, RowsRefused
from survey.settings import today
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)

PAGE = "/department/agency-import"
ROW = ("so", "department", "tinh", "Sở Tư pháp", "", date(2025, 7, 1), None)
HEADER = ",".join(COLUMNS["agencies"])
Cells = Sequence[Sequence[Any]]


def workbook(agencies: Cells = (), desks: Cells = (), successions: Cells = (), change: Callable[[Any], None] | None = None) -> bytes:
    book, out = Workbook(), BytesIO()
    book.active.title = "Hướng dẫn"  # type: ignore[union-attr]
    for (table, columns), rows in zip(COLUMNS.items(), (agencies, desks, successions), strict=True):
        sheet = book.create_sheet(table)
        for row in (columns, *rows):
            sheet.append(list(row))
    if change:
        change(book["agencies"])
    book.save(out)
    return out.getvalue()


def problems(name: str, content: bytes) -> list[tuple[int, str]]:
    with pytest.raises(RowsRefused) as refused:
        read_agency_files([(name, content)])
    return [(one.line, one.what) for one in refused.value.problems]


def contents(session: Session) -> tuple[int | None, ...]:
    session.rollback()
    return tuple(session.scalar(select(func.count()).select_from(model)) for model in (Agency, Desk, DeskCode, AgencySuccession))


@pytest.fixture
def staff(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="department")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def send(staff: FlaskClient, *files: tuple[str, bytes]) -> Any:
    return staff.post(PAGE, data={"files": [(BytesIO(content), name) for name, content in files]})


def rows_of(page: Any) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])


# --- reading ---


def test_a_workbook_gives_its_tables_by_their_columns_and_dates_and_numbers_as_text() -> None:
    def change(sheet: Any) -> None:
        sheet["A3"], sheet["A3"].number_format = 7, "000"

    content = workbook([ROW, (None, "xã", "so", "Xã Một", None, "2025-07-01", date(2026, 1, 31))], [(7, "Quầy 1", None)], change=change)
    tables = read_agency_files([("tinh.xlsx", content)])
    assert [row.cells for row in tables["agencies"]][1] == {
        "code": "007", "kind": "commune", "parent": "so", "name_vi": "Xã Một", "name_en": "",
        "valid_from": "2025-07-01", "valid_to": "2026-01-31",
    }  # fmt: skip
    assert (tables["desks"][0].file, tables["desks"][0].line, tables["desks"][0]["agency"]) == ("tinh.xlsx (desks)", 2, "7")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_csv_file_may_have_a_mark_other_delimiters_and_the_templates_words(delimiter: str, mark: bytes) -> None:
    header = ["Tên tiếng Việt", "Mã", "Loại", "Trực thuộc", "Tên tiếng Anh", "Từ ngày", "Đến hết ngày", "Ghi chú"]
    text = f"{delimiter.join(header)}\r\n{delimiter.join(['Sở', 'so', 'Sở', '', '', '2025-07-01', '', 'x'])}\r\n"
    (row,) = read_agency_files([("a.csv", mark + text.encode())])["agencies"]
    assert (row["code"], row["kind"], row["name_vi"], row.line) == ("so", "department", "Sở", 2)


@one_system
def test_kinds_may_be_written_in_vietnamese_as_the_page_calls_them_or_as_codes(app: Flask) -> None:
    with app.test_request_context():
        names = [(name, code) for name, code, _ in kinds_explained()]
    told = [(word, kind) for kind, words_ in KIND_WORDS.items() for word in words_] + [("Thị  trấn", "commune"), ("SỞ", "department")]
    for word, kind in [*names, *told, *((code, code) for _, code in names)]:
        text = f'{HEADER}\nx,"{word}",,X,,2025-07-01,\n'
        assert read_agency_files([("a.csv", text.encode())])["agencies"][0]["kind"] == kind, word
    assert problems_of_kind("Hợp tác xã") == "Hợp tác xã"


def problems_of_kind(word: str) -> str:
    return read_agency_files([("a.csv", f"{HEADER}\nx,{word},,X,,2025-07-01,\n".encode())])["agencies"][0]["kind"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda sheet: sheet.cell(2, 4, '=CONCAT("Sở"," Nội vụ")'), (2, "formula")),
        (lambda sheet: sheet.cell(2, 1, "#REF!"), (2, "error")),
        (lambda sheet: sheet.cell(2, 1, 1.5), (2, "fraction")),
        (lambda sheet: sheet.merge_cells("B2:B3"), (2, "merged")),
        (lambda sheet: sheet.cell(1, 4, "name"), (1, "no_column")),
        (lambda sheet: sheet.cell(1, 9, "code"), (1, "column_twice")),
        (lambda sheet: sheet.cell(6000, 1, "x"), (1, "too_many_rows")),
        (lambda sheet: sheet.delete_rows(2, 9), (2, "no_rows")),
    ],
)
def test_what_a_sheet_may_not_hold_is_refused_with_its_line(change: Callable[[Any], None], expected: tuple[int, str]) -> None:
    assert expected in problems("a.xlsx", workbook([ROW, ROW], change=change))


def bomb() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (17 * 1024 * 1024))
    return out.getvalue()


def wide_sheets() -> bytes:
    """Few bytes with one cell at the far corner of each sheet: a cell is made for every empty one before it."""
    book, out = Workbook(), BytesIO()
    for _ in range(3):
        book.create_sheet().cell(MOST_ROWS, MOST_COLUMNS, "x")
    book.save(out)
    return out.getvalue()


def scrambled() -> bytes:
    """A workbook whose parts are listed but cannot be unpacked any more."""
    content = workbook([ROW])
    return content[:60] + bytes(byte ^ 0x5A for byte in content[60:120]) + content[120:]


def with_entities() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty_file"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_large"),
        (bomb(), "too_large"),
        (wide_sheets(), "too_large"),
        (scrambled(), "not_workbook"),
        (with_entities(), "not_workbook"),
        (b"PK\x03\x04 no archive", "not_workbook"),
        (workbook([ROW])[:2000], "not_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook"),
        ((HEADER + "\nx,commune,,Xã,,2025-07-01,\n").encode("cp1258", "replace") + b"\xe3", "not_utf8"),
        ((HEADER + "\n").encode("utf-16"), "not_utf8"),
        ((HEADER + '\n"x').encode(), "not_csv"),
        ((HEADER + "\nx\x00").encode(), "control"),
        (b"%PDF-1.7 \n", "unknown_table"),
        (b"a,b\n1,2\n", "unknown_table"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content: bytes, expected: str) -> None:
    assert [what for _, what in problems("a", content)] == [expected]


def test_a_workbook_without_a_table_says_so_and_a_table_may_come_only_once() -> None:
    out = BytesIO()
    Workbook().save(out)
    assert problems("a.xlsx", out.getvalue()) == [(1, "no_table")]
    with pytest.raises(RowsRefused) as refused:
        read_agency_files([(name, f"{HEADER}\nx,commune,,X,,2025-07-01,\n".encode()) for name in ("a.csv", "b.csv")])
    assert [(one.file, one.what) for one in refused.value.problems] == [("b.csv", "table_twice")]


def test_every_sentence_can_be_said() -> None:
    for sentence in SENTENCES.values():
        assert sentence % {"column": "c", "value": "v", "other": "o"}


# --- the page ---


@one_system
def test_every_faulty_row_is_told_at_once_with_line_column_and_what_to_do(staff: FlaskClient, session: Session) -> None:
    before = contents(session)
    agencies = [
        ROW, ("so", *ROW[1:]), ("x y", *ROW[1:]), ("a", "kingdom", *ROW[2:]), ("b", *ROW[1:5], "1/7/2025", None),
        ("c", "centre", "nowhere", *ROW[3:]), ("d", *ROW[1:6], date(2024, 1, 1)), ("yen-son", *ROW[1:]), ("e", "centre", "f", *ROW[3:]),
        ("f", "centre", "e", *ROW[3:]), ("g", *ROW[1:3], None, *ROW[4:]), ("h", *ROW[1:3], "x" * 201, *ROW[4:]),
    ]  # fmt: skip
    desks = [("so", "Quầy", None), ("so", "Quầy", None), ("nowhere", "Quầy", None)]
    answer = send(staff, ("tinh.xlsx", workbook(agencies, desks, [("so", "so", date(2026, 1, 1))])))
    assert answer.status_code == 422
    found = re.findall(r'<tr><td>([^<]*)</td><td class="num">(\d+)</td><td class="source">([^<]*)</td>', answer.text)
    lines = [(file, int(line)) for file, line, _ in found]
    for line in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13):
        assert ("tinh.xlsx (agencies)", line) in lines
    assert [line for file, line in lines if "desks" in file] == [3, 4]
    assert [line for file, line in lines if "successions" in file] == [2]
    assert "Cột Từ ngày (valid_from): “1/7/2025” không phải là ngày rõ ràng" in unescape(words(answer))
    assert "ghi một trong các từ: tỉnh, sở, ngành, " in unescape(words(answer))
    assert contents(session) == before


@one_system
def test_a_preview_changes_nothing_the_confirmation_all_and_a_second_one_nothing_more(staff: FlaskClient, session: Session) -> None:
    before = contents(session)
    yen_son = ("yen-son", "commune", "tinh", "UBND xã Yên Sơn mới", "", date(2025, 7, 1), None)
    below = ("phong", "centre", "so", "Phòng <b>", "", date(2025, 7, 1), None)
    content = workbook([below, ROW, yen_son], [("so", "Quầy 1", "Desk 1")], [("my-lam", "so", date(2025, 7, 1))])
    page = send(staff, ("tinh.xlsx", content))
    assert page.status_code == 200
    for said in ("Cơ quan mới 2", "Quầy mới, mỗi quầy có mã QR 1", "UBND xã Yên Sơn → UBND xã Yên Sơn mới"):
        assert said in words(page)
    assert "<b>" not in page.text
    assert contents(session) == before
    for _ in range(2):
        done = staff.post(PAGE, data={"rows": rows_of(page), "action": "do"})
        assert done.status_code == 303
        assert contents(session) == (5, 3, 3, 1)
        assert "Đã nạp. Cơ quan:" in words(staff.get(done.location))
    assert session.scalars(select(Agency.name_vi).where(Agency.code == "yen-son")).one() == "UBND xã Yên Sơn mới"
    assert "Không có gì" in words(send(staff, ("tinh.xlsx", content)))


@one_system
def test_the_field_of_a_desk_is_a_column_that_may_be_missing(staff: FlaskClient, session: Session, province: SmallProvince) -> None:
    line = "yen-son,Bộ phận Một cửa,One-stop desk"
    preview = send(staff, ("a.csv", f"Mã cơ quan,Tên tiếng Việt,Tên tiếng Anh,Lĩnh vực\n{line},Đất đai\n".encode()))
    assert "Bộ phận Một cửa · yen-son : lĩnh vực: không có → Đất đai" in words(preview)
    staff.post(PAGE, data={"rows": rows_of(preview), "action": "do"})
    assert session.get_one(Desk, province.desk_ids["yen-son"], populate_existing=True).field == "Đất đai"
    without = send(staff, ("a.csv", f"agency,name_vi,name_en\n{line} 2\n".encode()))
    assert "One-stop desk → One-stop desk 2;" in words(without)
    assert "lĩnh vực:" not in words(without)
    staff.post(PAGE, data={"rows": rows_of(without), "action": "do"})
    assert session.get_one(Desk, province.desk_ids["yen-son"], populate_existing=True).field == "Đất đai"


@one_system
def test_a_last_day_before_a_response_is_refused(staff: FlaskClient, session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 4})
    row = f"{HEADER}\nyen-son,commune,tinh,UBND xã Yên Sơn,Yên Sơn Commune,2025-07-01,2025-12-31\n"
    answer = send(staff, ("a.csv", row.encode()))
    assert answer.status_code == 422
    assert f"đã nhận phiếu đến ngày {today():%d/%m/%Y}" in words(answer)


@one_system
def test_a_form_that_no_preview_made_is_refused(staff: FlaskClient, session: Session) -> None:
    before = contents(session)
    forged = (
        "x",
        "[]",
        "null",
        "[" * 20_000,
        '{"agencies":7}',
        '{"agencies":[[1,2]]}',
        '{"agencies":[["a",Infinity,{}]]}',
        '{"agencies":[["a",2,{}]]}',
    )
    for rows in ("", "{}", *forged):
        assert staff.post(PAGE, data={"rows": rows, "action": "do"}).status_code == (303 if rows == "{}" else 422), rows
    assert contents(session) == before


@one_system
def test_only_this_page_takes_large_files(staff: FlaskClient) -> None:
    for path, megabytes, status in ((PAGE, 1, 422), (PAGE, 7, 413), ("/department/agencies/yen-son/merge", 1, 413)):
        head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
        body = head + b"x" * (megabytes * 1024 * 1024) + b"\r\n--x--\r\n"
        answer = staff.post(path, input_stream=BytesIO(body), content_length=len(body), content_type="multipart/form-data; boundary=x")
        assert answer.status_code == status, (path, megabytes)
    assert "chưa chọn tệp" in words(staff.post(PAGE)).replace("Chưa", "chưa")
    assert send(staff, *[(f"{n}.csv", b"x") for n in range(4)]).status_code == 422


@one_system
def test_the_template_and_the_present_agencies_can_be_loaded_again(staff: FlaskClient) -> None:
    template = load_workbook(BytesIO(staff.get(f"{PAGE}/template.xlsx").data))
    assert template.sheetnames == ["SIPAS", "Cơ quan, đơn vị", "Quầy", "Cơ quan kế tục"]
    assert [cell.value for cell in template["Cơ quan, đơn vị"][1]][:3] == ["Mã (code)", "Loại (kind)", "Trực thuộc (parent)"]
    present = staff.get(f"{PAGE}/agencies.xlsx").data
    page = send(staff, ("sipas-agencies.xlsx", present))
    assert page.status_code == 200
    assert "Không có gì" in words(page)


def test_a_whole_province_is_read_and_stored_in_one_go(session: Session) -> None:
    """150 agencies with 400 desks; what it takes is told by benchmarks/import_province.py."""
    top = ("tinh", "province", None, "Tỉnh", None, date(2025, 7, 1), None)
    agencies = [top] + [(f"xa-{n}", "commune", "tinh", f"Xã {n}", None, date(2025, 7, 1), None) for n in range(149)]
    desks = [(f"xa-{n % 149}", f"Quầy {n}", None) for n in range(400)]
    import_tables(session, read_agency_files([("tinh.xlsx", workbook(agencies, desks))]), today=today())
    assert contents(session) == (150, 400, 400, 0)
