"""The poster of a desk as PDF, in the sizes and languages that it is wanted in, with lines to cut and to fold along."""

from __future__ import annotations

from survey.models import Desk
from survey.qr_code import draw_quickly
from survey.reports.typeset import typeset

#: An A4 page; two A5 pages on an A4 sheet to cut; an A4 sheet to fold into a tent with two faces.
A4, A5, TENT = SIZES = ("a4", "a5", "tent")
#: What is printed is in one of these; a catalogue of another language has no words for paper.
LANGUAGES = ("vi", "en")

_WORDS = {
    "vi": {
        "question": "Ông/Bà có hài lòng với lần phục vụ hôm nay?",
        "ask": "Mời Ông/Bà quét mã bằng điện thoại",
        "promise": "Câu trả lời giúp cơ quan biết cần làm tốt hơn ở đâu. Chỉ khoảng nửa phút, không ghi tên; "
        "không ai tại quầy biết Ông/Bà trả lời gì.",
        "way": "Hoặc gõ địa chỉ này vào trình duyệt:",
        "fold": "gấp theo đường này",
        "cut": "cắt theo đường này",
        "title": "Tờ treo",
    },
    "en": {
        "question": "Were you satisfied with today’s service?",
        "ask": "Please scan the code with your phone",
        "promise": "Your answer shows this office what to do better. It takes about half a minute and asks for no name; "
        "nobody at the desk learns what you answer.",
        "way": "Or type this address into a browser:",
        "fold": "fold along this line",
        "cut": "cut along this line",
        "title": "Poster",
    },
}


def draw_poster(desk: Desk, *, url: str, short_url: str, base_url: str, size: str = A4, language: str = "vi") -> bytes:
    """The desk's QR code with why one should answer, that it is anonymous, and the short address for people who type."""
    words = _WORDS[language]
    return typeset(
        "slips/poster.typ",
        {
            **words,
            "size": size,
            "language": language,
            "title": f"{words['title']} – {desk.agency.name(language)}",
            "agency": desk.agency.name(language),
            "desk": desk.name(language),
            "address": f"{base_url.split('://', 1)[-1]}{short_url}",
            "qr": draw_quickly(f"{base_url}{url}"),
        },
    )
