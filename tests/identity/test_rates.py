"""Every way to call has its rate; what is refused changes nothing and says when to come again."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from imagestore.common.rates import Callers
from imagestore.identity import rates
from tests.support.clients import Client
from tests.support.images import photo
from tests.support.world import Api, make_shop

NEW = {"files": [photo().announcement]}


@pytest.fixture(autouse=True)
def _rates(moto_aws: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IMAGESTORE_REQUEST_RATE, settings.IMAGESTORE_REQUEST_BURST = 1, 3
    monkeypatch.setattr(rates, "_callers", Callers(clock=lambda: 1000.0))
    make_shop()


def statuses(caller: Callable[[], int], calls: int = 5) -> list[int]:
    return [caller() for _ in range(calls)]


def test_a_customer_that_calls_too_fast_is_told_when_to_come_again(api: Callable[..., Api]) -> None:
    anna = api()
    assert statuses(lambda: anna("POST", "/files", NEW).status_code) == [201] * 3 + [429] * 2
    refused = anna("GET", "/files")
    assert (refused["Retry-After"], refused.json()["code"]) == ("1", "too-many-requests")
    assert refused.json()["limit"] == {"calls_per_second": 1, "burst": 3}
    shop = api(customer=None)
    assert len(shop("GET", "/files?customer=anna").json()["items"]) == 3


def test_callers_do_not_count_for_each_other(api: Callable[..., Api]) -> None:
    for who in ({}, {"customer": "bob"}, {"customer": None, "session": "V1"}, {"customer": None, "session": "V2"}):
        assert statuses(lambda who=who: api(**who)("GET", "/files/x").status_code) == [404] * 3 + [429] * 2  # type: ignore[misc]


def test_a_shops_own_server_calls_for_all_its_customers(api: Callable[..., Api]) -> None:
    shop = api(customer=None)
    assert statuses(lambda: shop("GET", "/files/x").status_code, 61) == [404] * 60 + [429]


@pytest.mark.parametrize("place", ["/u/{}/s3/params?filename=a&type=image/jpeg", "/h/{}", "/shared/{}", "/extend/{}"])
def test_a_link_has_its_own(place: str) -> None:
    other = Client().get(place.format("other")).status_code
    found = statuses(lambda: Client().get(place.format("nonsense")).status_code)
    assert found == [other] * 3 + [429] * 2


def test_pages_of_the_shop_can_read_the_refusal(api: Callable[..., Api]) -> None:
    anna = api()
    statuses(lambda: anna("GET", "/files/x").status_code)
    refused = anna("GET", "/files", Origin="https://acme.example")
    assert refused.status_code == 429
    assert "Retry-After" in refused["Access-Control-Expose-Headers"]


def test_a_bad_token_is_refused_as_such_however_often(api: Callable[..., Api]) -> None:
    assert statuses(lambda: api(bearer="nonsense")("GET", "/files").status_code) == [401] * 5
