"""What a link shows to whoever has it, on moto: the project, its pictures, and nothing of who it belongs to."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files.records import File
from imagestore.common import account, clock
from imagestore.common.masking import MaskLinks
from projects import rules
from projects.shares import queries
from projects.shares.records import Share
from tests.support.decoding import decode
from tests.support.images import photo
from tests.support.shares import PASSWORD, Link, create, design, share
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.world import Api, customer, make_shop

Caller = Callable[..., Api]
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


def only_share(project: str) -> Share:
    (found,) = queries.good_shares(project, clock.now())
    return found


def test_a_link_shows_name_document_placements_and_photos(anna: Api, photos: list[File]) -> None:
    link = Link(share(anna, create(anna, *photos)))
    told = link().json()
    wanted = design(*photos)
    assert (told["name"], told["mode"], told["version"]) == ("Iceland", "view", 1)
    assert told["document"] == wanted["document"]
    assert [place["alias"] for place in told["placements"]] == ["p0", "p1", "p2"]
    assert {alias: file["id"] for alias, file in told["files"].items()} == wanted["files"]
    assert told["files_cursor"] is None


def test_pictures_are_small_ones_and_never_the_originals(anna: Api) -> None:
    (file,) = store_undecoded([photo(1, size=(640, 480))], customer())
    link = Link(share(anna, create(anna, file)))
    (before,) = link().json()["files"].values()
    assert (before["url"], before["thumbnail"], before["expires_at"]) == (None, None, None)
    decode(file)
    (told,) = link().json()["files"].values()
    assert (told["width"], told["height"], told["printable"]) == (640, 480, True)
    assert "preview.webp?" in told["url"]
    assert "thumbnail.webp?" in told["thumbnail"]
    assert datetime.fromisoformat(told["expires_at"]) <= clock.now() + timedelta(minutes=15)


@pytest.mark.parametrize("mode", ["view", "copy", "edit"])
def test_nothing_tells_whose_it_is_or_how_photos_were_named(anna: Api, photos: list[File], mode: str) -> None:
    answer = Link(share(anna, create(anna, *photos), mode, label="For my secret friend"))()
    told = f"{answer.content.decode()} {dict(answer.headers)}"
    for secret in ("anna", photos[0].name, "customer:", "secret friend", "saved_by", "holders"):
        assert secret not in told


def test_only_a_share_to_edit_tells_what_a_save_needs(anna: Api) -> None:
    project = create(anna)
    tags = {mode: Link(share(anna, project, mode))().headers.get("ETag") for mode in ("view", "copy", "edit")}
    assert tags == {"view": None, "copy": None, "edit": anna("GET", f"/projects/{project}")["ETag"]}


def test_a_large_project_comes_in_pages(anna: Api, photos: list[File], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "URLS_AT_ONCE", 2)
    link = Link(share(anna, create(anna, *photos), password=PASSWORD))
    access = link.unlock().json()["access"]
    first = link(Share_Access=access).json()
    assert len(first["files"]) == 2
    more = link("GET", f"/files?cursor={first['files_cursor']}", Share_Access=access).json()
    assert {**first["files"], **more["files"]}.keys() == design(*photos)["files"].keys()
    assert more["files_cursor"] is None
    assert link("GET", f"/files?cursor={first['files_cursor']}").json()["code"] == "share-password-wanted"
    assert link("GET", "/files?cursor=nonsense", Share_Access=access).json()["code"] == "cursor-invalid"


def test_what_is_saved_meanwhile_is_shown(anna: Api, photos: list[File]) -> None:
    project = create(anna, photos[0])
    link = Link(share(anna, project))
    tag = anna("GET", f"/projects/{project}")["ETag"]
    anna("PUT", f"/projects/{project}", design(photos[1], title="Norway"), If_Match=tag)
    assert (link().json()["name"], link().json()["version"]) == ("Norway", 2)


def test_a_look_costs_one_read_more_than_loading(anna: Api, photos: list[File]) -> None:
    project = create(anna, *photos)
    link = Link(share(anna, project))
    link()
    with account.measure() as loading:
        anna("GET", f"/projects/{project}")
    with account.measure() as looking:
        link()
    assert looking.dynamodb_requests == loading.dynamodb_requests + 1
    assert looking.wcu == 0


def test_a_use_is_noted_once_an_hour(anna: Api, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    project = create(anna)
    link, noted = Link(share(anna, project)), []
    for minutes in (0, 1, 59, 60, 61, 121):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: now + timedelta(minutes=minutes))
        with account.measure() as work:
            link()
        found = only_share(project)
        assert found.used_at is not None
        noted.append((found.uses, int((found.used_at - now) / timedelta(minutes=1)), work.wcu > 0))
    assert noted == [
        (1, 0, True), (1, 0, False), (1, 0, False), (2, 60, True), (2, 60, False), (3, 121, True),
    ]  # fmt: skip


class TestDoors:
    def test_nobody_keeps_what_a_link_opens(self, anna: Api) -> None:
        link = Link(share(anna, create(anna)))
        for answer in (link(), link(**PAGE)):
            assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
            assert "Accept" in answer["Vary"]

    def test_a_browser_gets_a_page_and_a_program_json_at_the_same_address(self, anna: Api) -> None:
        link = Link(share(anna, create(anna)))
        page = link(**PAGE)
        assert page["Content-Type"].startswith("text/html")
        assert page["Content-Security-Policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in page["Content-Security-Policy"]
        assert link("GET", "?fbclid=of-a-messenger", **PAGE).content == page.content
        for accept in ("*/*", "application/json", ""):
            assert link(Accept=accept)["Content-Type"] == "application/json"

    @pytest.mark.parametrize("token", ["nonsense", "A" * 43, "A" * 2000])
    def test_what_is_no_link_is_told_to_each_in_its_own_way(self, token: str) -> None:
        link = Link(f"/shared/{token}")
        assert (link().status_code, link().json()["code"]) == (404, "share-not-found")
        page = link(**PAGE)
        assert (page.status_code, page["Content-Type"][:9]) == (404, "text/html")
        assert "This link was closed, has run out, or is not complete." in page.content.decode()
        assert "script" not in page.content.decode()

    def test_pages_of_the_shop_may_read_it_and_others_may_not(self, anna: Api) -> None:
        make_shop("other")
        link = Link(share(anna, create(anna), password=PASSWORD))
        access = link.unlock().json()["access"]
        for origin, allowed in {"https://acme.example": True, "https://other.example": False}.items():
            answer = link(Origin=origin, Share_Access=access)
            assert answer.status_code == 200
            assert ("Access-Control-Allow-Origin" in answer) == allowed

    def test_a_preflight_lets_the_header_of_a_password_through(self, anna: Api) -> None:
        link = Link(share(anna, create(anna)))
        asked = {"Origin": "https://acme.example", "Access_Control_Request_Method": "PUT"}
        assert "Share-Access" in link("OPTIONS", **asked)["Access-Control-Allow-Headers"]

    def test_an_address_beside_it_is_a_problem_for_programs(self) -> None:
        missing = Link("/shared/x")("GET", "/nothing/here")
        assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")

    def test_no_log_tells_a_link(self, anna: Api, caplog: pytest.LogCaptureFixture) -> None:
        shared = share(anna, create(anna)).json()
        with caplog.at_level("INFO"):
            caplog.handler.addFilter(MaskLinks())
            Link(shared["url"])()
            Link(shared["url"])("GET", "/files?cursor=x")
        assert "/shared/…" in caplog.text
        assert shared["token"] not in caplog.text


def test_a_link_opens_no_other_route(anna: Api, api: Caller) -> None:
    project = create(anna)
    link = Link(share(anna, project, "edit", password=PASSWORD))
    for bearer in (link.path.rpartition("/")[2], link.unlock().json()["access"]):
        assert api(bearer=bearer)("GET", f"/projects/{project}").status_code == 401
