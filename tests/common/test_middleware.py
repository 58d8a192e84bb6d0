"""Around the routes: what a request cost, and answers outside the API are left alone."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from imagestore.common import account
from imagestore.identity import queries as shops
from tests.support.world import make_shop, token


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()
    shops.known_shop("acme")


def test_the_work_of_a_request_is_logged_and_in_development_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "imagestore"):
        answer = Client(headers={"Authorization": f"Bearer {token()}"}).get("/api/v1/files")
    assert answer["Imagestore-Work"] == "dynamodb=1;s3=0;rcu=0.5;wcu=0"
    assert "GET /api/v1/files 200 dynamodb=1;s3=0;rcu=0.5;wcu=0" in caplog.text


def test_in_production_the_answer_does_not_tell(settings: Settings) -> None:
    settings.IMAGESTORE_DEVELOPMENT = False
    answer = Client(headers={"Authorization": f"Bearer {token()}"}).get("/api/v1/files")
    assert answer.status_code == 200
    assert "Imagestore-Work" not in answer


def test_who_measures_around_a_request_counts_it_too() -> None:
    with account.measure() as work:
        Client(headers={"Authorization": f"Bearer {token()}"}).get("/api/v1/files")
    assert work.dynamodb_requests == 1


def test_addresses_outside_the_api_keep_their_own_answers() -> None:
    assert Client().get("/healthz").status_code == 200
    missing = Client().get("/nothing")
    assert missing.status_code == 404
    assert missing["Content-Type"].startswith("text/html")


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [path("pages/crash", crash), path("pages/forbid", forbid), path("api/forbid", forbid)]


def test_pages_have_django_answer_what_was_raised(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    answers = {address: client.get(address) for address in ("/pages/crash", "/pages/forbid", "/api/forbid")}
    assert [answer.status_code for answer in answers.values()] == [500, 403, 403]
    assert {address: answer["Content-Type"].partition(";")[0] for address, answer in answers.items()} == {
        "/pages/crash": "text/html",
        "/pages/forbid": "text/html",
        "/api/forbid": "application/problem+json",
    }
