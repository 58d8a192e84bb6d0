"""Versions: which are kept, what they tell, and how one is restored; over REST, on moto."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from files import queries as files
from files.operations.rejecting import reject
from files.probe import BrokenImage
from files.records import File
from imagestore.common import account, clock
from imagestore.identity.queries import known_shop
from projects import keys, operations, queries
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, customer, make_shop

Caller = Callable[..., Api]
KEPT = 2


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy={"kept_autosaves": KEPT})


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


def design(*photos: File, title: str = "", page: int = 1) -> dict[str, Any]:
    used = {f"p{index}": photo.id for index, photo in enumerate(photos)}
    placed = [{"alias": alias, "page": page, "width_mm": 100.0, "height_mm": 75.0} for alias in used]
    return {"name": "Iceland", "document": {"title": title}, "files": used, "placements": placed}


class Book:
    """A project as one tab sees it: every save builds on the one before."""

    def __init__(self, who: Api, *photos: File, autosave: bool = False, title: str = "first") -> None:
        self.who = who
        created = who("POST", f"/projects?autosave={str(autosave).lower()}", design(*photos, title=title))
        assert created.status_code == 201, created.content
        self.path, self.tag = created["Location"].removeprefix("/api/v1"), created["ETag"]
        self.id = created.json()["id"]

    def save(self, *photos: File, title: str = "", autosave: bool = False, page: int = 1) -> Answer:
        body = design(*photos, title=title, page=page)
        answer = self.who("PUT", f"{self.path}?autosave={str(autosave).lower()}", body, If_Match=self.tag)
        self.tag = answer.headers.get("ETag", self.tag)
        return answer

    def versions(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.who("GET", f"{self.path}/versions").json()["items"]
        return items

    def numbers(self) -> list[int]:
        return [step["version"] for step in self.versions()]


def holders(photo: File) -> frozenset[str]:
    return files.files_by_id([photo.id])[photo.id].holders


def test_versions_tell_who_when_how_and_what_changed(anna: Api, photos: list[File]) -> None:
    book = Book(anna, photos[0])
    book.save(photos[0], photos[1], autosave=True, page=3)
    book.save(photos[2], autosave=False, page=2)
    newest, second, first = book.versions()
    assert (newest["kind"], second["kind"], first["kind"]) == ("manual", "autosave", "manual")
    assert {step["saved_by"] for step in book.versions()} == {"customer:acme:anna"}
    assert [(step["photos"], step["photos_added"], step["photos_removed"]) for step in book.versions()] == [
        (1, 1, 2), (2, 1, 0), (1, 1, 0),
    ]  # fmt: skip
    assert (newest["pages"], second["pages"]) == (2, 3)


def test_a_version_loads_as_it_was_saved_and_tells_what_became_of_it(anna: Api, photos: list[File]) -> None:
    book = Book(anna, photos[0], title="first")
    book.save(photos[1], title="second", page=2)
    told = anna("GET", f"{book.path}/versions/1")
    assert told.json()["document"] == {"title": "first"}
    assert told.json()["files"]["p0"]["id"] == photos[0].id
    assert told.json()["changes"] == {
        "photos_added": [photos[1].id],
        "photos_removed": [photos[0].id],
        "pages_changed": [1, 2],
        "document_changed": True,
    }
    assert told["ETag"] == anna("GET", book.path)["ETag"]


def test_every_manual_save_and_the_last_autosaves_are_kept(anna: Api, photos: list[File]) -> None:
    book = Book(anna, title="1")
    for number in range(2, 40):
        book.save(title=str(number), autosave=number % 10 != 0)
    operations.prune_versions(id=book.id, now=clock.now())
    assert book.numbers() == [39, 38, 30, 20, 10, 1]
    for number in book.numbers():
        assert anna("GET", f"{book.path}/versions/{number}").json()["document"] == {"title": str(number)}
    missing = anna("GET", f"{book.path}/versions/37")
    assert (missing.status_code, missing.json()["code"]) == (404, "version-not-found")


def test_pruning_goes_on_where_it_was_left(anna: Api, photos: list[File]) -> None:
    book = Book(anna, title="1")
    for number in range(2, 16):
        book.save(title=str(number), autosave=True)
    operations.prune_versions(id=book.id, now=clock.now())
    for number in range(16, 31):
        book.save(title=str(number), autosave=number != 20)
    operations.prune_versions(id=book.id, now=clock.now())
    assert book.numbers() == [30, 29, 20, 1]


def test_a_kept_version_holds_its_photos_and_a_pruned_one_does_not(anna: Api, photos: list[File]) -> None:
    book = Book(anna, photos[0], title="kept")
    book.save(photos[1], title="pruned", autosave=True)
    for number in range(20):
        book.save(photos[2], title=str(number), autosave=True)
    operations.prune_versions(id=book.id, now=clock.now())
    assert [bool(holders(photo)) for photo in photos] == [True, False, True]


def test_restoring_makes_a_new_version_and_loses_none(anna: Api, photos: list[File]) -> None:
    book = Book(anna, photos[0], photos[1], title="good")
    book.save(photos[2], title="bad")
    restored = anna("POST", f"{book.path}/versions/1/restore", If_Match=book.tag)
    assert (restored.status_code, restored.json()["version"]) == (200, 3)
    loaded = anna("GET", book.path).json()
    assert loaded["document"] == {"title": "good"}
    assert {file["id"] for file in loaded["files"].values()} == {photos[0].id, photos[1].id}
    assert book.numbers() == [3, 2, 1]
    again = anna("PUT", book.path, design(photos[2]), If_Match=restored["ETag"])
    assert again.json()["version"] == 4


def test_restoring_meets_the_same_conflicts_as_saving(anna: Api, photos: list[File]) -> None:
    book = Book(anna, photos[0])
    stale = book.tag
    book.save(photos[1], title="other")
    assert anna("POST", f"{book.path}/versions/1/restore").status_code == 428
    refused = anna("POST", f"{book.path}/versions/1/restore", If_Match=stale)
    assert (refused.status_code, refused.json()["current_version"]) == (412, 2)
    unknown = anna("POST", f"{book.path}/versions/9/restore", If_Match=book.tag)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "version-not-found")
    assert book.numbers() == [2, 1]


def test_restoring_what_is_current_writes_nothing(anna: Api, photos: list[File]) -> None:
    book = Book(anna, photos[0])
    with account.measure() as work:
        answer = anna("POST", f"{book.path}/versions/1/restore", If_Match=book.tag)
    assert (answer.json()["version"], answer.json()["unchanged"], work.wcu) == (1, True, 0)


def test_a_photo_that_was_rejected_since_does_not_stand_against_restoring(anna: Api, photos: list[File]) -> None:
    """It is held by the version that has it, and stays named."""
    book = Book(anna, photos[0], title="with it")
    book.save(title="without")
    reject(known_shop("acme"), photos[0].id, BrokenImage("broken-pixels", "Half of it is missing."), clock.now())
    restored = anna("POST", f"{book.path}/versions/1/restore", If_Match=book.tag)
    assert restored.status_code == 200, restored.content
    assert anna("GET", book.path).json()["files"]["p0"]["id"] == photos[0].id


class TestUnchanged:
    def test_a_save_that_changes_nothing_writes_nothing_and_keeps_the_version(
        self, anna: Api, photos: list[File]
    ) -> None:
        book = Book(anna, photos[0], title="same")
        tag = book.tag
        with account.measure() as work:
            answer = book.save(photos[0], title="same")
        assert (answer.status_code, answer.json()["version"], answer.json()["unchanged"]) == (200, 1, True)
        assert (work.wcu, work.dynamodb_requests) == (0, 1)
        assert answer["ETag"] == tag

    def test_but_it_is_told_when_someone_else_saved(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, title="same")
        stale = book.tag
        book.save(title="other")
        refused = anna("PUT", book.path, design(title="same"), If_Match=stale)
        assert refused.status_code == 412

    @pytest.mark.parametrize("change", [{"name": "Norway"}, {"document": {}}, {"placements": []}])
    def test_any_difference_is_a_change(self, anna: Api, photos: list[File], change: dict[str, Any]) -> None:
        book = Book(anna, photos[0], title="same")
        answer = anna("PUT", book.path, design(photos[0], title="same") | change, If_Match=book.tag)
        assert answer.json() | {"saved_at": None} == {
            "id": book.id, "version": 2, "saved_at": None, "unchanged": False,
        }  # fmt: skip

    def test_saved_by_hand_what_was_saved_automatically_is_kept(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, photos[0], autosave=True, title="mine")
        assert book.save(photos[0], title="mine").json()["unchanged"]
        for number in range(20):
            book.save(title=str(number), autosave=True)
        operations.prune_versions(id=book.id, now=clock.now())
        assert book.numbers() == [21, 20, 1]
        assert book.versions()[-1]["kind"] == "manual"
        assert holders(photos[0])


class TestRepeats:
    def test_a_save_whose_answer_was_lost_is_answered_again(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, photos[0])
        body = design(photos[1], title="mine")
        first = anna("PUT", book.path, body, If_Match=book.tag)
        second = anna("PUT", book.path, body, If_Match=book.tag)
        assert (second.status_code, second.json()) == (200, first.json())
        assert second["ETag"] == first["ETag"]
        assert book.numbers() == [2, 1]

    def test_even_when_another_save_followed_it(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, photos[0])
        body = design(photos[1], title="mine")
        first = anna("PUT", book.path, body, If_Match=book.tag)
        later = anna("PUT", book.path, design(title="later"), If_Match=first["ETag"])
        second = anna("PUT", book.path, body, If_Match=book.tag)
        assert second.json()["version"] == 2
        refused = anna("PUT", book.path, design(title="mine again"), If_Match=second["ETag"])
        assert (refused.status_code, refused.json()["current_version"]) == (412, later.json()["version"])
        assert holders(photos[1]) == {f"project:{book.id}"}

    def test_the_same_work_of_somebody_else_is_no_repeat(self, anna: Api, api: Caller, photos: list[File]) -> None:
        book = Book(anna)
        shop = api(customer=None)
        assert shop("PUT", f"{book.path}?customer=anna", design(title="x"), If_Match=book.tag).status_code == 200
        assert anna("PUT", book.path, design(title="x"), If_Match=book.tag).status_code == 412


class TestCopies:
    def test_what_came_too_late_becomes_a_project_of_its_own(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, photos[0])
        stale = book.tag
        book.save(photos[1], title="theirs")
        mine = design(photos[2], title="mine")
        kept = anna("PUT", f"{book.path}?on_conflict=copy", mine, If_Match=stale, Idempotency_Key="k")
        assert kept.status_code == 201
        assert kept.json()["id"] != book.id
        assert anna("GET", f"/projects/{kept.json()['id']}").json()["document"] == {"title": "mine"}
        assert anna("GET", book.path).json()["document"] == {"title": "theirs"}
        again = anna("PUT", f"{book.path}?on_conflict=copy", mine, If_Match=stale, Idempotency_Key="k")
        assert again.json()["id"] == kept.json()["id"]

    def test_without_a_conflict_it_is_saved_as_usual(self, anna: Api) -> None:
        book = Book(anna)
        saved = anna("PUT", f"{book.path}?on_conflict=copy", design(title="x"), If_Match=book.tag)
        assert (saved.status_code, saved.json()["version"], saved.json()["id"]) == (200, 2, book.id)

    def test_a_copy_holds_its_photos_itself(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, photos[0], title="one")
        book.save(photos[1], title="two")
        copied = anna("POST", f"{book.path}/copy", {"version": 1, "name": "Mine"})
        id = copied.json()["id"]
        told = anna("GET", f"/projects/{id}").json()
        assert (told["name"], told["version"], told["document"]) == ("Mine", 1, {"title": "one"})
        assert holders(photos[0]) == {f"project:{book.id}", f"project:{id}"}
        unnamed = anna("POST", f"{book.path}/copy", {}).json()["id"]
        assert anna("GET", f"/projects/{unnamed}").json()["name"] == "Copy of Iceland"

    def test_a_repeated_copy_is_one(self, anna: Api) -> None:
        book = Book(anna)
        first, second = (anna("POST", f"{book.path}/copy", {}, Idempotency_Key="k") for _ in range(2))
        assert first.json()["id"] == second.json()["id"]

    def test_a_repeat_of_a_copy_tells_what_was_copied_though_the_source_was_saved_since(
        self, anna: Api, photos: list[File]
    ) -> None:
        book = Book(anna, photos[0], title="one")
        first = anna("POST", f"{book.path}/copy", {}, Idempotency_Key="k")
        book.save(photos[0], photos[1], title="two")
        repeated = anna("POST", f"{book.path}/copy", {}, Idempotency_Key="k")
        assert repeated["ETag"] == first["ETag"]
        mine = design(photos[0], photos[1], title="two") | {"name": "Copy of Iceland"}
        saved = anna("PUT", f"/projects/{first.json()['id']}", mine, If_Match=repeated["ETag"]).json()
        assert (saved["version"], saved["unchanged"]) == (2, False)
        assert f"project:{first.json()['id']}" in holders(photos[1])


class TestTrash:
    def test_a_project_comes_back_with_all_its_versions(self, anna: Api, photos: list[File]) -> None:
        book = Book(anna, photos[0])
        book.save(photos[1], title="second")
        anna("DELETE", book.path)
        assert anna("GET", "/projects?state=trashed").json()["items"][0]["id"] == book.id
        restored = anna("POST", f"{book.path}/restore").json()
        assert (restored["state"], restored["version"]) == ("active", 2)
        assert book.numbers() == [2, 1]
        assert book.save(title="third").json()["version"] == 3

    def test_restoring_what_is_not_in_the_trash_changes_nothing(self, anna: Api) -> None:
        book = Book(anna)
        before = queries.seen_by_staff(book.id)
        assert anna("POST", f"{book.path}/restore").json()["state"] == "active"
        assert queries.seen_by_staff(book.id) == before

    def test_its_time_runs_anew(self, anna: Api) -> None:
        book = Book(anna)
        forgotten = clock.now() + timedelta(days=366)
        place = [keys.head_row(book.id)]
        assert operations.sweep_slice(row_keys=place, dry_run=False, now=forgotten).counts["trashed"] == 1
        operations.restore(id=book.id, principal=customer(), now=forgotten)
        assert operations.sweep_slice(row_keys=place, dry_run=False, now=forgotten).counts["re_dated"] == 1
        a_year_later = forgotten + timedelta(days=366)
        assert operations.sweep_slice(row_keys=place, dry_run=False, now=a_year_later).counts["trashed"] == 1
