"""Fixtures for tests against a local AWS that enforces signatures and permissions.

`ministack` starts one per test session (and xdist worker). `local_aws` gives each test a table, a bucket and
queues of its own on it, with settings and clients bound to them.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from pytest_django import Settings

from imagestore.common import aws
from imagestore.local.bootstrap import bootstrap
from imagestore.local.emulator import ACCOUNT, CREDENTIALS, REGION, Emulator

_numbers = count(1)


@dataclass(frozen=True)
class LocalAws:
    """Where a test's own table, bucket and queues live. Names of queues begin with `queue_prefix`."""

    url: str
    table: str
    bucket: str
    queue_prefix: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point a process of its own at them."""
        return {
            **credentials(self.url),
            "IMAGESTORE_TABLE": self.table,
            "IMAGESTORE_BUCKET": self.bucket,
            "IMAGESTORE_QUEUE_PREFIX": self.queue_prefix,
            "IMAGESTORE_QUEUE_BASE_URL": f"{self.url}/{ACCOUNT}",
        }


class _Kept:
    """A client as an earlier test with the same endpoint and credentials made it: to make one takes long."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.name = make.__name__
        self._make = make
        self._made: dict[tuple[str | None, ...], Any] = {}

    def __call__(self) -> Any:
        key = tuple(map(os.environ.get, BOUND_TO))
        if key not in self._made:
            self._made[key] = self._make()
        return self._made[key]

    def cache_clear(self) -> None:
        """There is nothing to forget: what it is bound to is looked at each time."""


BOUND_TO = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
CLIENTS = [_Kept(client.__wrapped__) for client in (aws.dynamodb, aws.s3, aws.sqs)]


def credentials(url: str) -> dict[str, str]:
    return {**CREDENTIALS, "AWS_ENDPOINT_URL": url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


@pytest.fixture(scope="session")
def ministack() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def bind(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], LocalAws]]:
    """Points settings and clients at names nobody else uses, on the local AWS with the given url."""

    def point_at(url: str) -> LocalAws:
        place = _place(url)
        for variable, value in place.environment.items():
            if variable.startswith("AWS_"):
                monkeypatch.setenv(variable, value)
            else:
                setattr(settings, variable, value)
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        for client in CLIENTS:
            monkeypatch.setattr(aws, client.name, client)
        aws.reset()
        return place

    yield point_at
    aws.reset()


@pytest.fixture
def empty_aws(ministack: Emulator, bind: Callable[[str], LocalAws]) -> LocalAws:
    """Settings and clients are bound to names of the test's own, but nothing is made yet."""
    return bind(ministack.url)


@pytest.fixture
def local_aws(empty_aws: LocalAws) -> LocalAws:
    bootstrap()
    return empty_aws


def _place(url: str) -> LocalAws:
    name = f"test-{next(_numbers)}"
    return LocalAws(url=url, table=name, bucket=name, queue_prefix=f"{name}-")
