"""Bad requests of every kind over every route: each is answered with a documented problem that names the field at
fault, and changes nothing in the table."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.conf import settings

from imagestore.api import api as document
from imagestore.common.problems import Problem
from tests.model.rows import Table
from tests.support.clients import Client
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop, token, token_for

SCHEMA = document.get_openapi_schema()
ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"
PLACES = {
    "{file_id}": ID, "{project_id}": ID, "{session_id}": "V-1", "{handoff_id}": ID, "{endpoint_id}": ID,
    "{delivery_id}": ID, "{number}": "1", "{package_id}": ID, "{share_id}": ID, "{cart_item}": "line-1",
    "{order_id}": ID,
}  # fmt: skip
ROUTES = [
    (method.upper(), path.removeprefix("/api/v1"), operation)
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
]
WITH_BODY = [(method, path) for method, path, operation in ROUTES if "requestBody" in operation]
LISTS = [path for method, path, operation in ROUTES if any(p["name"] == "cursor" for p in operation["parameters"])]
GOOD = photo(1).announcement
PART = {"part_number": 1, "etag": "9f"}
HOOK = {"url": "http://127.0.0.1:9/"}
VALID: dict[str, object] = {
    "/projects/{project_id}": {"document": {}},
    "/projects/{project_id}/shares": {"mode": "view"},
    "/files/{file_id}/multipart/parts": {"part_numbers": [1]},
    "/files/{file_id}/multipart/complete": {"parts": [PART]},
    "/orders/{order_id}/reports": {"event": "paid"},
    "/webhooks/{endpoint_id}": {"enabled": False},
    "/webhooks/{endpoint_id}/replay": {"since": "2026-11-23T08:30:00Z"},
}
Send = Callable[..., Any]


@pytest.fixture
def send(moto_aws: None) -> Send:
    """Sends anything at all; the answer must be a documented problem, and the table what it was."""
    make_shop()
    stored_photos(1, customer())
    client = Client()
    client.get("/api/v1/files", headers={"Authorization": f"Bearer {token()}"})
    table = Table()
    found = table.state()

    def refused(method: str, path: str, body: object = None, *, bearer: str | None = None, **headers: str) -> Any:
        nonlocal found
        content = body if isinstance(body, str | bytes) else orjson.dumps(body) if body is not None else b""
        type = headers.pop("Content_Type", "application/json")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {token_for(path) if bearer is None else bearer}"
        answer = client.generic(method, f"/api/v1{path}", content, type, headers=named)
        before, found = found, table.state()
        assert 400 <= answer.status_code < 500, answer.content
        assert found == before
        assert_documented(method, path, answer)
        return answer.json()

    return refused


def assert_documented(method: str, path: str, answer: Any) -> None:
    told = Problem.model_validate(answer.json())
    assert answer["Content-Type"] == "application/problem+json"
    assert (told.type, told.status) == (f"urn:imagestore:problem:{told.code}", answer.status_code)
    assert told.title
    assert told.detail
    plain = path.partition("?")[0]
    for verb, template, operation in ROUTES:
        if verb == method and at(template) == plain:
            examples = operation["responses"][answer.status_code]["content"]["application/problem+json"]["examples"]
            assert told.code in examples, f"{method} {template} answers {told.code} and has no example of it"


def at(template: str) -> str:
    for place, value in PLACES.items():
        template = template.replace(place, value)
    return template


BAD_FILES: list[tuple[dict[str, object], str]] = [
    ({"name": ""}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"name": "x" * 5000}, "name"),
    ({"name": "../../etc/passwd"}, "name"),
    ({"name": "C:\\photo.jpg"}, "name"),
    ({"name": "a\x00.jpg"}, "name"),
    ({"name": "a\r\nSet-Cookie: x"}, "name"),
    ({"name": "photo\u202egpj.exe"}, "name"),
    ({"name": "\u2066photo.jpg"}, "name"),
    ({"name": "a\u2028b.jpg"}, "name"),
    ({"name": None}, "name"),
    ({"name": ["a"]}, "name"),
    ({"name": {"$ne": 1}}, "name"),
    ({"size": 0}, "size"),
    ({"size": -1}, "size"),
    ({"size": 2 * 1024**3 + 1}, "size"),
    ({"size": 10**15}, "size"),
    ({"size": 1.5}, "size"),
    ({"size": "12"}, "size"),
    ({"size": True}, "size"),
    ({"size": None}, "size"),
    ({"sha256": ""}, "sha256"),
    ({"sha256": "0" * 63}, "sha256"),
    ({"sha256": "0" * 65}, "sha256"),
    ({"sha256": "G" * 64}, "sha256"),
    ({"sha256": "A" * 64}, "sha256"),
    ({"sha256": "0" * 64 + "\n"}, "sha256"),
    ({"sha256": "٣" * 64}, "sha256"),
    ({"content_type": "image/svg+xml"}, "content_type"),
    ({"content_type": "text/html"}, "content_type"),
    ({"content_type": "IMAGE/JPEG"}, "content_type"),
    ({"content_type": "image/jpeg; charset=x"}, "content_type"),
    ({"content_type": "image/jpeg\r\nx: y"}, "content_type"),
    ({"if_known": "maybe"}, "if_known"),
    ({"id": ID}, "id"),
    ({"state": "stored"}, "state"),
    ({"__proto__": {}}, "__proto__"),
]
BAD_FIELDS: list[tuple[str, str, object, str]] = [
    ("POST", "/files", {"files": []}, "files"),
    ("POST", "/files", {"files": [GOOD] * 501}, "files"),
    ("POST", "/files", {"files": GOOD}, "files"),
    ("POST", "/files", {"files": [None]}, "files.0"),
    ("POST", "/files", {"files": [GOOD], "owner": "customer:bob"}, "owner"),
    ("POST", "/files", {"files": [{}]}, "files.0.name"),
    ("POST", "/files/lookup", {"sha256": []}, "sha256"),
    ("POST", "/files/lookup", {"sha256": ["0" * 64] * 501}, "sha256"),
    ("POST", "/files/lookup", {"sha256": ["0" * 64, "x"]}, "sha256.1"),
    ("POST", "/files/lookup", {"sha256": ["0" * 64], "customer": "bob"}, "customer"),
    ("POST", "/files/delete", {"ids": []}, "ids"),
    ("POST", "/files/delete", {"ids": [ID] * 501}, "ids"),
    ("POST", "/files/delete", {"ids": [7]}, "ids.0"),
    ("POST", "/files/delete", {"ids": ["x" * 27]}, "ids.0"),
    ("POST", f"/files/{ID}/multipart/parts", {"part_numbers": []}, "part_numbers"),
    ("POST", f"/files/{ID}/multipart/parts", {"part_numbers": [1] * 501}, "part_numbers"),
    ("POST", f"/files/{ID}/multipart/parts", {"part_numbers": ["1"]}, "part_numbers.0"),
    ("POST", f"/files/{ID}/multipart/complete", {"parts": []}, "parts"),
    ("POST", f"/files/{ID}/multipart/complete", {"parts": [PART] * 411}, "parts"),
    ("POST", f"/files/{ID}/multipart/complete", {"parts": [PART | {"etag": "x" * 257}]}, "parts.0.etag"),
    ("POST", f"/files/{ID}/multipart/complete", {"parts": [PART | {"part_number": 1.5}]}, "parts.0.part_number"),
    ("POST", f"/files/{ID}/multipart/complete", {"parts": [PART | {"size": 1}]}, "parts.0.size"),
    ("POST", "/upload-links", {"minutes": "ten"}, "minutes"),
    ("POST", "/sessions", {"customer": 7}, "customer"),
    ("POST", "/sessions/V-1/handoffs", {"minutes": 1.5}, "minutes"),
    ("POST", "/sessions/V-1/handoffs", {"keep_until": "tomorrow"}, "keep_until"),
    ("POST", "/projects", {"document": []}, "document"),
    ("POST", "/projects", {"document": {}, "files": {"a": "../x"}}, "files.a"),
    ("POST", "/projects", {"document": {}, "files": {"": ID}}, "files."),
    ("POST", "/projects", {"document": {}, "files": {"a": "x" * 27}}, "files.a"),
    ("POST", "/projects", {"document": {}, "name": "x" * 201}, "name"),
    ("POST", "/projects", {"document": {}, "name": "Ice\x00land"}, "name"),
    ("POST", f"/projects/{ID}/shares", {}, "mode"),
    ("POST", f"/projects/{ID}/shares", {"mode": "own"}, "mode"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "label": 7}, "label"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "label": "x" * 101}, "label"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "password": ""}, "password"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "password": "x" * 129}, "password"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "expires_at": "soon"}, "expires_at"),
    ("POST", f"/projects/{ID}/shares", {"mode": "view", "token": "mine"}, "token"),
    ("PUT", f"/projects/{ID}", {}, "document"),
    ("POST", f"/projects/{ID}/packages", {"pages": []}, "pages"),
    ("POST", f"/projects/{ID}/packages", {"pages": [1] * 201}, "pages"),
    ("POST", f"/projects/{ID}/packages", {"pages": [0]}, "pages.0"),
    ("POST", f"/projects/{ID}/packages", {"pages": [1, "2"]}, "pages.1"),
    ("POST", f"/projects/{ID}/packages", {"page": 1}, "page"),
    ("PUT", "/cart-items/line-1", {}, "project"),
    ("PUT", "/cart-items/line-1", {"project": "x" * 27}, "project"),
    ("PUT", "/cart-items/line-1", {"project": ID, "version": 0}, "version"),
    ("PUT", "/cart-items/line-1", {"project": ID, "version": "1"}, "version"),
    ("PUT", "/cart-items/line-1", {"project": ID, "quantity": 0}, "quantity"),
    ("PUT", "/cart-items/line-1", {"project": ID, "quantity": 100_001}, "quantity"),
    ("PUT", "/cart-items/line-1", {"project": ID, "quantity": 1.5}, "quantity"),
    ("PUT", "/cart-items/line-1", {"project": ID, "product": "x" * 201}, "product"),
    ("PUT", "/cart-items/line-1", {"project": ID, "cart": "theirs"}, "cart"),
    ("PUT", "/cart-items/line-1", {"project": ID, "owner": "bob"}, "owner"),
    ("PUT", "/cart-items/-line", {"project": ID}, "cart_item"),
    ("GET", "/cart-items/line%231", None, "cart_item"),
    ("DELETE", f"/cart-items/{'x' * 129}", None, "cart_item"),
    ("GET", "/cart-items/line-1?urls=all", None, "urls"),
    ("GET", "/cart-items?limit=0", None, "limit"),
    ("POST", "/orders", {}, "items"),
    ("POST", "/orders", {"items": []}, "items"),
    ("POST", "/orders", {"items": [{}]}, "items.0"),
    ("POST", "/orders", {"items": [{"project": ID}] * 101}, "items"),
    ("POST", "/orders", {"items": [{"project": ID, "cart_item": "line-1"}]}, "items.0"),
    ("POST", "/orders", {"items": [{"cart_item": "a/b"}]}, "items.0.cart_item"),
    ("POST", "/orders", {"items": [{"cart_item": "line-1", "version": 1}]}, "items.0.version"),
    ("POST", "/orders", {"items": [{"project": ID, "quantity": True}]}, "items.0.quantity"),
    ("POST", "/orders", {"items": [{"project": ID}], "reference": "x" * 101}, "reference"),
    ("POST", "/orders", {"items": [{"project": ID}], "reference": "a\nb"}, "reference"),
    ("POST", "/orders", {"items": [{"project": ID}], "state": "paid"}, "state"),
    ("POST", f"/orders/{ID}/reports", {}, "event"),
    ("POST", f"/orders/{ID}/reports", {"event": "packaged"}, "event"),
    ("POST", f"/orders/{ID}/reports", {"event": "paid", "at": "2026-01-02T03:04:05"}, "at"),
    ("POST", f"/orders/{ID}/packages", {"pages": [1.5]}, "pages.0"),
    ("GET", f"/orders/{ID}/packages?limit=0", None, "limit"),
    ("GET", "/orders?state=placing", None, "state.0"),
    ("GET", "/orders?limit=101", None, "limit"),
    ("GET", "/files?limit=0", None, "limit"),
    ("GET", "/files?limit=101", None, "limit"),
    ("GET", "/files?limit=1e9", None, "limit"),
    ("GET", "/files?state=gone", None, "state.0"),
    ("GET", "/files?after=x", None, "after"),
    ("POST", "/sessions", {"customer": ""}, "customer"),
    ("POST", "/sessions", {"customer": "anna\nbob"}, "customer"),
    ("POST", "/files", {"files": [GOOD | {"name": ".."}]}, "files.0.name"),
    ("POST", "/files", {"files": [GOOD | {"name": " . "}]}, "files.0.name"),
    ("GET", f"/files/{ID}/content?redirect=perhaps", None, "redirect"),
    ("GET", "/usage?custmer=anna", None, "custmer"),
    ("GET", "/files?state=stored&stat=trashed", None, "stat"),
    ("GET", "/files?limit=1&limit=2", None, "limit"),
    ("GET", "/files?=x", None, "query"),
    ("POST", "/webhooks", {}, "url"),
    ("POST", "/webhooks", {"url": ""}, "url"),
    ("POST", "/webhooks", {"url": "ftp://127.0.0.1/"}, "url"),
    ("POST", "/webhooks", {"url": "https://a.example/" + "x" * 500}, "url"),
    ("POST", "/webhooks", HOOK | {"types": ["file.stored"]}, "types.0"),
    ("POST", "/webhooks", HOOK | {"types": "file.rejected"}, "types"),
    ("POST", "/webhooks", HOOK | {"enabled": "yes"}, "enabled"),
    ("POST", "/webhooks", HOOK | {"description": "x" * 201}, "description"),
    ("POST", "/webhooks", HOOK | {"secret": "whsec_x"}, "secret"),
    ("PATCH", f"/webhooks/{ID}", {"url": None}, "url"),
    ("PATCH", f"/webhooks/{ID}", {"shop": "other"}, "shop"),
    ("POST", f"/webhooks/{ID}/secret", {"overlap_hours": 169}, "overlap_hours"),
    ("POST", f"/webhooks/{ID}/secret", {"overlap_hours": -1}, "overlap_hours"),
    ("POST", f"/webhooks/{ID}/replay", {}, "since"),
    ("POST", f"/webhooks/{ID}/replay", {"since": "2026-11-23"}, "since"),
    ("GET", f"/webhooks/{ID}/deliveries?failing=perhaps", None, "failing"),
    ("GET", f"/webhooks/{ID}/deliveries?state=failed", None, "state"),
]
NO_JSON: dict[str, str | bytes] = {
    "open": "{",
    "word": "nonsense",
    "nan": '{"a": NaN}',
    "infinity": '{"a": -Infinity}',
    "infinite number": '{"a": 1e999}',
    "half a surrogate": '{"a": "\\ud800"}',
    "no UTF-8": b'{"a": "\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "deep": "[" * 20_000,
    "deep objects": '{"a":' * 2_000 + "1" + "}" * 2_000,
    "a name twice": '{"a": 1, "a": 2}',
    "two values": "{}{}",
    "octal": '{"a": 01}',
}
NO_SHAPE: list[object] = [[], "text", 7, True, {"nonsense": 1}]
NO_TYPE = [
    ("text/plain", "", "Content-Type"),
    ("multipart/form-data; boundary=x", "", "Content-Type"),
    ("application/json; charset=utf-16", "", "Content-Type"),
    ("application/json", "br", "Content-Encoding"),
]


@pytest.mark.parametrize("kind", NO_JSON)
def test_a_body_that_is_no_json(send: Send, subtests: pytest.Subtests, kind: str) -> None:
    for method, path in WITH_BODY:
        with subtests.test(f"{method} {path}"):
            problem = send(method, at(path), NO_JSON[kind], If_Match='"x"')
            assert (problem["status"], problem["code"]) == (400, "bad-request")
            assert problem["field"] == ("a" if kind == "a name twice" else "body")


def test_a_body_of_another_shape(send: Send, subtests: pytest.Subtests) -> None:
    for method, path in WITH_BODY:
        for body in NO_SHAPE:
            with subtests.test(f"{method} {path} {body}"):
                problem = send(method, at(path), orjson.dumps(body), If_Match='"x"')
                assert (problem["status"], problem["code"]) == (422, "invalid")
                assert problem["field"]


def test_a_body_of_another_type(send: Send, subtests: pytest.Subtests) -> None:
    for method, path in WITH_BODY:
        for type, encoding, field in NO_TYPE:
            with subtests.test(f"{method} {path} {type} {encoding}"):
                problem = send(method, at(path), "{}", Content_Type=type, Content_Encoding=encoding)
                assert (problem["status"], problem["field"]) == (415, field)


def test_ten_megabytes(send: Send, subtests: pytest.Subtests) -> None:
    for method, path in WITH_BODY:
        with subtests.test(f"{method} {path}"):
            problem = send(method, at(path), b'{"a": "' + b"x" * 10_000_000 + b'"}')
            assert (problem["status"], problem["field"]) == (413, "body")
            assert problem["limit"] == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_a_file_that_cannot_be_registered(send: Send, subtests: pytest.Subtests) -> None:
    for changes, field in BAD_FILES:
        with subtests.test(repr(changes)[:60]):
            problem = send("POST", "/files", {"files": [GOOD | changes]})
            assert (problem["status"], problem["field"]) == (422, f"files.0.{field}")


def test_other_fields(send: Send, subtests: pytest.Subtests) -> None:
    for method, path, body, field in BAD_FIELDS:
        with subtests.test(f"{method} {path} {body}"[:80]):
            problem = send(method, path, body, If_Match='"x"')
            assert (problem["status"], problem["field"]) == (422, field)


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_was_not_given(send: Send, subtests: pytest.Subtests, path: str) -> None:
    for cursor in ("x", "%00", "é", "%F0%9F%98%80", "a:b", "x" * 2049, "..%2f", "%E2%80%AE"):
        with subtests.test(cursor[:20]):
            problem = send("GET", f"{at(path)}?cursor={cursor}")
            assert (problem["status"], problem["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/files", {"files": [GOOD]}),
        ("/projects", {"document": {}}),
        (f"/projects/{ID}/packages", {}),
        (f"/orders/{ID}/packages", {}),
        ("/orders", {"items": [{"project": ID}]}),
        ("/sessions", {}),
        ("/sessions/V-1/handoffs", {}),
        ("/upload-links", {}),
        ("/webhooks", HOOK),
        (f"/projects/{ID}/shares", {"mode": "view"}),
    ],
)
def test_a_key_that_is_none(send: Send, subtests: pytest.Subtests, path: str, body: object) -> None:
    for key in ("", "é", "x" * 256, "x" * 100_000, "a\tb", "\x7f"):
        with subtests.test(repr(key)[:20]):
            problem = send("POST", path, body, Idempotency_Key=key)
            assert (problem["status"], problem["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    "id", ["x", ID.lower(), "%00", "%F0%9F%98%80", "..", "%2e%2e", "x" * 4000, "01J9ZQ6W0Z2V5T8K3M4N7P1R6%0A", ID]
)
def test_an_id_that_nothing_has(send: Send, subtests: pytest.Subtests, id: str) -> None:
    """Malformed, unknown and foreign ids are told alike; one that is too long may be told as such."""
    for method, path, operation in (route for route in ROUTES if "_id}" in route[1]):
        place = path.replace("{name}", "preview").replace("{number}", "1")
        for name in PLACES:
            place = place.replace(name, id)
        body = VALID.get(path, {}) if "requestBody" in operation else None
        with subtests.test(f"{method} {path}"):
            problem = send(method, place, body, If_Match='"x"')
            assert problem["status"] in ((404, 422) if len(id) > 64 else (404,))


@pytest.mark.parametrize("bearer", ["", "x", "a.b.c", "x" * 20_000, "é"], ids=range(5))
def test_a_token_that_is_none(send: Send, subtests: pytest.Subtests, bearer: str) -> None:
    for method, path, _ in ROUTES:
        with subtests.test(f"{method} {path}"):
            assert send(method, at(path), {}, bearer=bearer)["status"] == 401


@pytest.mark.parametrize("method", ["PATCH", "PUT", "TRACE", "PROPFIND"])
def test_a_method_that_files_do_not_have(send: Send, method: str) -> None:
    assert send(method, "/files", {})["status"] == 405


def test_every_example_is_a_problem() -> None:
    for _, _, operation in ROUTES:
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/problem+json", {})
            assert status < 400 or content["examples"] or status == 403
            for code, example in content.get("examples", {}).items():
                assert Problem.model_validate(example["value"]).code == code
                assert example["value"]["status"] == status
