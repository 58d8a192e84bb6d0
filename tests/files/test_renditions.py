"""Renditions as customers get them, through the API on moto."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from PIL import Image

from files import operations
from files.decoding import process
from files.decoding.process import Unsettled
from files.operations import claiming
from files.records import File
from imagestore.common import clock, objects
from tests.support.decoding import ANNA, broken, decode, object_names, row, sweep
from tests.support.images import photo
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.world import Answer, Api, make_shop, token

Caller = Callable[..., Api]
BROWSER = "image/avif,image/webp,image/*,*/*;q=0.8"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def file() -> File:
    (stored,) = store_undecoded([photo(1, size=(640, 480))], ANNA)
    decode(stored)
    return stored


def ask(api: Api, file: File, name: str = "preview", accept: str = BROWSER, query: str = "") -> Answer:
    return api("GET", f"/files/{file.id}/renditions/{name}{query}", Accept=accept)


def shown(answer: Answer) -> Image.Image:
    """What lies where the answer points to."""
    assert answer.status_code == 302, answer.content
    body = objects.read(urlsplit(answer["Location"]).path.lstrip("/").removeprefix("imagestore-test/"))
    assert body is not None
    return Image.open(io.BytesIO(body))


@pytest.mark.parametrize(("name", "size"), [("thumbnail", (256, 192)), ("preview", (640, 480))])
def test_a_rendition_is_one_redirect_away(name: str, size: tuple[int, int], file: File, api: Caller) -> None:
    picture = shown(ask(api(), file, name))
    assert (picture.format, picture.size) == ("WEBP", size)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (BROWSER, "WEBP"), ("image/webp", "WEBP"), ("image/webp;q=0, image/png", "JPEG"), ("image/*", "JPEG"),
        ("*/*", "JPEG"), ("image/png,image/svg+xml", "JPEG"),
    ],
)  # fmt: skip
def test_who_names_webp_gets_it_and_others_jpeg(accept: str, form: str, file: File, api: Caller) -> None:
    assert shown(ask(api(), file, accept=accept)).format == form


def test_what_is_made_on_demand_is_made_once(file: File, api: Caller) -> None:
    assert "preview.jpeg" not in object_names()
    ask(api(), file, accept="*/*")
    with mock.patch.object(process, "ask", side_effect=AssertionError):
        assert ask(api(), file, accept="*/*").status_code == 302
    assert object_names() == {"", "preview.webp", "thumbnail.webp", "preview.jpeg"}
    assert row(file).claimed_until is None


def test_the_url_is_told_to_who_will_not_be_redirected(file: File, api: Caller) -> None:
    told = ask(api(), file, query="?redirect=false")
    assert told.status_code == 200
    assert "preview.webp" in told.json()["url"]
    assert told.json()["expires_at"]


def test_browsers_keep_the_redirect_for_themselves_and_for_less_than_its_url_lives(file: File, api: Caller) -> None:
    answer = ask(api(), file)
    assert {"Accept", "Authorization"} <= {word.strip() for word in answer["Vary"].split(",")}
    visibility, age = answer["Cache-Control"].split(", max-age=")
    assert visibility == "private"
    assert 0 < int(age) < 15 * 60


def test_a_photo_that_no_task_decoded_yet_is_decoded_for_who_wants_to_see_it(api: Caller) -> None:
    (stored,) = store_undecoded([photo(2)], ANNA)
    assert shown(ask(api(), stored)).format == "WEBP"
    assert row(stored).printable


@pytest.mark.parametrize("accept", [BROWSER, "*/*"])
def test_a_photo_that_cannot_be_rendered_says_why(accept: str, api: Caller) -> None:
    bad = broken()
    for _ in range(2):
        answer = ask(api(), bad, accept=accept)
        assert (answer.status_code, answer.json()["code"]) == (409, "file-not-renderable")
        assert (answer.json()["reason"], answer.json()["detail"]) == ("truncated", row(bad).reason_text)


def test_what_somebody_else_is_making_is_soon_there(api: Caller) -> None:
    (stored,) = store_undecoded([photo(2)], ANNA)
    with mock.patch.object(claiming, "let_go"), mock.patch.object(process, "ask", side_effect=Unsettled("killed")):
        assert ask(api(), stored).status_code == 503
    answer = ask(api(), stored)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("error", [Unsettled("killed"), process.Busy()])
def test_a_decoder_without_an_answer_is_asked_again_later(error: Exception, file: File, api: Caller) -> None:
    with mock.patch.object(process, "ask", side_effect=error):
        assert ask(api(), file, accept="*/*").status_code == 503
    assert ask(api(), file, accept="*/*").status_code == 302


def test_there_are_no_other_renditions(file: File, api: Caller) -> None:
    answer = ask(api(), file, "poster")
    assert (answer.status_code, answer.json()["field"]) == (422, "name")


def test_what_was_never_uploaded_has_none(api: Caller) -> None:
    registered = api()("POST", "/files", {"files": [photo(5).announcement]}).json()["items"][0]["file"]
    answer = api()("GET", f"/files/{registered['id']}/renditions/preview")
    assert (answer.status_code, answer.json()["state"]) == (409, "registered")


def test_a_foreign_file_has_none(file: File, api: Caller) -> None:
    assert ask(api(customer="bob"), file).status_code == 404


def test_a_trashed_photo_is_still_seen_and_a_purged_one_is_gone(file: File, api: Caller, now: datetime) -> None:
    operations.trash(id=file.id, principal=ANNA, now=now)
    assert ask(api(), file).status_code == 302
    assert ask(api(), file, accept="*/*").status_code == 302
    sweep(file, now + timedelta(days=31))
    assert list(objects.versions("")) == []
    assert ask(api(), file).status_code == 404


def test_a_rendition_that_comes_while_the_file_is_purged_goes_with_it(api: Caller, now: datetime) -> None:
    (stored,) = stored_photos(1, ANNA)
    operations.trash(id=stored.id, principal=ANNA, now=now)
    later = now + timedelta(days=31)
    put = claiming.put_renditions

    def purged_first(*asked: Any) -> set[str]:
        assert sweep(stored, later) == {"skipped": 1}
        return put(*asked)

    with (
        mock.patch.object(clock, "now", return_value=later),
        mock.patch.object(claiming, "put_renditions", purged_first),
    ):
        assert ask(api(bearer=token(now=later)), stored).status_code == 404
    assert list(objects.versions("")) == []


def test_a_decoded_file_tells_its_print_facts(api: Caller) -> None:
    (stored,) = store_undecoded([photo(3)], ANNA)
    before = api()("GET", f"/files/{stored.id}").json()
    assert (before["printable"], before["decoded_at"]) == (False, None)
    decode(stored)
    told = api()("GET", f"/files/{stored.id}").json()
    assert told["printable"] is True
    assert told["decoded_at"]
    assert (told["width"], told["height"], told["camera"], told["location"]) == (64, 48, None, None)


def test_a_picture_that_a_mad_decoder_made_is_not_served(api: Caller) -> None:
    (stored,) = store_undecoded([photo(3)], ANNA)

    def mad(original: Any, folder: Any, names: Any, **_: Any) -> Any:
        answer = real(original, folder, names)
        (folder / names[0]).write_bytes(b"<script>alert(1)</script>")
        return answer

    real = process.ask
    with mock.patch.object(process, "ask", mad):
        decode(stored)
    assert object_names() == {""}
    assert not row(stored).printable
