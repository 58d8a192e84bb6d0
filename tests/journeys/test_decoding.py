"""A photo from its upload to its renditions and to its last byte, with storage's own conditions and signatures."""

import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import urllib3
from PIL import Image

import files.tasks
from files import events, operations, queries
from files.records import File, FileState
from imagestore.common import objects
from imagestore.local.poller import Poller
from imagestore.local.process import wait_until
from tests.support import hostile
from tests.support.decoding import ANNA, decode, event, meanwhile, row, set_sha256, sweep
from tests.support.images import Photo, photo
from tests.support.ministack import LocalAws
from tests.support.uploads import put, store_undecoded
from tests.support.work import deliver
from tests.support.world import Api, Sent, make_shop

Caller = Callable[..., Api]
http = urllib3.PoolManager()


@pytest.fixture(autouse=True)
def _world(told_aws: LocalAws) -> None:
    make_shop()


def uploaded(api: Api, one: Photo) -> str:
    item = api("POST", "/files", {"files": [one.announcement]}).json()["items"][0]
    assert put(item["upload"], one.body) == 200
    return str(item["file"]["id"])


def poll_until_stored(ids: list[str]) -> None:
    poller = Poller("files-uploads", events.confirm_uploads)

    def polled() -> bool:
        poller.poll_once()
        return {file.state for file in queries.files_by_id(ids).values()} == {FileState.STORED}

    assert wait_until(polled, 30) or polled()


def shown(api: Api, id: str, name: str, accept: str = "image/webp") -> Image.Image:
    answer = api("GET", f"/files/{id}/renditions/{name}", Accept=accept)
    assert answer.status_code == 302, answer.content
    picture = http.request("GET", answer["Location"])
    assert picture.status == 200
    assert picture.headers["Content-Disposition"] == "inline"
    assert picture.headers["Content-Type"] == ("image/webp" if accept == "image/webp" else "image/jpeg")
    return Image.open(io.BytesIO(picture.data))


def test_photos_are_uploaded_confirmed_decoded_and_seen(api: Caller, sent: list[Sent]) -> None:
    ids = [uploaded(api(), photo(number, size=(800, 600))) for number in range(3)]
    poll_until_stored(ids)
    assert {message.name for message in sent} == {files.tasks.decode.name}
    deliver(sent)
    for id in ids:
        assert api()("GET", f"/files/{id}").json()["printable"] is True
        assert shown(api(), id, "thumbnail").size == (256, 192)
        assert shown(api(), id, "preview").size == (800, 600)
        assert shown(api(), id, "preview", accept="*/*").format == "JPEG"


def test_a_bad_photo_among_good_ones(api: Caller, sent: list[Sent]) -> None:
    bad = Photo("bad.jpeg", "image/jpeg", hostile.jpeg()[:800])
    ids = [uploaded(api(), one) for one in (photo(1), bad, photo(2))]
    poll_until_stored(ids)
    deliver(sent)
    told = [api()("GET", f"/files/{id}").json() for id in ids]
    assert [one["printable"] for one in told] == [True, False, True]
    assert (told[1]["state"], told[1]["reason"]["code"]) == ("rejected", "truncated")
    assert api()("GET", f"/files/{ids[1]}/content").status_code == 409


def test_renditions_that_were_put_before_are_found_again(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage refuses the second write; the row gets to know the first."""
    (file,) = store_undecoded([photo(1)], ANNA)
    with monkeypatch.context() as dying:
        dying.setattr("files.operations.decoding._settle", lambda *_: None)
        decode(file)
    later = now + timedelta(minutes=10)
    operations.decode(ids=[file.id], clock=lambda: later)
    known = {entry.partition("=")[2] for entry in row(file).renditions}
    assert known == {version.version for version in objects.versions("") if version.key.endswith(".webp")}


def test_the_checksum_of_a_form_is_that_of_its_bytes(now: datetime) -> None:
    (file,) = store_undecoded([photo(1)], ANNA)
    set_sha256(file, None)
    decode(file)
    assert row(file).sha256 == hashlib.sha256(photo(1).body).hexdigest()


@pytest.mark.parametrize("decoded_first", [True, False])
def test_a_purge_leaves_not_one_version(decoded_first: bool, now: datetime) -> None:
    (file,) = store_undecoded([photo(1)], ANNA)
    if decoded_first:
        decode(file)
    operations.trash(id=file.id, principal=ANNA, now=now)
    assert sweep(file, now + timedelta(days=31)) == {"purged": 1}
    assert list(objects.versions("")) == []


def test_events_of_renditions_are_acknowledged_and_change_nothing(file: File) -> None:
    before = row(file)
    records = [event(version.key) for version in objects.versions("") if version.key.endswith(".webp")]
    assert len(records) == 2
    assert events.confirm_uploads({"Records": records}, None) == {"batchItemFailures": []}
    assert row(file) == before


def test_a_hold_taken_while_the_decoder_works_is_kept_and_the_photo_leaves_what_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (file,) = store_undecoded([photo(1)], ANNA)
    take = {"ids": [file.id], "holder": "project:P", "shop": "acme", "owner": "customer:anna"}
    with meanwhile(monkeypatch, lambda: operations.hold(**take)):  # type: ignore[arg-type]
        decode(file)
    assert (row(file).printable, row(file).holders, row(file).due_sort) == (True, frozenset({"project:P"}), None)


@pytest.fixture
def file() -> File:
    (stored,) = store_undecoded([photo(1)], ANNA)
    decode(stored)
    return stored
