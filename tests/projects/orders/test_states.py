"""What becomes of orders: steps, reports of the shop, cancelling, producing again, and their end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from files.records import File
from imagestore.common import clock, switches, transaction
from imagestore.common.principal import Principal
from projects.orders import operations, queries
from projects.orders.errors import StepRefused
from projects.orders.records import Event, Order
from tests.support.ordering import copies, kinds_of_holders, order, project, rows, sweep
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, customer, keeping, make_shop

Caller = Callable[..., Api]
TWO_YEARS, A_MONTH = timedelta(days=730), timedelta(days=30)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, customer())


@pytest.fixture
def shop(api: Caller) -> Api:
    return api(customer=None)


@pytest.fixture
def placed(api: Caller, photos: list[File]) -> str:
    return str(order(api(), {"project": project(api(), photos)}, reference="A-1").json()["id"])


def known(id: str) -> Order:
    found = queries.find_order(id)
    assert found is not None
    return found


def report(shop: Api, id: str, event: str, **more: Any) -> Answer:
    return shop("POST", f"/orders/{id}/reports", {"event": event, **more})


def package(id: str) -> Order:
    return operations.packaged(order=known(id), by="task:packages", now=clock.now())


def test_an_order_goes_from_step_to_step(shop: Api, placed: str) -> None:
    assert report(shop, placed, "paid").json()["state"] == "paid"
    assert package(placed).state == "packaged"
    assert report(shop, placed, "sent_to_lab").json()["state"] == "sent_to_lab"
    assert report(shop, placed, "confirmed").json()["state"] == "confirmed"
    told = report(shop, placed, "delivered").json()
    assert told["state"] == "confirmed"
    assert [step["state"] for step in told["steps"]] == [
        "placed", "paid", "packaged", "sent_to_lab", "confirmed", "delivered",
    ]  # fmt: skip
    assert all(told[f"{event}_at"] for event in ("paid", "packaged", "sent_to_lab", "confirmed", "delivered"))
    assert (told["failed_at"], told["cancelled_at"]) == (None, None)
    assert {step["by"] for step in told["steps"]} == {"customer:acme:anna", "shop:acme", "task:packages"}


def test_a_repeated_report_changes_nothing(shop: Api, placed: str) -> None:
    first = report(shop, placed, "paid", at="2026-01-02T03:04:05+01:00").json()
    assert first["paid_at"] == "2026-01-02T02:04:05+00:00"
    before = known(placed)
    assert report(shop, placed, "paid").status_code == 200
    package(placed)
    package(placed)
    assert report(shop, placed, "paid").status_code == 200
    assert [step["state"] for step in known(placed).steps] == ["placed", "paid", "packaged"]
    assert known(placed).paid_at == before.paid_at


def test_what_is_to_come_or_has_no_offset_cannot_be_reported(shop: Api, placed: str, now: datetime) -> None:
    for at in ((now + timedelta(days=1)).isoformat(), "2026-01-02T03:04:05", "yesterday"):
        refused = report(shop, placed, "paid", at=at)
        assert (refused.status_code, refused.json()["field"]) == (422, "at")


@pytest.mark.parametrize("event", ["sent_to_lab", "confirmed", "failed", "delivered"])
def test_a_step_that_the_state_does_not_allow_is_refused_naming_it(shop: Api, placed: str, event: str) -> None:
    refused = report(shop, placed, event)
    assert (refused.status_code, refused.json()["code"], refused.json()["state"]) == (409, "order-state", "placed")
    assert known(placed).revision == 1


def test_payment_may_be_told_late(shop: Api, placed: str) -> None:
    package(placed)
    told = report(shop, placed, "paid").json()
    assert (told["state"], bool(told["paid_at"])) == ("packaged", True)


def test_only_the_shops_own_server_reports_and_sends_back(api: Caller, placed: str) -> None:
    anna, bob = api(), api(customer="bob")
    for path, body in ((f"/orders/{placed}/reports", {"event": "paid"}), (f"/orders/{placed}/resubmit", None)):
        refused = anna("POST", path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "shop-only")
        assert bob("POST", path, body).status_code == 404
    assert known(placed).revision == 1


def test_a_customer_cancels_before_the_lab_has_it(api: Caller, shop: Api, placed: str) -> None:
    package(placed)
    told = api()("POST", f"/orders/{placed}/cancel").json()
    assert (told["state"], told["steps"][-1]["by"]) == ("cancelled", "customer:acme:anna")
    assert api()("POST", f"/orders/{placed}/cancel").json() == told
    for answer in (report(shop, placed, "paid"), shop("POST", f"/orders/{placed}/resubmit")):
        assert (answer.status_code, answer.json()["state"]) == (409, "cancelled")


def test_a_package_that_is_ready_too_late_changes_no_cancelled_order(api: Caller, placed: str) -> None:
    found = known(placed)
    api()("POST", f"/orders/{placed}/cancel")
    with pytest.raises(StepRefused, match="cancelled"):
        operations.packaged(order=found, by="task:packages", now=clock.now())


def test_what_the_lab_has_is_not_cancelled(api: Caller, shop: Api, placed: str) -> None:
    package(placed)
    report(shop, placed, "sent_to_lab")
    refused = api()("POST", f"/orders/{placed}/cancel")
    assert (refused.status_code, refused.json()["state"]) == (409, "sent_to_lab")


def test_a_failed_order_is_sent_back_and_produced_again(shop: Api, placed: str) -> None:
    report(shop, placed, "paid")
    before = known(placed)
    package(placed)
    report(shop, placed, "sent_to_lab")
    report(shop, placed, "failed")
    told = shop("POST", f"/orders/{placed}/resubmit").json()
    assert (told["state"], told["resubmits"], told["sha256"]) == ("paid", 1, before.sha256)
    assert all(told[f"{event}_at"] is None for event in ("packaged", "sent_to_lab", "failed"))
    assert told["paid_at"]
    assert shop("POST", f"/orders/{placed}/resubmit").json() == told
    with pytest.raises(StepRefused, match="sent back"):
        operations.packaged(order=before, by="task:packages", now=clock.now())
    assert package(placed).state == "packaged"
    assert report(shop, placed, "sent_to_lab").json()["state"] == "sent_to_lab"
    again = shop("POST", f"/orders/{placed}/resubmit").json()
    assert (again["state"], again["resubmits"]) == ("paid", 2)


def test_an_unpaid_order_that_is_sent_back_is_placed(shop: Api, placed: str) -> None:
    package(placed)
    assert shop("POST", f"/orders/{placed}/resubmit").json()["state"] == "placed"


def test_the_steps_stay_a_short_list(shop: Api, placed: str) -> None:
    for _ in range(15):
        package(placed)
        shop("POST", f"/orders/{placed}/resubmit")
    steps = known(placed).steps
    assert (len(steps), known(placed).resubmits) == (20, 15)
    assert (steps[0]["by"], steps[-1]["state"]) == ("customer:acme:anna", "placed")


def test_two_years_after_its_last_state_an_order_goes_and_leaves_a_tombstone(
    shop: Api, placed: str, photos: list[File], now: datetime
) -> None:
    later = now + timedelta(days=100)
    operations.report(id=placed, event=Event.PAID, at=None, principal=Principal(kind="shop", shop="acme"), now=later)
    assert sweep(now + TWO_YEARS + timedelta(days=1)) == {"re_dated": 1}
    assert sweep(later + TWO_YEARS) == {}
    told = sweep(later + TWO_YEARS + timedelta(seconds=1), dry_run=True)
    assert sweep(later + TWO_YEARS + timedelta(seconds=1)) == told == {"purged": 1}
    assert kinds_of_holders(photos) == {"project": 2}
    assert copies() == []
    (tombstone,) = rows("ORDER")
    assert tombstone["state"] == {"S": "gone"}
    assert not {"owner", "reference", "steps", "owner_key", "attention_key", "due_sort"} & set(tombstone)
    assert shop("GET", f"/orders/{placed}").status_code == 404


def test_a_cancelled_order_goes_sooner(api: Caller, placed: str, photos: list[File], now: datetime) -> None:
    api()("POST", f"/orders/{placed}/cancel")
    assert sweep(now + timedelta(days=29)) == {}
    assert sweep(now + timedelta(days=31)) == {"purged": 1}
    assert kinds_of_holders(photos) == {"project": 2}


def test_nothing_is_purged_while_deletion_is_paused(placed: str, photos: list[File], now: datetime) -> None:
    transaction.commit([switches.pause_deletion(True)])
    assert sweep(now + 2 * TWO_YEARS) == {"skipped": 1}
    assert kinds_of_holders(photos)["order"] == 2


def test_of_the_products_of_an_order_the_longest_kept_decides(api: Caller, now: datetime) -> None:
    rules = [{"subject": "unpaid_order", "product": "print", "keep": "5d"}, {"subject": "unpaid_order", "keep": "50d"}]
    make_shop("quick", policy={"rules": rules})
    anna = api(shop="quick")
    prints, mixed = (
        order(anna, *({"project": project(anna), "product": product} for product in products)).json()["id"]
        for products in (("print",), ("print", "album"))
    )
    assert sweep(now + timedelta(days=6)) == {"purged": 1}
    assert anna("GET", f"/orders/{prints}").status_code == 404
    assert anna("GET", f"/orders/{mixed}").status_code == 200
    assert sweep(now + timedelta(days=51)) == {"purged": 1}


def test_a_shops_own_rules_decide(api: Caller, now: datetime) -> None:
    make_shop("quick", policy=keeping(unpaid_order="10d", cancelled_order="2d"))
    anna = api(shop="quick")
    kept, cancelled = (order(anna, {"project": project(anna)}).json()["id"] for _ in range(2))
    anna("POST", f"/orders/{cancelled}/cancel")
    assert sweep(now + timedelta(days=3)) == {"purged": 1}
    assert anna("GET", f"/orders/{kept}").status_code == 200
    assert sweep(now + timedelta(days=11)) == {"purged": 1}
