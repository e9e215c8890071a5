"""Call a WSGI app with nothing in between: the client's own work is a dictionary that is made before the clock starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from benchmarks.survey_setup import Sent

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]


@dataclass
class Answer:
    """What came back."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def start(self, status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> None:
        self.status, self.headers = status, headers


def get(path: str, query: str = "", *, cookie: str = "") -> Environ:
    return _environ("GET", path, query, b"") | {"HTTP_COOKIE": cookie}


def post(sent: Sent) -> Environ:
    """Each from a phone of its own: many forms from one would be a burst."""
    body = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(sent.body)), "REMOTE_ADDR": sent.address}
    return _environ("POST", sent.path, "lang=vi", sent.body) | body


def call(app: App, environ: Environ) -> Answer:
    answer = Answer()
    parts = app(environ, answer.start)
    answer.body = b"".join(parts)
    close = getattr(parts, "close", None)
    if close is not None:
        close()
    return answer


def call_all(app: App, environs: Iterable[Environ]) -> None:
    """Call once for each; RuntimeError unless all is well."""
    for environ in environs:
        answer = call(app, environ)
        if answer.status != "200 OK":
            raise RuntimeError(f"{environ['PATH_INFO']} answered {answer.status}: {answer.body[:200]!r}")


def _environ(method: str, path: str, query: str, body: bytes) -> Environ:
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 12) Zalo",
        "HTTP_ACCEPT": "text/html",
        "HTTP_ACCEPT_LANGUAGE": "vi-VN,vi;q=0.9",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_ORIGIN": "http://127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
