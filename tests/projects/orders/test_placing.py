"""Orders over REST: what is ordered is kept as it was, whole, and named when it cannot be printed."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from files import operations as files
from files.operations.registering import Registered
from files.records import File, NewFile
from imagestore.common import clock, objects
from projects import operations as projects
from projects import packing
from projects.keys import head_row
from projects.orders import keys, queries
from projects.orders.errors import SnapshotDamaged
from projects.orders.records import Order
from tests.support.images import photo
from tests.support.ordering import copies, design, holders, kinds_of_holders, order, project, put, save, sweep
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.world import Api, customer, make_shop

Caller = Callable[..., Api]
UNKNOWN = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


def known(id: str) -> Order:
    found = queries.find_order(id)
    assert found is not None
    return found


def registered() -> str:
    """A photo whose bytes have not come."""
    wanted = [NewFile(**photo(8).announcement)]  # type: ignore[arg-type]
    (item,) = files.register(wanted=wanted, owner="customer:anna", principal=customer(), now=clock.now())
    assert isinstance(item, Registered)
    return item.file.id


def canonical(id: str) -> bytes:
    """The stored bytes, unpacked."""
    packed = objects.read(keys.snapshot_object("acme", id))
    assert packed is not None
    return packing.unpack(packed)


def test_an_order_tells_what_was_ordered_and_its_hash(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos)
    answer = order(anna, {"project": id, "quantity": 2, "product": "book-a4"}, reference="A-1001")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert answer["Location"] == f"/api/v1/orders/{told['id']}"
    assert (told["state"], told["reference"], told["customer"]) == ("placed", "A-1001", "anna")
    assert (told["item_count"], told["photo_count"]) == (1, 3)
    assert told["bytes"] == sum(photo.size for photo in photos)
    assert told["items"] == [
        {
            "number": 1, "project": id, "version": 1, "name": "Iceland", "product": "book-a4", "quantity": 2,
            "photos": 3,
        }
    ]  # fmt: skip
    assert [step["state"] for step in told["steps"]] == ["placed"]
    assert told["steps"][0]["by"] == "customer:acme:anna"
    assert told["sha256"] == hashlib.sha256(canonical(told["id"])).hexdigest()
    assert anna("GET", f"/orders/{told['id']}").json() == told
    assert kinds_of_holders(photos) == {"project": 3, "order": 3}


def test_the_snapshot_has_documents_placements_and_facts_of_photos(anna: Api, photos: list[File]) -> None:
    first, second = project(anna, photos[:2]), project(anna, photos[1:], "Norway")
    id = order(anna, {"project": first}, {"project": second, "quantity": 3}).json()["id"]
    snapshot = queries.snapshot_of(known(id))
    assert [(item.number, item.name, item.quantity) for item in snapshot.items] == [(1, "Iceland", 1), (2, "Norway", 3)]
    assert orjson.loads(snapshot.items[1].document) == design(photos[1:], "Norway")["document"]
    assert dict(snapshot.items[0].files) == design(photos[:2])["files"]
    assert [(one.alias, one.page, one.width_mm) for one in snapshot.items[0].placements] == [
        ("photo-0000", 1, 210.0), ("photo-0001", 2, 210.0),
    ]  # fmt: skip
    assert set(snapshot.files) == {photo.id for photo in photos}
    for one in photos:
        kept = snapshot.files[one.id]
        assert (kept.sha256, kept.size, kept.width, kept.height) == (one.sha256, one.size, 64, 48)
        assert (kept.name, kept.content_type, kept.object_version) == (one.name, one.content_type, one.object_version)


def test_canonical_json_has_sorted_members_and_the_document_as_it_was_saved(anna: Api) -> None:
    document = {"z": 1, "a": {"é": [1.5, None]}}
    saved = anna("POST", "/projects", {"document": document}).json()["id"]
    id = order(anna, {"project": saved}).json()["id"]
    told = orjson.loads(canonical(id))
    assert canonical(id) == orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    assert told["items"][0]["document"] == '{"z":1,"a":{"é":[1.5,null]}}'


def test_a_snapshot_that_is_not_what_was_ordered_is_told(anna: Api) -> None:
    id = order(anna, {"project": project(anna)}).json()["id"]
    found = known(id)
    key = keys.snapshot_object("acme", id)
    objects.remove(key)
    with pytest.raises(SnapshotDamaged, match="not in storage"):
        queries.snapshot_of(found)
    objects.put_new(key, packing.pack(b"{}"), "application/zstd")
    with pytest.raises(SnapshotDamaged, match="not the one"):
        queries.snapshot_of(found)


def test_an_order_of_cart_items_takes_what_lies_there(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos[:1])
    put(anna, "line-1", id, quantity=4, product="book-a4")
    save(anna, id, photos[1:], "Norway")
    made = order(anna, {"cart_item": "line-1"}, {"cart_item": "line-1", "quantity": 1, "product": "proof"}).json()
    assert [(item["version"], item["quantity"], item["product"]) for item in made["items"]] == [
        (1, 4, "book-a4"), (1, 1, "proof"),
    ]  # fmt: skip
    assert kinds_of_holders(photos[:1]) == {"project": 1, "cart": 1, "order": 1}
    anna("DELETE", "/cart-items/line-1")
    assert anna("GET", f"/orders/{made['id']}").json() == made


def test_an_older_version_is_ordered_by_its_number(anna: Api, photos: list[File]) -> None:
    id = project(anna, photos[:1])
    save(anna, id, photos[1:])
    assert order(anna, {"project": id, "version": 1}).json()["photo_count"] == 1
    missing = order(anna, {"project": id, "version": 9})
    assert (missing.status_code, missing.json()["field"]) == (404, "items.0.version")


def test_whatever_becomes_of_the_project_the_order_stays_byte_for_byte(
    anna: Api, photos: list[File], now: datetime
) -> None:
    id = project(anna, photos)
    made = order(anna, {"project": id}).json()
    bytes_before = canonical(made["id"])
    save(anna, id, photos[:1], "Norway")
    anna("DELETE", f"/projects/{id}")
    projects.sweep_slice(row_keys=[head_row(id)], dry_run=False, now=now + timedelta(days=31))
    assert anna("GET", f"/projects/{id}").status_code == 404
    assert kinds_of_holders(photos) == {"order": 3}
    assert canonical(made["id"]) == bytes_before
    assert anna("GET", f"/orders/{made['id']}").json() == made


def test_photos_that_cannot_be_printed_are_named_before_anything_is_held(
    anna: Api, photos: list[File], now: datetime
) -> None:
    (undecoded,) = store_undecoded([photo(7)], customer())
    announced = registered()
    used = {"a": photos[0].id, "b": undecoded.id, "c": announced}
    good = project(anna, photos[:1])
    bad = anna("POST", "/projects", {"document": {}, "files": used}).json()["id"]
    refused = order(anna, {"project": good}, {"project": bad})
    assert (refused.status_code, refused.json()["code"]) == (409, "photos-not-printable")
    assert refused.json()["files"] == [
        {"item": 1, "alias": "b", "id": undecoded.id, "cause": "undecoded"},
        {"item": 1, "alias": "c", "id": announced, "cause": "registered"},
    ]
    assert refused.json()["field"] == "items.1"
    assert all(not holder.startswith("order:") for holder in holders(photos[0]))
    assert copies() == []
    assert anna("GET", "/orders").json()["items"] == []


@pytest.mark.parametrize(
    ("items", "status", "field"),
    [
        ([{}], 422, "items.0"),
        ([{"cart_item": "line-1", "project": UNKNOWN}], 422, "items.0"),
        ([{"cart_item": "line-1", "version": 1}], 422, "items.0.version"),
        ([{"cart_item": "line-9"}], 404, "items.0.cart_item"),
        ([{"project": UNKNOWN}], 404, "items.0.project"),
        ([{"project": UNKNOWN, "quantity": 0}], 422, "items.0.quantity"),
        ([], 422, "items"),
        ([{"project": UNKNOWN}] * 101, 422, "items"),
    ],
)
def test_a_refusal_names_the_item(anna: Api, items: list[Any], status: int, field: str) -> None:
    refused = order(anna, *items)
    assert (refused.status_code, refused.json()["field"]) == (status, field)


def test_a_foreign_project_or_cart_item_is_not_ordered(api: Caller) -> None:
    anna, bob, shop = api(), api(customer="bob"), api(customer=None)
    id = project(anna)
    put(anna, "line-1", id)
    assert order(bob, {"project": id}).status_code == 404
    assert order(bob, {"cart_item": "line-1"}).status_code == 404
    assert shop("POST", "/orders?customer=bob", {"items": [{"project": id}]}).status_code == 404
    made = shop("POST", "/orders?customer=anna", {"items": [{"project": id}]})
    assert made.json()["customer"] == "anna"
    assert anna("GET", f"/orders/{made.json()['id']}").status_code == 200
    assert bob("GET", f"/orders/{made.json()['id']}").status_code == 404


def test_too_many_photos_or_too_large_documents_are_refused_with_the_limit(
    anna: Api, photos: list[File], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = project(anna, photos)
    with monkeypatch.context() as smaller:
        smaller.setattr("projects.orders.rules.MOST_PHOTOS", 2)
        refused = order(anna, {"project": id}).json()
        assert (refused["field"], refused["limit"], refused["photos"]) == ("items", 2, 3)
    monkeypatch.setattr("projects.orders.rules.MOST_DOCUMENT_BYTES", 10)
    refused = order(anna, {"project": id}).json()
    assert (refused["code"], refused["field"], refused["limit"]) == ("order-invalid", "items", 10)


def test_a_call_repeated_with_its_key_places_one_order_whatever_became_of_the_cart(
    anna: Api, photos: list[File]
) -> None:
    put(anna, "line-1", project(anna, photos))
    first = order(anna, {"cart_item": "line-1"}, key="k-1")
    anna("DELETE", "/cart-items/line-1")
    again = order(anna, {"cart_item": "line-1"}, key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert kinds_of_holders(photos)["order"] == 3
    other = order(anna, {"cart_item": "line-2"}, key="k-1")
    assert other.json()["code"] == "idempotency-key-reused"


def test_a_refused_order_leaves_its_key_free(anna: Api, photos: list[File]) -> None:
    (undecoded,) = store_undecoded([photo(7)], customer())
    id = project(anna, [*photos, undecoded])
    assert order(anna, {"project": id}, key="k-1").status_code == 409
    assert order(anna, {"project": id}, key="k-1").json()["code"] == "photos-not-printable"


def test_the_list_is_the_owners_newest_first_with_states(api: Caller) -> None:
    anna = api()
    id = project(anna)
    made = [order(anna, {"project": id}).json()["id"] for _ in range(4)]
    anna("POST", f"/orders/{made[1]}/cancel")
    assert [one["id"] for one in anna("GET", "/orders").json()["items"]] == made[::-1]
    cancelled = anna("GET", "/orders?state=cancelled").json()
    assert [one["id"] for one in cancelled["items"]] == [made[1]]
    first = anna("GET", "/orders?state=placed&state=paid&limit=2").json()
    assert [one["id"] for one in first["items"]] == [made[3], made[2]]
    rest = anna("GET", f"/orders?state=placed&state=paid&limit=2&cursor={first['next_cursor']}").json()
    assert [one["id"] for one in rest["items"]] == [made[0]]
    assert anna("GET", f"/orders?cursor={first['next_cursor']}").json()["field"] == "cursor"
    assert api(customer="bob")("GET", "/orders").json()["items"] == []
    assert len(api(customer=None)("GET", "/orders?customer=anna").json()["items"]) == 4


def test_an_order_without_photos_is_one(anna: Api, now: datetime) -> None:
    made = order(anna, {"project": project(anna)}).json()
    assert (made["photo_count"], made["bytes"]) == (0, 0)
    assert sweep(now + timedelta(hours=1)) == {}
