"""What the owner of a project does with its shares, on moto."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from imagestore.common import account, aws, clock
from projects.shares import rules, tokens
from projects.shares.keys import digest
from tests.support.shares import PASSWORD, Link, create, share
from tests.support.world import Api, make_shop

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def project(anna: Api) -> str:
    return create(anna)


def listed(who: Api, project: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = who("GET", f"/projects/{project}/shares").json()["items"]
    return items


def all_rows() -> str:
    return str(aws.dynamodb().scan(TableName=settings.IMAGESTORE_TABLE, ConsistentRead=True)["Items"])


def test_a_project_is_shared_by_an_address(anna: Api, project: str) -> None:
    shared = share(anna, project, label="For Grandma").json()
    assert shared["url"] == f"http://testserver/shared/{shared['token']}"
    assert Link(shared["url"])().json()["name"] == "Iceland"


def test_the_address_is_that_of_the_public_door(anna: Api, project: str, settings: Settings) -> None:
    settings.IMAGESTORE_PUBLIC_URL = "https://photos.example"
    assert share(anna, project).json()["url"].startswith("https://photos.example/shared/")


def test_every_token_is_another_one_of_256_bits(anna: Api, project: str) -> None:
    made = {share(anna, project, key=key).json()["token"] for key in ("", "", "k-1", "k-2")}
    assert len(made) == 4
    assert all(tokens.TOKEN.fullmatch(token) for token in made)


def test_the_list_tells_everything_but_the_address(anna: Api, project: str, now: datetime) -> None:
    ends = (now + timedelta(days=7)).replace(microsecond=0)
    shared = share(anna, project, "edit", label="For Grandma", password=PASSWORD, expires_at=ends.isoformat()).json()
    share(anna, project)
    newest, told = listed(anna, project)
    assert (newest["mode"], newest["label"], newest["has_password"], newest["expires_at"]) == ("view", "", False, None)
    assert told == {name: value for name, value in shared.items() if name not in ("url", "token")}
    assert (told["mode"], told["label"], told["has_password"]) == ("edit", "For Grandma", True)
    assert datetime.fromisoformat(told["expires_at"]) == ends
    assert (told["used_at"], told["uses"]) == (None, 0)


@pytest.mark.parametrize("key", ["", "k-1"])
def test_neither_a_token_nor_a_password_stands_in_the_table(anna: Api, project: str, key: str) -> None:
    shared = share(anna, project, password=PASSWORD, key=key)
    assert Link(shared).unlock().status_code == 200
    rows = all_rows()
    assert shared.json()["id"] in rows
    assert shared.json()["token"] not in rows
    assert PASSWORD not in rows
    assert "argon2" in rows


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"mode": "own"}, "mode"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"label": "x" * 101}, "label"),
        ({"label": "For\nGrandma"}, "label"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": (clock.now() + timedelta(days=1)).replace(tzinfo=None).isoformat()}, "expires_at"),
        ({"token": "mine"}, "token"),
    ],
)
def test_what_a_share_cannot_be_is_named(anna: Api, project: str, wanted: dict[str, Any], field: str) -> None:
    refused = share(anna, project, **wanted)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert listed(anna, project) == []


def test_a_project_in_the_trash_is_not_shared(anna: Api, project: str) -> None:
    anna("DELETE", f"/projects/{project}")
    refused = share(anna, project)
    assert (refused.status_code, refused.json()["code"]) == (409, "project-not-active")


def test_making_and_listing_cost_few_requests(anna: Api, project: str) -> None:
    with account.measure() as making:
        share(anna, project)
    with account.measure() as listing:
        listed(anna, project)
    assert (making.dynamodb_requests, listing.dynamodb_requests) == (2, 3)


class TestRepeats:
    def test_a_repeat_answers_the_same_address(self, anna: Api, project: str) -> None:
        first, second = (share(anna, project, password=PASSWORD, key="k").json() for _ in range(2))
        assert first == second
        assert len(listed(anna, project)) == 1

    def test_another_password_with_the_key_is_another_call(self, anna: Api, project: str) -> None:
        share(anna, project, password=PASSWORD, key="k")
        other = share(anna, project, password="another one", key="k")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")

    def test_the_key_of_another_caller_is_another_key(self, anna: Api, api: Caller, project: str) -> None:
        mine = share(anna, project, key="k").json()
        assert share(api(customer=None), project, key="k").json()["id"] != mine["id"]

    def test_a_repeat_makes_no_second_one_of_what_was_revoked(self, anna: Api, project: str) -> None:
        id = share(anna, project, key="k").json()["id"]
        anna("DELETE", f"/projects/{project}/shares/{id}")
        again = share(anna, project, key="k")
        assert (again.status_code, again.json()["code"]) == (409, "share-untold")
        assert listed(anna, project) == []

    def test_a_repeat_is_answered_though_the_project_went_into_the_trash(self, anna: Api, project: str) -> None:
        first = share(anna, project, key="k").json()
        anna("DELETE", f"/projects/{project}")
        assert share(anna, project, key="k").json() == first

    def test_a_repeat_meets_a_rotated_secret_key(self, anna: Api, project: str, settings: Settings) -> None:
        first = share(anna, project, key="k").json()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another one"
        assert tokens.derived_before(first["id"], digest(first["token"])) == first["token"]
        settings.SECRET_KEY_FALLBACKS = []
        assert tokens.derived_before(first["id"], digest(first["token"])) is None
        assert Link(first["url"])().status_code == 200


class TestMostShares:
    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MOST_SHARES", 3)

    def test_one_more_than_there_may_be_is_refused_until_one_is_revoked(self, anna: Api, project: str) -> None:
        ids = [share(anna, project).json()["id"] for _ in range(3)]
        refused = share(anna, project)
        assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (409, "shares-full", 3)
        anna("DELETE", f"/projects/{project}/shares/{ids[0]}")
        assert share(anna, project).status_code == 201

    def test_those_that_have_ended_do_not_count(
        self, anna: Api, project: str, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(2):
            share(anna, project, expires_at=(now + timedelta(minutes=5)).isoformat())
        share(anna, project)
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=10))
        assert len(listed(anna, project)) == 1
        assert [share(anna, project).status_code for _ in range(3)] == [201, 201, 409]

    def test_another_project_has_its_own(self, anna: Api, project: str) -> None:
        for _ in range(3):
            share(anna, project)
        assert share(anna, create(anna)).status_code == 201


class TestForeign:
    @pytest.mark.parametrize("who", [{"customer": "bob"}, {"shop": "other"}, {"customer": None, "session": "V-1"}])
    def test_a_foreign_project_is_not_there(self, anna: Api, api: Caller, project: str, who: dict[str, Any]) -> None:
        make_shop("other")
        id = share(anna, project).json()["id"]
        other = api(**who)
        assert share(other, project).status_code == 404
        assert other("GET", f"/projects/{project}/shares").status_code == 404
        assert other("DELETE", f"/projects/{project}/shares/{id}").status_code == 404
        assert len(listed(anna, project)) == 1

    def test_a_share_is_revoked_by_its_own_project_alone(self, anna: Api, project: str) -> None:
        shared = share(anna, project)
        refused = anna("DELETE", f"/projects/{create(anna)}/shares/{shared.json()['id']}")
        assert (refused.status_code, refused.json()["code"]) == (404, "share-not-found")
        assert Link(shared)().status_code == 200

    def test_the_shops_own_server_may_do_all_of_it(self, api: Caller, project: str) -> None:
        shop = api(customer=None)
        shared = share(shop, project)
        assert Link(shared)().status_code == 200
        assert shop("DELETE", f"/projects/{project}/shares/{shared.json()['id']}").status_code == 204

    def test_reading_is_not_writing(self, api: Caller, project: str) -> None:
        reader = api(scopes=["projects:read"])
        assert share(reader, project).status_code == 403
        assert reader("GET", f"/projects/{project}/shares").status_code == 200
