"""A rule that keeps facts: photos and documents of an order go, what is known of it stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files.queries import files_by_id
from files.records import File
from imagestore.common.principal import command
from projects.orders import operations, queries
from tests.support.ordering import copies, kinds_of_holders, order, project, rows, sweep
from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, make_shop

Caller = Callable[..., Api]
RULE = {"subject": "unpaid_order", "since": "ordered", "keep": "45d", "then": "keep_facts"}
AFTER = timedelta(days=46)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy={"rules": [RULE]})


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, customer())


@pytest.fixture
def placed(api: Caller, photos: list[File]) -> str:
    item = {"project": project(api(), photos), "product": "card", "quantity": 3}
    return str(order(api(), item, reference="A-1", key="once").json()["id"])


@pytest.fixture
def old(placed: str, now: datetime) -> str:
    told = sweep(now + AFTER, dry_run=True)
    assert sweep(now + AFTER) == told == {"facts_kept": 1}
    return placed


def test_what_is_known_of_it_stays_and_nothing_else(api: Caller, old: str, photos: list[File], now: datetime) -> None:
    told = api()("GET", f"/orders/{old}").json()
    assert (told["state"], told["reference"], told["photo_count"], told["item_count"]) == ("facts_only", "A-1", 2, 1)
    assert [(item["product"], item["quantity"], item["photos"]) for item in told["items"]] == [("card", 3, 2)]
    assert [step["state"] for step in told["steps"]] == ["placed", "facts_only"]
    assert datetime.fromisoformat(told["let_go_at"]) - now == AFTER
    assert kinds_of_holders(photos) == {"project": 2}
    assert copies() == []


def test_it_is_found_and_listed_as_before(api: Caller, old: str) -> None:
    for states in ("", "?state=facts_only"):
        assert [one["id"] for one in api()("GET", f"/orders{states}").json()["items"]] == [old]
    assert [found.id for found in queries.orders_of_reference("acme", "A-1")] == [old]
    assert api()("GET", "/orders?state=placed").json()["items"] == []


def test_nothing_comes_to_look_at_it_again_and_no_rule_says_more(api: Caller, old: str, now: datetime) -> None:
    (row,) = [row for row in rows("ORDER#") if row["sk"]["S"] == "ORDER"]
    assert not {"due_bucket", "due_sort", "expires_at"} & set(row)
    assert sweep(now + 100 * AFTER) == {}
    told = api()("GET", f"/orders/{old}/retention").json()
    assert (told["next"], told["at"]) == (None, None)
    assert "photos and documents went" in told["because"][0]


def test_it_can_be_neither_produced_again_nor_packaged_nor_cancelled(api: Caller, old: str) -> None:
    shop = api(customer=None)
    for path, body in (("resubmit", None), ("packages", {}), ("cancel", None), ("reports", {"event": "paid"})):
        refused = shop("POST", f"/orders/{old}/{path}", body)
        assert (refused.status_code, refused.json()["state"]) == (409, "facts_only"), path


def test_a_repeat_of_the_call_that_placed_it_answers_it(api: Caller, old: str, photos: list[File]) -> None:
    (holder,) = files_by_id([photos[0].id])[photos[0].id].holders
    item = {"project": holder.partition(":")[2], "product": "card", "quantity": 3}
    again = order(api(), item, reference="A-1", key="once")
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (201, old, "facts_only")


def test_no_photo_is_used_by_it_any_more(old: str, photos: list[File]) -> None:
    assert [use.photos for use in queries.uses()] == [frozenset()]
    assert not queries.needs(old)
    assert list(queries.stored_snapshots()) == []


def test_a_legal_hold_keeps_all_of_it(api: Caller, placed: str, photos: list[File], now: datetime) -> None:
    operations.hold_order(id=placed, reason="a lawsuit", principal=command("tests"), now=now)
    assert sweep(now + AFTER) == {"held": 1}
    assert kinds_of_holders(photos)["order"] == 2
    assert api()("GET", f"/orders/{placed}").json()["state"] == "placed"
