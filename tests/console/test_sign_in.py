"""Signing in and out: failures are counted by account and address, sessions end at once, codes are good once."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from imagestore.common import clock
from tests.console.conftest import PASSWORD, SignIn, make_staff
from tests.support.clients import Client
from tests.support.world import Answer


def attempt(name: str, password: str = PASSWORD, address: str = "10.0.0.1", **more: str) -> Answer:
    form = {"username": name, "password": password, **more}
    return Client(REMOTE_ADDR=address).post("/staff/login/", form)


def is_in(answer: Answer) -> bool:
    return bool(answer.status_code == 302)


@pytest.fixture
def name(shop: str) -> str:
    return make_staff("support")


def test_ten_wrong_passwords_throttle_only_that_account_and_address(name: str) -> None:
    other = make_staff("admin")
    for _ in range(10):
        assert not is_in(attempt(name, "wrong password"))
    refused = attempt(name)
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "Too many wrong passwords" in refused.content.decode()
    assert is_in(attempt(name, address="10.0.0.2"))
    assert is_in(attempt(other))


def test_behind_the_gateway_nobody_can_pretend_another_address(name: str) -> None:
    gateway: dict[str, Any] = {"lambda.event": {"requestContext": {"identity": {"sourceIp": "192.0.2.1"}}}}
    for number in range(10):
        form = {"username": name, "password": "wrong password"}
        Client(REMOTE_ADDR=f"10.0.0.{number}", **gateway).post("/staff/login/", form)
    form = {"username": name, "password": PASSWORD}
    assert not is_in(Client(REMOTE_ADDR="10.0.0.99", **gateway).post("/staff/login/", form))
    assert is_in(attempt(name))


def test_signing_in_is_not_counted(name: str) -> None:
    for _ in range(12):
        assert is_in(attempt(name))


def test_whose_password_was_hashed_at_another_cost_stays_signed_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an update of Django, which makes hashes dearer from time to time."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 2)
    browser = Client(REMOTE_ADDR="10.0.0.1")
    assert is_in(browser.post("/staff/login/", {"username": name, "password": PASSWORD}))
    assert browser.get("/staff/").status_code == 200


def test_failures_are_forgotten_after_a_while(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):
        attempt(name, "wrong password")
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert is_in(attempt(name))


def test_signing_out_ends_the_session_at_once(sign_in: SignIn) -> None:
    browser = sign_in()
    stolen = Client()
    stolen.cookies.load(browser.cookies.output(header="", attrs=[]))
    assert stolen.get("/staff/").status_code == 200
    browser.post("/staff/logout/")
    assert stolen.get("/staff/").status_code == 302


def test_signing_out_everywhere_ends_the_sessions_of_other_browsers(name: str) -> None:
    first, second = Client(), Client()
    for browser in (first, second):
        assert is_in(browser.post("/staff/login/", {"username": name, "password": PASSWORD}))
    first.post("/staff/sign-out-everywhere/")
    assert second.get("/staff/").status_code == 302
    assert is_in(attempt(name))


def test_an_admin_ends_the_sessions_of_another(sign_in: SignIn) -> None:
    browser, admin = sign_in("viewer"), sign_in("admin")
    admin.post("/staff/identity/staffmember/viewer-1/deed/end-sessions/", {"reason": "laptop lost"})
    assert browser.get("/staff/").status_code == 302
    assert admin.get("/staff/").status_code == 200
    history = admin.get("/staff/identity/staffmember/viewer-1/history/").content.decode()
    assert "laptop lost" in history


@pytest.mark.parametrize("role", ["viewer", "support", "operator"])
def test_others_end_only_their_own_sessions(sign_in: SignIn, role: str) -> None:
    other, browser = sign_in("admin"), sign_in(role)
    answer = browser.post("/staff/identity/staffmember/admin-1/deed/end-sessions/", {"reason": "laptop lost"})
    assert answer.status_code == 403
    assert other.get("/staff/").status_code == 200


def test_a_session_ends_by_its_time_though_its_row_is_still_there(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in()
    later = clock.now() + timedelta(hours=9)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert browser.get("/staff/").status_code == 302


class TestOneTimeCodes:
    def set_up(self, browser: Client) -> pyotp.TOTP:
        page = browser.get("/staff/one-time-codes/").content.decode()
        assert "<svg" in page
        secret = re.search(r"<code>(\w+)</code>", page)
        assert secret is not None
        totp = pyotp.TOTP(secret[1])
        answer = browser.post("/staff/one-time-codes/", {"code": totp.now()})
        assert answer.status_code == 302, answer.content.decode()
        return totp

    def test_once_set_up_a_code_is_asked_for_and_good_once(self, sign_in: SignIn) -> None:
        totp = self.set_up(sign_in("viewer"))
        assert not is_in(attempt("viewer-1"))
        assert not is_in(attempt("viewer-1", code="000000"))
        following = totp.at(clock.now() + timedelta(seconds=30))
        assert is_in(attempt("viewer-1", code=following))
        assert not is_in(attempt("viewer-1", code=following))

    def test_an_admin_helps_who_lost_the_phone(self, sign_in: SignIn) -> None:
        self.set_up(sign_in("viewer"))
        sign_in("admin").post("/staff/identity/staffmember/viewer-1/deed/forget-codes/", {"reason": "phone lost"})
        assert is_in(attempt("viewer-1"))

    def test_a_wrong_code_sets_nothing_up(self, sign_in: SignIn) -> None:
        browser = sign_in("viewer")
        browser.get("/staff/one-time-codes/")
        assert "does not match" in browser.post("/staff/one-time-codes/", {"code": "000000"}).content.decode()
        assert is_in(attempt("viewer-1"))
