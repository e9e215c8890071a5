"""The response headers of every page, errors included."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from flask import Flask, Response, request

from survey.settings import PROJECT

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@cache
def citizen_style() -> str:
    """The style of the citizen's pages, put inline so that a page is one request; the policy admits it by its hash."""
    return (PROJECT / "survey" / "static" / "citizen.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    digest = b64encode(sha256(citizen_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'self' 'sha256-{digest}'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def init_app(app: Flask) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(_FIXED)
        response.headers["Content-Security-Policy"] = _policy()
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        # Back must find the citizen's form as it was left, so that page may stay in the browser's own memory.
        caching = "private, no-cache" if request.blueprint == "citizen" else "no-store"
        response.headers.setdefault("Cache-Control", caching)
        return response

    app.jinja_env.globals["citizen_style"] = citizen_style
