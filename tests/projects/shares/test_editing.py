"""Saving by a link, on the local AWS: the rules of every save, the project's own photos, and a record of who it was."""

from collections.abc import Callable
from typing import Any

import pytest

from files import operations as files
from files import queries as file_queries
from files.records import File
from imagestore.common import account, clock
from projects import queries
from projects.operations import saving
from tests.support.ministack import LocalAws
from tests.support.shares import PASSWORD, Link, create, design, share
from tests.support.uploads import stored_photos
from tests.support.visits import guest
from tests.support.world import Answer, Api, customer, make_shop

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


@pytest.fixture
def project(anna: Api, photos: list[File]) -> str:
    return create(anna, photos[0])


@pytest.fixture
def shared(anna: Api, project: str) -> Answer:
    return share(anna, project, "edit", label="Grandma")


def saved_by(project: str) -> str:
    head = queries.head_of(project)
    assert head is not None
    return head.saved_by


def holders(photo: File) -> frozenset[str]:
    return file_queries.files_by_id([photo.id], consistent=True)[photo.id].holders


def told(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_who_has_the_link_saves_the_project_itself(anna: Api, project: str, shared: Answer, photos: list[File]) -> None:
    link = Link(shared)
    first = link.save(link()["ETag"], photos[0], title="Ours")
    assert (first.status_code, first.json()["version"]) == (200, 2)
    second = link.save(first["ETag"], photos[0], title="Ours still")
    assert second.json()["version"] == 3
    assert anna("GET", f"/projects/{project}").json()["name"] == "Ours still"


def test_the_record_names_the_link_and_who_came_by_it(
    anna: Api, project: str, shared: Answer, photos: list[File]
) -> None:
    link = Link(shared)
    link.save(link()["ETag"], photos[0], title="a")
    assert saved_by(project) == "share:acme:Grandma"
    ben = Link(shared, customer="ben")
    ben.save(ben()["ETag"], photos[0], title="b")
    assert saved_by(project) == "share:acme:Grandma (customer:ben)"
    unnamed = share(anna, project, "edit")
    other = Link(unnamed)
    other.save(other()["ETag"], photos[0], title="c")
    assert saved_by(project) == f"share:acme:{unnamed.json()['id']}"


def test_a_save_tells_nothing_of_the_owner(shared: Answer, photos: list[File]) -> None:
    link = Link(shared)
    saved = link.save(link()["ETag"], photos[0], title="Ours")
    assert "anna" not in f"{saved.content.decode()} {dict(saved.headers)}"
    assert "Location" not in saved


def test_a_copy_on_conflict_is_no_promise_of_a_link(shared: Answer, photos: list[File]) -> None:
    link = Link(shared)
    refused = link("PUT", "?on_conflict=copy", design(photos[0]), If_Match=link()["ETag"])
    assert (refused.status_code, refused.json()["field"]) == (422, "on_conflict")


class TestConflicts:
    def test_a_save_names_the_version_that_it_builds_on(self, shared: Answer, photos: list[File]) -> None:
        unnamed = Link(shared)("PUT", "", design(photos[0]))
        assert told(unnamed) == (428, "if-match-required")

    def test_who_comes_second_is_told_what_saved_in_between_but_not_who(
        self, anna: Api, project: str, shared: Answer, photos: list[File]
    ) -> None:
        link = Link(shared)
        tag = link()["ETag"]
        anna("PUT", f"/projects/{project}", design(photos[1], title="Mine"), If_Match=tag)
        refused = link.save(tag, photos[0], title="Ours")
        assert told(refused) == (412, "project-changed")
        assert (refused.json()["current_version"], refused.json()["saved_by"]) == (2, "customer")
        assert "anna" not in refused.content.decode()
        again = link.save(link()["ETag"], photos[1], title="Ours")
        assert again.json()["version"] == 3
        late = link.save(tag, photos[0], title="Late")
        assert late.json()["saved_by"] == "share"

    @pytest.mark.parametrize("tag", ['"1"', "*", '"forged.tag.0.x.y~y"'])
    def test_a_tag_that_was_not_given_is_no_match(self, shared: Answer, photos: list[File], tag: str) -> None:
        refused = Link(shared).save(tag, photos[0])
        assert (*told(refused), refused.json()["saved_by"]) == (412, "project-changed", "customer")

    def test_a_save_whose_answer_was_lost_is_repeated(self, project: str, shared: Answer, photos: list[File]) -> None:
        link = Link(shared)
        tag = link()["ETag"]
        first, second = (link.save(tag, photos[0], title="Ours") for _ in range(2))
        assert first.json()["version"] == second.json()["version"] == 2

    def test_what_changes_nothing_writes_nothing(self, shared: Answer, photos: list[File]) -> None:
        link = Link(shared)
        tag = link()["ETag"]
        with account.measure() as work:
            assert link.save(tag, photos[0]).json()["unchanged"] is True
        assert work.wcu == 0

    def test_autosaves_are_told_apart(self, anna: Api, project: str, shared: Answer, photos: list[File]) -> None:
        link = Link(shared)
        saved = link("PUT", "?autosave=true", design(photos[0], title="x"), If_Match=link()["ETag"])
        assert saved.status_code == 200
        assert anna("GET", f"/projects/{project}").json()["kind"] == "autosave"


class TestPhotos:
    def test_without_a_token_only_what_the_project_holds_is_used(
        self, anna: Api, project: str, shared: Answer, photos: list[File]
    ) -> None:
        link = Link(shared)
        refused = link.save(link()["ETag"], photos[0], photos[1])
        assert told(refused) == (409, "files-unusable")
        assert refused.json()["files"] == [{"id": photos[1].id, "cause": "unknown"}]
        assert holders(photos[1]) == frozenset()
        assert anna("GET", f"/projects/{project}").json()["version"] == 1

    def test_a_photo_of_an_older_version_is_held_and_may_come_back(
        self, anna: Api, project: str, shared: Answer, photos: list[File]
    ) -> None:
        anna("PUT", f"/projects/{project}", design(photos[1]), If_Match=Link(shared)()["ETag"])
        link = Link(shared)
        assert link.save(link()["ETag"], photos[0]).status_code == 200

    def test_who_is_known_adds_own_photos(self, project: str, shared: Answer, photos: list[File]) -> None:
        (mine,) = stored_photos(1, customer("ben"), first=9)
        ben = Link(shared, customer="ben")
        saved = ben.save(ben()["ETag"], photos[0], mine)
        assert saved.status_code == 200, saved.content
        assert holders(mine) == {f"project:{project}"}
        assert Link(shared)().json()["files"]["p1"]["id"] == mine.id

    def test_who_is_known_adds_no_photos_of_others(self, shared: Answer, photos: list[File]) -> None:
        (of_eve,) = stored_photos(1, customer("eve"), first=9)
        ben = Link(shared, customer="ben")
        for foreign in (of_eve, photos[1]):
            refused = ben.save(ben()["ETag"], photos[0], foreign)
            assert told(refused) == (409, "files-unusable")

    def test_a_guest_adds_photos_of_the_visit(self, shared: Answer, photos: list[File], project: str) -> None:
        files.open_session(customer=None, principal=guest("V-1"), now=clock.now())
        (mine,) = stored_photos(1, guest("V-1"), first=9)
        visitor = Link(shared, customer=None, session="V-1")
        assert visitor.save(visitor()["ETag"], photos[0], mine).status_code == 200
        assert saved_by(project) == "share:acme:Grandma (session:V-1)"


class TestRights:
    @pytest.mark.parametrize("mode", ["view", "copy"])
    def test_a_link_that_is_not_to_edit_saves_nothing(
        self, anna: Api, project: str, photos: list[File], mode: str
    ) -> None:
        tag = anna("GET", f"/projects/{project}")["ETag"]
        refused = Link(share(anna, project, mode)).save(tag, photos[0], title="Ours")
        assert (*told(refused), refused.json()["mode"]) == (403, "share-forbids", mode)

    def test_a_password_is_asked_here_too(self, anna: Api, project: str, photos: list[File]) -> None:
        link = Link(share(anna, project, "edit", password=PASSWORD))
        tag = anna("GET", f"/projects/{project}")["ETag"]
        assert told(link.save(tag, photos[0], title="Ours")) == (401, "share-password-wanted")
        access = link.unlock().json()["access"]
        assert link.save(tag, photos[0], title="Ours", Share_Access=access).status_code == 200

    @pytest.mark.parametrize(
        ("who", "refusal"),
        [
            ({"shop": "other"}, (404, "share-not-found")),
            ({"scopes": ["projects:read"]}, (403, "scope-missing")),
        ],
    )
    def test_who_is_known_must_be_of_the_shop_and_may_save(
        self, shared: Answer, photos: list[File], who: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        make_shop("other")
        tag = Link(shared)()["ETag"]
        assert told(Link(shared, **who).save(tag, photos[0], title="Ours")) == refusal

    def test_a_bad_token_is_not_passed_over(self, shared: Answer, photos: list[File]) -> None:
        tag = Link(shared)()["ETag"]
        refused = Link(shared).save(tag, photos[0], title="Ours", Authorization="Bearer nonsense")
        assert told(refused) == (401, "token-malformed")

    def test_the_link_reaches_no_other_project(self, anna: Api, shared: Answer, photos: list[File]) -> None:
        other = anna("GET", f"/projects/{create(anna, photos[1])}")
        assert told(Link(shared).save(other["ETag"], photos[1])) == (412, "project-changed")

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"document": [1]}, "document"), ({"files": {"a": "x"}}, "files.a"), ({"more": 1}, "more")],
    )
    def test_what_cannot_be_saved_is_named(self, shared: Answer, change: dict[str, Any], field: str) -> None:
        link = Link(shared)
        refused = link("PUT", "", design() | change, If_Match=link()["ETag"])
        assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_a_share_that_is_revoked_while_it_saves_saves_nothing(
    anna: Api, project: str, shared: Answer, photos: list[File], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the save is written and held when the revocation is answered; only the head has not moved."""
    (mine,) = stored_photos(1, customer("ben"), first=9)
    ben = Link(shared, customer="ben")
    tag, move = ben()["ETag"], saving.move

    def too_late(*args: Any) -> bool:
        assert holders(mine) == {f"project:{project}"}
        assert anna("DELETE", f"/projects/{project}/shares/{shared.json()['id']}").status_code == 204
        return move(*args)

    monkeypatch.setattr(saving, "move", too_late)
    assert told(ben.save(tag, photos[0], mine, title="Ours")) == (404, "share-not-found")
    assert anna("GET", f"/projects/{project}").json()["version"] == 1
    assert holders(mine) == frozenset()
    assert [version.number for version in queries.version_rows(project)] == [1]


def test_a_save_by_a_link_costs_the_share_the_head_and_the_proviso(shared: Answer, photos: list[File]) -> None:
    link = Link(shared)
    tag = link()["ETag"]
    with account.measure() as work:
        link.save(tag, photos[0], title="Ours")
    assert work.dynamodb_requests == 4
