"""The customer's page as a person uses it, in a real browser, uploading to the real local storage."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pytest_django import Settings

from files.operations import registering
from imagestore.common import clock, principal, signing
from imagestore.common.signing import Signer
from imagestore.demo import views
from imagestore.local.demo_shop import ensure_demo_shop
from imagestore.local.place import ROOT
from tests.support.browser import PATIENCE, Tab, Tunnel
from tests.support.images import Photo, photo

BROKEN = Photo("holiday.jpg", "image/jpeg", b"A shopping list that someone took for a photo.")
STORAGE = "**/test-*/**"
"""Where photos are put: another origin than the page's."""
PATHS = """
import django
django.setup()
from django.test import Client
client = Client()
print([client.get("/").status_code, client.post("/demo/token").status_code, client.get("/healthz").status_code])
"""


@pytest.fixture(autouse=True)
def _keys(settings: Settings, tmp_path: Path) -> None:
    """There before the tab, and until it is closed: a page may ask for a token to the last."""
    settings.IMAGESTORE_LOCAL_FOLDER = tmp_path


@pytest.fixture
def page(tab: Tab) -> Page:
    """The page of a visitor of the demo shop."""
    ensure_demo_shop(origins=[tab.site], principal=principal.command("tests"), now=clock.now())
    tab.visit("/")
    return tab.page


def choose(page: Page, photos: Sequence[Photo]) -> None:
    files: list[Any] = [{"name": one.name, "mimeType": one.content_type, "buffer": one.body} for one in photos]
    page.get_by_label("Choose photos").set_input_files(files)


def drop(page: Page, folder: Path, photos: Sequence[Photo]) -> None:
    """A folder, as a person drags it from the desktop."""
    for one in photos:
        (folder / one.name).write_bytes(one.body)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    debugger = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        debugger.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 200, "data": data})


def cards(page: Page) -> Locator:
    return page.get_by_role("list", name="Stored").get_by_role("listitem")


def card(page: Page, name: str) -> Locator:
    return cards(page).filter(has_text=name)


def on_the_way(page: Page) -> Locator:
    return page.get_by_role("list", name="On the way").get_by_role("listitem")


def expect_pictures(places: Locator, number: int) -> None:
    expect(places.locator("img[src]")).to_have_count(number)
    places.page.wait_for_function(
        "() => [...document.querySelectorAll('img[src]')].every((picture) => picture.complete && picture.naturalWidth)"
    )


def forgive_repeats(tab: Tab) -> None:
    """What came through right before a reload is refused a second time. It is as good."""
    tab.expected = r"status of 4(09|12)"


def make_book(page: Page, name: str, photos: Sequence[str]) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    for one in photos:
        page.get_by_role("button", name=f"Use {one}", exact=True).click()
    save(page)
    expect(page.get_by_role("status")).to_have_text("Saved as version 1.")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def pages_of_book(page: Page) -> Locator:
    return page.get_by_role("list", name="Pages").get_by_role("listitem")


def test_twelve_dropped_photos_end_verified_with_pictures_and_a_broken_one_says_why(
    tab: Tab, page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "summer"
    folder.mkdir()
    drop(page, folder, [*(photo(number, size=(480, 320)) for number in range(12)), BROKEN])
    expect(cards(page)).to_have_count(13)
    expect(card(page, "photo 3.jpeg")).to_contain_text("480 × 320")
    expect(card(page, BROKEN.name)).to_contain_text("an unknown kind, not a photo")
    expect(on_the_way(page)).to_have_count(0)
    expect_pictures(cards(page), 12)
    make_book(page, "A summer by the sea", ["photo 1.jpeg", "photo 2.jpeg"])
    tab.look("demo")


def reload_until_pictures(page: Page, number: int) -> None:
    """As people do on a slow machine: a page asks for a picture that is being made a few times only."""
    for _ in range(5):
        page.reload()
        expect(cards(page)).to_have_count(number)
        with suppress(AssertionError):
            expect(cards(page).locator("img[src]")).to_have_count(number)
            break
    expect_pictures(cards(page), number)


def test_a_reload_during_uploads_loses_none(tab: Tab, page: Page) -> None:
    tunnel = Tunnel(page, STORAGE)
    choose(page, [photo(number) for number in range(8)])
    expect(on_the_way(page).filter(has_text="Uploading")).to_have_count(4)
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(cards(page)).to_have_count(8)
    expect(on_the_way(page)).to_have_count(0)
    assert tunnel.held
    reload_until_pictures(page, 8)
    forgive_repeats(tab)


def test_two_tabs_share_the_uploads_of_one_browser_without_doing_any_twice(page: Page, tab: Tab) -> None:
    Tunnel(page, STORAGE)
    choose(page, [photo(number) for number in range(6)])
    expect(on_the_way(page).filter(has_text="Uploading")).to_have_count(4)
    second = page.context.new_page()
    second.goto(f"{tab.site}/")
    expect(second.get_by_text("No photos yet.")).to_be_visible()
    page.close()
    expect(cards(second)).to_have_count(6)
    second.reload()
    expect(cards(second)).to_have_count(6)


def test_an_upload_is_cancelled_and_what_is_left_is_not_taken_up_again(tab: Tab, page: Page) -> None:
    Tunnel(page, STORAGE)
    choose(page, [photo(1), photo(2)])
    expect(on_the_way(page).filter(has_text="Uploading")).to_have_count(2)
    page.get_by_role("button", name="Cancel photo 1.jpeg").click()
    expect(on_the_way(page)).to_have_count(1)
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(cards(page)).to_have_count(1)
    expect(card(page, "photo 2.jpeg")).to_be_visible()
    forgive_repeats(tab)


def test_a_refused_photo_says_why_and_can_be_removed(tab: Tab, page: Page) -> None:
    choose(page, [Photo("list.txt", "text/plain", b"bread, milk")])
    expect(on_the_way(page)).to_contain_text("text/plain is not accepted")
    expect(page.get_by_role("button", name="Retry list.txt")).to_be_hidden()
    tab.complaints.clear()  # The browser notes each refused call in its console.
    page.get_by_role("button", name="Cancel list.txt").click()
    expect(on_the_way(page)).to_have_count(0)


def test_what_failed_is_tried_again_when_asked(tab: Tab, page: Page) -> None:
    page.route("**/api/v1/files", lambda route: route.abort())
    choose(page, [photo(1)])
    expect(on_the_way(page)).to_contain_text("The shop cannot be reached.")
    tab.look("demo-failed")
    tab.complaints.clear()
    page.unroute_all()
    page.get_by_role("button", name="Retry photo 1.jpeg").click()
    expect(cards(page)).to_have_count(1)


def test_a_photo_in_use_is_not_deleted_and_says_so(tab: Tab, page: Page) -> None:
    choose(page, [photo(1), photo(2)])
    expect(cards(page)).to_have_count(2)
    make_book(page, "Iceland", ["photo 1.jpeg"])
    page.get_by_role("button", name="Delete photo 2.jpeg").click()
    expect(cards(page)).to_have_count(1)
    page.get_by_role("button", name="Delete photo 1.jpeg").click()
    expect(page.get_by_role("status")).to_contain_text("in use")
    tab.complaints.clear()
    expect(cards(page)).to_have_count(1)


def test_a_saved_book_is_seen_again_and_of_two_tabs_the_second_keeps_its_work(tab: Tab, page: Page) -> None:
    choose(page, [photo(number) for number in range(3)])
    expect(cards(page)).to_have_count(3)
    make_book(page, "Iceland", ["photo 0.jpeg", "photo 1.jpeg"])
    page.reload()
    expect(pages_of_book(page)).to_have_count(2)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Iceland")
    expect_pictures(pages_of_book(page), 2)

    second = page.context.new_page()
    second.goto(page.url)
    expect(pages_of_book(second)).to_have_count(2)
    page.get_by_label("Caption of photo 0.jpeg").fill("The geyser")
    save(page)
    expect(page.get_by_role("status")).to_have_text("Saved as version 2.")
    second.get_by_label("Caption of photo 1.jpeg").fill("The waterfall")
    save(second)
    told = second.get_by_role("dialog", name="Someone saved this book meanwhile")
    expect(told).to_contain_text("version 2")
    look_at_dialog(tab, second)
    told.get_by_role("button", name="Save mine as a copy").click()
    expect(second.get_by_role("status")).to_have_text("Saved as version 1.")
    expect(second.get_by_label("Name", exact=True)).to_have_value("Iceland (my copy)")
    expect(second.get_by_label("Caption of photo 1.jpeg")).to_have_value("The waterfall")
    page.reload()
    expect(page.get_by_label("Caption of photo 0.jpeg")).to_have_value("The geyser")
    expect(page.get_by_label("Caption of photo 1.jpeg")).to_have_value("")


def look_at_dialog(tab: Tab, page: Page) -> None:
    first, tab.page = tab.page, page
    tab.look("demo-conflict")
    tab.page = first


def slowly(route: Route) -> None:
    route.request.frame.page.wait_for_timeout(300)
    route.continue_()


def test_a_second_click_saves_nothing_twice(page: Page) -> None:
    choose(page, [photo(1)])
    expect(cards(page)).to_have_count(1)
    page.route("**/api/v1/projects", slowly)
    page.get_by_role("button", name="Use photo 1.jpeg").click()
    page.get_by_label("Name", exact=True).fill("Iceland")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(page.get_by_role("status")).to_have_text("Saved as version 1.")
    expect(page.get_by_role("option", name="Iceland")).to_have_count(1)


def test_the_same_photo_is_chosen_again_after_it_was_deleted(page: Page) -> None:
    for _ in range(2):
        choose(page, [photo(1)])
        expect(cards(page)).to_have_count(1)
        page.get_by_role("button", name="Delete photo 1.jpeg").click()
        expect(cards(page)).to_have_count(0)


def test_what_a_lost_connection_stopped_goes_on_by_itself(tab: Tab, page: Page) -> None:
    tab.expected = "ERR_INTERNET_DISCONNECTED"
    page.context.set_offline(True)
    choose(page, [photo(number) for number in range(6)])
    expect(on_the_way(page).filter(has_text="cannot be reached")).to_have_count(6)
    page.context.set_offline(False)
    expect(cards(page)).to_have_count(6)


@pytest.mark.parametrize("number", [pytest.param(50, marks=pytest.mark.proof), 8])
def test_a_batch_that_was_paused_until_its_urls_were_dead_finishes_without_a_person(
    tab: Tab, page: Page, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    tab.expected = "status of 403"
    tunnel = Tunnel(page, STORAGE)
    with urls_of(monkeypatch, timedelta(seconds=10), signed_ago=timedelta(seconds=11)):
        choose(page, [photo(one) for one in range(number)])
        tunnel.wait_for(4)
    with urls_of(monkeypatch, timedelta(seconds=10)):
        tunnel.leave()
        expect(cards(page)).to_have_count(number, timeout=6 * PATIENCE)
    expect(on_the_way(page)).to_have_count(0)
    assert sum("403" in text for text in tab.complaints) == 4


def test_uploads_that_broke_again_and_again_are_taken_up_after_a_while(tab: Tab, page: Page) -> None:
    tab.expected = "ERR_FAILED"
    page.clock.install()
    page.reload()
    page.route(STORAGE, lambda route: route.abort())
    choose(page, [photo(number) for number in range(3)])
    for _ in range(4):
        page.clock.run_for(5_000)
    expect(on_the_way(page).filter(has_text="The connection to storage broke.")).to_have_count(3)
    page.unroute_all()
    page.clock.run_for(30_000)
    expect(cards(page)).to_have_count(3)


@contextmanager
def urls_of(
    monkeypatch: pytest.MonkeyPatch, lifetime: timedelta, signed_ago: timedelta = timedelta()
) -> Iterator[None]:
    """Upload urls that live so long; when they were signed is told to storage by the url itself."""
    with monkeypatch.context() as signed:
        signed.setattr(signing, "LONGEST_UPLOAD", lifetime)
        signed.setattr(registering, "Signer", lambda now: Signer(now - signed_ago))
        yield


def test_a_photo_of_another_visitor_is_never_seen(page: Page, tab: Tab) -> None:
    choose(page, [photo(1)])
    expect(cards(page)).to_have_count(1)
    browser = page.context.browser
    assert browser is not None
    private = browser.new_context()
    other = private.new_page()
    other.goto(f"{tab.site}/")
    expect(other.get_by_text("No photos yet.")).to_be_visible()
    private.close()


def test_a_phone_adds_a_photo_and_the_page_shows_it(page: Page, tab: Tab) -> None:
    choose(page, [photo(1)])
    expect(cards(page)).to_have_count(1)
    page.get_by_role("button", name="From my phone").click()
    shown = page.get_by_role("dialog", name="Add photos from your phone")
    code = shown.locator("svg").bounding_box()
    assert code is not None
    assert code["width"] == code["height"] > 200
    tab.look("demo-phone")
    browser = page.context.browser
    assert browser is not None
    phone = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    phone.goto(str(shown.get_by_role("link", name="the phone's page").get_attribute("href")))
    choose(phone, [photo(2, name="from the phone.jpeg")])
    expect(phone.get_by_role("status")).to_contain_text("1 on the other screen")
    expect(page.locator("#cards li").filter(has_text="from the phone.jpeg")).to_be_attached()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        shown.get_by_role("button", name="Done").click()
    expect(cards(page)).to_have_count(2)
    phone.reload()
    expect(phone.get_by_text("closed on the other screen")).to_be_visible()
    phone.context.close()


def test_the_page_is_used_by_keyboard_and_fits_a_small_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    choose(page, [photo(1), BROKEN])
    expect(cards(page)).to_have_count(2)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    use = page.get_by_role("button", name="Use photo 1.jpeg")
    for _ in range(30):
        page.keyboard.press("Tab")
        if use.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(pages_of_book(page)).to_have_count(1)


def test_a_version_is_restored_and_what_was_saved_since_is_kept(tab: Tab, page: Page) -> None:
    choose(page, [photo(1), photo(2)])
    expect(cards(page)).to_have_count(2)
    make_book(page, "Iceland", ["photo 1.jpeg", "photo 2.jpeg"])
    page.get_by_role("button", name="Take out photo 2.jpeg").click()
    save(page)
    expect(page.get_by_role("status")).to_have_text("Saved as version 2.")
    page.get_by_role("button", name="Versions").click()
    steps = page.get_by_role("list", name="Saved versions").get_by_role("listitem")
    expect(steps).to_have_count(2)
    expect(steps.first).to_contain_text("photos: 1 (0 new, 1 taken out)")
    expect(page.get_by_role("button", name="Restore version 2")).to_be_hidden()
    tab.look("demo-versions")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_role("status")).to_have_text("Version 1 is back, as version 3.")
    expect(pages_of_book(page)).to_have_count(2)
    page.get_by_role("button", name="Versions").click()
    expect(steps).to_have_count(3)


def test_a_shared_book_is_opened_in_a_private_window_and_copied(tab: Tab, page: Page, chromium: Browser) -> None:
    choose(page, [photo(1, size=(480, 320)), photo(2, size=(480, 320))])
    expect_pictures(cards(page), 2)
    make_book(page, "Iceland", ["photo 1.jpeg", "photo 2.jpeg"])
    page.get_by_role("button", name="Share").click()
    link = page.get_by_role("dialog").get_by_role("link")
    expect(link).to_have_attribute("href", re.compile("/shared/"))
    address = str(link.get_attribute("href"))
    tab.look("demo-sharing")
    with private_window(chromium) as other:
        other.goto(address)
        expect(other.get_by_role("heading", name="Iceland")).to_be_visible()
        other.get_by_role("link", name="Copy to my account").click()
        expect(other.get_by_role("status")).to_have_text("This copy is yours now.")
        expect_pictures(pages_of_book(other), 2)
        expect(other.get_by_label("Name", exact=True)).to_have_value("Iceland")
        other.get_by_label("Name", exact=True).fill("Mine")
        save(other)
        expect(other.get_by_role("status")).to_have_text("Saved as version 2.")
        page.get_by_role("button", name="Revoke the link").click()
        expect(page.get_by_role("status")).to_have_text("The link is revoked.")
        answer = other.goto(address)
        assert answer is not None
        assert answer.status == 404
    expect(page.get_by_label("Name", exact=True)).to_have_value("Iceland")


@contextmanager
def private_window(chromium: Browser) -> Iterator[Page]:
    """Another visitor, who has no cookie and no photos here."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_the_source_is_short_enough_to_be_read_at_night() -> None:
    """Photos in and a book saved; the phone is a chapter of its own."""
    folder = Path(views.__file__).parent / "static" / "demo"
    chapters = {file.name: file.read_text().splitlines() for file in folder.glob("*.js")}
    apart = {name: chapters.pop(name) for name in ("phone.js", "versions.js", "sharing.js")}
    lines = [line.strip() for text in chapters.values() for line in text]
    assert len([line for line in lines if line and not line.startswith(("//", "/**"))]) < 200
    assert max(map(len, apart.values())) < 35
    assert max(map(len, [*lines, *(line for text in apart.values() for line in text)])) <= 140


def test_a_token_is_signed_for_a_visitor_and_only_where_a_demo_shop_is(settings: Settings, client: Client) -> None:
    assert client.get("/demo/token").status_code == 405
    refused = client.post("/demo/token")
    assert refused.status_code == 503
    assert "make run" in refused.json()["detail"]


def test_production_has_no_demo_page() -> None:
    """There, nobody's private key lies about, and no visitor is signed for."""
    environment = {**os.environ, "IMAGESTORE_ENVIRONMENT": "production", "PYTHONPATH": str(ROOT)}
    looked = subprocess.run([sys.executable, "-c", PATHS], env=environment, capture_output=True, text=True, check=True)
    assert looked.stdout.splitlines()[-1] == "[404, 404, 200]"
