"""The paper that decree 30/2020/NĐ-CP (annex I) asks of official documents: A4, its margins, Times New Roman, page numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from survey.reports.plain import plain

FONT, BODY, TABLE = "Times New Roman", 14, 13
LEFT, RIGHT, TOP, BOTTOM = 30, 20, 20, 20  # millimetres; allowed are 30-35, 15-20, 20-25, 20-25
WIDTH = 210 - LEFT - RIGHT
_FONT_SLOTS = ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs")


def new_document(*, title: str, language: str, made_on: date) -> Any:
    """An empty document with its page and its styles; headings are real ones, so that a screen reader can walk them."""
    document = Document()
    about = document.core_properties
    about.title, about.language, about.author, about.comments = plain(title), language, "", ""
    about.created = about.modified = datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC)
    _set_page(document.sections[0])
    _set_style(document.styles["Normal"], size=BODY)
    for level in (1, 2, 3):
        _set_style(document.styles[f"Heading {level}"], size=BODY, bold=level < 3, italic=level == 3)
    return document


def _set_page(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True  # the number begins on the second page
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no fields; its own documents show this way


def _set_style(style: Any, *, size: int, bold: bool = False, italic: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), bold, italic
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in [name for name in fonts.attrib if "Theme" in name]:
        del fonts.attrib[theme]  # a theme's font would win over ours
    for slot in _FONT_SLOTS:
        fonts.set(qn(slot), FONT)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(6 if bold or italic else 0), Pt(6)
    style.paragraph_format.line_spacing = 1.15
    style.paragraph_format.keep_with_next = bold or italic
