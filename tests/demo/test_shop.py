"""The shop of one run: its token works, and the bucket is asked for its objects alone."""

from datetime import datetime

import pytest
from pytest_django import Settings

from imagestore.common import objects
from imagestore.common.errors import DomainError
from imagestore.common.retention import Subject
from imagestore.demo import shop
from imagestore.demo.shop import Kept
from imagestore.identity import queries, tokens


def test_its_customer_may_do_everything_that_a_customer_may(moto_aws: None, now: datetime) -> None:
    id, token = shop.open_shop(13)
    found = tokens.authenticate(f"Bearer {token}", now=now)
    assert (found.shop, found.customer, len(found.scopes)) == (id, shop.CUSTOMER, 4)
    made = queries.shop(id)
    assert made is not None
    assert made.demo
    assert made.policy.keep(Subject.RELEASED_FILE).total_seconds() == 2


def test_production_has_no_demo_shops(moto_aws: None, settings: Settings) -> None:
    settings.IMAGESTORE_DEVELOPMENT = False
    with pytest.raises(DomainError, match="development"):
        shop.open_shop(1)


def test_every_version_in_the_bucket_counts_and_only_its_own(moto_aws: None) -> None:
    objects.put_new("0a/demo-1/one", b"12345", "image/png")
    objects.put_new("0b/demo-1/p/save", b"123", "application/json")
    objects.put_new("0c/demo-10/two", b"1", "image/png")
    found = shop.in_bucket("demo-1")
    assert found == {"one": Kept(5, 1), "save": Kept(3, 1)}
    assert shop.total(found.values()) == Kept(8, 2)
    assert shop.total([]) == Kept(0, 0)
