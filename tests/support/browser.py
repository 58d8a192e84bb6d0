"""Debian's Chromium against a server of this process: whatever the test has bound, the pages use.

A `Tab` gathers what no page may have: reports of its security policy, errors in its console and, for those that
were looked at, what axe-core finds. The test fails at its end when there is any.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import chain
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Page, Route, expect, sync_playwright

from tests.support.ministack import LocalAws

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
WANTED = "SCREENSHOTS" in os.environ
"""`SCREENSHOTS=1 make test ARGS=tests/console` leaves them there."""
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
CALM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PATIENCE = 20_000
"""Milliseconds that a busy machine may take."""
Look = tuple[str, int]
LOOKS: tuple[tuple[Look, ...], ...] = ((("light", 1280), ("dark", 390)), (("dark", 1280), ("light", 390)))
"""Colour scheme and width in pixels: each page has both of each, in the one way or, by its name, in the other."""


class _Server(ThreadingMixIn, WSGIServer):
    """Its end waits for requests that are under way: none may meet the AWS of the next test."""


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(told_aws: LocalAws) -> Iterator[str]:
    """The address of the product, served by threads of this process, and ended before its AWS is."""
    application: Any = get_wsgi_application()
    with _Server(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(application)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


BEING_MADE = "status of 503 .*/renditions/"
"""A small picture that somebody else is making at this moment: the page asks again."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Where no browser is, tests of pages are left out; CI installs one and so may not go without."""
    if CHROMIUM is None:
        without = pytest.fail if os.environ.get("CI") else pytest.skip
        without("no browser: apt-get install chromium, or set CHROMIUM to one")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CALM)
        yield browser
        browser.close()


@dataclass
class Tab:
    """One person's browser."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)
    looked_at: bool = False
    expected: str = ""
    """Pattern of what the console may say: browsers note there every call that was refused."""

    def visit(self, path: str) -> Page:
        self.page.goto(f"{self.site}{path}")
        return self.page

    def look(self, name: str) -> None:
        """axe-core in a pair of looks; and screenshots of every look for whoever wants them.

        Both put styles of their own into the page: it is not to blame.
        """
        self.looked_at = True
        for scheme, width in chain(*LOOKS) if WANTED else LOOKS[sum(name.encode()) % len(LOOKS)]:
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.set_viewport_size({"width": width, "height": 900})
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            barriers = self.barriers()
            if WANTED:
                self.page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
            self.complaints += [f"{name} {scheme} {width}: {barrier}" for barrier in barriers]
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.looked_at = False

    def barriers(self) -> list[str]:
        """What axe-core finds, one line each."""
        # Colours fade from one scheme to the other.
        self.page.evaluate("() => Promise.all(document.getAnimations().map((fading) => fading.finished))")
        # Evaluated by the debugger, which no policy of the page stops.
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found: dict[str, Any] = self.page.evaluate("() => axe.run()")
        return [
            f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]


class Tunnel:
    """As on a train: what a page sends to storage gets nowhere, until the other end."""

    def __init__(self, page: Page, storage: str) -> None:
        self.held: list[Route] = []
        self._page, self._left = page, False
        page.route(storage, self._meet)

    def _meet(self, route: Route) -> None:
        if self._left or route.request.method not in ("PUT", "POST"):
            route.continue_()
        else:
            self.held.append(route)

    def wait_for(self, number: int) -> None:
        """Until so many are held up. The page goes on only while it is waited for."""
        while len(self.held) < number:
            self._page.wait_for_timeout(20)

    def leave(self) -> None:
        self._left = True
        for route in self.held:
            route.continue_()


@pytest.fixture
def tab(chromium: Chromium, site: str) -> Iterator[Tab]:
    """Fails at the end if a page complained."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    tab = Tab(context.new_page(), site)

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not tab.looked_at:
            tab.complaints.append(f"{message.text} {message.location['url']}")

    tab.page.on("console", note)
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    yield tab
    context.close()
    expected = re.compile("|".join(filter(None, (tab.expected, BEING_MADE))))
    assert [text for text in tab.complaints if not expected.search(text)] == []
