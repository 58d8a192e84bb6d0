"""Ids sort by their birth and are told from anything else."""

from datetime import UTC, datetime, timedelta

import pytest

from imagestore.common import ids

NOW = datetime(2031, 5, 6, tzinfo=UTC)


def test_ids_sort_by_time_and_are_never_the_same() -> None:
    born = [ids.new_id(NOW + timedelta(milliseconds=number)) for number in range(50)]
    assert born == sorted(born)
    assert len({ids.new_id(NOW) for _ in range(1000)}) == 1000
    assert all(map(ids.is_id, born))


@pytest.mark.parametrize(
    "text",
    ["", "01J9ZQ6W0Z2V5T8K3M4N7P1R6", "81J9ZQ6W0Z2V5T8K3M4N7P1R6S", "01J9ZQ6W0Z2V5T8K3M4N7P1R6I",
     "01j9zq6w0z2v5t8k3m4n7p1r6s", "01J9ZQ6W0Z2V5T8K3M4N7P1R6S\n", "01J9ZQ6W0Z2V5T8K3M4N7P1R6/"],
)  # fmt: skip
def test_what_was_not_minted_here_is_no_id(text: str) -> None:
    assert not ids.is_id(text)


def test_an_id_tells_its_birth_and_none_is_lower_than_the_first_of_its_moment() -> None:
    id = ids.new_id(NOW)
    assert ids.born(id) == NOW
    assert ids.first_id(NOW) <= id < ids.first_id(NOW + timedelta(milliseconds=1))
    assert ids.is_id(ids.first_id(NOW))
