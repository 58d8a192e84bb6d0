"""Cart items over REST: what is put stays as it was put."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from files.keys import file_row
from files.models import FileRow
from files.records import File
from imagestore.common import switches, table, transaction
from projects import operations as projects
from projects.carts import operations as carts
from projects.keys import head_row
from projects.records import Draft
from tests.support.ordering import copies, deliver, design, holders, kinds_of_holders, project, put, rows, save, sweep
from tests.support.uploads import stored_photos
from tests.support.world import Api, Sent, customer, keeping, make_shop

Caller = Callable[..., Api]
A_MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


def noise() -> str:
    """Text that does not compress below the inline limit."""
    return random.Random(1).randbytes(20_000).hex()


def test_a_version_is_put_and_kept_with_the_shops_own_words(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos)
    answer = put(anna, "line-1", id, quantity=2, product="book-a4", cart="external")
    assert (answer.status_code, answer["Location"]) == (201, "/api/v1/cart-items/line-1")
    told = answer.json()
    assert told | {
        "id": "line-1", "project": id, "version": 1, "name": "Iceland", "cart": "external", "quantity": 2,
        "product": "book-a4", "photos": 3,
    } == told  # fmt: skip
    put_at, expires_at = (datetime.fromisoformat(told[name]) for name in ("put_at", "expires_at"))
    assert expires_at - put_at == A_MONTH
    assert all(len(holders(photo)) == 2 for photo in photos)
    assert kinds_of_holders(photos) == {"project": 3, "cart": 3}


def test_editing_the_project_changes_nothing_in_the_cart_until_it_is_put_again(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos[:2])
    put(anna, "line-1", id)
    before = anna("GET", "/cart-items/line-1").json()
    assert before["document"] == design(photos[:2])["document"]
    assert [one["page"] for one in before["placements"]] == [1, 2]
    assert {alias: file["id"] for alias, file in before["files"].items()} == design(photos[:2])["files"]
    assert all(file["url"].startswith("http") for file in before["files"].values())
    assert save(anna, id, photos[2:], "Norway") == 2
    after = anna("GET", "/cart-items/line-1").json()
    assert without_urls(after) == without_urls(before)
    assert put(anna, "line-1", id).json()["version"] == 2
    assert anna("GET", "/cart-items/line-1").json()["document"] == design(photos[2:])["document"]


def without_urls(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: without_urls(value) for name, value in told.items() if name not in ("url", "expires_at")}
    return told


def test_an_older_version_is_put_by_its_number(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos[:1])
    save(anna, id, photos[1:])
    assert put(anna, "line-1", id, version=1).json()["version"] == 1
    assert list(anna("GET", "/cart-items/line-1").json()["files"]) == ["photo-0000"]
    assert put(anna, "line-1", id, version=7).json()["code"] == "version-not-found"


def test_a_new_put_holds_what_is_new_and_lets_go_what_was_old(anna: Api, photos: list[File], sent: list[Sent]) -> None:
    id = project(anna, photos[:2])
    put(anna, "line-1", id)
    first = holders(photos[0]) - {f"project:{id}"}
    save(anna, id, photos[1:])
    assert put(anna, "line-1", id).status_code == 200
    deliver(sent)
    assert not first & holders(photos[0])
    (second,) = holders(photos[2]) - {f"project:{id}"}
    assert second in holders(photos[1])
    assert second not in first


def test_the_same_version_put_again_is_only_kept_longer(anna: Api, photos: list[File], sent: list[Sent]) -> None:
    id = project(anna, photos)
    first = put(anna, "line-1", id).json()
    held = holders(photos[0])
    for more in ({}, {"version": 1, "quantity": 5, "product": "book-a5"}):
        again = put(anna, "line-1", id, **more)
        assert again.status_code == 200
    told = again.json()
    assert (told["quantity"], told["product"], told["put_at"]) == (5, "book-a5", first["put_at"])
    assert told["touched_at"] >= first["touched_at"]
    assert holders(photos[0]) == held
    assert [message.name for message in sent if message.name.startswith("projects.")] == []


def test_touching_extends_and_who_is_not_touched_expires(anna: Api, photos: list[File], now: datetime) -> None:
    id = project(anna, photos)
    put(anna, "touched", id)
    put(anna, "forgotten", id)
    later = now + timedelta(days=20)
    carts.touch(id="touched", owner="customer:anna", principal=customer(), now=later)
    assert sweep(now + timedelta(days=31)) == {"expired": 1, "re_dated": 1}
    assert [item["id"] for item in anna("GET", "/cart-items").json()["items"]] == ["touched"]
    assert kinds_of_holders(photos) == {"project": 3, "cart": 3}
    assert sweep(later + A_MONTH) == {}
    assert sweep(later + A_MONTH + timedelta(seconds=1)) == {"expired": 1}
    assert kinds_of_holders(photos) == {"project": 3}
    assert anna("GET", "/cart-items/touched").json()["code"] == "cart-item-not-found"


def test_a_touch_tells_the_new_end(anna: Api) -> None:
    put(anna, "line-1", project(anna))
    told = anna("POST", "/cart-items/line-1/touch").json()
    assert datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["touched_at"]) == A_MONTH
    assert anna("POST", "/cart-items/line-2/touch").json()["code"] == "cart-item-not-found"


def test_a_shops_own_rule_decides_how_long(api: Caller, now: datetime) -> None:
    make_shop("quick", policy=keeping(cart_item="3d"))
    anna = api(shop="quick")
    put(anna, "line-1", project(anna))
    assert sweep(now + timedelta(days=2)) == {}
    assert sweep(now + timedelta(days=4)) == {"expired": 1}


def test_a_removed_item_lets_its_photos_go_and_leaves_nothing(
    anna: Api, photos: list[File], sent: list[Sent], now: datetime
) -> None:
    answer = anna("POST", "/projects", design(photos) | {"document": {"noise": noise()}})
    put(anna, "line-1", answer.json()["id"])
    assert len(copies()) == 1
    assert anna("DELETE", "/cart-items/line-1").status_code == 204
    assert anna("DELETE", "/cart-items/line-1").status_code == 404
    deliver(sent)
    assert kinds_of_holders(photos) == {"project": 3}
    assert copies() == []
    (tombstone,) = rows("CART#", "PIN#")
    assert tombstone["state"] == {"S": "gone"}
    assert "due_sort" not in tombstone
    assert sweep(now + 10 * A_MONTH) == {}


def test_a_message_that_was_lost_costs_delay_alone(
    anna: Api, photos: list[File], sent: list[Sent], now: datetime
) -> None:
    put(anna, "line-1", project(anna, photos))
    anna("DELETE", "/cart-items/line-1")
    sent.clear()
    assert sweep(now + timedelta(minutes=1)) == {"released": 1}
    assert kinds_of_holders(photos) == {"project": 3}


def test_while_deletion_is_paused_nothing_is_let_go(
    anna: Api, photos: list[File], sent: list[Sent], now: datetime
) -> None:
    put(anna, "line-1", project(anna, photos))
    anna("DELETE", "/cart-items/line-1")
    transaction.commit([switches.pause_deletion(True)])
    deliver(sent)
    assert sweep(now + timedelta(days=40)) == {"skipped": 1}
    assert kinds_of_holders(photos) == {"project": 3, "cart": 3}
    transaction.commit([switches.pause_deletion(False)])
    assert sweep(now + timedelta(days=40)) == {"released": 1}
    assert kinds_of_holders(photos) == {"project": 3}


def test_it_survives_its_projects_purge(anna: Api, photos: list[File], now: datetime) -> None:
    id = project(anna, photos)
    put(anna, "line-1", id)
    before = anna("GET", "/cart-items/line-1").json()
    anna("DELETE", f"/projects/{id}")
    projects.sweep_slice(row_keys=[head_row(id)], dry_run=False, now=now + timedelta(days=31))
    assert kinds_of_holders(photos) == {"cart": 3}
    assert without_urls(anna("GET", "/cart-items/line-1").json()) == without_urls(before)
    assert put(anna, "line-1", id, version=1).status_code == 200
    assert put(anna, "line-2", id).json()["code"] == "project-not-found"


def test_a_trashed_project_is_restored_before_it_is_put(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos)
    anna("DELETE", f"/projects/{id}")
    refused = put(anna, "line-1", id)
    assert (refused.status_code, refused.json()["code"]) == (409, "project-not-active")


def test_each_owner_has_lines_of_their_own(api: Caller) -> None:
    anna, bob, shop = api(), api(customer="bob"), api(customer=None)
    put(anna, "1", project(anna))
    put(bob, "1", project(bob, title="Norway"))
    assert anna("GET", "/cart-items/1").json()["name"] == "Iceland"
    assert bob("GET", "/cart-items/1").json()["name"] == "Norway"
    assert shop("GET", "/cart-items/1?customer=bob").json()["name"] == "Norway"
    assert bob("DELETE", "/cart-items/1").status_code == 204
    assert anna("GET", "/cart-items/1").status_code == 200


def test_a_foreign_project_is_no_ones_to_put(api: Caller) -> None:
    id = project(api())
    assert put(api(customer="bob"), "1", id).json()["code"] == "project-not-found"
    answer = api(customer=None)("PUT", "/cart-items/1?customer=bob", {"project": id})
    assert answer.json()["code"] == "project-not-found"


def test_the_list_goes_by_ids_in_pages(anna: Api) -> None:
    id = project(anna)
    for line in ("c", "a", "b"):
        put(anna, line, id)
    first = anna("GET", "/cart-items?limit=2").json()
    assert [item["id"] for item in first["items"]] == ["a", "b"]
    rest = anna("GET", f"/cart-items?limit=2&cursor={first['next_cursor']}").json()
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == (["c"], None)


@pytest.mark.parametrize("line", ["-x", "a b", "a%2Fb", "a%23b", "ü", "x" * 129, "%00"])
def test_an_id_is_of_few_signs(anna: Api, line: str) -> None:
    refused = put(anna, line, "01J9ZQ6W0Z2V5T8K3M4N7P1R6S")
    assert refused.status_code in (404, 422)
    if refused.status_code == 422:
        assert refused.json()["field"] == "cart_item"


def test_an_id_may_be_a_guid_or_a_number_with_signs(anna: Api) -> None:
    id = project(anna)
    for line in ("7", "b1946ac9-2492-4d23-8f6c-1a2b3c4d5e6f", "cart:42|3", "a.b~c@d+e=f_g"):
        assert put(anna, line, id).status_code == 201
        assert anna("GET", f"/cart-items/{line}").json()["id"] == line


def test_many_photos_follow_by_cursor(anna: Api, photos: list[File], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.rules.URLS_AT_ONCE", 2)
    id = project(anna, photos)
    put(anna, "line-1", id)
    loaded = anna("GET", "/cart-items/line-1?urls=none").json()
    assert list(loaded["files"]) == ["photo-0000", "photo-0001"]
    rest = anna("GET", f"/cart-items/line-1/files?cursor={loaded['files_cursor']}").json()
    assert (list(rest["files"]), rest["files_cursor"]) == (["photo-0002"], None)
    save(anna, id, photos, "Norway")
    put(anna, "line-1", id)
    stale = anna("GET", f"/cart-items/line-1/files?cursor={loaded['files_cursor']}")
    assert (stale.status_code, stale.json()["field"]) == (422, "cursor")


def test_photos_of_others_that_the_project_holds_are_held_for_the_cart_too(api: Caller, now: datetime) -> None:
    """As in a copy of a shared project, whose own photos they are not."""
    (theirs,) = stored_photos(1, customer("bob"))
    shared = project(api(customer="bob"), [theirs])
    draft = Draft("A copy", b"{}", {"cover": theirs.id})
    copied = projects.create(
        draft=draft, owner="customer:anna", principal=customer(), now=now, source=f"project:{shared}"
    )
    assert put(api(), "line-1", copied.id).status_code == 201
    assert kinds_of_holders([theirs]) == {"project": 2, "cart": 1}
    assert api()("GET", "/cart-items/line-1").json()["files"]["cover"]["id"] == theirs.id


def test_a_photo_that_the_table_cannot_hold_refuses_the_put_and_leaves_nothing(
    anna: Api, photos: list[File], now: datetime
) -> None:
    id = project(anna, photos)
    crowd = {f"hold:{number}" for number in range(99)}
    table.update(FileRow, file_row(photos[0].id), [FileRow.holders.add(crowd)], None, File)
    refused = put(anna, "line-1", id)
    assert (refused.status_code, refused.json()["code"]) == (409, "files-unusable")
    assert refused.json()["files"] == [{"id": photos[0].id, "cause": "too many holders"}]
    assert kinds_of_holders(photos)["cart"] == 0
    assert anna("GET", "/cart-items/line-1").status_code == 404
    assert sweep(now + timedelta(hours=2)) == {"released": 1}
    assert sweep(now + timedelta(days=400)) == {}
