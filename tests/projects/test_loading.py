"""Loading, listing and checking projects over REST, on moto."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from files.records import File
from imagestore.common import clock
from projects import rules
from tests.support.clients import Client
from tests.support.images import photo
from tests.support.uploads import store, store_undecoded, stored_photos
from tests.support.world import Answer, Api, customer, make_shop, token

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(least_dpi=150)


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


def create(who: Api, **body: Any) -> str:
    answer = who("POST", "/projects", {"document": {}} | body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


class TestUrls:
    def test_previews_originals_or_none(self, anna: Api) -> None:
        (file,) = stored_photos(1, customer())
        id = create(anna, files={"a": file.id})
        urls = {
            kind: anna("GET", f"/projects/{id}?urls={kind}").json()["files"]["a"]["url"]
            for kind in ("original", "preview", "none")
        }
        assert f"/{file.id}?" in urls["original"]
        assert (urls["preview"], urls["none"]) == (None, None)

    def test_a_large_project_comes_in_pages_of_the_state_that_was_loaded(
        self, anna: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "URLS_AT_ONCE", 3)
        files = {f"p{number}": file.id for number, file in enumerate(stored_photos(7, customer()))}
        answer = anna("POST", "/projects", {"document": {}, "files": files})
        id = answer.json()["id"]
        told = anna("GET", f"/projects/{id}").json()
        anna("PUT", f"/projects/{id}", {"document": {"later": 1}, "files": {}}, If_Match=answer["ETag"])
        seen = dict(told["files"])
        cursor = told["files_cursor"]
        while cursor:
            page = anna("GET", f"/projects/{id}/files?cursor={cursor}").json()
            assert 1 <= len(page["files"]) <= 3
            seen |= page["files"]
            cursor = page["files_cursor"]
        assert {alias: file["id"] for alias, file in seen.items()} == files

    def test_a_cursor_of_another_project_is_refused(self, anna: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "URLS_AT_ONCE", 1)
        files = {f"p{number}": file.id for number, file in enumerate(stored_photos(2, customer()))}
        one, other = create(anna, files=files), create(anna)
        cursor = anna("GET", f"/projects/{one}").json()["files_cursor"]
        refused = anna("GET", f"/projects/{other}/files?cursor={cursor}")
        assert (refused.status_code, refused.json()["field"]) == (422, "cursor")


class TestPrints:
    """A photo of 640 by 480 pixels."""

    @pytest.fixture
    def wide(self) -> File:
        (file,) = store([photo(1, size=(640, 480))], customer())
        return file

    def told(self, who: Api, file: File, **placement: Any) -> dict[str, Any]:
        placed = {"alias": "a", "page": 1, "width_mm": 101.6, "height_mm": 76.2} | placement
        id = create(who, files={"a": file.id}, placements=[placed])
        (one,) = who("GET", f"/projects/{id}").json()["placements"]
        checked = who("GET", f"/projects/{id}/print-check").json()
        return {**one, "problems": [problem["code"] for problem in checked["problems"]], "ready": checked["printable"]}

    def test_pixels_per_inch_of_the_whole_photo(self, anna: Api, wide: File) -> None:
        told = self.told(anna, wide)
        assert (told["effective_dpi"], told["low"], told["problems"]) == (160, False, [])

    def test_a_crop_has_fewer_pixels(self, anna: Api, wide: File) -> None:
        told = self.told(anna, wide, crop={"left": 0.5, "top": 0.5, "width": 0.5, "height": 0.5})
        assert (told["effective_dpi"], told["low"]) == (80, True)
        assert (told["problems"], told["ready"]) == (["resolution-low"], True)

    def test_the_worse_direction_counts(self, anna: Api, wide: File) -> None:
        assert self.told(anna, wide, height_mm=152.4)["effective_dpi"] == 80

    def test_missing_and_unready_photos_are_named(self, anna: Api, wide: File) -> None:
        (undecoded,) = store_undecoded([photo(2)], customer())
        id = create(anna, files={"a": wide.id, "b": undecoded.id})
        told = anna("GET", f"/projects/{id}/print-check").json()
        assert [(one["code"], one["alias"], one["file"]) for one in told["problems"]] == [
            ("photo-not-ready", "b", undecoded.id)
        ]
        assert not told["printable"]

    @pytest.mark.parametrize(
        ("placement", "field"),
        [
            ({"alias": "other"}, "placements.0.alias"),
            ({"page": 0}, "placements.0.page"),
            ({"page": 1001}, "placements.0.page"),
            ({"page": 1.5}, "placements.0.page"),
            ({"width_mm": 0}, "placements.0.width_mm"),
            ({"height_mm": 10_001}, "placements.0.height_mm"),
            ({"crop": {"left": 0.6, "width": 0.5}}, "placements.0.crop"),
            ({"crop": {"width": 0}}, "placements.0.crop.width"),
            ({"rotation": 90}, "placements.0.rotation"),
        ],
    )
    def test_what_cannot_be_printed_names_its_field(
        self, anna: Api, wide: File, placement: dict[str, Any], field: str
    ) -> None:
        placed = {"alias": "a", "page": 1, "width_mm": 100, "height_mm": 75} | placement
        answer = anna("POST", "/projects", {"document": {}, "files": {"a": wide.id}, "placements": [placed]})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert anna("GET", "/projects").json()["items"] == []


class TestListing:
    def test_by_state_name_and_time(self, anna: Api) -> None:
        iceland, norway = create(anna, name="Iceland 2026"), create(anna, name="Norway")
        anna("DELETE", f"/projects/{norway}")

        def found(query: str) -> list[str]:
            return [one["id"] for one in anna("GET", f"/projects?{query}").json()["items"]]

        assert found("state=active") == [iceland]
        assert found("state=trashed") == [norway]
        assert found("name=iceLAND") == [iceland]
        assert found("saved_since=2000-01-01T00:00:00Z") == [norway, iceland]
        assert found("saved_since=2000-01-01T00:00:00") == [norway, iceland]
        assert found("saved_since=2100-01-01T00:00:00Z") == []

    def test_pages_of_a_filtered_list_leave_none_out(self, anna: Api) -> None:
        ids = [create(anna, name=f"book {number % 2}") for number in range(10)]
        seen, cursor = list[str](), ""
        while True:
            page = anna("GET", f"/projects?name=book%201&limit=2{cursor}").json()
            seen += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == ids[1::2][::-1]

    def test_each_tells_what_will_be_deleted_and_when(self, anna: Api) -> None:
        id = create(anna)
        (active,) = anna("GET", "/projects").json()["items"]
        assert active["trash_on"] < active["purge_on"]
        anna("DELETE", f"/projects/{id}")
        (trashed,) = anna("GET", "/projects").json()["items"]
        assert trashed["trash_on"] is None
        assert trashed["purge_on"] < (clock.now() + timedelta(days=31)).isoformat()


class TestTheWire:
    def send(self, body: bytes, encoding: str = "gzip") -> Answer:
        client = Client(headers={"Authorization": f"Bearer {token()}"})
        return client.post(
            "/api/v1/projects", body, content_type="application/json", headers={"Content-Encoding": encoding}
        )

    def document(self, size: int) -> dict[str, Any]:
        return {"document": {"text": "x" * (size - len('{"text":""}'))}}

    def test_five_megabytes_come_as_gzip_and_go_back_as_they_were(self, anna: Api) -> None:
        body = self.document(5 * 1024**2)
        answer = self.send(gzip.compress(orjson.dumps(body)))
        assert answer.status_code == 201, answer.content
        assert anna("GET", f"/projects/{answer.json()['id']}").json()["document"] == body["document"]

    def test_a_byte_more_is_refused(self, anna: Api) -> None:
        answer = self.send(gzip.compress(orjson.dumps(self.document(5 * 1024**2 + 1))))
        assert (answer.status_code, answer.json()["field"], answer.json()["limit"]) == (422, "document", 5 * 1024**2)

    def test_more_than_a_megabyte_of_plain_json_is_told_of_gzip(self, anna: Api) -> None:
        answer = self.send(orjson.dumps(self.document(1024**2 + 1)), "identity")
        assert (answer.status_code, answer.json()["limit"]) == (413, 1024**2)
        assert "gzip" in answer.json()["detail"]

    def test_a_bomb_is_not_unpacked(self, anna: Api) -> None:
        answer = self.send(gzip.compress(b"[" * 100_000_000))
        assert (answer.status_code, answer.json()["field"]) == (413, "body")

    @pytest.mark.parametrize("damage", [b"", b"junk"], ids=["cut short", "followed by something"])
    def test_damaged_gzip_is_said_to_be_so(self, anna: Api, damage: bytes) -> None:
        whole = gzip.compress(orjson.dumps({"document": {}}))
        answer = self.send(whole + damage if damage else whole[:-4])
        assert (answer.status_code, answer.json()["field"]) == (400, "body")

    def test_what_is_no_gzip_at_all(self, anna: Api) -> None:
        assert self.send(b'{"document": {}}').status_code == 400
        assert anna("GET", "/projects").json()["items"] == []
