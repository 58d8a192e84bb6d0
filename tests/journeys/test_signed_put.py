"""What storage itself refuses: a signed upload is good for exactly these bytes, once, and for a while."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from files import keys, operations
from files.operations.registering import Registered
from files.records import NewFile
from imagestore.common import clock
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.uploads import http, put
from tests.support.world import Api, customer, make_shop

PHOTO = photo(1, name="Strand am Meer — 12°.jpeg")
OTHER_BYTES = PHOTO.body[:-1] + bytes([PHOTO.body[-1] ^ 1])


@pytest.fixture
def item(real_aws: LocalAws, api: Callable[..., Api]) -> dict[str, Any]:
    make_shop()
    (item,) = api()("POST", "/files", {"files": [PHOTO.announcement]}).json()["items"]
    return dict(item)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PHOTO.body + b"!", {}),
        (PHOTO.body[:-1], {}),
        (OTHER_BYTES, {}),
        (PHOTO.body, {"Content_Type": "image/png"}),
        (PHOTO.body, {"x_amz_checksum_sha256": "A" * 43 + "="}),
        (PHOTO.body, {"If_None_Match": ""}),
    ],
    ids=["a byte more", "a byte less", "a byte changed", "another type", "another checksum", "may overwrite"],
)
def test_anything_else_is_refused_and_then_the_right_bytes_are_taken(
    item: dict[str, Any], api: Callable[..., Api], body: bytes, headers: dict[str, str]
) -> None:
    assert put(item["upload"], body, **headers) in (400, 403, 412)
    id = item["file"]["id"]
    assert api()("GET", f"/files/{id}").json()["state"] == "registered"
    again = api()("POST", f"/files/{id}/upload-url").json()
    assert put(again, PHOTO.body) == 200
    assert api()("POST", f"/files/{id}/confirm").json()["state"] == "stored"


def test_the_condition_against_overwriting_cannot_be_left_out(item: dict[str, Any]) -> None:
    signed = item["upload"]["headers"]
    others = {name: value for name, value in signed.items() if name.lower() != "if-none-match"}
    assert len(others) == len(signed) - 1
    assert put(item["upload"] | {"headers": others}, PHOTO.body) == 403


def test_a_second_upload_is_refused(item: dict[str, Any]) -> None:
    assert put(item["upload"], PHOTO.body) == 200
    assert put(item["upload"], PHOTO.body) == 412


def test_a_url_that_ran_out_is_refused_and_signed_again(item: dict[str, Any]) -> None:
    anna, hour_ago = customer(), clock.now() - timedelta(minutes=61)
    wanted = NewFile(**photo(2).announcement)  # type: ignore[arg-type]
    (late,) = operations.register(wanted=[wanted], owner="customer:anna", principal=anna, now=hour_ago)
    assert isinstance(late, Registered)
    expired = {"method": "PUT", "url": late.upload.url, "headers": late.upload.headers}
    assert put(expired, photo(2).body) == 403
    fresh = operations.sign_again(id=late.file.id, principal=anna, now=clock.now()).upload
    assert put({"method": "PUT", "url": fresh.url, "headers": fresh.headers}, photo(2).body) == 200
    stored = operations.confirm_upload(id=late.file.id, principal=anna, now=clock.now())
    assert (stored.state, stored.size) == ("stored", len(photo(2).body))


def test_a_stored_file_takes_no_upload_by_any_url(item: dict[str, Any], api: Callable[..., Api]) -> None:
    id = item["file"]["id"]
    second_url = api()("POST", f"/files/{id}/upload-url").json()
    assert put(item["upload"], PHOTO.body) == 200
    assert api()("POST", f"/files/{id}/confirm").json()["state"] == "stored"
    assert put(second_url, PHOTO.body) == 412
    assert api()("POST", f"/files/{id}/upload-url").json()["code"] == "upload-closed"


def test_only_a_signed_url_reads_and_it_says_type_and_name(item: dict[str, Any], api: Callable[..., Api]) -> None:
    put(item["upload"], PHOTO.body)
    id = item["file"]["id"]
    api()("POST", f"/files/{id}/confirm")
    url = api()("GET", f"/files/{id}/content").json()["url"]
    answer = http.request("GET", url)
    assert answer.data == PHOTO.body
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "Strand%20am%20Meer" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert http.request("GET", url.partition("?")[0]).status == 403
    assert http.request("GET", url[:-1] + ("0" if url[-1] != "0" else "1")).status == 403


def test_a_url_to_read_finds_nothing_after_the_purge(item: dict[str, Any], api: Callable[..., Api]) -> None:
    put(item["upload"], PHOTO.body)
    id = item["file"]["id"]
    api()("POST", f"/files/{id}/confirm")
    url = api()("GET", f"/files/{id}/content").json()["url"]
    assert http.request("GET", url).status == 200
    operations.trash(id=id, principal=customer(), now=clock.now())
    later = clock.now() + timedelta(days=31)
    report = operations.sweep_slice(row_keys=[keys.file_row(id)], dry_run=False, now=later)
    assert report.counts["purged"] == 1
    assert http.request("GET", url).status == 404
