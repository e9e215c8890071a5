"""Chromium as a person's phone or laptop, and what must hold on every page that it opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support.requirements import chromium

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
# How long a page may take before a test calls it missing. A busy machine is slow; where all is well, nothing waits this long.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
_VIETNAM: dict[str, Any] = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
# A form that glides on to the next line may do so between aiming and clicking: only tests of the gliding itself ask for motion.
_STILL: dict[str, Any] = {"reduced_motion": "reduce"}
MOVING: dict[str, Any] = {"reduced_motion": "no-preference"}

# Nothing but this machine exists for the browser: a page that loads a font from elsewhere must fail here, not in a commune.
_ARGUMENTS = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", "--disable-quic", "--disable-gpu")


@contextmanager
def launch() -> Iterator[Browser]:
    executable = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        yield browser
        browser.close()


class Pages:
    """Opens pages, each as if on a new device, and knows afterwards what they complained about."""

    def __init__(self, browser: Browser, base_url: str | None, contexts: ExitStack) -> None:
        self._browser = browser
        self._base_url = base_url
        self._contexts = contexts
        self.opened: list[Page] = []
        self.complaints: list[str] = []

    def __call__(self, device: dict[str, Any] = PHONE, **options: Any) -> Page:
        """A page on a new device; `options` are Playwright's for a context, such as ``java_script_enabled=False``."""
        context = self._browser.new_context(**{"base_url": self._base_url, **_VIETNAM, **_STILL, **device, **options})
        self._contexts.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(f"script error on {page.url}: {error}"))
        page.on("console", lambda message: self._hear(page, message.text))
        self.opened.append(page)
        return page

    def _hear(self, page: Page, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(f"blocked on {page.url}: {text}")


def follow(link: Locator) -> None:
    """Click what leads to another page (a link, or the button of a form that the browser itself sends) and be there, whole.

    Without it, whatever is counted next may be counted on the page before, or on half of the new one.
    """
    with link.page.expect_navigation():
        link.click()


def until(page: Page, true: str) -> None:
    """Wait for an expression; Playwright's own way evaluates text in the page, which our policy forbids.

    For what a locator can tell, `expect` is better: it also waits across a change of page.
    """
    for _ in range(PATIENCE // 50):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {true}")


def stop_the_clock(page: Page) -> None:
    """Before the first page is opened: its timers fire only by ``page.clock.run_for``, however long the machine takes for the rest."""
    now = datetime.now(UTC)
    page.clock.install(time=now - timedelta(hours=1))  # runs on until the next line, which must lie ahead of it
    page.clock.pause_at(now)


def accessibility_problems(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands: one line for each rule and place."""
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']} ({rule['impact']}): {rule['help']} at {node['target']}" for rule in found for node in rule["nodes"]]


def assert_accessible(page: Page) -> None:
    problems = accessibility_problems(page)
    assert not problems, f"{page.url} has accessibility problems:\n" + "\n".join(problems)
