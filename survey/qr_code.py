"""QR codes by the `qrcode` library: SVG for print and pages, PNG for messages, text for a terminal."""

from __future__ import annotations

from io import BytesIO, StringIO

import qrcode
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage

from survey.errors import Invalid

_FORMATS = {"svg": SvgPathFillImage, "png": PilImage}


def draw(url: str, format_: str) -> bytes:
    """The QR code of `url` as ``svg`` or ``png``, with medium error correction and the quiet zone that the standard asks for."""
    if format_ not in _FORMATS:
        raise Invalid(f"A QR code is drawn as svg or png, not {format_!r}.")
    image = BytesIO()
    _code(url).make_image(image_factory=_FORMATS[format_]).save(image)
    return image.getvalue()


def draw_text(url: str) -> str:
    """The QR code of `url` for a terminal."""
    text = StringIO()
    _code(url).print_ascii(out=text, invert=True)
    return text.getvalue()


def modules(url: str) -> list[list[bool]]:
    """The QR code of `url` as dark and light squares with the quiet zone around, for drawings of a thousand.

    The mask is a fixed one, which every reader accepts: to try all eight, as the library does, takes four times as long.
    """
    code = _code(url)
    code.mask_pattern = _MASK
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


_MASK = 2


def _code(url: str) -> qrcode.QRCode[PilImage]:
    code: qrcode.QRCode[PilImage] = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(url)
    return code
