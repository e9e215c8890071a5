"""What is printed: read back from the PDF as text and as pictures."""

from __future__ import annotations

import json
import re
from io import BytesIO
from itertools import product
from time import process_time
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from qrcode import QRCode

from survey.domain.slip_code import in_groups, new_slip_code
from survey.models import Agency, Desk
from survey.qr_code import draw_quickly
from survey.reports import poster_pdf, slips_pdf
from survey.reports.poster_pdf import LANGUAGES, SIZES, draw_poster
from survey.reports.slips_pdf import draw_slips
from survey.settings import PROJECT

BASE = "https://khaosat.tuyenquang.gov.vn"
LONG = "Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính tỉnh Tuyên Quang (cơ sở Hà Giang), đường Nguyễn Trãi"
MARKUP = '#panic("x") $x$ *đậm* _nghiêng_ [y] \\ <b> {{ 1 }} @ref "'


def a_desk(agency: str = "UBND xã Yên Sơn", desk: str = "Bộ phận Một cửa") -> Desk:
    return Desk(name_vi=desk, name_en="", agency=Agency(code="x", kind="commune", name_vi=agency, name_en=""))


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize(("count", "sheets"), [(10, 1), (11, 2), (37, 4)])
def test_ten_slips_lie_on_a_sheet(count: int, sheets: int) -> None:
    pdf = draw_slips(a_desk(), [new_slip_code() for _ in range(count)], base_url=BASE)
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == sheets


@pytest.mark.parametrize("name", [LONG, MARKUP, "ễ ữ ặ Ỵ ợ Đ", ""])
def test_no_name_breaks_the_sheet_or_the_poster(name: str) -> None:
    assert pages(draw_slips(a_desk(name, name), [new_slip_code()] * 10, base_url=BASE)) == 1
    for size, language in product(SIZES, LANGUAGES):
        poster = draw_poster(a_desk(name, name), url="/s/x", short_url="/g/4821-3975-1204", base_url=BASE, size=size, language=language)
        assert pages(poster) == 1, (size, language)


def test_the_template_gets_every_word_as_data(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(slips_pdf, "typeset", lambda template, data: given.update(data) or template.encode())
    code = new_slip_code()
    assert draw_slips(a_desk(), [code], base_url="http://127.0.0.1:8000/khaosat") == b"slips/sheet.typ"
    assert (given["agency"], given["desk"]) == ("UBND xã Yên Sơn", "Bộ phận Một cửa")
    assert given["way"]["vi"].endswith("127.0.0.1:8000/khaosat/p")  # type: ignore[index]
    assert given["slips"] == [{"code": in_groups(code), "qr": draw_quickly(f"http://127.0.0.1:8000/khaosat/p/{code}")}]


def test_every_letter_of_vietnamese_is_in_the_font_that_comes_along() -> None:
    """A drawing keeps each glyph once. U+E000 is in no font, so a letter without a glyph of its own would share its empty box.

    The other font, DejaVu Sans Mono, lacks forty of them; numbers and addresses are all that is set in it.
    """
    import typst

    letters = {*"aăâeêioôơuưyđAĂÂEÊIOÔƠUƯYĐàáãèéìíòóõùúýĩũÀÁÃÈÉÌÍÒÓÕÙÚÝĨŨ", *map(chr, range(0x1EA0, 0x1EFA))}

    def glyphs(text: str) -> int:
        source = f'#set text(font: "Libertinus Serif", fallback: false, ligatures: false, kerning: false)\n{" ".join(text)}'
        return len(set(re.findall(rb'<symbol id="([^"]+)"', typst.compile(source.encode(), format="svg", ignore_system_fonts=True))))

    boxes = glyphs("\ue000漢")
    assert boxes == 1
    assert glyphs("".join(sorted(letters)) + "\ue000") == len(letters) + boxes


def test_the_quick_drawing_shows_the_squares_of_the_standard_with_a_quiet_zone() -> None:
    url = f"{BASE}/p/{new_slip_code()}"
    svg = ET.fromstring(draw_quickly(url))
    path = svg[0].get("d") or ""
    dark = {
        (int(x) + step, int(y)) for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path) for step in range(int(width))
    }  # fmt: skip
    standard: QRCode[object] = QRCode(error_correction=0, border=4, mask_pattern=2)  # 0 is level M
    standard.add_data(url)
    assert dark == {(x, y) for y, row in enumerate(standard.get_matrix()) for x, is_dark in enumerate(row) if is_dark}
    assert min(min(square) for square in dark) == 4


def test_a_thousand_slips_take_seconds_and_few_bytes() -> None:
    before = process_time()
    pdf = draw_slips(a_desk(), [new_slip_code() for _ in range(1000)], base_url=BASE)
    assert process_time() - before < 20  # measured: about 2 s
    assert (pages(pdf), len(pdf) < 4_000_000) == (100, True)


@pytest.mark.parametrize(("size", "wide"), [("a4", 146), ("a5", 146 * 0.705), ("tent", 100)])
def test_every_square_of_the_code_is_on_the_printed_poster(monkeypatch: pytest.MonkeyPatch, size: str, wide: float) -> None:
    """No reader of QR codes is at hand, so the drawn page is compared with the standard, square by square."""
    import typst

    def picture(template: str, data: dict[str, Any]) -> bytes:
        source = (PROJECT / "templates" / template).read_bytes()
        drawn: bytes = typst.compile(source, format="png", ppi=127, ignore_system_fonts=True, sys_inputs={"data": json.dumps(data)})
        return drawn

    monkeypatch.setattr(poster_pdf, "typeset", picture)
    drawn = draw_poster(a_desk(), url="/s/" + "k3x" * 9, short_url="/g/4821-3975-1204", base_url=BASE, size=size)
    page = np.asarray(Image.open(BytesIO(drawn)).convert("L")) < 128  # 5 points a millimetre
    standard: QRCode[object] = QRCode(error_correction=0, border=0, mask_pattern=2)
    standard.add_data(f"{BASE}/s/{'k3x' * 9}")
    squares = np.array(standard.get_matrix())
    step = wide * 5 / (len(squares) + 8)
    places = ((np.arange(len(squares)) + 0.5) * step).astype(int)
    height, width = (size - places[-1] for size in page.shape)
    # Where the three corners' frames begin is where the whole pattern is looked for.
    found = [
        (y, x)
        for y, x in np.argwhere(page[:height, :width])
        if page[y + places[0], x + places[:7]].all() and (page[np.ix_(y + places, x + places)] == squares).all()
    ]
    assert found
