"""Packages on the staff site: listed, explained, built again."""

import pytest

from files import keys as file_keys
from files.records import File
from imagestore.common import objects
from projects.packages.records import Package, PackageState
from tests.console.conftest import SignIn
from tests.console.test_site import REASON, text
from tests.support.packages import ANNA, as_it_is, ask, build, project_of
from tests.support.uploads import stored_photos
from tests.support.world import Sent


@pytest.fixture
def photos(shop: str) -> list[File]:
    return stored_photos(2, ANNA)


@pytest.fixture
def failed(photos: list[File]) -> Package:
    asked = ask(project_of(photos))
    objects.remove(file_keys.object_key("acme", photos[1].id))
    assert build(asked) is not None
    return as_it_is(asked)


def test_the_list_tells_why_one_failed(sign_in: SignIn, failed: Package, photos: list[File]) -> None:
    page = text(sign_in().get("/staff/projects/package/?shop=acme"))
    assert failed.id in page
    assert photos[1].name in page


def test_an_id_leads_to_its_page_which_leads_to_its_project(sign_in: SignIn, failed: Package) -> None:
    browser = sign_in()
    found = browser.get("/staff/search/", {"text": failed.id})
    assert found["Location"] == f"/staff/projects/package/{failed.id}/change/"
    page = text(browser.get(found["Location"]))
    assert f"/staff/projects/project/{failed.source}/change/" in page
    assert "original-missing" in page


def test_support_has_a_failed_one_built_again(sign_in: SignIn, failed: Package, sent: list[Sent]) -> None:
    browser, page = sign_in("support"), f"/staff/projects/package/{failed.id}"
    sent.clear()
    assert "Build again" in text(browser.get(f"{page}/change/"))
    assert "It is being built again." in text(browser.post(f"{page}/deed/build-again/", REASON, follow=True))
    assert as_it_is(failed).state == PackageState.BUILDING
    assert [message.name for message in sent] == ["projects.build_package"]
    assert REASON["reason"] in text(browser.get(f"{page}/history/"))


def test_what_is_not_failed_is_not_built_again(sign_in: SignIn, photos: list[File]) -> None:
    asked = ask(project_of(photos))
    browser, page = sign_in("support"), f"/staff/projects/package/{asked.id}"
    assert "Build again" not in text(browser.get(f"{page}/change/"))
    answer = browser.post(f"{page}/deed/build-again/", REASON, follow=True)
    assert "only a failed one is built again" in text(answer)
