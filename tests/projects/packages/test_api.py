"""The REST routes of packages, seen by customers, on the real local AWS."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import urllib3

from imagestore.common import clock
from tests.support.ministack import LocalAws
from tests.support.packages import ANNA, manifest_in, opened, project_of
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Answer, Api, Sent, make_shop

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shops(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def project(sent: list[Sent]) -> str:
    made = project_of(stored_photos(2, ANNA), name="Iceland / Ísland")
    sent.clear()
    return made


def ask(api: Caller, project: str, **body: object) -> Answer:
    return api()("POST", f"/projects/{project}/packages", body)


def test_a_customer_downloads_a_project_as_a_zip(api: Caller, project: str, sent: list[Sent]) -> None:
    asked = ask(api, project)
    assert asked.status_code == 202
    told = asked.json()
    assert (told["state"], told["files"], told["files_done"], told["url"]) == ("building", 2, 0, None)
    deliver(sent)
    read = api()("GET", asked["Location"].removeprefix("/api/v1"))
    package = read.json()
    assert (read.status_code, package["state"], package["files_done"]) == (200, "ready", 2)
    answer = urllib3.request("GET", package["url"])
    assert (answer.status, len(answer.data)) == (200, package["size"])
    assert answer.headers["Content-Type"] == "application/zip"
    name = "attachment; filename*=UTF-8''Iceland%20%2F%20%C3%8Dsland.zip"
    assert answer.headers["Content-Disposition"] == name
    assert next(iter(opened(answer.data))) == "manifest.json"
    expires = datetime.fromisoformat(package["expires_at"])
    assert timedelta(0) < expires - clock.now() <= timedelta(minutes=15)


def test_who_asks_again_gets_it_at_once_and_nothing_is_built(api: Caller, project: str, sent: list[Sent]) -> None:
    first = ask(api, project).json()
    deliver(sent)
    again = ask(api, project)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, first["id"], "ready")
    assert again.json()["url"]
    assert sent == []


def test_pages_may_be_chosen_in_any_order(api: Caller, project: str, sent: list[Sent]) -> None:
    chosen = ask(api, project, pages=[2, 1, 2]).json()
    assert chosen["pages"] == [1, 2]
    assert ask(api, project, pages=[1, 2]).json()["id"] == chosen["id"]
    whole = ask(api, project).json()
    assert (whole["pages"], whole["id"] != chosen["id"]) == (None, True)
    deliver(sent)
    body = urllib3.request("GET", url_of(api, chosen["id"])).data
    assert manifest_in(body)["pages"] == [1, 2]


def url_of(api: Caller, id: str) -> str:
    return str(api()("GET", f"/packages/{id}").json()["url"])


@pytest.mark.parametrize(
    ("pages", "field"), [([], "pages"), ([0], "pages.0"), (["1"], "pages.0"), ([1] * 201, "pages"), ([99], "pages")]
)
def test_pages_that_are_none_name_the_field(api: Caller, project: str, pages: list[object], field: str) -> None:
    answer = ask(api, project, pages=pages)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_repeat_with_its_key_answers_the_same(api: Caller, project: str) -> None:
    path = f"/projects/{project}/packages"
    first = api()("POST", path, {}, Idempotency_Key="once")
    again = api()("POST", path, {}, Idempotency_Key="once")
    assert first.json()["id"] == again.json()["id"]
    other = api()("POST", path, {"pages": [1]}, Idempotency_Key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_a_shop_s_own_server_may_ask_too(api: Caller, project: str) -> None:
    asked = api(customer=None)("POST", f"/projects/{project}/packages", {})
    assert asked.status_code == 202
    assert api()("GET", f"/packages/{asked.json()['id']}").status_code == 200


def test_a_token_that_may_only_read_asks_for_none(api: Caller, project: str) -> None:
    answer = api(scopes=["projects:read"])("POST", f"/projects/{project}/packages", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
