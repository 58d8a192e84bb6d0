"""Photos of tests of what comes after an upload: they stand as upload and decoder leave them."""

from dataclasses import replace
from typing import Any

from tests.support.images import photo
from tests.support.uploads import decoded, store_undecoded, stored_photos
from tests.support.world import customer, make_shop

OF_EACH: dict[str, Any] = dict.fromkeys(
    ("id", "created_at", "stored_at", "decoded_at", "purge_after", "due_sort", "object_version"), None
)


def test_what_tests_store_in_fewer_requests_is_the_same(moto_aws: None) -> None:
    make_shop()
    (quick,) = stored_photos(1, customer())
    (undecoded,) = store_undecoded([photo(0)], customer())
    slow = decoded(undecoded)
    assert replace(quick, **OF_EACH) == replace(slow, **OF_EACH)
    assert all(getattr(file, name) for file in (quick, slow) for name in OF_EACH)
