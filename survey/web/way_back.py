"""The page that somebody asked for before having to log in: only ever a page of ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

#: Pages of logging in and out lead nowhere afterwards.
_NOT_TO = ("security", "sign_on", "security_keys")
_LONGEST = 500


def way_back(wanted: str | None) -> str:
    """`wanted` where it is the path of a page here, with its query; else the start page.

    Refused are other servers, also those that a browser reads out of `//host`, `/\\host` or a path with control characters in it,
    and whatever no page of ours answers to.
    """
    return wanted if wanted and _is_page(wanted) else url_for("agency.start")


def _is_page(wanted: str) -> bool:
    if len(wanted) > _LONGEST or "\\" in wanted or not wanted.isprintable() or not wanted.startswith("/") or wanted.startswith("//"):
        return False
    try:
        parts = urlsplit(wanted)
        endpoint, _ = current_app.url_map.bind("").match(parts.path, method="GET")
    except (ValueError, HTTPException, RequestRedirect):
        return False
    return endpoint.partition(".")[0] not in _NOT_TO
