"""Slips as A4 sheets to cut, in PDF: drawn by typst with the fonts it brings along, so that they look alike on every server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from survey.domain.slip_code import in_groups
from survey.models import Desk
from survey.qr_code import modules
from survey.settings import PROJECT

_SHEET = PROJECT / "templates" / "slips" / "sheet.typ"
_PURPOSE = {
    "vi": "Phiếu này để Ông/Bà đánh giá lần được phục vụ vừa rồi. Phiếu không ghi tên, chỉ dùng một lần.",
    "en": "With this slip you can rate the service you have just received, once and without your name.",
}
_TYPED = {"vi": "Quét mã, hoặc gõ dãy số tại {place}", "en": "Scan the code or type the number at {place}."}


def draw_slips(desk: Desk, codes: Sequence[str], *, base_url: str) -> bytes:
    """The sheets of `codes`, in this order, ten on each; Vietnamese with English in small letters. Three seconds for a thousand."""
    import typst  # 80 MB that only printing needs

    place = urlsplit(base_url).netloc + urlsplit(base_url).path + "/p"
    data = {
        "title": f"Phiếu đánh giá – {desk.agency.name_vi}",
        "agency": desk.agency.name_vi,
        "desk": desk.name_vi,
        "purpose": _PURPOSE,
        "typed": {language: words.format(place=place) for language, words in _TYPED.items()},
        "slips": [{"code": in_groups(code), "qr": _svg(f"{base_url}/p/{code}")} for code in codes],
    }
    pdf: bytes = typst.compile(_SHEET.read_bytes(), format="pdf", ignore_system_fonts=True, sys_inputs={"data": json.dumps(data)})
    return pdf


def _svg(url: str) -> str:
    rows = modules(url)
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _runs(row))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}"><path d="{path}"/></svg>'


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin, and how many stand together."""
    start = None
    for place, dark in enumerate((*row, False)):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None
