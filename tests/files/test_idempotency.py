"""`Idempotency-Key`: the same call makes the same files once, whatever was lost on the way."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys, operations, queries
from files.models import OwnerRow
from files.records import Usage
from imagestore.common import account, clock, idempotency, objects, table, transaction
from imagestore.common.rows import Item
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.uploads import put
from tests.support.world import Api, customer, make_shop

BODY: dict[str, Any] = {"files": [photo(number).announcement for number in range(3)]}


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


def register(who: Api, key: str, body: object = BODY, path: str = "/files") -> Any:
    return who("POST", path, body, Idempotency_Key=key)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 201, answer.content
    return [item["file"]["id"] for item in answer.json()["items"]]


def usage() -> Usage:
    return table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True) or Usage()


def test_a_repeat_answers_the_same_files_reserves_nothing_and_signs_again(anna: Api) -> None:
    first, second = register(anna, "k-1"), register(anna, "k-1")
    assert ids(first) == ids(second)
    assert usage().used_files == 3
    upload = second.json()["items"][0]["upload"]
    assert put(upload, photo(0).body) == 200


def test_what_is_stored_by_then_is_answered_without_an_upload(anna: Api) -> None:
    (file, *_) = ids(register(anna, "k-1"))
    objects.put_new(keys.object_key("acme", file), photo(0).body, "image/jpeg")
    operations.confirm_upload(id=file, principal=customer(), now=clock.now())
    item = register(anna, "k-1").json()["items"][0]
    assert (item["file"]["state"], item["upload"]) == ("stored", None)


def test_the_record_joins_the_reservation_and_costs_no_request(anna: Api) -> None:
    register(anna, "k-0")
    anna("POST", "/files", BODY)
    with account.measure() as work:
        register(anna, "k-1")
    with account.measure() as plain:
        anna("POST", "/files", BODY)
    assert work.dynamodb_requests == plain.dynamodb_requests


def test_of_sixteen_at_the_same_moment_one_reserves(anna: Api) -> None:
    answers = together(*[lambda: register(anna, "k-1") for _ in range(16)])
    made = {tuple(ids(answer)) for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert usage().used_files == 3


def test_another_body_or_route_with_the_key_is_refused(anna: Api) -> None:
    register(anna, "k-1")
    for other in (
        register(anna, "k-1", {"files": [photo(9).announcement]}),
        register(anna, "k-1", BODY, "/files?customer=anna"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        assert other.json()["field"] == "Idempotency-Key"
    assert usage().used_files == 3


def test_another_customers_key_is_another(anna: Api, api: Callable[..., Api]) -> None:
    assert ids(register(anna, "k-1")) != ids(register(api(customer="bob"), "k-1"))


@pytest.mark.parametrize("key", ["", " ", "ü", "x" * 256, "two\tcolumns"])
def test_a_key_is_printable_and_short(anna: Api, key: str) -> None:
    refused = register(anna, key)
    assert refused.status_code == 422
    assert refused.json()["field"] == "Idempotency-Key"
    assert usage() == Usage()


def crash(monkeypatch: pytest.MonkeyPatch, anna: Api) -> None:
    """The first call dies between its reservation and its rows."""

    def died(rows: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(transaction, "put_missing", died)
        with pytest.raises(KeyboardInterrupt):
            register(anna, "k-1")


def test_a_first_call_that_died_is_finished_by_a_repeat(anna: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(monkeypatch, anna)
    early = register(anna, "k-1")
    assert (early.status_code, early.json()["code"]) == (409, "request-under-way")
    assert int(early["Retry-After"]) > 0
    after(timedelta(minutes=2), monkeypatch)
    made = ids(register(anna, "k-1"))
    assert len(queries.files_by_id(made)) == 3
    assert ids(register(anna, "k-1")) == made
    assert usage().used_files == 3


def test_a_slow_first_call_overwrites_nothing_of_what_a_repeat_finished(
    anna: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_missing = transaction.put_missing
    repeated: list[str] = []

    def overtaken(rows: Sequence[Item]) -> None:
        monkeypatch.setattr(transaction, "put_missing", put_missing)
        with monkeypatch.context() as later:
            after(timedelta(minutes=2), later)
            repeated.extend(ids(register(anna, "k-1")))
        operations.hold(ids=repeated, holder="project:P", shop="acme", owner="customer:anna")
        put_missing(rows)

    monkeypatch.setattr(transaction, "put_missing", overtaken)
    assert ids(register(anna, "k-1")) == repeated
    assert {file.holders for file in queries.files_by_id(repeated).values()} == {frozenset({"project:P"})}
    assert usage().used_files == 3


def after(lapse: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + lapse
    monkeypatch.setattr(clock, "now", lambda: later)


def test_a_key_is_forgotten_after_a_day(anna: Api, api: Callable[..., Api], monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids(register(anna, "k-1"))
    after(timedelta(hours=25), monkeypatch)
    assert ids(register(api(), "k-1")) != first


def test_a_visit_has_keys_too(api: Callable[..., Api], now: datetime) -> None:
    guest = api(customer=None, session="V-1")
    guest("POST", "/sessions")
    assert ids(register(guest, "k-1")) == ids(register(guest, "k-1"))
    guest("DELETE", "/sessions/V-1")
    assert {register(guest, key).json()["code"] for key in ("k-1", "k-2")} == {"visit-over"}


@pytest.fixture
def shop_server(api: Callable[..., Api]) -> Api:
    return api(customer=None)


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/sessions", {}, {"customer": "anna"}),
        ("/sessions/V-1/handoffs", {"minutes": 5}, {"minutes": 6}),
        ("/upload-links?customer=anna", {"minutes": 5}, {"minutes": 6}),
    ],
)
def test_a_session_a_handoff_and_a_link_are_made_once_for_a_key(
    shop_server: Api, api: Callable[..., Api], path: str, body: object, other: object
) -> None:
    api(customer=None, session="V-1")("POST", "/sessions")
    first = register(shop_server, "k-1", body, path)
    assert first.status_code == 201
    assert register(shop_server, "k-1", body, path).json() == first.json()
    refused = register(shop_server, "k-1", other, path)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    another = register(shop_server, "k-2", body, path)
    # Two links of one second are the same: nothing but their words is theirs.
    assert another.json() != first.json() or path.startswith("/upload-links")


@pytest.mark.parametrize("path", ["/sessions", "/sessions/V-1/handoffs"])
def test_the_record_of_a_session_or_handoff_costs_no_request_and_keeps_no_token(
    shop_server: Api, api: Callable[..., Api], path: str
) -> None:
    api(customer=None, session="V-1")("POST", "/sessions")
    shop_server("POST", path, {})
    with account.measure() as keyed:
        made = register(shop_server, "k-1", {}, path).json()
    with account.measure() as plain:
        shop_server("POST", path, {})
    assert keyed.dynamodb_requests == plain.dynamodb_requests
    asked = idempotency.asked("k-1", scope="acme\nshop", route=f"POST /api/v1{path}", body=b"{}")
    assert asked is not None
    assert idempotency.recorded(asked).ids == [made["id"]]


def test_what_a_key_made_is_answered_after_the_visit_was_claimed(shop_server: Api) -> None:
    opened = register(shop_server, "k-1", {}, "/sessions").json()
    handoffs = f"/sessions/{opened['id']}/handoffs"
    made = register(shop_server, "k-2", {}, handoffs).json()
    shop_server("POST", f"/sessions/{opened['id']}/claim?customer=anna")
    again = register(shop_server, "k-1", {}, "/sessions").json()
    assert (again["id"], again["state"], again["token"]) == (opened["id"], "claimed", opened["token"])
    assert register(shop_server, "k-2", {}, handoffs).json() == made
    assert register(shop_server, "k-3", {}, handoffs).json()["code"] == "session-closed"


def test_of_sixteen_with_one_key_at_the_same_moment_one_opens_a_session(shop_server: Api) -> None:
    answers = together(*[lambda: register(shop_server, "k-1", {}, "/sessions") for _ in range(16)])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_guests_open_visit_is_answered_and_the_key_is_bound_to_the_call(api: Callable[..., Api]) -> None:
    guest = api(customer=None, session="V-1")
    guest("POST", "/sessions")
    assert register(guest, "k-1", {}, "/sessions").json()["id"] == "V-1"
    assert register(guest, "k-1", {}, "/sessions").json()["id"] == "V-1"
    assert register(guest, "k-1", {"customer": None}, "/sessions").json()["code"] == "idempotency-key-reused"
