"""The page behind a link, in a real browser: for people who only want to look."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from files.records import File
from imagestore.common import clock
from tests.support.browser import Tab
from tests.support.decoding import decode
from tests.support.images import photo
from tests.support.shares import PASSWORD, create, share
from tests.support.uploads import store_undecoded
from tests.support.world import Answer, Api, customer, make_shop

REFUSED = "status of 401"
"""Browsers note every call that was refused."""


@pytest.fixture
def anna(tab: Tab, api: Callable[..., Api]) -> Api:
    make_shop()
    return api()


def pictures(number: int) -> list[File]:
    """Photos with previews and thumbnails."""
    files = store_undecoded([photo(index, size=(320, 240)) for index in range(number)], customer())
    decode(*files)
    return files


def address(shared: Answer) -> str:
    return "/shared/" + str(shared.json()["token"])


def test_a_link_shows_the_title_and_all_pictures(tab: Tab, anna: Api) -> None:
    page = tab.visit(address(share(anna, create(anna, *pictures(6), title="Iceland 2026"))))
    expect(page.get_by_role("heading", name="Iceland 2026")).to_be_visible()
    expect(page).to_have_title("Iceland 2026")
    expect(page.get_by_role("status")).to_have_text("6 pictures")
    last = page.get_by_role("img", name="Picture 6 of 6")
    last.scroll_into_view_if_needed()
    expect(last).to_have_js_property("naturalWidth", 256)
    tab.look("shared")


def test_a_picture_is_shown_large_and_put_away_again(tab: Tab, anna: Api) -> None:
    page = tab.visit(address(share(anna, create(anna, *pictures(2)))))
    page.get_by_role("button", name="Picture 2 of 2").click()
    large = page.get_by_role("dialog").get_by_role("img", name="Picture 2 of 2")
    expect(large).to_have_js_property("naturalWidth", 320)
    tab.look("shared-large")
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()


def test_a_password_is_asked_and_a_wrong_one_refused(tab: Tab, anna: Api) -> None:
    tab.expected = REFUSED
    page = tab.visit(address(share(anna, create(anna, *pictures(1), title="Iceland 2026"), password=PASSWORD)))
    expect(page.get_by_role("status")).to_have_text("This project has a password.")
    assert "Iceland" not in page.content()
    tab.look("shared-locked")
    field = page.get_by_label("Password")
    expect(field).to_be_focused()
    field.fill("grey gander")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("This is not the password of this share.")
    field.fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Iceland 2026")).to_be_focused()
    expect(page.get_by_role("img", name="Picture 1 of 1")).to_have_js_property("naturalWidth", 256)
    expect(field).to_be_hidden()


def test_who_guesses_too_often_is_told_how_long_to_wait(tab: Tab, anna: Api) -> None:
    tab.expected = f"{REFUSED}|status of 429"
    page = tab.visit(address(share(anna, create(anna), password=PASSWORD)))
    field, said = page.get_by_label("Password"), page.get_by_role("status")
    for number in range(10):
        field.fill(f"guess number {number}")
        with page.expect_response("**/unlock"):
            page.keyboard.press("Enter")
        expect(said).to_have_text("This is not the password of this share.")
    field.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Too many passwords were tried. Try again in 15 minutes.")


def test_pictures_that_are_being_prepared_are_counted(tab: Tab, anna: Api) -> None:
    waiting = store_undecoded([photo(7)], customer())
    page = tab.visit(address(share(anna, create(anna, *pictures(1), *waiting))))
    expect(page.get_by_role("status")).to_have_text("1 picture; 1 more being prepared")


def test_who_looks_until_addresses_have_run_out_gets_new_ones(tab: Tab, anna: Api) -> None:
    page = tab.visit(address(share(anna, create(anna, *pictures(1)))))
    picture = page.get_by_role("button", name="Picture 1 of 1")
    first = picture.get_by_role("img").get_attribute("src")
    page.clock.install(time=clock.now() + timedelta(minutes=16))
    picture.click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_have_js_property("naturalWidth", 320)
    expect(page.get_by_role("dialog").get_by_role("img")).not_to_have_attribute("src", str(first))


def test_a_link_to_copy_leads_to_the_page_of_the_demo_shop(tab: Tab, anna: Api, settings: Settings) -> None:
    project = create(anna, *pictures(1))
    shown = share(anna, project, "copy")
    lead = tab.visit(address(shown)).get_by_role("link", name="Copy to my account")
    expect(lead).to_have_attribute("href", f"{tab.site}/?copy={shown.json()['token']}")
    tab.look("shared-to-copy")
    expect(tab.visit(address(share(anna, project))).get_by_role("img")).to_have_count(1)
    expect(lead).to_be_hidden()
    settings.IMAGESTORE_DEVELOPMENT = False
    expect(tab.visit(address(shown)).get_by_role("img")).to_have_count(1)
    expect(lead).to_have_count(0)


def test_a_revoked_share_says_so_and_shows_nothing(tab: Tab, anna: Api) -> None:
    tab.expected = "status of 404"
    project = create(anna)
    shared = share(anna, project)
    anna("DELETE", f"/projects/{project}/shares/{shared.json()['id']}")
    page = tab.visit(address(shared))
    expect(page.get_by_text("This link was closed, has run out, or is not complete.")).to_be_visible()
    tab.look("shared-closed")
