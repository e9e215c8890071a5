"""Invitations to send: links with their typed numbers for a text message or a mail merge, or cards to cut and put into letters."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date

import xlsxwriter  # type: ignore[import-untyped]

from survey.domain.slip_code import in_groups
from survey.models import Desk
from survey.reports.scores_csv import BYTE_ORDER_MARK
from survey.reports.slips_pdf import Words, draw_sheets
from survey.reports.spreadsheet import XLSX_TYPE

_HEAD = ("Liên kết", "Dãy số để gõ", "Lời nhắn")
_MESSAGE = (
    "{agency} kính mời Ông/Bà trả lời khảo sát về lần được phục vụ tại {desk}. Không ghi tên, mỗi liên kết dùng một lần, "
    "đến hết ngày {day}: {link}"
)
_PURPOSE = {
    "vi": "Ông/Bà được chọn ngẫu nhiên để trả lời khảo sát về lần được phục vụ tại đây. Không ghi tên, dùng một lần, đến hết {day}.",
    "en": "You were drawn at random for a survey about the service you received here: once, without your name, until {day}.",
}
#: What a file may be: its kind and what it is made by, from the desk, its codes, the address of the server and the last day.
Draw = Callable[[Desk, Sequence[str], str, date], bytes]


def draw_cards(desk: Desk, codes: Sequence[str], base_url: str, last_day: date) -> bytes:
    """Ten on an A4 sheet, as slips are."""
    purpose = {"vi": _PURPOSE["vi"].format(day=_day(last_day)), "en": _PURPOSE["en"].format(day=last_day.isoformat())}
    return draw_sheets(desk, codes, Words("Thư mời khảo sát", purpose), base_url=base_url)


def write_csv(desk: Desk, codes: Sequence[str], base_url: str, last_day: date) -> bytes:
    """UTF-8 with a byte order mark. No cell can be taken for a formula: each begins with words or digits of ours."""
    out = io.StringIO()
    csv.writer(out).writerows([_HEAD, *_rows(desk, codes, base_url, last_day)])
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def write_xlsx(desk: Desk, codes: Sequence[str], base_url: str, last_day: date) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet("Thư mời"), book.add_format({"bold": True})
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, 2, 100)
        for number, row in enumerate([_HEAD, *_rows(desk, codes, base_url, last_day)]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, bold if number == 0 else None)
    return out.getvalue()


FORMATS: dict[str, tuple[str, Draw]] = {
    "xlsx": (XLSX_TYPE, write_xlsx),
    "csv": ("text/csv; charset=utf-8", write_csv),
    "pdf": ("application/pdf", draw_cards),
}


def _rows(desk: Desk, codes: Sequence[str], base_url: str, last_day: date) -> Iterator[tuple[str, str, str]]:
    agency, place, day = desk.agency.name_vi, desk.name_vi, _day(last_day)
    for code in codes:
        link = f"{base_url}/p/{code}"
        yield link, in_groups(code), _MESSAGE.format(agency=agency, desk=place, day=day, link=link)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
