"""Clients that nobody wrote for imagestore, through the product to the real local storage and back by its events."""

import hashlib
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pillow_heif
import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from files import events, keys, queries, rules
from files.queries import Listing
from files.records import File, FileState
from imagestore.common import clock, objects
from imagestore.common import principal as principals
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from imagestore.local.poller import Poller
from imagestore.local.process import wait_until
from tests.support.browser import PATIENCE, Tab
from tests.support.clients import Client
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.parts import left, left_bytes
from tests.support.uppy import ShopPages, form_page
from tests.support.world import Api, customer, make_shop

QUEUE = "files-uploads"
LONG = 4 * PATIENCE
Caller = Callable[..., Api]


@pytest.fixture
def pages(told_aws: LocalAws, shop_pages: ShopPages) -> ShopPages:
    """The shop has registered the origin of its pages."""
    make_shop()
    identity.set_origins(
        shop_id="acme",
        allowed_origins=[shop_pages.site],
        principal=principals.command("tests"),
        now=clock.now(),
    )
    shops.forget()
    return shop_pages


@pytest.fixture
def page(pages: ShopPages, uppy: ShopPages, tab: Tab, api: Caller) -> Page:
    """The shop's page with Uppy, to which the shop's server gave an upload link."""
    url = api()("POST", "/upload-links", {}).json()["url"]
    link = f"{tab.site}{urlsplit(url).path}"
    tab.page.goto(f"{uppy.site}/?link={quote(link, safe='')}")
    expect(tab.page.locator(".uppy-Dashboard-browse")).to_be_visible()
    return tab.page


def choose(page: Page, *files: Path) -> None:
    page.locator("input.uppy-Dashboard-input").first.set_input_files(files)
    page.get_by_role("button", name="Upload", exact=False).filter(has_text="Upload").last.click()


def send_until(page: Page, place: Path, part: int) -> None:
    """This part gets nowhere: as on a train in a tunnel."""

    def hold(route: Route) -> None:
        pass

    pattern = f"**/*partNumber={part}&*"
    page.route(pattern, hold)
    with page.expect_request(pattern, timeout=LONG):
        choose(page, place)


def expect_complete(page: Page) -> None:
    expect(page.locator(".uppy-StatusBar.is-complete")).to_be_visible(timeout=LONG)


def files() -> list[File]:
    """Anna's, oldest first."""
    found, _ = queries.files_of_owner(principal=customer(), wanted=Listing("customer:anna"), cursor=None, limit=50)
    return found[::-1]


def stored(number: int = 1) -> list[File]:
    """What is there when the events of storage have come through the queue."""
    poller = Poller(QUEUE, events.confirm_uploads)

    def done() -> bool:
        poller.poll_once()
        return [file.state for file in files()] == [FileState.STORED] * number

    wait_until(done, 60)
    assert done(), [(file.name, file.state, file.reason_text) for file in files()]
    return files()


def jpeg(folder: Path) -> Path:
    """Three megabytes."""
    place = folder / "Strand am Meer — 12°.jpg"
    Image.effect_noise((2400, 1800), 80).convert("RGB").save(place, "JPEG", quality=92)
    assert place.stat().st_size > 3_000_000
    return place


def heic(folder: Path) -> Path:
    pillow_heif.register_heif_opener()
    place = folder / "IMG_0815.HEIC"
    Image.effect_noise((640, 480), 80).convert("RGB").save(place, "HEIF")
    return place


@pytest.fixture(scope="module")
def tiff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Above 100 MiB, where Uppy sends in parts."""
    place = tmp_path_factory.mktemp("large") / "panorama.tiff"
    Image.effect_noise((8000, 5000), 80).convert("RGB").save(place, "TIFF")
    assert place.stat().st_size >= 120_000_000
    yield place
    place.unlink()


def test_uppy_uploads_a_jpeg_and_a_heic_by_forms(page: Page, tmp_path: Path) -> None:
    chosen = [jpeg(tmp_path), heic(tmp_path)]
    choose(page, *chosen)
    expect_complete(page)
    by_name = {file.name: file for file in stored(2)}
    for place, kind, size in zip(chosen, ("image/jpeg", "image/heic"), ((2400, 1800), (640, 480)), strict=True):
        file = by_name[place.name]
        assert (file.content_type, file.width, file.height) == (kind, *size)
        assert objects.read(keys.object_key("acme", file.id)) == place.read_bytes()
    assert not list(objects.versions("in/"))


def test_uppy_sends_a_large_tiff_in_parts_and_goes_on_after_a_pause(page: Page, tiff: Path) -> None:
    sent, listed = list[int](), list[str]()

    def note(request: Request) -> None:
        query = parse_qs(urlsplit(request.url).query)
        if request.method == "PUT" and "partNumber" in query:
            sent.append(int(query["partNumber"][0]))
        if request.method == "GET" and "/s3/multipart/" in request.url and urlsplit(request.url).path.count("/") == 5:
            listed.append(request.url)

    page.on("request", note)
    send_until(page, tiff, 4)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect_complete(page)
    assert len(listed) == 1
    # Only the part that the pause broke off was sent twice.
    assert sorted(sent) == sorted([*range(1, max(sent) + 1), 4])
    (file,) = stored()
    assert (file.content_type, file.width, file.height) == ("image/tiff", 8000, 5000)
    assert file.size == tiff.stat().st_size
    assert objects.read(keys.object_key("acme", file.id)) == tiff.read_bytes()
    assert left() == []


def test_an_upload_that_is_cancelled_in_uppy_leaves_no_parts(page: Page, tiff: Path) -> None:
    send_until(page, tiff, 2)
    with page.expect_response(lambda response: response.request.method == "DELETE") as told:
        page.get_by_role("button", name="Cancel", exact=True).last.click()
    assert (told.value.status, files(), left(), left_bytes()) == (200, [], [], [])
    page.unroute_all(behavior="ignoreErrors")


def test_uppy_says_that_what_is_no_photo_is_not_taken(tab: Tab, page: Page, tmp_path: Path) -> None:
    place = tmp_path / "list.txt"
    place.write_text("bread, milk")
    choose(page, place)
    expect(page.locator(".uppy-StatusBar.is-error")).to_be_visible()
    assert files() == []
    tab.complaints.clear()  # The browser notes each refused call in its console.


def form_of(link: str, name: str) -> dict[str, Any]:
    """As the shop's server asks for it, with the link that it made for its customer."""
    path = urlsplit(link).path
    told: dict[str, Any] = Client().get(f"{path}/s3/params", {"filename": name, "type": "image/jpeg"}).json()
    return told


def test_a_plain_form_of_a_page_uploads(pages: ShopPages, tab: Tab, api: Caller, tmp_path: Path) -> None:
    place = jpeg(tmp_path)
    pages.put("/form", form_page(form_of(api()("POST", "/upload-links", {}).json()["url"], place.name)))
    tab.page.goto(f"{pages.site}/form")
    tab.page.get_by_label("Photo").set_input_files(place)
    with tab.page.expect_response(lambda response: response.request.method == "POST") as told:
        tab.page.get_by_role("button", name="Send").click()
    assert told.value.status == 201
    (file,) = stored()
    assert (file.name, file.size, file.width) == (place.name, place.stat().st_size, 2400)


def registered(anna: Api, body: bytes) -> dict[str, Any]:
    announced = {"name": "a.jpeg", "content_type": "image/jpeg", "size": len(body)}
    asked = {"files": [announced | {"sha256": hashlib.sha256(body).hexdigest()}]}
    (item,) = anna("POST", "/files", asked).json()["items"]
    return dict(item)


def test_the_standard_library_puts_to_a_signed_url(pages: ShopPages, api: Caller) -> None:
    one = photo(1)
    item = registered(api(), one.body)
    upload: dict[str, Any] = item["upload"]
    request = urllib.request.Request(upload["url"], one.body, upload["headers"], method=upload["method"])
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    (file,) = stored()
    assert file.id == item["file"]["id"]


def curl(*options: str) -> None:
    program = shutil.which("curl")
    if program is None:
        without = pytest.fail if os.environ.get("CI") else pytest.skip
        without("no curl: apt-get install curl")
    sent = subprocess.run([str(program), "-sS", "--fail", *options], capture_output=True, text=True, check=False)
    assert sent.returncode == 0, sent.stderr


def test_curl_puts_to_a_signed_url(pages: ShopPages, api: Caller, tmp_path: Path) -> None:
    place = jpeg(tmp_path)
    upload = registered(api(), place.read_bytes())["upload"]
    headers = [option for name, value in upload["headers"].items() for option in ("--header", f"{name}: {value}")]
    curl("--upload-file", str(place), *headers, upload["url"])
    (file,) = stored()
    assert (file.width, file.size) == (2400, place.stat().st_size)


def test_botos_own_client_puts_parts_to_signed_urls(pages: ShopPages, api: Caller) -> None:
    """As a shop's server does that has boto3, but no credentials for the bucket."""
    body, anna, http = photo(1).body + bytes(rules.PART_SIZE), api(), URLLib3Session()
    id = registered(anna, body)["file"]["id"]
    told = anna("POST", f"/files/{id}/multipart").json()
    numbers = list(range(1, told["parts"] + 1))
    signed = anna("POST", f"/files/{id}/multipart/parts", {"part_numbers": numbers}).json()["items"]
    parts = []
    for part in signed:
        start = (part["part_number"] - 1) * told["part_size"]
        request = AWSRequest("PUT", part["url"], data=body[start : start + part["size"]]).prepare()
        answer = http.send(request)
        assert answer.status_code == 200
        parts.append({"part_number": part["part_number"], "etag": answer.headers["ETag"]})
    assert anna("POST", f"/files/{id}/multipart/complete", {"parts": parts}).status_code == 200
    (file,) = stored()
    assert (file.id, objects.read(keys.object_key("acme", id))) == (id, body)
