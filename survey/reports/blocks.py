"""Headings, paragraphs and tables as official documents set them. Every text passes `plain` on its way in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from survey.reports.page import TABLE
from survey.reports.plain import plain

CENTRE, JUSTIFIED, LEFT, RIGHT = (
    WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT,
)  # fmt: skip

Cells = Sequence[str]


def sentence(text: str) -> str:
    """With a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def heading(document: Any, level: int, text: str, *, new_page: bool = False) -> None:
    added = document.add_paragraph(plain(text), style=f"Heading {level}")
    added.alignment, added.paragraph_format.page_break_before = LEFT, new_page


def paragraph(document: Any, text: str) -> None:
    """A paragraph of the body: justified, its first line indented."""
    added = document.add_paragraph(plain(text))
    added.alignment = JUSTIFIED
    added.paragraph_format.first_line_indent = Mm(10)


def line(where: Any, text: str, *, size: float, bold: bool = False, italic: bool = False, align: Any = CENTRE, after: float = 0) -> Any:
    """A single line set by hand: heads, titles, cells, remarks."""
    paragraphs = where.paragraphs if hasattr(where, "width") else ()  # a cell is born with an empty paragraph
    added = paragraphs[0] if paragraphs and not paragraphs[0].text else where.add_paragraph()
    run = added.add_run(plain(text))
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    added.alignment = align
    added.paragraph_format.space_before, added.paragraph_format.space_after = Pt(0), Pt(after)
    added.paragraph_format.line_spacing = 1.0
    return added


def note(document: Any, text: str) -> None:
    line(document, text, size=TABLE - 1, italic=True, align=JUSTIFIED, after=8).paragraph_format.space_before = Pt(4)


def table(document: Any, header: Cells, rows: Sequence[Cells], *, widths: Sequence[int], numbers: Collection[int], bold: int = 0) -> None:
    """A table with a frame; `widths` in millimetres, columns in `numbers` to the right, the first `bold` rows in bold.

    The header comes again on every page and no row breaks over two.
    """
    made = new_table(document, widths)
    made.style, made.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    for place, cells in enumerate((header, *rows)):
        row = made.add_row()
        _mark(row, "w:cantSplit")
        if place == 0:
            _mark(row, "w:tblHeader")
        for column, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            align = CENTRE if place == 0 else RIGHT if column in numbers else LEFT
            line(cell, text, size=TABLE, bold=place <= bold, align=align, after=1)


def new_table(document: Any, widths: Sequence[int]) -> Any:
    """A table without rows whose columns keep their widths."""
    made = document.add_table(rows=0, cols=len(widths))
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    return made


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 - python-docx has no other way to it


def rule(where: Any, *, inset: int) -> None:
    """A thin line, `inset` millimetres from either side, as under the names of the office and of the state."""
    added = line(where, "", size=2, after=4)
    added.paragraph_format.line_spacing = Pt(3)
    added.paragraph_format.left_indent = added.paragraph_format.right_indent = Mm(inset)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    added._p.get_or_add_pPr().append(borders)  # noqa: SLF001 - python-docx has no borders of paragraphs
