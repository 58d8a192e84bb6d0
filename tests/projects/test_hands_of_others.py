"""Carts, orders and shares when a project is moved, or its customer erased; on moto."""

from collections.abc import Callable

import pytest

from files.records import File, FileState
from imagestore.common import clock
from imagestore.common.principal import command
from projects import operations
from projects.holder_kinds import HOLDER_KINDS
from projects.records import Erasure
from tests.support import ordering
from tests.support.hands import OTTO, WHY, charged, known, owners
from tests.support.shares import Link, share
from tests.support.uploads import stored_photos
from tests.support.visits import usage
from tests.support.world import Answer, Api, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, customer())


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


@pytest.fixture
def bob(api: Callable[..., Api]) -> Api:
    return api(customer="bob")


def erase(who: str = "anna") -> Erasure:
    return operations.erase_owner(
        shop="acme",
        owner=f"customer:{who}",
        principal=command("tests"),
        reason=WHY,
        now=clock.now(),
        kinds=HOLDER_KINDS,
    )


def move(project: str) -> int:
    return operations.move(id=project, customer="bob", principal=OTTO, reason=WHY, now=clock.now(), kinds=HOLDER_KINDS)


def copied(shared: Answer, who: str = "bob") -> str:
    """The id of the copy that a recipient makes by the link."""
    answer = Link(shared, customer=who)("POST", "/copy")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_a_recipients_copy_survives_the_owners_erasure_and_the_link_dies(
    photos: list[File], anna: Api, bob: Api
) -> None:
    project = ordering.project(anna, photos)
    shared = share(anna, project, "copy")
    copy = copied(shared)
    erased = erase()
    assert (erased.projects, erased.handed_over, erased.complete) == (1, 2, True)
    loaded = bob("GET", f"/projects/{copy}").json()
    assert {file["url"] is not None for file in loaded["files"].values()} == {True}
    assert {file["name"] for file in loaded["files"].values()} == {"photo.jpg"}
    assert Link(shared)().status_code == 404
    assert Link(shared, customer="bob")("POST", "/copy").status_code == 404
    assert usage("bob") == charged(*photos)


def test_the_customers_cart_is_emptied_and_what_only_it_needed_goes(photos: list[File], anna: Api) -> None:
    project = ordering.project(anna, photos)
    ordering.put(anna, "line-1", project)
    erased = erase()
    assert (erased.ended, erased.files, erased.complete) == ({"cart items": 1}, 2, True)
    assert anna("GET", "/cart-items").json()["items"] == []
    assert {known(photo).state for photo in photos} == {FileState.GONE}
    assert ordering.copies() == []


def test_the_customers_orders_stay_and_are_named(photos: list[File], anna: Api) -> None:
    project = ordering.project(anna, photos)
    copied(share(anna, project, "copy"))
    order = ordering.order(anna, {"project": project}).json()["id"]
    erased = erase()
    assert erased.kept == {photo.id: f"order:{order}" for photo in photos}
    assert (erased.complete, owners(photos)) == (True, ["anna", "anna"])
    assert anna("GET", f"/orders/{order}").status_code == 200


def test_who_has_only_a_cart_item_or_an_order_of_a_copy_inherits(photos: list[File], anna: Api, bob: Api) -> None:
    project = ordering.project(anna, photos)
    copy = copied(share(anna, project, "copy"))
    ordering.put(bob, "line-1", copy)
    order = ordering.order(bob, {"cart_item": "line-1"}).json()["id"]
    operations.erase_owner(shop="acme", owner="customer:carol", principal=command("tests"), reason=WHY, now=clock.now())
    assert bob("DELETE", f"/projects/{copy}").status_code == 204
    erase()
    assert owners(photos) == ["bob", "bob"]
    assert bob("GET", f"/orders/{order}").status_code == 200


@pytest.mark.parametrize("kept_by", ["cart", "order"])
def test_a_move_leaves_a_photo_with_whose_cart_item_or_order_needs_it(
    photos: list[File], anna: Api, bob: Api, kept_by: str
) -> None:
    project = ordering.project(anna, photos[:1])
    if kept_by == "cart":
        ordering.put(anna, "line-1", project)
    else:
        ordering.order(anna, {"project": project})
    ordering.save(anna, project, photos)
    assert move(project) == 1
    assert owners(photos) == ["anna", "bob"]
    assert bob("GET", f"/projects/{project}").status_code == 200
    assert anna("GET", f"/projects/{project}").status_code == 404


def test_a_link_to_a_moved_project_leads_to_it_still(photos: list[File], anna: Api, bob: Api) -> None:
    project = ordering.project(anna, photos)
    shared = share(anna, project)
    move(project)
    assert Link(shared)().status_code == 200
    assert bob("GET", f"/projects/{project}/shares").json()["items"]
