"""The shop of these tests, and a project of Anna's there; on moto."""

from datetime import datetime

import pytest

from tests.support.expiring import Book
from tests.support.purchases import since_purchase
from tests.support.world import make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=since_purchase())


@pytest.fixture
def book(now: datetime) -> Book:
    return Book.create(now)
