"""Every refusal of the API is a problem document that says what to do, whatever refused: route, parser or storage."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from files import operations
from imagestore.common import aws, errors, problems
from tests.support.clients import Client
from tests.support.images import photo
from tests.support.world import Api, make_shop, token

Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def refused_connections(monkeypatch: pytest.MonkeyPatch, api: Caller) -> Iterator[None]:
    """Storage that nobody answers for; the shop is remembered from before."""
    api()("GET", "/files")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(aws, "_CONFIG", aws._CONFIG.merge(type(aws._CONFIG)(retries={"total_max_attempts": 1})))
    aws.reset()
    yield
    aws.reset()


def send(method: str, path: str, body: str | bytes = "", content_type: str = "application/json", **kind: Any) -> Any:
    headers = {"Authorization": f"Bearer {token()}"}
    return Client(headers=headers).generic(method, f"/api/v1{path}", body, content_type, **kind)


def assert_problem(answer: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:imagestore:problem:{code}"
    assert (body["status"], body["code"], body.get("field")) == (status, code, field)
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "files"),
        ({"files": []}, "files"),
        ({"files": [{"name": "a.jpg"}]}, "files.0.content_type"),
        ({"files": [photo(1).announcement | {"size": "12"}]}, "files.0.size"),
        ({"files": [photo(1).announcement | {"extra": 1}]}, "files.0.extra"),
        ({"files": [photo().announcement], "more": 1}, "more"),
        ([], "body"),
    ],
)
def test_an_invalid_body_names_the_field(api: Caller, body: object, field: str) -> None:
    problem = assert_problem(api()("POST", "/files", body), 422, "invalid", field)
    assert field in [error["field"] for error in problem["errors"]]


def test_invalid_query_parameters_are_named(api: Caller) -> None:
    assert_problem(api()("GET", "/files?limit=1000"), 422, "invalid", "limit")
    assert_problem(api()("GET", "/files?limit=x"), 422, "invalid", "limit")
    assert_problem(api()("GET", "/files?cursor=made-up"), 422, "cursor-invalid", "cursor")


@pytest.mark.parametrize(
    "body",
    [
        "{", " ", b"\xff\xfe", '{"files": NaN}', '{"files": Infinity}', '"\\ud800"', "[" * 5000, "{},", "{'a': 1}",
        b"\xef\xbb\xbf{}", '{"files": [1,]}', '{"files": 1e999}', "\x00", '"a\nb"', "[" * 1000 + "]" * 1000,
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_json_is_a_bad_request(body: str | bytes) -> None:
    problem = assert_problem(send("POST", "/files", body), 400, "bad-request", "body")
    assert problem.get("line", 1) >= 1


def test_where_json_goes_wrong_is_told() -> None:
    problem = assert_problem(send("POST", "/files", '{"files": [\n  {"name": ?}\n]}'), 400, "bad-request", "body")
    assert (problem["line"], problem["column"]) == (2, 12)
    assert "line 2, column 12" in problem["detail"]


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = '{"files": [{"name": "a.jpg", "size": 1, "size": 2}]}'
    problem = assert_problem(send("POST", "/files", twice), 400, "bad-request", "size")
    assert "twice" in problem["detail"]


def test_another_media_type_is_refused() -> None:
    problem = assert_problem(
        send("POST", "/files", "a=b", "application/x-www-form-urlencoded"),
        415,
        "unsupported-media-type",
        "Content-Type",
    )
    assert "application/x-www-form-urlencoded" in problem["detail"]
    for type in ("", "application/json; charset=latin-1", "text/json", "application/json; charset=utf-16"):
        assert_problem(send("POST", "/files", "{}", type), 415, "unsupported-media-type", "Content-Type")
    packed = send("POST", "/files", "{}", HTTP_CONTENT_ENCODING="br")
    assert_problem(packed, 415, "unsupported-media-type", "Content-Encoding")
    no_gzip = send("POST", "/files", "{}", HTTP_CONTENT_ENCODING="gzip")
    assert_problem(no_gzip, 400, "bad-request", "body")
    assert_problem(send("POST", "/files", "{}", "application/json; charset=utf-8"), 422, "invalid", "files")


def test_a_body_beyond_the_limit_is_refused_with_the_limit() -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    problem = assert_problem(send("POST", "/files", b" " * (limit + 1)), 413, "too-large", "body")
    assert problem["limit"] == limit


@pytest.mark.parametrize("path", ["/nothing", "/files/a/b/c", "/"])
def test_an_unknown_address_is_a_problem_too(api: Caller, path: str) -> None:
    assert_problem(api()("GET", path), 404, "not-found")
    assert_problem(api(bearer=None)("GET", path), 404, "not-found")


def test_a_method_that_is_not_allowed_comes_with_those_that_are() -> None:
    answer = send("PATCH", "/files", "{}")
    assert_problem(answer, 405, "method-not-allowed")
    assert set(answer["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}


def test_without_a_token_the_answer_asks_for_one(api: Caller) -> None:
    answer = api(bearer=None)("GET", "/files")
    assert_problem(answer, 401, answer.json()["code"])
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_missing_scope_is_named(api: Caller) -> None:
    problem = assert_problem(api(scopes=frozenset())("GET", "/files"), 403, "scope-missing")
    assert problem["scope"] == "files:read"


def test_a_crash_is_logged_and_told_without_its_text(
    api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(**_: object) -> None:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr(operations, "register", crash)
    with caplog.at_level(logging.ERROR):
        answer = api()("POST", "/files", {"files": [photo().announcement]})
    assert_problem(answer, 500, "internal-error")
    assert b"secret" not in answer.content
    assert "a secret inside" in caplog.text


def test_storage_that_does_not_answer_is_logged_and_may_be_asked_again(
    api: Caller, refused_connections: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = api()("GET", "/files")
    assert_problem(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert "127.0.0.1:9" in caplog.text


def test_a_throttled_table_is_unavailable(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(**_: object) -> None:
        raise aws.AwsError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "Query")

    monkeypatch.setattr(aws.dynamodb(), "query", throttled)
    answer = api()("GET", "/files")
    assert_problem(answer, 503, "unavailable")
    assert "Retry-After" in answer


@pytest.mark.parametrize(
    ("kind", "status"), problems.STATUS.items(), ids=lambda value: getattr(value, "__name__", value)
)
def test_each_kind_of_error_has_its_status_and_keeps_its_facts(kind: type[errors.DomainError], status: int) -> None:
    class Special(kind):  # type: ignore[misc, valid-type]
        code, title = "special", "A special case"

    answer = problems.of_error(Special("It is so.", field="a.b", limit=3, holders=["x"], nothing=None))
    assert answer.status_code == status
    assert answer.content == (
        b'{"type":"urn:imagestore:problem:special","title":"A special case","status":%d,"code":"special",'
        b'"detail":"It is so.","field":"a.b","limit":3,"holders":["x"]}' % status
    )
    assert ("Retry-After" in answer) == (status in (429, 503))
