"""Plans gather what lies in all shards."""

import pytest


@pytest.fixture
def due_shards() -> int:
    """As many as in production."""
    return 4
