"""What an owner uses of its quota; on moto."""

from collections.abc import Callable

import pytest

from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


def test_what_is_given_back_before_it_came_is_free_at_once(anna: Api) -> None:
    id = anna("POST", "/files", {"files": [photo(1).announcement]}).json()["items"][0]["file"]["id"]
    assert anna("GET", "/usage").json()["used"]["files"] == 1
    assert anna("DELETE", f"/files/{id}").status_code == 204
    assert anna("GET", "/usage").json()["used"] == {"files": 0, "bytes": 0}


def test_usage_tells_what_is_kept_and_what_may_be(anna: Api) -> None:
    files = stored_photos(2, customer())
    told = anna("GET", "/usage").json()
    assert told["used"] == {"files": 2, "bytes": sum(file.size for file in files)}
    assert told["limit"]["files"] == 20_000
