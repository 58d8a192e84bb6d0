"""Bytes that an owner has stored already are found by their hash, and need not be uploaded again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from files import keys, operations, queries
from files.models import OwnerRow
from files.records import Usage
from imagestore.common import account, clock, table
from imagestore.common.principal import Principal
from tests.support.images import Photo, photo
from tests.support.ministack import LocalAws
from tests.support.uploads import http, stored_photos
from tests.support.world import ALL_SCOPES, Api, customer, make_shop

ANNA = customer()


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


def found(who: Api, photos: Sequence[Photo], query: str = "") -> list[str | None]:
    """The id of the stored file for each photo."""
    answer = who("POST", f"/files/lookup{query}", {"sha256": [one.sha256 for one in photos]})
    assert answer.status_code == 200, answer.content
    assert [item["sha256"] for item in answer.json()["items"]] == [one.sha256 for one in photos]
    return [item["file"] and item["file"]["id"] for item in answer.json()["items"]]


def register(who: Api, *photos: Photo, **more: object) -> list[dict[str, Any]]:
    answer = who("POST", "/files", {"files": [one.announcement | more for one in photos]})
    assert answer.status_code == 201, answer.content
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def used() -> Usage:
    return table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True) or Usage()


def test_stored_bytes_are_found_by_their_owner_alone(anna: Api, api: Callable[..., Api]) -> None:
    one, two = stored_photos(2, ANNA)
    asked = [photo(0), photo(7), photo(1)]
    assert found(anna, asked) == [one.id, None, two.id]
    assert found(api(customer="bob"), asked) == [None] * 3
    assert found(api(customer=None), asked, "?customer=anna") == [one.id, None, two.id]


def test_what_is_not_stored_is_not_found(anna: Api) -> None:
    register(anna, photo(0))
    (trashed,) = stored_photos(1, ANNA, first=1)
    operations.trash(id=trashed.id, principal=ANNA, now=clock.now())
    assert found(anna, [photo(0), photo(1)]) == [None, None]


def test_what_was_purged_is_not_found(anna: Api) -> None:
    (file,) = stored_photos(1, ANNA)
    trashed = operations.trash(id=file.id, principal=ANNA, now=clock.now())
    assert trashed.purge_after is not None
    operations.purge(files=[trashed], now=trashed.purge_after)
    assert found(anna, [photo(0)]) == [None]


def test_what_was_restored_by_a_use_is_found_again(anna: Api) -> None:
    (file,) = stored_photos(1, ANNA)
    operations.trash(id=file.id, principal=ANNA, now=clock.now())
    operations.hold(ids=[file.id], holder="project:P", shop="acme", owner="customer:anna")
    assert found(anna, [photo(0)]) == [file.id]


def test_what_a_visit_stored_is_found_by_who_claimed_it(anna: Api) -> None:
    guest = Principal(kind="customer", shop="acme", session="V1", scopes=ALL_SCOPES)
    operations.open_session(customer=None, principal=guest, now=clock.now())
    (file,) = stored_photos(1, guest)
    assert found(anna, [photo(0)]) == [None]
    operations.claim(id="V1", customer="anna", principal=replace(guest, customer="anna"), now=clock.now())
    assert found(anna, [photo(0)]) == [file.id]


def test_what_a_form_brought_is_found_once_all_of_it_was_looked_at(anna: Api) -> None:
    form = operations.register_form(
        name="x.jpeg", content_type="image/jpeg", owner="customer:anna", principal=ANNA, now=clock.now()
    )
    posted = http.request("POST", form.form.url, fields=[*form.form.fields.items(), ("file", ("x", photo(0).body))])
    assert posted.status in (201, 204)
    operations.confirm_upload(id=form.file.id, principal=ANNA, now=clock.now())
    assert found(anna, [photo(0)]) == [None]
    operations.decode_file(id=form.file.id, clock=clock.now)
    assert found(anna, [photo(0)]) == [form.file.id]


def test_of_equal_files_the_newest_stored_is_answered(anna: Api) -> None:
    older, newer = stored_photos(1, ANNA)[0], stored_photos(1, ANNA)[0]
    assert found(anna, [photo(0)]) == [newer.id]
    operations.trash(id=newer.id, principal=ANNA, now=clock.now())
    assert found(anna, [photo(0)]) == [older.id]


def test_a_hash_that_only_begins_alike_is_another(anna: Api) -> None:
    (file,) = stored_photos(1, ANNA)
    alike = file.sha256[:63] + ("0" if file.sha256[63] != "0" else "1")
    answer = anna("POST", "/files/lookup", {"sha256": [alike, file.sha256, alike]})
    assert [item["file"] and item["file"]["id"] for item in answer.json()["items"]] == [None, file.id]


def test_a_lookup_costs_one_query_and_the_rows_that_match(anna: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    stored_photos(3, ANNA)
    hashes = [photo(number).sha256 for number in range(1, 100)]
    with account.measure() as work:
        queries.known_files(shop="acme", owner="customer:anna", hashes=hashes)
    assert work.requests == {"dynamodb:Query": 1, "dynamodb:BatchGetItem": 1}
    assert work.wcu == 0
    monkeypatch.setattr(queries, "SEARCHED_AT_ONCE", 1)
    with account.measure() as work:
        known = queries.known_files(shop="acme", owner="customer:anna", hashes=hashes)
    assert len(known) == 2
    assert work.requests["dynamodb:Query"] <= 4


@pytest.mark.parametrize(
    ("hashes", "field"),
    [
        ([], "sha256"),
        (["0" * 64] * 501, "sha256"),
        (["0" * 64, "xyz"], "sha256.1"),
        (["A" * 64], "sha256.0"),
        (["0" * 64 + "\n"], "sha256.0"),
        ([7], "sha256.0"),
        ("0" * 64, "sha256"),
        (None, "sha256"),
    ],
)
def test_up_to_500_hashes_are_looked_up(anna: Api, hashes: object, field: str) -> None:
    answer = anna("POST", "/files/lookup", {"sha256": hashes})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_known_file_is_answered_without_an_upload_and_costs_no_quota(anna: Api) -> None:
    (file,) = stored_photos(1, ANNA)
    before = used()
    (item,) = register(anna, photo(0), if_known="answer")
    assert (item["file"]["id"], item["file"]["state"], item["upload"]) == (file.id, "stored", None)
    assert used() == before


def test_known_new_and_refused_files_keep_their_order(anna: Api) -> None:
    (file,) = stored_photos(1, ANNA)
    body = [
        photo(5).announcement | {"if_known": "answer"},
        photo(0).announcement | {"size": 0, "if_known": "answer"},
        photo(0).announcement | {"if_known": "answer"},
        photo(0).announcement,
    ]
    items = anna("POST", "/files", {"files": body}).json()["items"]
    assert items[0]["upload"]["method"] == "PUT"
    assert items[1]["error"]["field"] == "files.1.size"
    assert (items[2]["file"]["id"], items[2]["upload"]) == (file.id, None)
    assert items[3]["file"]["id"] not in (file.id, items[0]["file"]["id"])
    assert items[3]["upload"]["method"] == "PUT"
    assert used().used_files == 3


def test_a_file_of_another_owner_is_no_answer(anna: Api) -> None:
    stored_photos(1, customer("bob"))
    (item,) = register(anna, photo(0), if_known="answer")
    assert item["upload"]["method"] == "PUT"


def test_who_does_not_ask_for_known_files_pays_nothing_for_them(anna: Api) -> None:
    register(anna, photo(1))
    with account.measure() as work:
        register(anna, photo(0))
    assert work.dynamodb_requests == 2
