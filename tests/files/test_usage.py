"""What an owner uses of its quota; on moto."""

from collections.abc import Callable

import pytest

from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


def test_usage_tells_what_is_kept_and_what_may_be(anna: Api) -> None:
    files = stored_photos(2, customer())
    told = anna("GET", "/usage").json()
    assert told["used"] == {"files": 2, "bytes": sum(file.size for file in files)}
    assert told["limit"]["files"] == 20_000
