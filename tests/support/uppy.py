"""A shop's own page, at an origin of its own: stock Uppy with its options and no code of ours, or a plain form.

The bundle is what `make uppy` fetched. Without it these tests are left out; CI fetches it and so may not go without.
"""

import html
import os
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

BUILD = Path(__file__).resolve().parents[2] / "build"
PAGE = """<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/uppy.min.css"><div id="uppy"></div><script type="module">
import { AwsS3, Dashboard, Uppy } from "/uppy.min.mjs"
const link = new URLSearchParams(location.search).get("link")
new Uppy().use(Dashboard, { inline: true, target: "#uppy" }).use(AwsS3, { companionEndpoint: link })
</script></html>"""
FORM = """<!doctype html><html lang="en"><title>A form</title><link rel="icon" href="data:,">
<form method="post" enctype="multipart/form-data" action="{url}" target="answer">{fields}
<label>Photo <input type="file" name="file"></label><button>Send</button></form>
<iframe name="answer" title="What storage says"></iframe></html>"""


def form_page(form: Mapping[str, Any]) -> str:
    """A plain form, as a shop's server would write it from the answer of the API."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in form["fields"].items()
    )
    return FORM.format(url=html.escape(form["url"]), fields=hidden)


class ShopPages:
    """What the shop serves: path to type and content."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.pages: dict[str, tuple[str, bytes]] = {}

    def put(self, path: str, content: str | bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.pages[path] = (kind, content.encode() if isinstance(content, str) else content)


@pytest.fixture
def shop_pages() -> Iterator[ShopPages]:
    class Handler(BaseHTTPRequestHandler):
        pages: ClassVar[dict[str, tuple[str, bytes]]] = {}

        def do_GET(self) -> None:
            kind, content = self.pages.get(self.path.partition("?")[0], ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shop = ShopPages(f"http://127.0.0.1:{server.server_port}")
        Handler.pages = shop.pages
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield shop
        server.shutdown()
        thread.join()


@pytest.fixture
def uppy(shop_pages: ShopPages) -> ShopPages:
    """The shop's page has Uppy: `/?link=…`."""
    fetched = sorted(BUILD.glob("uppy-*/uppy.min.mjs"))
    if not fetched:
        without = pytest.fail if os.environ.get("CI") else pytest.skip
        without("no Uppy: run make uppy once")
    folder = fetched[-1].parent
    shop_pages.put("/", PAGE)
    shop_pages.put("/uppy.min.mjs", (folder / "uppy.min.mjs").read_bytes(), "text/javascript")
    shop_pages.put("/uppy.min.css", (folder / "uppy.min.css").read_bytes(), "text/css")
    return shop_pages
