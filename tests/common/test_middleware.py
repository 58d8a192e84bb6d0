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


def test_no_path_makes_a_line_of_its_own_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "imagestore"):
        Client().get("/api/v1/files%0AINFO%20forged%1B[2J")
    assert "GET /api/v1/files%0AINFO%20forged%1B%5B2J 404" in caplog.text
    assert "\nINFO forged" not in caplog.text


@pytest.mark.parametrize(("path", "status"), [("/files", 200), ("/files/01J9ZQ6W0Z2V5T8K3M4N7P1R6S", 404)])
def test_head_answers_what_get_would_without_its_body(path: str, status: int) -> None:
    client = Client(headers={"Authorization": f"Bearer {token()}"})
    head, get = client.head(f"/api/v1{path}"), client.get(f"/api/v1{path}")
    assert (head.status_code, get.status_code, head.content) == (status, status, b"")
    assert (head["Content-Length"], head["Content-Type"]) == (str(len(get.content)), get["Content-Type"])


def test_head_of_a_link_registers_nothing() -> None:
    assert Client().head("/u/nonsense/s3/params?filename=a.jpg&type=image/jpeg").status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/h/nonsense"])
def test_what_only_answers_says_so_to_who_sends(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 405


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
