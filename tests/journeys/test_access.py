"""Every route of the OpenAPI document against every caller who must not get through.

A path parameter needs a builder here that makes a real object of someone else: a new one without fails the walk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
import pytest

from files import operations as files
from imagestore.api import api as document
from imagestore.common import clock
from imagestore.identity import signing
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks import records
from projects import operations as projects
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.orders import operations as orders
from projects.orders.records import WantedItem, WantedOrder
from projects.packages import operations as packages
from projects.records import Draft
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import KEY, Api, customer, make_shop, shop_server, token, token_for

UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"
Body = dict[str, Any] | None


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    parameters: tuple[str, ...]
    takes_body: bool
    names_customer: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    for path, operations in document.get_openapi_schema()["paths"].items():
        for method, operation in operations.items():
            names = tuple(entry["name"] for entry in operation.get("parameters", []) if entry["in"] == "path")
            of_shop = any(entry["name"] == "customer" for entry in operation.get("parameters", []))
            yield Route(method.upper(), path.removeprefix("/api/v1"), names, "requestBody" in operation, of_shop)


ROUTES = list(routes())
NAMING = [route for route in ROUTES if route.names_customer]
OBJECT_ROUTES = [route for route in ROUTES if route.parameters]
WITHOUT_OBJECT = [route for route in ROUTES if not route.parameters]
OTHERS = {"another shop": ("other", "anna"), "another customer": ("acme", "bob")}
OF_OTHERS = {
    other: [route for route in OBJECT_ROUTES if other == "another shop" or not route.path.startswith("/webhooks")]
    for other in OTHERS
}
"""What a shop has set up is all its own, whoever its customers are."""


def a_file(shop: str, who: str) -> str:
    return stored_photos(1, customer(who, shop))[0].id


def a_project(shop: str, who: str) -> str:
    owner = customer(who, shop)
    return projects.create(draft=Draft("", b"{}", {}), owner=f"customer:{who}", principal=owner, now=clock.now()).id


def a_package(shop: str, who: str) -> str:
    project = a_project(shop, who)
    return packages.ask_for_project(id=project, pages=[], principal=customer(who, shop), now=clock.now()).id


def a_session(shop: str, who: str) -> str:
    return files.open_session(customer=who, principal=customer(who, shop), now=clock.now()).id


def an_endpoint(shop: str, who: str) -> str:
    draft = records.Draft("http://127.0.0.1:9/")
    return webhooks.create(draft=draft, principal=shop_server(shop), now=clock.now()).endpoint.id


def a_cart_item(shop: str, who: str) -> str:
    line = Line(a_project(shop, who))
    carts.put(id="line-1", line=line, owner=f"customer:{who}", principal=customer(who, shop), now=clock.now())
    return "line-1"


def an_order(shop: str, who: str) -> str:
    wanted = WantedOrder((WantedItem(project=a_project(shop, who)),))
    owner = customer(who, shop)
    return orders.place(wanted=wanted, owner=f"customer:{who}", principal=owner, now=clock.now()).id


BUILDERS: dict[str, Callable[[str, str], str]] = {
    "file_id": a_file,
    "project_id": a_project,
    "package_id": a_package,
    "session_id": a_session,
    "handoff_id": lambda shop, who: UNKNOWN_ID,
    "share_id": lambda shop, who: UNKNOWN_ID,
    "name": lambda shop, who: "preview",
    "number": lambda shop, who: "1",
    "endpoint_id": an_endpoint,
    "delivery_id": lambda shop, who: UNKNOWN_ID,
    "cart_item": a_cart_item,
    "order_id": an_order,
}
BODIES: dict[str, Body] = {
    "/files": {"files": [photo().announcement]},
    "/files/delete": {"ids": [UNKNOWN_ID]},
    "/files/{file_id}/multipart/parts": {"part_numbers": [1]},
    "/files/{file_id}/multipart/complete": {"parts": [{"part_number": 1, "etag": "x"}]},
    "/upload-links": {},
    "/sessions": {},
    "/sessions/{session_id}/handoffs": {},
    "/files/lookup": {"sha256": ["9f" * 32]},
    "/projects": {"document": {}},
    "/projects/{project_id}": {"document": {}},
    "/projects/{project_id}/copy": {},
    "/webhooks": {"url": "http://127.0.0.1:9/"},
    "/webhooks/{endpoint_id}": {"enabled": False},
    "/webhooks/{endpoint_id}/secret": {},
    "/webhooks/{endpoint_id}/replay": {"since": "2026-11-23T08:30:00Z"},
    "/projects/{project_id}/packages": {},
    "/cart-items/{cart_item}": {"project": UNKNOWN_ID},
    "/orders": {"items": [{"project": UNKNOWN_ID}]},
    "/orders/{order_id}/reports": {"event": "paid"},
    "/orders/{order_id}/packages": {},
    "/projects/{project_id}/shares": {"mode": "view"},
}


def body_of(route: Route) -> Body:
    if not route.takes_body:
        return None
    assert route.path in BODIES, f"{route} takes a body: give it a valid one in BODIES"
    return BODIES[route.path]


def address(route: Route, built: Callable[[str], str]) -> str:
    """`built`: the id for the name of a parameter."""
    path = route.path
    for name in route.parameters:
        assert name in BUILDERS, f"{route} has the path parameter {name}: give it a builder in BUILDERS"
        path = path.replace("{" + name + "}", built(name))
    return path


def unknown(route: Route) -> str:
    path = route.path
    for name in route.parameters:
        path = path.replace("{" + name + "}", {"name": "preview", "number": "1"}.get(name, UNKNOWN_ID))
    return path


@pytest.fixture(autouse=True)
def _shops(moto_aws: None) -> None:
    make_shop()
    make_shop("other")


def tampered() -> str:
    head, claims, signature = token().split(".")
    return ".".join([head, claims[:-2] + ("AA" if claims[-2:] != "AA" else "BB"), signature])


def of_foreign_key() -> str:
    return signing.sign(signing.generate_key("first"), shop="acme", now=clock.now(), customer="anna")


def signed_otherwise(key: Any, algorithm: str, **headers: str) -> str:
    """Anna's own claims."""
    claims = jwt.decode(token(), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


BAD_TOKENS: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "nonsense": lambda: "nonsense",
    "changed after signing": tampered,
    "signed by a foreign key": of_foreign_key,
    "expired": lambda: token(now=clock.now() - timedelta(hours=3)),
    "of a shop that does not exist": lambda: token(shop="nobody"),
    "for another audience": lambda: token(aud="elsewhere"),
    "without algorithm": lambda: "eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ." + token().split(".")[1] + ".",
    "signed with the public key as a secret": lambda: signed_otherwise(KEY["x"], "HS256", kid="first"),
    "without the key's id": lambda: signed_otherwise(jwt.PyJWK(KEY).key, "EdDSA"),
    "unknown key": lambda: signing.sign({**KEY, "kid": "second"}, shop="acme", now=clock.now(), customer="anna"),
}


@pytest.mark.parametrize("bad", BAD_TOKENS)
def test_a_bad_token_opens_nothing(subtests: pytest.Subtests, bad: str) -> None:
    caller = Api(BAD_TOKENS[bad]())
    for route in ROUTES:
        with subtests.test(str(route)):
            answer = caller(route.method, unknown(route), body_of(route))
            assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
            assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    ["X_Principal", "X_Customer", "X_Shop", "Api_Gateway_Authorizer", "X_Amzn_Oidc_Identity", "Remote_User"],
)
def test_an_identity_in_a_header_is_nobody(subtests: pytest.Subtests, header: str) -> None:
    claimed = '{"kind":"customer","shop":"acme","customer":"anna","scopes":["files:read","files:write"]}'
    nobody = Api(None)
    for route in ROUTES:
        with subtests.test(str(route)):
            answer = nobody(route.method, unknown(route), body_of(route), **{header: claimed})
            assert answer.status_code == 401


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token ", "Bearer Bearer ", "Bearer, "])
def test_a_good_token_sent_in_another_way_opens_nothing(subtests: pytest.Subtests, scheme: str) -> None:
    nobody, sent = Api(None), scheme + token()
    for route in ROUTES:
        with subtests.test(str(route)):
            answer = nobody(route.method, unknown(route), body_of(route), Authorization=sent)
            assert answer.status_code == 401


@pytest.mark.parametrize("other", OTHERS)
def test_what_belongs_to_others_is_not_there(subtests: pytest.Subtests, other: str) -> None:
    """What the walk meets is one thing of each kind, which no route may change."""
    shop, who = OTHERS[other]
    theirs = cache(lambda name: BUILDERS[name](shop, who))
    for route in OF_OTHERS[other]:
        with subtests.test(str(route)):
            path = address(route, theirs)
            owner = Api(token_for(path, shop, who))
            thing = path.split("/")[1] + "/" + path.split("/")[2]
            before = without_urls(owner("GET", f"/{thing}").json())
            anna = Api(token_for(path))
            foreign = anna(route.method, path, body_of(route), If_Match='"1"')
            missing = anna(route.method, unknown(route), body_of(route), If_Match='"1"')
            assert foreign.status_code == 404
            assert foreign.json() == missing.json()
            assert without_urls(owner("GET", f"/{thing}").json()) == before


@pytest.mark.parametrize("who", ["anna", None], ids=["a customer", "a guest"])
def test_nobody_but_the_shop_names_a_customer(subtests: pytest.Subtests, who: str | None) -> None:
    """The other customer has things of each kind; what is the caller's own or missing is not told either."""
    visit = a_session("acme", "bob"), a_file("acme", "bob"), a_project("acme", "bob")
    caller = Api(token(customer=who, session="V1"))
    for route in NAMING:
        with subtests.test(str(route)):
            answer = caller(route.method, f"{unknown(route)}?customer=bob", body_of(route), If_Match='"1"')
            assert (answer.status_code, answer.json()["field"]) == (403, "customer")
            assert not any(id in answer.content.decode() for id in visit)


@pytest.mark.parametrize("named", ["", "anna%20b", "anna%0Abob", "x" * 129, "%C3%A4nna"])
def test_a_customer_is_named_as_tokens_name_them(subtests: pytest.Subtests, named: str) -> None:
    server = Api(token(customer=None))
    for route in NAMING:
        with subtests.test(str(route)):
            answer = server(route.method, f"{unknown(route)}?customer={named}", body_of(route))
            assert (answer.status_code, answer.json()["field"]) == (422, "customer")


def test_a_guest_may_nothing_more_when_the_visit_is_over(subtests: pytest.Subtests) -> None:
    """Its token is good for hours after the logout."""
    guest = Api(token(customer=None, session="V1"))
    assert guest("POST", "/sessions", {}).status_code == 201
    assert guest("GET", "/files").status_code == 200
    assert guest("DELETE", "/sessions/V1").status_code == 204
    for route in (route for route in ROUTES if not route.path.startswith("/sessions")):
        with subtests.test(str(route)):
            answer = guest(route.method, unknown(route), body_of(route), If_Match='"1"')
            assert (answer.status_code, answer.json()["code"]) == (403, "visit-over")
            assert guest("GET", "/sessions/V1").json()["state"] == "ended"


def test_lists_and_new_things_are_the_callers_own(subtests: pytest.Subtests) -> None:
    """Lists are read before anything of the caller's own is made."""
    for shop, who in (("other", "anna"), ("acme", "bob")):
        a_file(shop, who)
        a_project(shop, who)
    an_endpoint("other", "anna")
    for route in sorted(WITHOUT_OBJECT, key=lambda route: route.method != "GET"):
        with subtests.test(str(route)):
            body = (
                {"items": [{"project": a_project("acme", "anna")}]} if str(route) == "POST /orders" else body_of(route)
            )
            answer = Api(token_for(route.path))(route.method, route.path, body)
            assert answer.status_code in (200, 201)
            if route.path == "/usage":
                assert answer.json()["used"] == {"files": 0, "bytes": 0}
            elif route.method == "GET":
                assert answer.json()["items"] == []


def without_urls(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: without_urls(value) for name, value in told.items() if name not in ("url", "expires_at")}
    return told


@pytest.mark.parametrize(
    "who", [{"customer": "anna"}, {"customer": None, "session": "V1"}, {"customer": None}], ids=str
)
def test_what_a_shop_sets_up_is_for_its_own_server_with_the_scope(
    subtests: pytest.Subtests, who: dict[str, Any]
) -> None:
    caller, own = Api(token(**who)), cache(lambda name: BUILDERS[name]("acme", "anna"))
    for route in (route for route in ROUTES if route.path.startswith("/webhooks")):
        with subtests.test(str(route)):
            answer = caller(route.method, address(route, own), body_of(route))
            assert (answer.status_code, answer.json()["scope"]) == (403, "shop:admin")


def test_the_document_tells_problems_of_every_route() -> None:
    for path, operations in document.get_openapi_schema()["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["tags"], (method, path)
            for status in (401, 403, 422, 429, 500, 503):
                assert "application/problem+json" in operation["responses"][status]["content"], (method, path, status)
