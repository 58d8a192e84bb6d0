"""A project is moved to another customer on its page."""

import pytest

from imagestore.common import clock
from projects import queries
from projects.records import Head
from tests.console.conftest import SignIn
from tests.support.hands import WHY, create
from tests.support.uploads import stored_photos
from tests.support.world import Answer, customer


@pytest.fixture
def project(shop: str) -> Head:
    saved = create(clock.now(), *stored_photos(1, customer()))
    return queries.project_of(customer(), saved.id)


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def test_an_operator_moves_it_to_another_customer(sign_in: SignIn, project: Head) -> None:
    browser, page = sign_in("operator"), f"/staff/projects/project/{project.id}"
    assert "Move to another customer" in text(browser.get(f"{page}/change/"))
    answer = browser.post(f"{page}/deed/move/", {"reason": WHY, "customer": "bob"}, follow=True)
    assert "The project is that customer&#x27;s" in text(answer)
    assert queries.project_of(customer("bob"), project.id).owner == "customer:bob"
    history = text(browser.get(f"{page}/history/"))
    assert "project.moved" in history
    assert "staff:operator-1" in history


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"customer": "bob"}, "Say why"),
        ({"reason": WHY}, "Say who gets the project."),
        ({"reason": WHY, "customer": "b o b"}, "1 to 128 letters"),
    ],
)
def test_it_stays_when_something_is_left_out(sign_in: SignIn, project: Head, sent: dict[str, str], told: str) -> None:
    answer = sign_in("operator").post(f"/staff/projects/project/{project.id}/deed/move/", sent, follow=True)
    assert told in text(answer)
    assert queries.project_of(customer(), project.id).owner == "customer:anna"


def test_support_is_not_offered_it_and_cannot(sign_in: SignIn, project: Head) -> None:
    browser, page = sign_in("support"), f"/staff/projects/project/{project.id}"
    assert "Move to another customer" not in text(browser.get(f"{page}/change/"))
    assert browser.post(f"{page}/deed/move/", {"reason": WHY, "customer": "bob"}).status_code == 403
