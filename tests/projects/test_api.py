"""The REST routes of projects, seen by customers, on moto."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from files import operations as files
from files import queries
from files.errors import FileHeld
from files.records import File
from imagestore.common import account, clock, ids
from projects import operations
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, customer, make_shop

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shops(moto_aws: None) -> None:
    make_shop()
    make_shop("other")


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


def design(*photos: File, title: str = "Iceland") -> dict[str, object]:
    files = {f"photo-{index}": photo.id for index, photo in enumerate(photos)}
    return {"name": title, "document": {"pages": [{"alias": alias} for alias in files]}, "files": files}


def create(api: Caller, *photos: File) -> Answer:
    answer = api()("POST", "/projects", design(*photos))
    assert answer.status_code == 201, answer.content
    return answer


def holders(photo: File) -> list[str]:
    """Read past the routes of files, which are not mounted where projects stand alone."""
    return sorted(queries.files_by_id([photo.id])[photo.id].holders)


def test_a_project_is_saved_and_loaded_with_a_url_for_every_photo(api: Caller, photos: list[File]) -> None:
    created = create(api, *photos)
    loaded = api()("GET", created["Location"].removeprefix("/api/v1"))
    told = loaded.json()
    assert told["document"] == design(*photos)["document"]
    assert {alias: file["id"] for alias, file in told["files"].items()} == design(*photos)["files"]
    assert all(file["url"].startswith("http") for file in told["files"].values())
    assert loaded["ETag"] == created["ETag"]
    assert told["version"] == 1


def test_a_saved_photo_is_held_and_cannot_be_deleted(api: Caller, photos: list[File]) -> None:
    id = create(api, photos[0]).json()["id"]
    assert holders(photos[0]) == [f"project:{id}"]
    with pytest.raises(FileHeld):
        files.trash(id=photos[0].id, principal=customer(), now=clock.now())


def test_each_save_makes_a_version_and_holds_what_it_adds(api: Caller, photos: list[File]) -> None:
    created = create(api, photos[0])
    id = created.json()["id"]
    saved = api()("PUT", f"/projects/{id}", design(*photos), If_Match=created["ETag"])
    assert saved.json()["version"] == 2
    again = api()("PUT", f"/projects/{id}", design(*photos, title="Norway"), If_Match=saved["ETag"])
    assert again.json()["version"] == 3
    assert holders(photos[2]) == [f"project:{id}"]
    assert api()("GET", f"/projects/{id}").json()["name"] == "Norway"


def test_a_photo_taken_out_stays_held_while_an_older_version_uses_it(api: Caller, photos: list[File]) -> None:
    created = create(api, *photos)
    id = created.json()["id"]
    api()("PUT", f"/projects/{id}", design(photos[0]), If_Match=created["ETag"])
    assert holders(photos[2]) == [f"project:{id}"]


def test_the_second_of_two_tabs_is_told_and_changes_nothing(api: Caller, photos: list[File]) -> None:
    created = create(api, photos[0])
    id = created.json()["id"]
    first = api()("PUT", f"/projects/{id}", design(photos[0], photos[1]), If_Match=created["ETag"])
    second = api()("PUT", f"/projects/{id}", design(photos[2]), If_Match=created["ETag"])
    problem = second.json()
    assert (first.status_code, second.status_code) == (200, 412)
    assert (problem["code"], problem["current_version"]) == ("project-changed", 2)
    assert problem["saved_by"] == "customer:acme:anna"
    assert holders(photos[2]) == []
    assert api()("GET", f"/projects/{id}").json()["document"] == design(photos[0], photos[1])["document"]


def test_saving_wants_if_match(api: Caller, photos: list[File]) -> None:
    id = create(api).json()["id"]
    answer = api()("PUT", f"/projects/{id}", design())
    assert (answer.status_code, answer.json()["field"]) == (428, "If-Match")


@pytest.mark.parametrize("tag", ['"1"', "*", '"forged.tag.0.x~y"', "W/"])
def test_a_tag_that_was_not_given_is_no_match(api: Caller, tag: str) -> None:
    id = create(api).json()["id"]
    refused = api()("PUT", f"/projects/{id}", design(), If_Match=tag)
    assert refused.status_code == 412
    assert "If-Match is no ETag that this project answered" in refused.json()["detail"]


def test_foreign_rejected_and_unknown_photos_are_each_named(api: Caller, photos: list[File]) -> None:
    (foreign,) = stored_photos(1, customer("bob"), first=50)
    body = design(photos[0]) | {"files": {"a": photos[0].id, "b": foreign.id, "c": "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}}
    answer = api()("POST", "/projects", body)
    assert answer.status_code == 409
    assert {entry["id"] for entry in answer.json()["files"]} == {foreign.id, "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}
    assert holders(photos[0]) == []
    assert api()("GET", "/projects").json()["items"] == []


def test_a_book_of_unknown_photos_is_refused_before_much_is_written(api: Caller, photos: list[File]) -> None:
    """Each is named; the first hundred are tried, the rest is read."""
    (foreign,) = stored_photos(1, customer("bob"), first=50)
    unknown = [ids.new_id(clock.now()) for _ in range(1_000)]
    listed = dict(enumerate([*unknown, foreign.id, *(photo.id for photo in photos)]))
    with account.measure() as work:
        refused = api()(
            "POST", "/projects", {"document": {}, "files": {str(alias): id for alias, id in listed.items()}}
        )
    assert {entry["id"] for entry in refused.json()["files"]} == {*unknown, foreign.id}
    assert [holders(photo) for photo in photos] == [[], [], []]
    assert work.wcu < 500


def test_a_refused_photo_keeps_its_own_dates(api: Caller) -> None:
    (foreign,) = stored_photos(1, customer("bob"))
    api()("POST", "/projects", design(foreign))
    assert queries.files_by_id([foreign.id])[foreign.id] == foreign


def test_a_deleted_project_keeps_its_photos_until_it_is_purged(api: Caller, photos: list[File]) -> None:
    id = create(api, photos[0]).json()["id"]
    assert api()("DELETE", f"/projects/{id}").status_code == 204
    assert api()("GET", f"/projects/{id}").json()["state"] == "trashed"
    assert holders(photos[0]) == [f"project:{id}"]
    etag = api()("GET", f"/projects/{id}")["ETag"]
    assert api()("PUT", f"/projects/{id}", design(), If_Match=etag).status_code == 409


def test_a_large_document_comes_back_as_it_was(api: Caller) -> None:
    import random

    noise = random.Random(7)
    document = {"noise": [noise.random() for _ in range(20_000)]}
    answer = api()("POST", "/projects", {"document": document})
    assert answer.status_code == 201, answer.content
    assert api()("GET", f"/projects/{answer.json()['id']}").json()["document"] == document


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"files": {"a": "nonsense"}}, "files.a"),
        ({"files": {"": "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}}, "files."),
        ({"name": "n" * 201}, "name"),
        ({"document": [1]}, "document"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_bad_input_names_its_field(api: Caller, change: dict[str, object], field: str) -> None:
    answer = api()("POST", "/projects", design() | change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_old_autosaves_leave_the_history_and_let_their_photos_go(api: Caller, photos: list[File]) -> None:
    make_shop("brief", policy={"kept_autosaves": 1})
    (first, second) = stored_photos(2, customer(shop="brief"), first=70)
    brief = api(shop="brief")
    created = brief("POST", "/projects?autosave=true", design(first))
    id, etag = created.json()["id"], created["ETag"]
    for number in range(11):
        saved = brief("PUT", f"/projects/{id}?autosave=true", design(second, title=f"{number}"), If_Match=etag)
        etag = saved["ETag"]
    assert operations.prune_versions(id=id, now=clock.now()) == 11
    assert holders(first) == []
    assert holders(second) == [f"project:{id}"]
    assert operations.prune_versions(id=id, now=clock.now() + timedelta(days=1)) == 0
    assert brief("PUT", f"/projects/{id}", design(second), If_Match=etag).status_code == 200
