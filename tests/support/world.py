"""A shop, its customers and its API, on moto (`moto_aws`) or on the real local AWS (`real_aws`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import set_script_prefix

from imagestore.common import aws, clock, due, principal, queues, tasks
from imagestore.common.principal import Principal
from imagestore.identity import claims, signing
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop
from imagestore.local.bootstrap import LOCAL_ORIGINS
from imagestore.local.bucket import ensure_bucket
from imagestore.local.tables import ensure_table
from imagestore.webhooks import queries as webhooks
from imagestore.webhooks import silence
from tests.support import moto_place
from tests.support.clients import Client
from tests.support.ministack import LocalAws

ALL_SCOPES = frozenset({"files:read", "files:write", "projects:read", "projects:write"})
KEY = signing.generate_key("first")
Answer = Any


@dataclass(frozen=True)
class Sent:
    """A task that was sent instead of run."""

    name: str
    payload: dict[str, Any]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()
    shops.forget()
    webhooks.forget()
    silence.forget()
    # A test that calls the WSGI application behind a stage leaves its prefix to the thread.
    set_script_prefix("/")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Tasks go here instead of to a queue."""
    caught: list[Sent] = []

    def send_task(name: str, kwargs: dict[str, Any], queue: str) -> None:
        caught.append(Sent(name, kwargs))

    monkeypatch.setattr(tasks.app(), "send_task", send_task)
    return caught


@pytest.fixture
def due_shards() -> int:
    """Over how many shards of an hour dues are spread on moto: by one, sweeps of many days ask a quarter as often."""
    return 1


@pytest.fixture
def moto_aws(sent: list[Sent], due_shards: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(due, "FIRST_SHARDS", due_shards)
    with moto_place.place():
        yield


@pytest.fixture
def real_aws(empty_aws: LocalAws, sent: list[Sent]) -> LocalAws:
    """Real conditions, transactions and signatures: the local AWS, with a table and a bucket of this test's own.

    There are queues, but nothing comes into them: what is sent is in `sent`, and uploads are told to nobody.
    """
    ensure_table(empty_aws.table)
    ensure_bucket(empty_aws.bucket, LOCAL_ORIGINS)
    for name in queues.NAMES:
        aws.sqs().create_queue(QueueName=f"{empty_aws.queue_prefix}{name}")
    return empty_aws


@pytest.fixture
def told_aws(local_aws: LocalAws, sent: list[Sent]) -> LocalAws:
    """As `real_aws`, and what is uploaded is told to its queue."""
    return local_aws


@pytest.fixture(params=[12, pytest.param(60, marks=pytest.mark.proof)])
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a race is run."""
    return int(request.param)


@pytest.fixture(params=[3, pytest.param(1, marks=pytest.mark.proof)])
def every(request: pytest.FixtureRequest) -> int:
    """Of the calls that an operation makes, each so many-th is tried: proofs try all."""
    return int(request.param)


@pytest.fixture
def now() -> datetime:
    return clock.now()


def keeping(**lifetimes: str) -> dict[str, Any]:
    """A policy with a rule for each subject: `keeping(cart_item="3d")`."""
    return {"rules": [{"subject": subject, "keep": keep} for subject, keep in lifetimes.items()]}


def make_shop(id: str = "acme", **changes: Any) -> Shop:
    """Needs `moto_aws` or `real_aws`."""
    return identity.create_shop(
        id=id,
        name=id.title(),
        principal=principal.command("tests"),
        now=clock.now(),
        public_keys=[signing.public_part(KEY)],
        allowed_origins=[f"https://{id}.example"],
        **changes,
    )


def customer(id: str = "anna", shop: str = "acme") -> Principal:
    return Principal(kind="customer", shop=shop, customer=id, scopes=ALL_SCOPES)


def shop_server(shop: str = "acme") -> Principal:
    """The shop's own, which may change what the shop has set up."""
    return Principal(kind="shop", shop=shop, scopes=ALL_SCOPES | {claims.SHOP_ADMIN})


def token(shop: str = "acme", customer: str | None = "anna", **changes: Any) -> str:
    claims: dict[str, Any] = {"now": clock.now(), "scopes": ALL_SCOPES} | changes
    return signing.sign(KEY, shop=shop, customer=customer, **claims)


def token_for(path: str, shop: str = "acme", customer: str = "anna") -> str:
    """Of who may use a route: a customer, or the shop's own server where shops set things up."""
    if path.startswith("/webhooks"):
        return token(shop=shop, customer=None, scopes=shop_server().scopes)
    return token(shop=shop, customer=customer)


class Api:
    """The REST API as one caller sees it, in process."""

    def __init__(self, bearer: str | None) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {bearer}"} if bearer else {})

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """`headers`: names with underscores for hyphens. Answers Django's response, `.json()` included."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {"data": "" if body is None else body, "content_type": "application/json"}
        if method in ("GET", "DELETE"):
            content = {}
        return getattr(self._client, method.lower())(f"/api/v1{path}", headers=named, **content)


@pytest.fixture
def api() -> Callable[..., Api]:
    """`api()` is Anna of shop acme; `api(customer="bob")`, `api(shop="other")`, `api(bearer="…")` others."""

    def caller(bearer: str | None = "", **who: Any) -> Api:
        return Api(token(**who) if bearer == "" else bearer)

    return caller
