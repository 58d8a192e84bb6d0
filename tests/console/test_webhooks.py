"""What staff see of shops' endpoints, and do to them."""

import pytest

from imagestore.audit import queries as audit
from imagestore.common import clock
from imagestore.common.browse import Window
from imagestore.webhooks import operations, queries
from imagestore.webhooks.records import Delivery, Draft, Endpoint
from tests.console.conftest import SignIn
from tests.support.receiver import Receiver
from tests.support.webhooks import ALICE, BELLA, open_endpoint, outbox, save, states
from tests.support.work import deliver
from tests.support.world import Answer, Sent, make_shop, shop_server

REASON = {"reason": "the shop called"}


@pytest.fixture
def endpoint(shop: str, receiver: Receiver, sent: list[Sent]) -> Endpoint:
    """One event arrived, another did not."""
    endpoint = open_endpoint(receiver, path="?password=of-the-shop")
    receiver.acts = [204, 500]
    for project in (ALICE, BELLA):
        save(project, 1)
        deliver(sent)
    return endpoint


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def failed(endpoint: Endpoint) -> Delivery:
    (delivery,) = queries.leaf_of_failing(Window(), endpoint=endpoint.id).items
    return delivery


def test_an_endpoint_s_page_shows_where_it_is_and_what_came_of_its_events(sign_in: SignIn, endpoint: Endpoint) -> None:
    page = text(sign_in().get(f"/staff/webhooks/endpoint/{endpoint.id}/change/"))
    assert endpoint.address in page
    assert f"Failed: project.saved of project:{BELLA}" in page
    assert page.count("project.saved</th>") == 2


def test_no_page_tells_a_secret_or_the_query_of_a_url(sign_in: SignIn, endpoint: Endpoint, receiver: Receiver) -> None:
    browser = sign_in("admin")
    for page in ("endpoint/", f"endpoint/{endpoint.id}/change/", f"endpoint/{endpoint.id}/history/",
                 f"delivery/{outbox(endpoint)[0].place}/change/"):  # fmt: skip
        shown = text(browser.get(f"/staff/webhooks/{page}"))
        assert "of-the-shop" not in shown
        assert "whsec_" not in shown
        assert endpoint.secrets[0]["sealed"] not in shown


def test_a_delivery_s_page_shows_its_attempts(sign_in: SignIn, endpoint: Endpoint) -> None:
    browser = sign_in()
    page = text(browser.get(f"/staff/webhooks/delivery/{failed(endpoint).place}/change/"))
    assert "500 after " in page
    assert "we are out of order" in page
    assert f"/staff/webhooks/endpoint/{endpoint.id}/change/" in page


def test_lists_show_endpoints_by_shop_and_deliveries_by_endpoint(sign_in: SignIn, endpoint: Endpoint) -> None:
    make_shop("other")
    other = operations.create(draft=Draft("http://127.0.0.1:9/"), principal=shop_server("other"), now=clock.now())
    browser = sign_in()
    everyone, of_one = (text(browser.get(f"/staff/webhooks/endpoint/{query}")) for query in ("", "?shop=acme"))
    assert (endpoint.id in everyone, other.endpoint.id in everyone) == (True, True)
    assert (endpoint.id in of_one, other.endpoint.id in of_one) == (True, False)
    delivered, refused = outbox(endpoint)
    everything, failing = (
        text(browser.get(f"/staff/webhooks/delivery/?{filter}={endpoint.id}")) for filter in ("endpoint", "failing")
    )
    assert (delivered.place in everything, refused.place in everything) == (True, True)
    assert (delivered.place in failing, refused.place in failing) == (False, True)


def test_an_id_leads_to_its_page(sign_in: SignIn, endpoint: Endpoint) -> None:
    answer = sign_in().get("/staff/search/", {"text": endpoint.id.lower()})
    assert answer["Location"] == f"/staff/webhooks/endpoint/{endpoint.id}/change/"


def test_support_sends_again_what_failed(
    sign_in: SignIn, endpoint: Endpoint, receiver: Receiver, sent: list[Sent]
) -> None:
    page = f"/staff/webhooks/endpoint/{endpoint.id}"
    browser = sign_in("support")
    assert "due again" in text(browser.post(f"{page}/deed/replay/", REASON, follow=True))
    history = text(browser.get(f"{page}/history/"))
    assert "endpoint.replayed" in history
    assert REASON["reason"] in history
    place = failed(endpoint).place
    assert "It is due again." in text(
        browser.post(f"/staff/webhooks/delivery/{place}/deed/replay/", REASON, follow=True)
    )
    deliver(sent)
    assert states(endpoint) == ["delivered", "delivered"]
    (entry,) = audit.leaf_of_history(Window(), subject=f"delivery:{place}").items
    assert (entry.actor, entry.reason) == ("staff:support-1", REASON["reason"])


def test_an_operator_disables_and_enables(sign_in: SignIn, endpoint: Endpoint) -> None:
    page, browser = f"/staff/webhooks/endpoint/{endpoint.id}", sign_in("operator")
    assert "Nothing is sent" in text(browser.post(f"{page}/deed/disable/", REASON, follow=True))
    shown = text(browser.get(f"{page}/change/"))
    assert REASON["reason"] in shown
    assert "Send again what failed" not in shown
    assert "again." in text(browser.post(f"{page}/deed/enable/", REASON, follow=True))
    stored = queries.stored_endpoint("acme", endpoint.id)
    assert stored is not None
    assert (stored.enabled, stored.disabled_because) == (True, None)


@pytest.mark.parametrize(("role", "deed"), [("viewer", "replay"), ("support", "disable"), ("support", "enable")])
def test_a_role_does_no_more_than_it_may(sign_in: SignIn, endpoint: Endpoint, role: str, deed: str) -> None:
    answer = sign_in(role).post(f"/staff/webhooks/endpoint/{endpoint.id}/deed/{deed}/", REASON)
    assert answer.status_code == 403
    assert queries.stored_endpoint("acme", endpoint.id) == queries.endpoint_of(shop_server(), endpoint.id)
    assert states(endpoint) == ["delivered", "waiting"]
