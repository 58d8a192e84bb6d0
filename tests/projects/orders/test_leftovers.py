"""A rule of leftover photos: what only earlier versions of an ordered project use goes so long after its packaging."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from files.queries import files_by_id
from files.records import File
from imagestore.common import clock, switches, transaction
from imagestore.common.principal import command
from imagestore.common.rows import Key
from imagestore.holds import operations as holds
from projects import keys
from projects import operations as projects
from projects.orders import operations, queries
from projects.queries import version_rows
from projects.redating import redate_slice
from tests.support.dying import each_call_failing
from tests.support.expiring import change_policy
from tests.support.hands import OTTO, WHY
from tests.support.ordering import holders, order, project, rows, save, sweep
from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, keeping, make_shop

Caller = Callable[..., Api]
DAY, BOSS = timedelta(days=1), command("tests")
LATER = 31 * DAY
RULE = keeping(leftover_photo="30d")


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=RULE)


@pytest.fixture
def photos() -> list[File]:
    """The first is in the version that is ordered, the other two only in those before."""
    return stored_photos(3, customer())


@pytest.fixture
def book(api: Caller, photos: list[File]) -> str:
    book = project(api(), photos)
    save(api(), book, photos[:2])
    save(api(), book, photos[:1])
    return book


def ordered(api: Caller, book: str, **more: Any) -> str:
    return str(order(api(), {"project": book, **more}).json()["id"])


def package(id: str) -> None:
    found = queries.find_order(id)
    assert found is not None
    operations.packaged(order=found, by="task:packages", now=clock.now())


@pytest.fixture
def packaged(api: Caller, book: str) -> str:
    id = ordered(api, book)
    package(id)
    return id


def keys_of(prefix: str) -> list[Key]:
    return [Key(row["pk"]["S"], row["sk"]["S"]) for row in rows(prefix)]


def waiting() -> list[str]:
    return [key.sk for key in keys_of("ORDER#") if key.sk == "LEFTOVERS"]


def versions(api: Caller, book: str) -> list[int]:
    return [one["version"] for one in api()("GET", f"/projects/{book}/versions").json()["items"]]


def of_project(photos: Sequence[File], book: str) -> list[bool]:
    """Of each photo, whether the project holds it."""
    return [f"project:{book}" in holders(photo) for photo in photos]


def test_so_long_after_the_packaging_earlier_versions_go_and_what_only_they_used_is_released(
    api: Caller, packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    assert sweep(now + 29 * DAY) == {}
    assert (versions(api, book), of_project(photos, book)) == ([3, 2, 1], [True] * 3)
    assert sweep(now + LATER, dry_run=True) == {"leftovers_released": 1}
    assert sweep(now + LATER) == {"leftovers_released": 1}
    assert (versions(api, book), of_project(photos, book)) == ([3], [True, False, False])
    released = files_by_id([photos[1].id])[photos[1].id]
    assert (released.state, released.released_at) == ("stored", now + LATER)
    assert waiting() == []


def test_the_project_loads_and_is_saved_as_before_and_the_order_is_whole(
    api: Caller, packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    sweep(now + LATER)
    assert len(api()("GET", f"/projects/{book}").json()["files"]) == 1
    assert save(api(), book, photos[:2], "More of Iceland") == 4
    assert f"order:{packaged}" in holders(photos[0])


def test_a_project_that_was_saved_since_keeps_its_history(
    api: Caller, packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    save(api(), book, photos[:1], "Iceland again")
    assert sweep(now + LATER) == {"leftovers_released": 1}
    assert (versions(api, book), of_project(photos, book)) == ([4, 3, 2, 1], [True] * 3)


def test_so_does_one_of_another_customer_by_now_and_one_in_the_trash(
    api: Caller, packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    api()("DELETE", f"/projects/{book}")
    sweep(now + LATER)
    api()("POST", f"/projects/{book}/restore")
    package_again = ordered(api, book)
    package(package_again)
    projects.move(id=book, customer="bob", principal=OTTO, reason=WHY, now=now)
    sweep(now + LATER)
    assert (len(version_rows(book)), of_project(photos, book)) == (3, [True] * 3)


def test_a_legal_hold_keeps_it_until_it_is_released(
    api: Caller, packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    placed = holds.place_on_customer(shop="acme", customer="anna", principal=BOSS, reason=WHY, now=now)
    assert sweep(now + LATER)["held"] >= 1
    assert of_project(photos, book) == [True] * 3
    holds.release(id=placed.id, principal=BOSS, reason=WHY, now=now + LATER)
    assert sweep(now + LATER + 2 * DAY)["leftovers_released"] == 1
    assert of_project(photos, book) == [True, False, False]


def test_nothing_goes_while_deletion_is_paused(packaged: str, book: str, photos: list[File], now: datetime) -> None:
    transaction.commit([switches.pause_deletion(True)])
    assert sweep(now + LATER) == {"skipped": 1}
    assert of_project(photos, book) == [True] * 3


def test_a_shop_without_the_rule_writes_nothing_for_it(api: Caller, book: str, now: datetime) -> None:
    change_policy({"rules": []})
    package(ordered(api, book))
    assert waiting() == []
    assert sweep(now + LATER) == {}


def test_a_rule_that_comes_later_is_noted_by_the_run_that_changes_dates(
    api: Caller, book: str, photos: list[File], now: datetime
) -> None:
    change_policy({"rules": []})
    package(ordered(api, book))
    change_policy(RULE)
    redate_slice(shop="acme", customers=["anna"], dry_run=True, now=now)
    assert waiting() == []
    redate_slice(shop="acme", customers=["anna"], dry_run=False, now=now)
    assert sweep(now + LATER) == {"leftovers_released": 1}
    assert of_project(photos, book) == [True, False, False]


def test_a_longer_rule_holds_as_soon_as_the_sweep_comes(
    packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    change_policy(keeping(leftover_photo="60d"))
    assert sweep(now + LATER) == {"re_dated": 1}
    assert sweep(now + 61 * DAY) == {"leftovers_released": 1}
    assert of_project(photos, book) == [True, False, False]


def test_sent_back_to_be_packaged_it_waits_for_the_new_package(
    api: Caller, packaged: str, book: str, photos: list[File], now: datetime
) -> None:
    api(customer=None)("POST", f"/orders/{packaged}/resubmit")
    assert sweep(now + LATER) == {"skipped": 1}
    assert of_project(photos, book) == [True] * 3
    package(packaged)
    assert sweep(now + LATER) == {"leftovers_released": 1}


def test_the_rule_may_be_for_one_product(api: Caller, book: str, now: datetime) -> None:
    change_policy({"rules": [{"subject": "leftover_photo", "keep": "30d", "product": "book"}]})
    package(ordered(api, book, product="card"))
    assert waiting() == []
    package(ordered(api, book, product="book"))
    assert waiting() == ["LEFTOVERS"]


def test_the_order_tells_when_they_go(api: Caller, packaged: str, now: datetime) -> None:
    because = api()("GET", f"/orders/{packaged}/retention").json()["because"]
    (told,) = (sentence for sentence in because if sentence.startswith("Earlier versions"))
    assert f"{now + 30 * DAY:%Y-%m-%d}" in told


def test_whichever_call_fails_a_repeat_and_the_next_sweep_finish_it(
    packaged: str, book: str, photos: list[File], now: datetime, every: int
) -> None:
    (key,) = (key for key in keys_of("ORDER#") if key.sk == "LEFTOVERS")

    def let_go() -> None:
        operations.sweep_leftovers(row_keys=[key], dry_run=False, now=now + LATER)

    for number, _ in each_call_failing("letting leftovers go", let_go, every):
        let_go()
        intents = [key for key in keys_of("PROJECT#") if keys.is_intent(key)]
        projects.sweep_slice(row_keys=intents, dry_run=False, now=now + LATER + timedelta(hours=1))
        assert (waiting(), len(version_rows(book))) == ([], 1), f"call {number}"
        assert of_project(photos, book) == [True, False, False], f"call {number}"
