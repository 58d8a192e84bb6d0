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
from botocore.config import Config
from botocore.session import Session
from pytest_django import Settings

from imagestore.common import aws
from imagestore.local.bootstrap import bootstrap
from imagestore.local.emulator import ACCOUNT, CREDENTIALS, REGION, Emulator

_numbers = count(1)
_clients: dict[tuple[str, ...], Any] = {}
_made_client = aws._client


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
        monkeypatch.setattr(aws, "_client", _client)
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


def _client(session: Session, service: str, config: Config) -> Any:
    """As made for an earlier test with the same endpoint and credentials: that takes longer than many a test."""
    key = (service, *(os.environ[name] for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")))
    if key not in _clients:
        _clients[key] = _made_client(session, service, config)
    return _clients[key]


def _place(url: str) -> LocalAws:
    name = f"test-{next(_numbers)}"
    return LocalAws(url=url, table=name, bucket=name, queue_prefix=f"{name}-")
