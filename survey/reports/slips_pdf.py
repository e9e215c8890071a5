"""Slips as A4 sheets to cut, in PDF; Vietnamese with English in small letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.domain.slip_code import in_groups
from survey.models import Desk
from survey.qr_code import draw_quickly
from survey.reports.typeset import typeset

_SLIP = {
    "vi": "Phiếu này để Ông/Bà đánh giá lần được phục vụ vừa rồi. Phiếu không ghi tên, chỉ dùng một lần.",
    "en": "With this slip you can rate the service you have just received, once and without your name.",
}
_SLIP_WAY = {"vi": "Quét mã, hoặc gõ dãy số tại {place}", "en": "Scan the code or type the number at {place}."}


@dataclass(frozen=True)
class Words:
    """What a sheet is called, and what each piece of it says, by language."""

    title: str
    purpose: Mapping[str, str]


def draw_slips(desk: Desk, codes: Sequence[str], *, base_url: str) -> bytes:
    """The sheets of `codes`, in this order, ten on each."""
    return draw_sheets(desk, codes, Words("Phiếu đánh giá", _SLIP), base_url=base_url)


def draw_sheets(desk: Desk, codes: Sequence[str], words: Words, *, base_url: str) -> bytes:
    place = f"{_without_scheme(base_url)}/p"
    return typeset(
        "slips/sheet.typ",
        {
            "title": f"{words.title} – {desk.agency.name_vi}",
            "agency": desk.agency.name_vi,
            "desk": desk.name_vi,
            "purpose": words.purpose,
            "way": {language: way.format(place=place) for language, way in _SLIP_WAY.items()},
            "slips": [{"code": in_groups(code), "qr": draw_quickly(f"{base_url}/p/{code}")} for code in codes],
        },
    )


def _without_scheme(url: str) -> str:
    return url.split("://", 1)[-1]
