"""Shares with a password, on the local AWS: it is asked, and guessing it gets nowhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth import hashers

from imagestore.common import clock
from projects.shares.operations import unlocking
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.shares import PASSWORD, Link, create, share
from tests.support.world import Answer, Api, make_shop

Clock = Callable[[timedelta], None]
A_QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


@pytest.fixture
def project(anna: Api) -> str:
    return create(anna)


@pytest.fixture
def link(anna: Api, project: str) -> Link:
    return Link(share(anna, project, "edit", password=PASSWORD))


@pytest.fixture
def later(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    def go(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: now + by)

    go(timedelta())
    return go


def told(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_nothing_of_it_is_told_without_the_password(link: Link) -> None:
    for answer in (
        link(),
        link("GET", "/files?cursor=x"),
        link.save('"x"'),
        link(Share_Access="nonsense"),
        link(Share_Access=""),
    ):
        assert told(answer) == (401, "share-password-wanted")
        assert "Iceland" not in answer.content.decode()


def test_who_told_it_may_look_for_an_hour(link: Link, later: Clock) -> None:
    unlocked = link.unlock().json()
    assert link(Share_Access=unlocked["access"]).json()["name"] == "Iceland"
    later(timedelta(minutes=59))
    assert link(Share_Access=unlocked["access"]).status_code == 200
    later(timedelta(minutes=61))
    assert told(link(Share_Access=unlocked["access"])) == (401, "share-password-wanted")


def test_what_opens_one_share_opens_no_other(link: Link, anna: Api, project: str) -> None:
    other = Link(share(anna, project, password="something else"))
    assert told(other(Share_Access=link.unlock().json()["access"])) == (401, "share-password-wanted")


def test_a_wrong_one_is_told_as_such(link: Link) -> None:
    wrong = link.unlock("grey gander")
    assert told(wrong) == (401, "share-password-wrong")
    assert wrong.json()["field"] == "password"


def test_a_share_without_one_opens_with_any(anna: Api, project: str) -> None:
    assert Link(share(anna, project)).unlock("whatever").status_code == 200


@pytest.mark.parametrize("body", [{}, {"password": 7}, {"password": "x" * 129}, {"password": "x", "more": 1}])
def test_what_is_no_password_is_no_try(link: Link, body: object) -> None:
    for _ in range(11):
        assert link("POST", "/unlock", body).status_code == 422
    assert link.unlock().status_code == 200


class TestThrottle:
    def test_of_twenty_wrong_ones_ten_are_looked_at_and_the_right_one_works_after_the_wait(
        self, link: Link, later: Clock
    ) -> None:
        answers = [link.unlock(f"guess number {number}") for number in range(20)]
        assert [told(answer) for answer in answers] == [
            *[(401, "share-password-wrong")] * 10,
            *[(429, "share-passwords-throttled")] * 10,
        ]
        assert {answer["Retry-After"] for answer in answers[10:]} == {"900"}
        refused = link.unlock()
        assert told(refused) == (429, "share-passwords-throttled")
        later(A_QUARTER - timedelta(seconds=10))
        assert link.unlock().status_code == 429
        later(A_QUARTER + timedelta(seconds=1))
        assert link.unlock().status_code == 200

    def test_no_password_is_looked_at_while_it_is_throttled(self, link: Link, later: Clock) -> None:
        for number in range(10):
            link.unlock(f"guess number {number}")
        with mock.patch.object(unlocking, "check_password") as looked_at:
            assert link.unlock().status_code == 429
        looked_at.assert_not_called()

    def test_right_ones_do_not_count(self, link: Link, later: Clock) -> None:
        for number in range(9):
            assert link.unlock(f"guess number {number}").status_code == 401
        for _ in range(3):
            assert link.unlock().status_code == 200
        assert link.unlock("the tenth guess").status_code == 401
        assert link.unlock().status_code == 429

    def test_another_share_of_the_project_is_not_affected(
        self, link: Link, anna: Api, project: str, later: Clock
    ) -> None:
        other = Link(share(anna, project, password=PASSWORD))
        for number in range(11):
            link.unlock(f"guess number {number}")
        assert other.unlock().status_code == 200

    def test_who_told_it_before_goes_on(self, link: Link, later: Clock) -> None:
        access = link.unlock().json()["access"]
        for number in range(11):
            link.unlock(f"guess number {number}")
        assert link(Share_Access=access).status_code == 200

    def test_however_many_come_at_once_no_more_are_looked_at(self, link: Link, later: Clock) -> None:
        looked_at = []

        def check(password: str, hashed: str) -> bool:
            looked_at.append(password)
            return hashers.check_password(password, hashed)

        with mock.patch.object(unlocking, "check_password", check):
            answers = together(*([lambda: link.unlock("a guess").status_code] * 40))
        assert len(looked_at) == 10
        assert sorted(answers) == [401] * 10 + [429] * 30

    def test_many_who_know_it_and_come_at_once_are_told_to_come_again_in_a_moment(
        self, link: Link, later: Clock
    ) -> None:
        answers = together(*([link.unlock] * 12))
        assert {answer.status_code for answer in answers} <= {200, 429}
        assert {answer["Retry-After"] for answer in answers if answer.status_code == 429} <= {"2"}
        assert link.unlock().status_code == 200
