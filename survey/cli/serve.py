"""`sipas serve`: the web server."""

from __future__ import annotations

import gc
import os
from typing import Any

import click

from survey.errors import Invalid


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="PORT", show_envvar=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True)
def command(host: str, port: int, workers: int, threads: int) -> None:
    """Start the web server (gunicorn, threads)."""
    choose_base_url(port)
    run_server(host=host, port=port, workers=workers, threads=threads)


def choose_base_url(port: int) -> None:
    """What QR codes carry when nobody has set an address: this machine at this port."""
    if not os.environ.get("SIPAS_BASE_URL"):
        os.environ["SIPAS_BASE_URL"] = f"http://127.0.0.1:{port}"


def run_server(*, host: str, port: int, workers: int = 2, threads: int = 8) -> None:
    """Serve until stopped. No access log: it would hold addresses and times of citizens."""
    check_free(host, port)
    from gunicorn.app.base import BaseApplication

    from survey import create_app

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"{host}:{port}",
                "workers": workers,
                "threads": threads,
                "worker_class": "gthread",
                "preload_app": True,
                "accesslog": None,
                "loglevel": "error",  # its warnings carry addresses of citizens
                "control_socket_disable": True,
            }
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            app = create_app()
            spare_the_collector()
            return app

    Server().run()


def spare_the_collector() -> None:
    """Keep Python from looking through all imported code again and again: that holds single requests up for a fifth of a second."""
    gc.collect()
    gc.freeze()


def check_free(host: str, port: int) -> None:
    """`Invalid`, with the mend, when something already listens there."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"Port {port} on {host} cannot be used ({error.strerror})."
            raise Invalid(f"{reason} Choose another, for example PORT={port + 1}.") from error
