"""The response headers of every page, errors included, and the compression of citizens' pages."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from flask import Flask, Response, request

from survey.settings import PROJECT
from survey.web import packing

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STATIC = PROJECT / "survey" / "static"


@cache
def citizen_style() -> str:
    """The style of the citizen's pages, put inline so that a page is one request; the policy admits it by its hash."""
    return (_STATIC / "citizen.css").read_text(encoding="utf-8")


@cache
def citizen_script_version() -> str:
    return sha256((_STATIC / "citizen.js").read_bytes()).hexdigest()[:8]


def citizen_script() -> str:
    """The address of the script: another one whenever it changes, so that phones may keep it for ever."""
    return f"/citizen-{citizen_script_version()}.js"


@cache
def _policy() -> str:
    digest = b64encode(sha256(citizen_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'self' 'sha256-{digest}'; img-src 'self' data:; script-src 'self'; worker-src 'self'; "
        "connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def init_app(app: Flask) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(_FIXED)
        response.headers["Content-Security-Policy"] = _policy()
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        # Back must find the citizen's form as it was left, so that page may stay in the browser's memory; a comment and its code may not.
        kept = request.blueprint == "citizen" and request.path != "/r"
        response.headers.setdefault("Cache-Control", "private, no-cache" if kept else "no-store")
        return _packed(response) if request.blueprint == "citizen" else response

    app.jinja_env.globals.update(citizen_style=citizen_style, citizen_script=citizen_script)


def _packed(response: Response) -> Response:
    """Citizens' pages are compressed here, also where no web server stands in front; staff pages are the web server's business."""
    if "Content-Encoding" in response.headers or response.is_streamed or response.mimetype != "text/html":
        return response
    response.headers["Vary"] = "Accept-Encoding"
    coding = packing.choose(request.headers.get("Accept-Encoding", ""))
    if coding:
        response.set_data(packing.pack(response.get_data(as_text=True), coding))
        response.headers["Content-Encoding"] = coding
    return response
