"""What the API answers, against the shapes that its OpenAPI document promises: every route, nothing more or less."""

import hashlib
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from ninja import Schema

from files import keys, part_schemas, queries
from files import schemas as files
from imagestore.api import api as document
from imagestore.common import aws, clock, objects, retention_answers
from imagestore.common.problems import Problem
from imagestore.webhooks import schemas as webhooks
from projects import schemas as projects
from projects.carts import schemas as carts
from projects.orders import operations as order_operations
from projects.orders import queries as order_queries
from projects.orders import schemas as orders
from projects.packages import schemas as packages
from projects.shares import schemas as shares
from tests.support import expiring
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, customer, make_shop, token, token_for

UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"
SHAPES: dict[str, Any] = {
    **vars(files), **vars(part_schemas), **vars(projects), **vars(packages), **vars(shares), **vars(webhooks),
    **vars(carts), **vars(orders), **vars(retention_answers),
}  # fmt: skip
ROUTES = {
    f"{method.upper()} {path.removeprefix('/api/v1')}": operation["responses"]
    for path, operations in document.get_openapi_schema()["paths"].items()
    for method, operation in operations.items()
}


@pytest.fixture
def anna(moto_aws: None) -> Api:
    make_shop()
    return Api(token())


def stored() -> str:
    return stored_photos(1, customer())[0].id


def registered(anna: Api) -> str:
    (item,) = anna("POST", "/files", {"files": [photo(3).announcement]}).json()["items"]
    return str(item["file"]["id"])


def uploaded(anna: Api) -> str:
    id = registered(anna)
    objects.put_new(keys.object_key("acme", id), photo(3).body, "image/jpeg")
    return id


def project(anna: Api) -> Answer:
    return anna("POST", "/projects", {"name": "Iceland", "document": {"pages": []}, "files": {"cover": stored()}})


def package(anna: Api) -> Answer:
    return anna("POST", f"{path_of(project(anna))}/packages", {})


def package_order(path: str) -> Answer:
    """By the shop's server."""
    return Api(token(customer=None))("POST", f"{path}/packages", {})


def packages_of_order(anna: Api) -> Answer:
    path = path_of(place(anna))
    assert package_order(path).status_code == 202
    return anna("GET", f"{path}/packages")


def extend(anna: Api) -> Answer:
    path = path_of(project(anna))
    expiring.change_policy(expiring.of())
    return anna("POST", f"{path}/extend")


def save(anna: Api) -> Answer:
    created = project(anna)
    return anna("PUT", f"/projects/{created.json()['id']}", {"document": {}}, If_Match=created["ETag"])


def share(anna: Api) -> tuple[str, Answer]:
    """The path of the project, and what was answered."""
    path = path_of(project(anna))
    return path, anna("POST", f"{path}/shares", {"mode": "edit", "label": "Grandma", "password": "grey geyser"})


def revoked_share(anna: Api) -> Answer:
    path, shared = share(anna)
    return anna("DELETE", f"{path}/shares/{shared.json()['id']}")


def path_of(created: Answer) -> str:
    path: str = created["Location"].removeprefix("/api/v1")
    return path


def restore_version(anna: Api) -> Answer:
    created = project(anna)
    path = path_of(created)
    saved = anna("PUT", path, {"document": {}}, If_Match=created["ETag"])
    return anna("POST", f"{path}/versions/1/restore", If_Match=saved["ETag"])


def more_files(anna: Api) -> Answer:
    """One more than are told at once; each is the same photo."""
    files = dict.fromkeys((f"p{number:04d}" for number in range(501)), stored())
    path = path_of(anna("POST", "/projects", {"document": {}, "files": files}))
    return anna("GET", f"{path}/files?cursor={anna('GET', path).json()['files_cursor']}")


def print_check(anna: Api) -> Answer:
    placed = {"alias": "cover", "page": 1, "width_mm": 500, "height_mm": 500, "crop": {}}
    body = {"document": {}, "files": {"cover": stored()}, "placements": [placed]}
    return anna("GET", f"{path_of(anna('POST', '/projects', body))}/print-check")


def register(anna: Api) -> Answer:
    return anna("POST", "/files", {"files": [photo(1).announcement, photo(2).announcement | {"size": 0}]})


def look_up(anna: Api) -> Answer:
    stored()
    return anna("POST", "/files/lookup", {"sha256": [photo(0).sha256, "0" * 64]})


def visit() -> Answer:
    """Of a shop's server, which gets the guest's token."""
    return Api(token(customer=None))("POST", "/sessions", {})


def in_visit(anna: Api, method: str, path: str, body: object = None) -> Answer:
    """`path` after the session's own."""
    session = visit().json()["id"]
    return Api(token(session=session))(method, f"/sessions/{session}{path}", body)


def revoked(anna: Api) -> Answer:
    session = visit().json()["id"]
    who = Api(token(session=session))
    handoff = who("POST", f"/sessions/{session}/handoffs", {}).json()["id"]
    return who("DELETE", f"/sessions/{session}/handoffs/{handoff}")


def page(anna: Api, path: str, make: Callable[[], object]) -> Answer:
    """The first of two pages, so that there is an item and a cursor."""
    make(), make()
    answer = anna("GET", f"{path}?limit=1")
    assert len(answer.json()["items"]) == 1
    assert answer.json()["next_cursor"]
    return answer


def beyond(told: Any, promised: Any) -> list[str]:
    """Members of an answer that its shape does not have; Ninja's schemas let them pass, whatever `extra` says."""
    if isinstance(told, list):
        return [name for pair in zip(told, promised, strict=True) for name in beyond(*pair)]
    if not isinstance(told, dict):
        return []
    deeper = [name for key in told.keys() & promised.keys() for name in beyond(told[key], promised[key])]
    return [*(told.keys() - promised.keys()), *deeper]


LARGE = photo(4).announcement | {"size": 9 * 1024**2, "sha256": hashlib.sha256(bytes(9 * 1024**2)).hexdigest()}


def begun(anna: Api) -> str:
    """The address of an upload in parts."""
    (item,) = anna("POST", "/files", {"files": [LARGE]}).json()["items"]
    path = f"/files/{item['file']['id']}/multipart"
    assert anna("POST", path).status_code == 200
    return path


def sent_in_parts(anna: Api) -> tuple[str, list[dict[str, Any]]]:
    path = begun(anna)
    id = path.split("/")[2]
    place: Any = {"Bucket": settings.IMAGESTORE_BUCKET, "Key": keys.object_key("acme", id)}
    upload_id = queries.files_by_id([id])[id].upload_id
    for number, size in enumerate((8 * 1024**2, 1024**2), 1):
        aws.s3().upload_part(**place, UploadId=str(upload_id), PartNumber=number, Body=bytes(size))
    parts = anna("GET", path).json()["items"]
    return path, [{"part_number": part["part_number"], "etag": part["etag"]} for part in parts]


def complete(anna: Api) -> Answer:
    path, parts = sent_in_parts(anna)
    return anna("POST", f"{path}/complete", {"parts": parts})


def of_endpoint(method: str, path: str = "", body: object = None) -> Answer:
    """Of the shop's own server; `path` after that of an endpoint to which a test event was sent."""
    shop = Api(token_for("/webhooks"))
    endpoint = f"/webhooks/{shop('POST', '/webhooks', {'url': 'http://127.0.0.1:9/'}).json()['id']}"
    delivery = shop("POST", f"{endpoint}/test").json()["id"]
    return shop(method, f"{endpoint}{path.replace('{delivery_id}', delivery)}", body)


def deliveries(anna: Api) -> Answer:
    """The first of two pages."""
    shop = Api(token_for("/webhooks"))
    endpoint = f"/webhooks/{shop('POST', '/webhooks', {'url': 'http://127.0.0.1:9/'}).json()['id']}"
    return page(shop, f"{endpoint}/deliveries", lambda: shop("POST", f"{endpoint}/test"))


def fresh() -> str:
    """An id of a cart line that is none yet."""
    return f"line-{uuid4()}"


def put_item(anna: Api, line: str) -> Answer:
    return anna("PUT", f"/cart-items/{line}", {"project": project(anna).json()["id"], "quantity": 2})


def in_cart(anna: Api, method: str, path: str = "") -> Answer:
    assert put_item(anna, "line-1").status_code == 201
    return anna(method, f"/cart-items/line-1{path}")


def place(anna: Api) -> Answer:
    return anna("POST", "/orders", {"items": [{"project": project(anna).json()["id"]}], "reference": "A-1"})


def resubmit(anna: Api) -> Answer:
    path = path_of(place(anna))
    found = order_queries.find_order(path.rpartition("/")[2])
    assert found is not None
    order_operations.packaged(order=found, by="test", now=clock.now())
    return Api(token(customer=None))("POST", f"{path}/resubmit")


CALLS: dict[str, Callable[[Api], Answer]] = {
    "POST /files": register,
    "GET /files": lambda anna: page(anna, "/files", stored),
    "POST /files/lookup": look_up,
    "GET /files/{file_id}": lambda anna: anna("GET", f"/files/{stored()}"),
    "GET /files/{file_id}/content": lambda anna: anna("GET", f"/files/{stored()}/content"),
    "GET /files/{file_id}/renditions/{name}": lambda anna: anna(
        "GET", f"/files/{stored()}/renditions/preview?redirect=false"
    ),
    "GET /files/{file_id}/retention": lambda anna: anna("GET", f"/files/{stored()}/retention"),
    "DELETE /files/{file_id}": lambda anna: anna("DELETE", f"/files/{stored()}"),
    "POST /files/{file_id}/upload-url": lambda anna: anna("POST", f"/files/{registered(anna)}/upload-url"),
    "POST /files/{file_id}/confirm": lambda anna: anna("POST", f"/files/{uploaded(anna)}/confirm"),
    "POST /files/delete": lambda anna: anna("POST", "/files/delete", {"ids": [stored(), UNKNOWN_ID]}),
    "GET /usage": lambda anna: anna("GET", "/usage"),
    "POST /files/{file_id}/multipart": lambda anna: anna("POST", begun(anna)),
    "GET /files/{file_id}/multipart": lambda anna: anna("GET", sent_in_parts(anna)[0]),
    "DELETE /files/{file_id}/multipart": lambda anna: anna("DELETE", begun(anna)),
    "POST /files/{file_id}/multipart/parts": lambda anna: anna("POST", f"{begun(anna)}/parts", {"part_numbers": [2]}),
    "POST /files/{file_id}/multipart/complete": complete,
    "POST /upload-links": lambda anna: anna("POST", "/upload-links", {}),
    "POST /sessions": lambda anna: visit(),
    "GET /sessions/{session_id}": lambda anna: in_visit(anna, "GET", ""),
    "POST /sessions/{session_id}/claim": lambda anna: in_visit(anna, "POST", "/claim"),
    "DELETE /sessions/{session_id}": lambda anna: in_visit(anna, "DELETE", ""),
    "POST /sessions/{session_id}/handoffs": lambda anna: in_visit(anna, "POST", "/handoffs", {}),
    "DELETE /sessions/{session_id}/handoffs/{handoff_id}": revoked,
    "POST /projects": project,
    "GET /projects": lambda anna: page(anna, "/projects", lambda: project(anna)),
    "GET /projects/{project_id}": lambda anna: anna("GET", f"/projects/{project(anna).json()['id']}"),
    "PUT /projects/{project_id}": save,
    "POST /projects/{project_id}/copy": lambda anna: anna("POST", f"{path_of(project(anna))}/copy", {}),
    "POST /projects/{project_id}/extend": extend,
    "POST /projects/{project_id}/restore": lambda anna: anna("POST", f"{path_of(project(anna))}/restore"),
    "GET /projects/{project_id}/files": more_files,
    "GET /projects/{project_id}/retention": lambda anna: anna("GET", f"{path_of(project(anna))}/retention"),
    "GET /projects/{project_id}/print-check": print_check,
    "GET /projects/{project_id}/versions": lambda anna: anna("GET", f"{path_of(project(anna))}/versions"),
    "GET /projects/{project_id}/versions/{number}": lambda anna: anna("GET", f"{path_of(project(anna))}/versions/1"),
    "POST /projects/{project_id}/versions/{number}/restore": restore_version,
    "POST /projects/{project_id}/packages": package,
    "POST /orders/{order_id}/packages": lambda anna: package_order(path_of(place(anna))),
    "GET /orders/{order_id}/packages": packages_of_order,
    "GET /packages/{package_id}": lambda anna: anna("GET", path_of(package(anna))),
    "POST /projects/{project_id}/shares": lambda anna: share(anna)[1],
    "GET /projects/{project_id}/shares": lambda anna: anna("GET", f"{share(anna)[0]}/shares"),
    "DELETE /projects/{project_id}/shares/{share_id}": revoked_share,
    "DELETE /projects/{project_id}": lambda anna: anna("DELETE", f"/projects/{project(anna).json()['id']}"),
    "GET /cart-items": lambda anna: page(anna, "/cart-items", lambda: put_item(anna, fresh())),
    "PUT /cart-items/{cart_item}": lambda anna: put_item(anna, "line-1"),
    "GET /cart-items/{cart_item}": lambda anna: in_cart(anna, "GET"),
    "GET /cart-items/{cart_item}/files": lambda anna: in_cart(anna, "GET", "/files"),
    "GET /cart-items/{cart_item}/retention": lambda anna: in_cart(anna, "GET", "/retention"),
    "POST /cart-items/{cart_item}/touch": lambda anna: in_cart(anna, "POST", "/touch"),
    "DELETE /cart-items/{cart_item}": lambda anna: in_cart(anna, "DELETE"),
    "POST /orders": place,
    "GET /orders": lambda anna: page(anna, "/orders", lambda: place(anna)),
    "GET /orders/{order_id}": lambda anna: anna("GET", path_of(place(anna))),
    "GET /orders/{order_id}/retention": lambda anna: anna("GET", f"{path_of(place(anna))}/retention"),
    "POST /orders/{order_id}/cancel": lambda anna: anna("POST", f"{path_of(place(anna))}/cancel"),
    "POST /orders/{order_id}/reports": lambda anna: Api(token(customer=None))(
        "POST", f"{path_of(place(anna))}/reports", {"event": "paid"}
    ),
    "POST /orders/{order_id}/resubmit": resubmit,
    "POST /webhooks": lambda anna: Api(token_for("/webhooks"))("POST", "/webhooks", {"url": "http://127.0.0.1:9/"}),
    "GET /webhooks": lambda anna: Api(token_for("/webhooks"))("GET", "/webhooks"),
    "GET /webhooks/{endpoint_id}": lambda anna: of_endpoint("GET"),
    "PATCH /webhooks/{endpoint_id}": lambda anna: of_endpoint("PATCH", "", {"types": ["file.rejected"]}),
    "DELETE /webhooks/{endpoint_id}": lambda anna: of_endpoint("DELETE"),
    "POST /webhooks/{endpoint_id}/secret": lambda anna: of_endpoint("POST", "/secret", {}),
    "POST /webhooks/{endpoint_id}/test": lambda anna: of_endpoint("POST", "/test"),
    "POST /webhooks/{endpoint_id}/replay": lambda anna: of_endpoint(
        "POST", "/replay", {"since": "2026-11-23T08:30:00Z"}
    ),
    "GET /webhooks/{endpoint_id}/deliveries": deliveries,
    "GET /webhooks/{endpoint_id}/deliveries/{delivery_id}": lambda anna: of_endpoint(
        "GET", "/deliveries/{delivery_id}"
    ),
    "POST /webhooks/{endpoint_id}/deliveries/{delivery_id}/replay": lambda anna: of_endpoint(
        "POST", "/deliveries/{delivery_id}/replay"
    ),
}


@pytest.mark.parametrize("route", list(ROUTES))
def test_success_is_answered_as_documented(route: str, anna: Api) -> None:
    assert route in CALLS, f"{route} is new: give it a call that succeeds in CALLS"
    answer = CALLS[route](anna)
    promised = {status: told for status, told in ROUTES[route].items() if status < 300}
    assert answer.status_code in promised, answer.content
    content = promised[answer.status_code].get("content")
    if content is None:
        assert answer.content == b""
        return
    assert answer["Content-Type"] == "application/json"
    shape: type[Schema] = SHAPES[content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    promise = shape.model_validate(answer.json()).model_dump(mode="json")
    assert beyond(answer.json(), promise) == []


def test_problems_are_answered_as_documented(anna: Api, subtests: pytest.Subtests) -> None:
    nobody, without_scopes = Api(None), Api(token(scopes=[]))
    for route in ROUTES:
        method, path = route.split()
        path = re.sub(r"\{(\w+)\}", lambda place: {"name": "preview", "number": "1"}.get(place[1], UNKNOWN_ID), path)
        nonsense = {"nonsense": True} if method in ("POST", "PUT", "PATCH") else None
        with subtests.test(route):
            assert_problems(
                route,
                nobody(method, path, nonsense),
                without_scopes(method, path, nonsense),
                anna(method, path, nonsense),
                anna(method, f"{path}?limit=x&customer=bob"),
            )


def assert_problems(route: str, *answers: Answer) -> None:
    problems = [answer for answer in answers if answer.status_code >= 400]
    assert 401 in [answer.status_code for answer in problems]
    assert len(problems) > 1
    for answer in problems:
        told = Problem.model_validate(answer.json())
        assert answer["Content-Type"] == "application/problem+json"
        assert told.status == answer.status_code
        assert answer.status_code in ROUTES[route], f"{route} answers {answer.status_code} and does not document it"


def test_the_document_is_made_once_for_each_prefix() -> None:
    """It takes long, and whoever asks for it gets the same."""
    assert document.get_openapi_schema() is document.get_openapi_schema(path_prefix="/api/v1/")
    elsewhere = document.get_openapi_schema(path_prefix="/elsewhere/")
    assert {path.removeprefix("/elsewhere") for path in elsewhere["paths"]} == {
        path.removeprefix("/api/v1") for path in document.get_openapi_schema()["paths"]
    }
