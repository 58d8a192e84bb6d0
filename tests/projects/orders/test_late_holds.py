"""A process that is so slow that it was taken for dead, and then dies while it holds the last photos: the sweep looks
once more, and lets them go."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from files.records import File
from projects import file_holds
from tests.support.ordering import copies, kinds_of_holders, order, project, put, rows, sweep
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, customer, make_shop

TAKEN_FOR_DEAD, MUCH_LATER = timedelta(minutes=16), timedelta(minutes=90)
Deed = Callable[[Api, str], Answer]
DEEDS: dict[str, Deed] = {
    "a put": lambda anna, id: put(anna, "line-1", id),
    "an order": lambda anna, id: order(anna, {"project": id}, reference="A-1"),
}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(4, customer())


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[..., None]:
    """From now on the sweep comes when half of the photos are held; `then` is done when all are."""
    take = file_holds.take

    def begin(then: Callable[[], None]) -> None:
        def slowly(*, photos: Collection[str], **more: Any) -> None:
            half = len(photos) // 2
            take(photos=sorted(photos)[:half], **more)
            assert sweep(now + TAKEN_FOR_DEAD) == {"released": 1}
            take(photos=sorted(photos)[half:], **more)
            then()

        monkeypatch.setattr(file_holds, "take", slowly)

    return begin


def power_cut() -> None:
    raise SystemExit


@pytest.mark.parametrize("deed", DEEDS)
def test_what_it_held_last_is_let_go_by_a_second_look(
    api: Callable[..., Api], photos: list[File], now: datetime, slow: Callable[..., None], deed: str
) -> None:
    anna, kind = api(), "cart" if deed == "a put" else "order"
    id = project(anna, photos)
    slow(then=power_cut)
    with pytest.raises(SystemExit):
        DEEDS[deed](anna, id)
    assert kinds_of_holders(photos)[kind] == 2
    assert sweep(now + TAKEN_FOR_DEAD + timedelta(minutes=1)) == {}
    assert sweep(now + MUCH_LATER) == {"released": 1}
    assert kinds_of_holders(photos) == {"project": 4}
    assert copies() == []
    (tombstone,) = rows("PIN#", "ORDER")
    assert tombstone["state"] == {"S": "gone"}
    assert sweep(now + timedelta(days=900)) == {}


@pytest.mark.parametrize("deed", DEEDS)
def test_one_that_lives_is_told_and_lets_go_itself(
    api: Callable[..., Api], photos: list[File], now: datetime, slow: Callable[..., None], deed: str
) -> None:
    anna = api()
    id = project(anna, photos)
    slow(then=lambda: None)
    refused = DEEDS[deed](anna, id)
    assert (refused.status_code, refused.json()["code"]) in ((503, "cart-item-busy"), (503, "order-busy"))
    assert kinds_of_holders(photos) == {"project": 4}
    assert anna("GET", "/orders").json()["items"] == anna("GET", "/cart-items").json()["items"] == []
    assert sweep(now + MUCH_LATER) == {"released": 1}
    assert sweep(now + timedelta(days=900)) == {}
