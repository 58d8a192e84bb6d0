"""Small pictures that are made while a rule removes them, on the local AWS: what a photo's row names is there."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest

from files import keys, operations, queries
from files.decoding.answers import PrintFacts
from files.operations.examining import Examined
from files.records import File
from imagestore.common import objects
from imagestore.common.errors import Unavailable
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.races import later, together
from tests.support.uploads import store_undecoded
from tests.support.world import customer, keeping, make_shop

ANNA, DAY = customer(), timedelta(days=1)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> Iterator[None]:
    """Pictures are made without a decoder."""
    make_shop(policy=keeping(rendition="90d"))

    def examined(file: File, wanted: Any, *_: object) -> Examined:
        return Examined(PrintFacts(8, 8, 1), file.sha256, {name: name.encode() for name in wanted})

    with (
        mock.patch("files.operations.decoding.examine", examined),
        mock.patch("files.operations.rendering.examine", examined),
    ):
        yield


def sweep(file: File, at: datetime) -> dict[str, int]:
    report = operations.sweep_renditions(row_keys=[keys.renditions_row(file.id)], dry_run=False, now=at)
    assert report.failures == []
    return report.counts


def ask(file: File, name: str, at: datetime) -> str:
    return operations.rendition_of(id=file.id, name=name, principal=ANNA, clock=lambda: at).url


def entries(file: File) -> set[str]:
    """As storage has them."""
    found = objects.versions(f"{keys.object_key(file.shop, file.id)}.")
    return {f"{one.key.partition('.')[2]}={one.version}" for one in found}


@pytest.mark.parametrize("name", ["thumbnail.webp", "preview.jpeg"])
def test_making_against_removing(name: str, now: datetime, rounds: int) -> None:
    for turn, file in enumerate(store_undecoded([photo(turn) for turn in range(rounds)], ANNA)):
        operations.decode_file(id=file.id, clock=lambda: now)
        at = now + 91 * DAY
        _, made = together(partial(sweep, file, at), later(turn % 6, partial(ask, file, name, at)))
        assert isinstance(made, str | Unavailable), made
        assert queries.files_by_id([file.id], consistent=True)[file.id].renditions == entries(file)
        sweep(file, at + 91 * DAY)
        assert entries(file) == set()
