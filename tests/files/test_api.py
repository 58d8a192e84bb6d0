"""The REST routes of files, seen by customers, on moto."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from files import keys, operations
from imagestore.common import clock
from tests.support.images import Photo, photo
from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, make_shop

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shops(moto_aws: None) -> None:
    make_shop()
    make_shop("other")


def register(api: Caller, *photos: Photo) -> list[dict]:  # type: ignore[type-arg]
    answer = api()("POST", "/files", {"files": [photo.announcement for photo in photos]})
    assert answer.status_code == 201, answer.content
    items: list[dict] = answer.json()["items"]  # type: ignore[type-arg]
    return items


def test_a_registered_file_waits_for_its_bytes(api: Caller) -> None:
    (item,) = register(api, photo(1, name="Strand.jpeg"))
    assert item["file"]["state"] == "registered"
    assert item["file"]["name"] == "Strand.jpeg"
    assert item["upload"]["method"] == "PUT"
    assert item["upload"]["headers"]["If-None-Match"] == "*"
    assert item["upload"]["expires_at"] > item["file"]["created_at"]


def test_the_example_of_the_document_is_answered_as_it_says(api: Caller) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "integrate.md").read_text()
    asked, told = map(json.loads, re.findall(r"```json\n(.*?)```", text, re.DOTALL)[:2])
    (item,) = api()("POST", "/files", asked).json()["items"]
    (shown,) = told["items"]
    assert shown["upload"]["headers"] == item["upload"]["headers"]
    assert (shown["file"]["name"], shown["file"]["state"]) == (item["file"]["name"], item["file"]["state"])


def test_many_files_are_registered_in_one_call_in_their_order(api: Caller) -> None:
    items = register(api, *[photo(number, name=f"{number}.jpeg") for number in range(60)])
    assert [item["file"]["name"] for item in items] == [f"{number}.jpeg" for number in range(60)]
    assert len({item["file"]["id"] for item in items}) == 60


def test_an_unacceptable_file_does_not_stop_the_others(api: Caller) -> None:
    pdf = Photo("cv.pdf", "application/pdf", b"%PDF-1.7")
    first, second = register(api, photo(1), pdf)
    assert first["file"]["state"] == "registered"
    assert second["error"]["field"] == "files.1.content_type"
    assert "application/pdf" in second["error"]["text"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": 0}, "files.0.size"),
        ({"size": 3 * 1024**3}, "files.0.size"),
        ({"size": "12"}, "files.0.size"),
        ({"sha256": "xyz"}, "files.0.sha256"),
        ({"name": "../etc/passwd"}, "files.0.name"),
        ({"name": "a\x00b"}, "files.0.name"),
        ({"name": ""}, "files.0.name"),
        ({"content_type": "image/svg+xml"}, "files.0.content_type"),
        ({"surprise": 1}, "files.0.surprise"),
    ],
)
def test_bad_input_names_its_field(api: Caller, change: dict[str, object], field: str) -> None:
    answer = api()("POST", "/files", {"files": [photo().announcement | change]})
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert problem["field"] == field
    assert problem["type"].startswith("urn:imagestore:problem:")
    assert api()("GET", "/files").json()["items"] == []


def test_the_quota_refuses_what_does_not_fit_and_counts_nothing_of_it(api: Caller) -> None:
    make_shop("small", file_quota=2)
    caller = api(shop="small")
    three = {"files": [photo(number).announcement for number in range(3)]}
    refused = caller("POST", "/files", three)
    assert refused.status_code == 409
    assert refused.json()["limit"]["files"] == 2
    assert caller("POST", "/files", {"files": three["files"][:2]}).status_code == 201
    assert caller("POST", "/files", {"files": three["files"][:1]}).json()["used"]["files"] == 2


def test_uploaded_bytes_are_verified_and_told(api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    told = api()("GET", f"/files/{file.id}").json()
    assert (told["state"], told["width"], told["height"], told["orientation"]) == ("stored", 64, 48, 1)
    assert told["holders"] == []


def test_confirming_before_the_bytes_came_says_so(api: Caller) -> None:
    (item,) = register(api, photo(1))
    answer = api()("POST", f"/files/{item['file']['id']}/confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-missing")


def test_a_list_shows_newest_first_page_by_page(api: Caller) -> None:
    ids = [file.id for file in stored_photos(5, customer())]
    first = api()("GET", "/files?limit=2").json()
    second = api()("GET", f"/files?limit=2&cursor={first['next_cursor']}").json()
    third = api()("GET", f"/files?limit=2&cursor={second['next_cursor']}").json()
    seen = [file["id"] for page in (first, second, third) for file in page["items"]]
    assert seen == sorted(ids, reverse=True)
    assert third["next_cursor"] is None


def test_a_cursor_of_another_list_is_refused(api: Caller) -> None:
    stored_photos(2, customer())
    cursor = api()("GET", "/files?limit=1").json()["next_cursor"]
    answer = api(customer="bob")("GET", f"/files?limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


def test_content_is_a_signed_url_or_a_redirect_to_it(api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    url = api()("GET", f"/files/{file.id}/content").json()["url"]
    assert keys.object_key("acme", file.id) in url
    redirect = api()("GET", f"/files/{file.id}/content?redirect=true")
    assert redirect.status_code == 302
    assert keys.object_key("acme", file.id) in redirect["Location"]


def test_a_file_without_bytes_has_no_content(api: Caller) -> None:
    (item,) = register(api, photo(1))
    answer = api()("GET", f"/files/{item['file']['id']}/content")
    assert (answer.status_code, answer.json()["state"]) == (409, "registered")


def test_a_deleted_file_lies_in_the_trash(api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    assert api()("DELETE", f"/files/{file.id}").status_code == 204
    assert api()("DELETE", f"/files/{file.id}").status_code == 204
    told = api()("GET", f"/files/{file.id}").json()
    assert told["state"] == "trashed"
    assert told["purge_after"] is not None


def test_a_held_file_is_not_deleted_and_its_holders_are_named(api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    operations.hold(ids=[file.id], holder="project:P1", shop="acme", owner="customer:anna")
    answer = api()("DELETE", f"/files/{file.id}")
    assert (answer.status_code, answer.json()["holders"]) == (409, ["project:P1"])
    assert api()("GET", f"/files/{file.id}").json()["state"] == "stored"


def test_a_file_whose_upload_was_withdrawn_is_not_found(api: Caller) -> None:
    (item,) = register(api, photo(1))
    assert api()("DELETE", f"/files/{item['file']['id']}").status_code == 204
    assert api()("GET", f"/files/{item['file']['id']}").status_code == 404


def test_a_stored_file_takes_no_upload_any_more(api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    answer = api()("POST", f"/files/{file.id}/upload-url")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-closed")


def test_a_shop_names_the_customer_it_acts_for(api: Caller) -> None:
    shop = api(customer=None)
    body = {"files": [photo().announcement]}
    assert shop("POST", "/files", body).json()["field"] == "customer"
    made = shop("POST", "/files?customer=anna", body)
    assert made.status_code == 201
    assert [file["id"] for file in api()("GET", "/files").json()["items"]] == [made.json()["items"][0]["file"]["id"]]


def test_a_token_without_the_scope_is_told_which_it_needs(api: Caller) -> None:
    answer = api(scopes=["files:read"])("POST", "/files", {"files": [photo().announcement]})
    assert (answer.status_code, answer.json()["scope"]) == (403, "files:write")


def test_a_listed_file_is_what_the_single_route_tells(api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    assert api()("GET", "/files").json()["items"] == [api()("GET", f"/files/{file.id}").json()]
    assert clock.now() >= file.created_at
