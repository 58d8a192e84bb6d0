"""The staff site as its packaged stage serves it: behind a stage prefix of API Gateway and on a domain of its own."""

import base64
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from imagestore.identity import queries
from tests.console.conftest import PASSWORD, make_staff
from tests.deployment import lambda_events as events
from tests.deployment.packages import Function, as_stage
from tests.support.metrics import tell_age
from tests.support.ministack import LocalAws
from tests.support.world import make_shop

HOSTS = {"a1b2c3.execute-api.eu-central-1.amazonaws.com": "/console", "staff.example": ""}
"""And what a path begins with there."""


@pytest.fixture(scope="module")
def unpacked(packaged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_stage("console", packaged, tmp_path_factory.mktemp("stages"))


@pytest.fixture
def staff(unpacked: Path, told_aws: LocalAws) -> Iterator[Function]:
    make_shop()
    with Function(unpacked, {**told_aws.environment, "IMAGESTORE_SECRET_KEY": "a key for tests alone"}) as function:
        yield function


class Browser:
    """Keeps cookies as a browser does."""

    def __init__(self, function: Function, host: str) -> None:
        self.function, self.host = function, host
        self.cookies: dict[str, str] = {}

    def __call__(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Host": self.host,
            "X-Forwarded-Proto": "https",
            "Origin": f"https://{self.host}",
            "Content-Type": "application/x-www-form-urlencoded",
            **({"Cookie": cookie} if cookie else {}),
        }
        event = events.rest(method, path) | {
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "body": urlencode(form) if form else None,
        }
        event["requestContext"] = {"stage": "console", "identity": {"sourceIp": "192.0.2.1"}}
        answered = self.function(event)
        assert answered.error is None, answered
        answer: dict[str, Any] = answered.answer
        for told in answer["multiValueHeaders"].get("Set-Cookie", []):
            name, _, rest = told.strip().partition("=")
            self.cookies[name] = rest.partition(";")[0]
            assert name.startswith("__Host-")
            assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in rest.split(";")}
        return answer


def text(answer: dict[str, Any]) -> str:
    assert answer["statusCode"] == 200, answer
    body: str = answer["body"]
    return base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body


def header(answer: dict[str, Any], name: str) -> str:
    return str(answer["multiValueHeaders"][name][0])


def sign_in(browser: Browser, prefix: str) -> None:
    name = make_staff("viewer")
    page = text(browser("GET", "/staff/login/"))
    assert f'action="{prefix}/staff/login/"' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": PASSWORD, "next": f"{prefix}/staff/"}
    answer = browser("POST", "/staff/login/", form)
    assert (answer["statusCode"], header(answer, "Location")) == (302, f"{prefix}/staff/")


@pytest.mark.parametrize(("host", "prefix"), HOSTS.items(), ids=["stage prefix", "own domain"])
def test_one_signs_in_and_sees_pages_with_their_style(staff: Function, host: str, prefix: str) -> None:
    browser = Browser(staff, host)
    assert header(browser("GET", "/staff/"), "Location").startswith(f"{prefix}/staff/login/")
    sign_in(browser, prefix)
    overview = browser("GET", "/staff/")
    assert "Overview" in text(overview)
    assert header(overview, "Strict-Transport-Security").startswith("max-age=31536000")
    styles = re.findall(r'href="([^"]+\.css)"', text(overview))
    assert styles
    for address in styles:
        assert address.startswith(f"{prefix}/static/")
        assert text(browser("GET", address.removeprefix(prefix)))


def test_figures_tell_what_only_cloudwatch_knows(staff: Function, now: datetime) -> None:
    tell_age("files-tasks", 42, now - timedelta(minutes=2))
    browser = Browser(staff, "staff.example")
    sign_in(browser, "")
    assert "42 s" in text(browser("GET", "/staff/figures/"))


def test_nothing_else_is_served_there(staff: Function) -> None:
    assert Browser(staff, "staff.example")("GET", "/api/v1/files")["statusCode"] == 404
    assert queries.shop("acme") is not None
