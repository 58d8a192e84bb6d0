"""`Idempotency-Key`: the same call creates one project, whatever was lost on the way."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from files import queries as file_queries
from files.records import File
from imagestore.common import account, clock
from projects import keys, operations, queries
from projects.operations import creating
from projects.operations.attempts import Attempt
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, customer, make_shop

A_WHILE = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, customer())


def design(*photos: File, title: str = "Iceland") -> dict[str, object]:
    return {
        "name": title,
        "document": {"pages": []},
        "files": {f"p{index}": one.id for index, one in enumerate(photos)},
    }


def create(who: Api, *photos: File, key: str = "k-1", **changes: str) -> Answer:
    return who("POST", "/projects", design(*photos, **changes), Idempotency_Key=key)


def made(answer: Answer) -> tuple[str, int, str, str]:
    assert answer.status_code == 201, answer.content
    told = answer.json()
    return told["id"], told["version"], told["saved_at"], answer["ETag"]


def projects(who: Api) -> list[str]:
    return [project["id"] for project in who("GET", "/projects").json()["items"]]


def holders(*photos: File) -> set[str]:
    rows = file_queries.files_by_id([photo.id for photo in photos], consistent=True)
    return {holder for file in rows.values() for holder in file.holders}


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now() + A_WHILE
    monkeypatch.setattr(clock, "now", lambda: now)


def dying(monkeypatch: pytest.MonkeyPatch, where: str, call: Callable[[], object]) -> None:
    """The process dies when the call comes to this step."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(where, die)
        with pytest.raises(KeyboardInterrupt):
            call()


@pytest.mark.parametrize("number", [0, 2])
def test_a_repeat_answers_the_project_that_was_created(anna: Api, photos: list[File], number: int) -> None:
    first, second = create(anna, *photos[:number]), create(anna, *photos[:number])
    assert made(first) == made(second)
    assert second["Location"] == first["Location"]
    assert projects(anna) == [first.json()["id"]]
    saved = anna("PUT", f"/projects/{first.json()['id']}", design(*photos, title="Norway"), If_Match=second["ETag"])
    assert saved.json()["version"] == 2


@pytest.mark.parametrize("number", [0, 2])
def test_the_record_joins_the_first_write_and_costs_no_request(anna: Api, photos: list[File], number: int) -> None:
    anna("POST", "/projects", design(title="which endpoints the shop has is known for a minute"))
    with account.measure() as plain:
        anna("POST", "/projects", design(*photos[:number]))
    with account.measure() as keyed:
        create(anna, *photos[:number])
    assert keyed.dynamodb_requests == plain.dynamodb_requests


def test_a_repeat_after_another_save_may_not_overwrite_it(anna: Api, photos: list[File]) -> None:
    first = create(anna, *photos)
    id = first.json()["id"]
    anna("PUT", f"/projects/{id}", design(photos[0], title="Norway"), If_Match=first["ETag"])
    repeated = create(anna, *photos)
    assert made(repeated)[:3] == made(first)[:3]
    refused = anna("PUT", f"/projects/{id}", design(*photos), If_Match=repeated["ETag"])
    assert (refused.status_code, refused.json()["current_version"]) == (412, 2)


def test_another_body_route_or_owner_with_the_key(anna: Api, api: Callable[..., Api], photos: list[File]) -> None:
    id = create(anna).json()["id"]
    for other in (
        create(anna, title="Norway"),
        anna("POST", "/projects?customer=anna", design(), Idempotency_Key="k-1"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        assert other.json()["field"] == "Idempotency-Key"
    assert made(create(api(customer="bob")))[0] != id
    assert projects(anna) == [id]


def test_a_refused_project_leaves_its_key_free(anna: Api, photos: list[File]) -> None:
    (foreign,) = stored_photos(1, customer("bob"), first=7)
    assert create(anna, photos[0], foreign).status_code == 409
    assert holders(*photos) == set()
    id = made(create(anna, photos[0]))[0]
    assert holders(*photos) == {f"project:{id}"}


@pytest.mark.parametrize("step", ["attempts._take", "creating._put_head"])
@pytest.mark.parametrize("number", [0, 2])
def test_a_first_call_that_died_is_done_again_by_a_repeat(
    anna: Api, photos: list[File], number: int, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = photos[:number]
    dying(monkeypatch, f"projects.operations.{step}", partial(create, anna, *used))
    early = create(anna, *used)
    assert (early.status_code, early.json()["code"]) == (409, "request-under-way")
    assert int(early["Retry-After"]) > 0
    later(monkeypatch)
    again = create(anna, *used)
    assert made(create(anna, *used)) == made(again)
    assert projects(anna) == [again.json()["id"]]
    assert {f"project:{again.json()['id']}" for _ in used} <= holders(*photos)


def test_of_eight_at_the_same_moment_one_creates(anna: Api, photos: list[File]) -> None:
    answers = together(*[partial(create, anna, *photos)] * 8)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {made(answer) for answer in answers if answer.status_code == 201}
    assert len(projects(anna)) == 1
    assert holders(*photos) == {f"project:{projects(anna)[0]}"}


@pytest.mark.parametrize("number", [0, 2])
def test_a_slow_first_call_and_a_repeat_that_took_over_create_one_project(
    anna: Api, photos: list[File], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_head, repeats = creating._put_head, list[Any]()

    def overtaken(attempt: Attempt, *more: Any) -> bool:
        monkeypatch.setattr(creating, "_put_head", put_head)
        with monkeypatch.context() as patient:
            later(patient)
            repeats.append(create(anna, *photos[:number]))
        return put_head(attempt, *more)

    monkeypatch.setattr(creating, "_put_head", overtaken)
    slow = create(anna, *photos[:number])
    assert made(slow) == made(repeats[0])
    assert projects(anna) == [slow.json()["id"]]
    assert holders(*photos) == ({f"project:{slow.json()['id']}"} if number else set())


def test_what_a_dead_first_call_left_is_tidied_and_the_project_keeps_its_photos(
    anna: Api, photos: list[File], monkeypatch: pytest.MonkeyPatch
) -> None:
    dying(monkeypatch, "projects.operations.creating._put_head", partial(create, anna, *photos))
    (dead,) = (holder.removeprefix("project:") for holder in holders(*photos))
    (intent,) = queries.intents_of(dead)
    later(monkeypatch)
    id = made(create(anna, *photos))[0]
    report = operations.sweep_slice(row_keys=[keys.intent_row(dead, intent.id)], dry_run=False, now=clock.now())
    assert report.counts["released"] == 1
    assert holders(*photos) == {f"project:{id}"}
    assert queries.version_rows(dead) == []


def test_without_a_key_nothing_is_remembered(anna: Api) -> None:
    first, second = anna("POST", "/projects", design()), anna("POST", "/projects", design())
    assert made(first)[0] != made(second)[0]
