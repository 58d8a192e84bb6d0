"""Upload links: the address alone is the right to upload for its owner, and to nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import operations
from imagestore.common import clock
from tests.support.clients import Client
from tests.support.images import Photo, photo
from tests.support.ministack import LocalAws
from tests.support.uploads import post, stored_photos
from tests.support.world import Api, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


class Link:
    """A client that has nothing but the address."""

    def __init__(self, url: str) -> None:
        self._client, self._path = Client(), "/u/" + url.rpartition("/u/")[2]

    def params(self, one: Photo, **headers: str) -> Any:
        query = {"filename": one.name, "type": one.content_type}
        return self._client.get(f"{self._path}/s3/params", query, headers=headers)

    def confirm(self, id: str) -> Any:
        return self._client.post(f"{self._path}/files/{id}/confirm", content_type="application/json")


@pytest.fixture
def link(api: Callable[..., Api]) -> Link:
    return Link(api()("POST", "/upload-links", {"minutes": 5}).json()["url"])


def test_a_link_uploads_for_its_owner_with_no_other_token(link: Link, api: Callable[..., Api]) -> None:
    told = link.params(photo(1)).json()
    assert (told["method"], told["fields"]["key"].startswith("in/")) == ("POST", True)
    assert post(told, photo(1).body) == 201
    assert link.confirm(told["file_id"]).json()["state"] == "stored"
    assert [file["id"] for file in api()("GET", "/files").json()["items"]] == [told["file_id"]]


def test_a_link_reaches_no_file_of_others(link: Link, now: datetime) -> None:
    made = operations.register_form(
        name="a.jpeg", content_type="image/jpeg", owner="customer:bob", principal=customer("bob"), now=now
    )
    assert link.confirm(made.file.id).status_code == 404


def test_a_link_tells_nothing_of_files_that_came_otherwise(link: Link, api: Callable[..., Api], now: datetime) -> None:
    own = stored_photos(1, customer())[0].id
    other = Link(api()("POST", "/upload-links", {"minutes": 6}).json()["url"]).params(photo(1)).json()["file_id"]
    for id in (own, other):
        assert link.confirm(id).json()["code"] == "file-not-found"


def test_a_link_says_why_it_refuses(link: Link) -> None:
    refused = link.params(Photo("a.txt", "text/plain", b""))
    assert (refused.status_code, refused.json()["field"]) == (422, "content_type")
    assert refused["Content-Type"] == "application/problem+json"


def test_a_link_ends_in_its_time(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert link.params(photo(1)).json()["code"] == "token-expired"


def test_no_other_token_is_a_link(api: Callable[..., Api]) -> None:
    guest = api(customer=None)("POST", "/sessions").json()["token"]
    for token in ("nonsense", guest):
        assert Link(f"/u/{token}").params(photo(1)).status_code == 401


def test_pages_of_the_shop_may_use_it_and_others_may_not(link: Link) -> None:
    allowed = link.params(photo(1), Origin="https://acme.example")
    assert allowed["Access-Control-Allow-Origin"] == "https://acme.example"
    assert "Access-Control-Allow-Origin" not in link.params(photo(1), Origin="https://evil.example")


def test_a_link_lives_a_day_at_most(api: Callable[..., Api]) -> None:
    refused = api()("POST", "/upload-links", {"minutes": 1441})
    assert (refused.status_code, refused.json()["field"]) == (422, "minutes")
