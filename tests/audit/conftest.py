"""A table of its own for each test."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from imagestore.common import aws
from imagestore.local.tables import ensure_table


@pytest.fixture
def table() -> Iterator[None]:
    with mock_aws():
        aws.reset()
        ensure_table("imagestore-test")
        yield
    aws.reset()
