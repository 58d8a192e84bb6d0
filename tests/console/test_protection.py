"""What holds whoever is signed in: forged requests, secrets on pages, a stage prefix, names no list takes."""

from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

from imagestore.common import switches
from tests.console.conftest import PASSWORD, SignIn, make_staff
from tests.support.clients import Client


def test_a_forged_form_is_refused(sign_in: SignIn) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = sign_in("operator").cookies
    assert browser.get("/staff/").status_code == 200
    answer = browser.post("/staff/deed/pause-deletion/", {"reason": "forged"})
    assert answer.status_code == 403
    assert not switches.deletion().paused


def test_no_page_tells_a_password_or_its_hash(sign_in: SignIn) -> None:
    page = sign_in("admin").get("/staff/identity/staffmember/admin-1/change/").content.decode()
    assert "admin-1" in page
    assert "argon2" not in page
    assert "totp" not in page


@pytest.mark.parametrize("query", ["state=stored", "shop__exact=acme", "owner=x", "all=", "o=1"])
def test_conditions_that_no_list_takes_show_nothing_foreign(sign_in: SignIn, query: str) -> None:
    answer = sign_in().get(f"/staff/files/file/?{query}")
    assert answer.status_code in (200, 302, 400)


def test_a_word_that_is_no_id_finds_nothing_in_a_list_without_such_a_condition(sign_in: SignIn) -> None:
    page = sign_in().get("/staff/identity/shop/?q=nobody").content.decode()
    assert "0 on this page" in page


def test_behind_a_stage_prefix_every_address_carries_it(shop: str) -> None:
    make_staff("viewer")
    started: list[Any] = []

    def call(method: str, path: str) -> str:
        environ = RequestFactory().generic(method, path).environ
        environ |= {"SCRIPT_NAME": "/prod", "wsgi.input": BytesIO()}
        application: Any = get_wsgi_application()
        return b"".join(application(environ, lambda *told: started.append(told))).decode()

    call("GET", "/staff/")
    assert dict(started[-1][1])["Location"] == "/prod/staff/login/?next=/prod/staff/"
    page = call("GET", "/staff/login/")
    assert 'href="/prod/static/admin/css/base.css"' in page
    assert 'action="/prod/staff/login/"' in page


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(shop: str) -> None:
    browser = Client()
    browser.post("/staff/login/", {"username": make_staff("viewer"), "password": PASSWORD})
    session = browser.cookies["staff"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")


def test_static_files_are_served_from_their_packages(shop: str) -> None:
    for name in ("admin/css/base.css", "console/console.css", "django_htmx/htmx-2.min.js"):
        assert Client().get(f"/static/{name}").status_code == 200, name
