"""Legal holds on the staff site: placed on the page of what they stand on, listed, and released by an admin."""

import pytest

from imagestore.common import clock
from imagestore.holds import queries
from imagestore.holds.records import HoldState
from tests.console.conftest import SignIn
from tests.support.hands import create
from tests.support.packages import order_of
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Answer, Sent, customer

WHY = "case 4711 of the court"


@pytest.fixture
def pages(shop: str) -> dict[str, str]:
    (photo,) = stored_photos(1, customer())
    project = create(clock.now(), photo).id
    order = order_of(project).id
    return {
        f"file:{photo.id}": f"/staff/files/file/{photo.id}",
        "customer:anna": "/staff/files/customer/acme_2Fanna",
        f"project:{project}": f"/staff/projects/project/{project}",
        f"order:{order}": f"/staff/projects/order/{order}",
    }


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


@pytest.mark.parametrize("kind", ["file", "customer", "project", "order"])
def test_an_operator_places_one_on_the_page_of_its_subject(
    sign_in: SignIn, pages: dict[str, str], kind: str, sent: list[Sent]
) -> None:
    page = next(address for subject, address in pages.items() if subject.startswith(kind))
    browser = sign_in("operator")
    assert "Place a legal hold" in text(browser.get(f"{page}/change/"))
    answer = browser.post(f"{page}/deed/hold/", {"reason": WHY}, follow=True)
    assert "kept, whatever its rules say" in text(answer)
    (hold,) = queries.holds_of_shop("acme")
    assert (hold.kind, hold.reason, hold.placed_by) == (kind, WHY, "staff:operator-1")
    assert f"Legal hold {hold.id}" in text(browser.get(f"{page}/change/"))
    assert "hold.placed" in text(browser.get(f"{page}/history/"))


def test_one_on_a_customer_is_shown_as_taking_effect_until_it_is(
    sign_in: SignIn, pages: dict[str, str], sent: list[Sent]
) -> None:
    browser = sign_in("operator")
    browser.post(f"{pages['customer:anna']}/deed/hold/", {"reason": WHY})
    (hold,) = queries.holds_of_shop("acme")
    page = f"/staff/console/hold/{hold.id}/change/"
    assert "taking effect" in text(browser.get(page))
    deliver(sent)
    assert "in effect" in text(browser.get(page))
    assert "in effect" in text(browser.get("/staff/console/hold/?shop=acme"))


def test_an_admin_releases_it(sign_in: SignIn, pages: dict[str, str], sent: list[Sent]) -> None:
    browser = sign_in("admin")
    for subject, page in pages.items():
        if subject.startswith(("file", "project")):
            browser.post(f"{page}/deed/hold/", {"reason": WHY})
    for hold in queries.holds_of_shop("acme"):
        answer = browser.post(f"/staff/console/hold/{hold.id}/deed/release/", {"reason": "it is over"}, follow=True)
        assert "after a day of grace" in text(answer)
    deliver(sent)
    assert {hold.state for hold in queries.holds_of_shop("acme")} == {HoldState.RELEASED}


def test_who_may_not_is_not_offered_it_and_cannot(sign_in: SignIn, pages: dict[str, str]) -> None:
    browser, page = sign_in("support"), next(iter(pages.values()))
    assert "Place a legal hold" not in text(browser.get(f"{page}/change/"))
    assert browser.post(f"{page}/deed/hold/", {"reason": WHY}).status_code == 403
    operator = sign_in("operator")
    operator.post(f"{page}/deed/hold/", {"reason": WHY})
    (hold,) = queries.holds_of_shop("acme")
    assert "Release the hold" not in text(operator.get(f"/staff/console/hold/{hold.id}/change/"))
    assert operator.post(f"/staff/console/hold/{hold.id}/deed/release/", {"reason": WHY}).status_code == 403


def test_the_search_finds_it_by_its_id(sign_in: SignIn, pages: dict[str, str]) -> None:
    browser = sign_in("operator")
    browser.post(f"{next(iter(pages.values()))}/deed/hold/", {"reason": WHY})
    (hold,) = queries.holds_of_shop("acme")
    assert "case 4711 of the court" in text(browser.get("/staff/search/", {"text": hold.id}, follow=True))
