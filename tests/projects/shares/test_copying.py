"""A recipient's copy of a shared project, on the local AWS: it is the recipient's own and holds its photos itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.operations.registering import Registered
from files.records import File, FileState, NewFile
from imagestore.common import objects
from projects import keys, operations
from projects.operations import copying
from projects.operations.saving import Saved
from tests.support.images import Photo
from tests.support.ministack import LocalAws
from tests.support.shares import PASSWORD, Link, create, design, share
from tests.support.uploads import stored_photos
from tests.support.visits import guest
from tests.support.world import Answer, Api, customer, make_shop

Caller = Callable[..., Api]
BROKEN: Any = Photo("broken.jpeg", "image/jpeg", b"no photo").announcement


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def ben(api: Caller) -> Api:
    return api(customer="ben")


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


def copy(shared: Answer, *, query: str = "", key: str = "", who: str | None = "ben", **claims: Any) -> Answer:
    headers = {"Idempotency_Key": key} if key else {}
    return Link(shared, customer=who, **claims)("POST", f"/copy{query}", **headers)


def holders(photo: File) -> frozenset[str]:
    return file_queries.files_by_id([photo.id], consistent=True)[photo.id].holders


def purge(project: str, now: datetime) -> None:
    operations.trash(id=project, principal=customer(), now=now)
    later = now + timedelta(days=31)
    report = operations.sweep_slice(row_keys=[keys.head_row(project)], dry_run=False, now=later)
    assert report.counts == {"skipped": 0, "purged": 1}


@pytest.mark.parametrize("mode", ["copy", "edit"])
def test_a_copy_is_the_recipients_own(anna: Api, ben: Api, photos: list[File], mode: str) -> None:
    project = create(anna, *photos)
    copied = copy(share(anna, project, mode))
    assert copied.status_code == 201, copied.content
    told = ben("GET", copied["Location"].removeprefix("/api/v1")).json()
    wanted = design(*photos)
    assert (told["name"], told["document"], told["version"]) == ("Iceland", wanted["document"], 1)
    assert {alias: file["id"] for alias, file in told["files"].items()} == wanted["files"]
    assert [place["alias"] for place in told["placements"]] == ["p0", "p1", "p2"]
    assert anna("GET", f"/projects/{copied.json()['id']}").status_code == 404
    assert holders(photos[0]) == {f"project:{project}", f"project:{copied.json()['id']}"}


def test_a_copy_goes_its_own_way(anna: Api, ben: Api, photos: list[File]) -> None:
    project = create(anna, *photos)
    copied = copy(share(anna, project, "copy"))
    (mine,) = stored_photos(1, customer("ben"), first=9)
    saved = ben(
        "PUT", f"/projects/{copied.json()['id']}", design(photos[0], mine, title="Mine"), If_Match=copied["ETag"]
    )
    assert saved.json()["version"] == 2
    assert anna("GET", f"/projects/{project}").json()["name"] == "Iceland"


def test_a_copy_survives_the_purge_of_what_it_was_made_from(
    anna: Api, ben: Api, photos: list[File], now: datetime
) -> None:
    project = create(anna, *photos)
    copied = copy(share(anna, project, "copy")).json()["id"]
    purge(project, now)
    told = ben("GET", f"/projects/{copied}").json()
    assert {file["state"] for file in told["files"].values()} == {"stored"}
    assert {holders(photo) for photo in photos} == {frozenset({f"project:{copied}"})}
    row = file_queries.files_by_id([photos[0].id])[photos[0].id]
    assert (row.state, row.purge_after is not None) == (FileState.STORED, True)


def test_a_copy_of_what_is_purged_meanwhile_is_refused_whole(
    anna: Api, ben: Api, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create(anna, *photos)
    shared, begin = share(anna, project, "copy"), operations.create

    def too_late(**asked: Any) -> Saved:
        purge(project, now)
        return begin(**asked)

    monkeypatch.setattr(copying, "create", too_late)
    refused = copy(shared, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "files-unusable")
    assert ben("GET", "/projects").json()["items"] == []
    assert {holders(photo) for photo in photos} == {frozenset()}


def test_a_link_to_view_is_not_for_copying(anna: Api, photos: list[File]) -> None:
    refused = copy(share(anna, create(anna, *photos)))
    assert (refused.status_code, refused.json()["code"], refused.json()["mode"]) == (403, "share-forbids", "view")


def test_nobody_in_particular_gets_no_copy(anna: Api) -> None:
    shared = share(anna, create(anna), "copy")
    refused = Link(shared)("POST", "/copy")
    assert (refused.status_code, refused.json()["code"]) == (401, "token-missing")
    assert copy(shared, scopes=["projects:read"]).status_code == 403


def test_a_recipient_of_another_shop_finds_nothing(anna: Api, api: Caller) -> None:
    make_shop("other")
    refused = copy(share(anna, create(anna), "copy"), shop="other")
    assert (refused.status_code, refused.json()["code"]) == (404, "share-not-found")
    assert api(shop="other", customer="ben")("GET", "/projects").json()["items"] == []


def test_a_password_is_asked_here_too(anna: Api) -> None:
    shared = share(anna, create(anna), "copy", password=PASSWORD)
    assert copy(shared).json()["code"] == "share-password-wanted"
    access = Link(shared).unlock().json()["access"]
    assert Link(shared, customer="ben")("POST", "/copy", Share_Access=access).status_code == 201


def test_a_shops_server_names_who_gets_it(anna: Api, ben: Api) -> None:
    shared = share(anna, create(anna), "copy")
    assert copy(shared, who=None).json()["code"] == "customer-wanted"
    copied = copy(shared, who=None, query="?customer=ben").json()["id"]
    assert ben("GET", f"/projects/{copied}").status_code == 200
    assert copy(shared, query="?customer=eve").json()["code"] == "customer-foreign"


def test_a_guest_gets_it_into_the_visit(anna: Api, api: Caller, photos: list[File], now: datetime) -> None:
    shared = share(anna, create(anna, *photos), "copy")
    assert copy(shared, who=None, session="V-1").json()["code"] == "session-closed"
    files.open_session(customer=None, principal=guest("V-1"), now=now)
    copied = copy(shared, who=None, session="V-1")
    assert copied.status_code == 201, copied.content
    visitor = api(customer=None, session="V-1")
    assert visitor("GET", f"/projects/{copied.json()['id']}").json()["files"]["p0"]["id"] == photos[0].id


class TestRepeats:
    def test_a_repeat_makes_no_second_copy(self, anna: Api, ben: Api, photos: list[File]) -> None:
        shared = share(anna, create(anna, *photos), "copy")
        first, second = copy(shared, key="k"), copy(shared, key="k")
        assert (first.json(), first["ETag"]) == (second.json(), second["ETag"])
        assert len(ben("GET", "/projects").json()["items"]) == 1

    def test_a_repeat_tells_what_was_copied_though_it_was_saved_since(
        self, anna: Api, ben: Api, photos: list[File]
    ) -> None:
        project = create(anna, photos[0])
        shared = share(anna, project, "copy")
        first = copy(shared, key="k")
        tag = anna("GET", f"/projects/{project}")["ETag"]
        anna("PUT", f"/projects/{project}", design(*photos, title="Norway"), If_Match=tag)
        assert copy(shared, key="k")["ETag"] == first["ETag"]
        assert ben("GET", f"/projects/{first.json()['id']}").json()["name"] == "Iceland"


def test_a_photo_that_was_rejected_meanwhile_stops_the_copy_and_is_named(anna: Api, ben: Api, now: datetime) -> None:
    (item,) = files.register(wanted=[NewFile(**BROKEN)], owner="customer:anna", principal=customer(), now=now)
    assert isinstance(item, Registered)
    shared = share(anna, create(anna, item.file), "copy")
    objects.put_new(file_keys.object_key("acme", item.file.id), b"no photo", "image/jpeg")
    assert files.confirm_upload(id=item.file.id, principal=customer(), now=now).state == FileState.REJECTED
    refused = copy(shared)
    assert (refused.status_code, refused.json()["code"]) == (409, "files-unusable")
    assert refused.json()["files"] == [{"id": item.file.id, "cause": "rejected"}]
    assert ben("GET", "/projects").json()["items"] == []
