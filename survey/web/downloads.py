"""Replies that a browser keeps as a file."""

from __future__ import annotations

from flask import Response


def download(content: bytes | str, content_type: str, name: str) -> Response:
    """`content` as the file `name`; the letters of the name may be any."""
    response = Response(content, content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
