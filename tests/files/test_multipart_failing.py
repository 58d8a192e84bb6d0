"""Uploads in parts when a call fails, and when two deeds meet: a repeat ends in the same state."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from files import events, keys, operations, rules
from files.operations import NamedPart
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, Usage
from imagestore.common import clock, objects
from imagestore.common.errors import DomainError
from tests.support.failing import failing
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.parts import completed, left, left_bytes, row, sweep, used
from tests.support.races import together
from tests.support.uploads import http
from tests.support.world import customer, make_shop

ANNA = customer()
BODY = photo(1).body + bytes(rules.SMALLEST_PART + 1)
CALLS = {"complete": 4, "tell": 4, "abort": 5, "give up": 8}
"""The most that each makes."""


class Upload(NamedTuple):
    """All parts are there."""

    file: File
    parts: Sequence[NamedPart]

    def complete(self) -> File:
        return operations.complete_upload(id=self.file.id, parts=self.parts, principal=ANNA, now=clock.now())

    def abort(self) -> None:
        operations.abort_upload(id=self.file.id, principal=ANNA, now=clock.now())

    def tell(self) -> None:
        """What storage tells, if anything was completed."""
        if objects.read_part(keys.object_key("acme", self.file.id), 0, 1):
            events.confirm_uploads(completed(self.file), None)


def unannounced() -> File:
    return operations.register_in_parts(
        name="sea.jpeg", content_type="image/jpeg", owner="customer:anna", principal=ANNA, now=clock.now()
    )


def announced() -> File:
    wanted = NewFile("sea.jpeg", "image/jpeg", len(BODY), "9f" * 32)
    (item,) = operations.register(wanted=[wanted], owner="customer:anna", principal=ANNA, now=clock.now())
    assert isinstance(item, Registered)
    return operations.begin_upload(id=item.file.id, principal=ANNA)


@pytest.fixture(params=[announced, unannounced], ids=["announced", "unannounced"])
def upload(real_aws: LocalAws, request: pytest.FixtureRequest) -> Upload:
    make_shop()
    begin: Callable[[], File] = request.param
    file = begin()
    (part,) = operations.sign_parts(id=file.id, numbers=[1], principal=ANNA, now=clock.now())
    answer = http.request("PUT", part.upload.url, body=BODY)
    assert answer.status == 200
    return Upload(file, [NamedPart(1, answer.headers["ETag"])])


@pytest.mark.parametrize("call", range(1, CALLS["complete"] + 1))
def test_whichever_call_of_completing_fails_a_repeat_ends_the_same(upload: Upload, call: int) -> None:
    with failing(call), suppress(Exception):
        upload.complete()
    with failing(call), suppress(Exception):
        upload.tell()
    upload.complete()
    upload.tell()
    assert (row(upload.file.id).state, row(upload.file.id).size) == (FileState.STORED, len(BODY))
    assert (left(), used(), len(left_bytes())) == ([], Usage(1, len(BODY)), 1)


@pytest.mark.parametrize("call", range(1, CALLS["abort"] + 1))
def test_whichever_call_of_aborting_fails_a_repeat_ends_the_same(upload: Upload, call: int) -> None:
    with failing(call), suppress(Exception):
        upload.abort()
    with suppress(DomainError):
        upload.abort()
    assert left() == []
    assert row(upload.file.id).state == (FileState.REGISTERED if upload.file.announced else FileState.DELETING)
    sweep(upload.file.id, clock.now() + timedelta(days=2))
    assert (row(upload.file.id).state, left_bytes()) == (FileState.GONE, [])
    # Only an answer that is lost between two counters is left to recount.
    assert used() == Usage() or call == CALLS["abort"]


@pytest.mark.parametrize("call", range(1, CALLS["give up"] + 1))
def test_whichever_call_of_giving_up_fails_a_repeat_leaves_nothing(upload: Upload, call: int) -> None:
    later = clock.now() + timedelta(days=2)
    with failing(call), suppress(Exception):
        sweep(upload.file.id, later)
    sweep(upload.file.id, later)
    assert (row(upload.file.id).state, left(), left_bytes()) == (FileState.GONE, [], [])
    # Only an answer that is lost between two counters is left to recount.
    assert used() == Usage() or call == CALLS["give up"]


def test_no_deed_makes_more_calls_than_are_failed(upload: Upload) -> None:
    deeds: dict[str, Callable[[], object]] = {"complete": upload.complete, "tell": upload.tell}
    for name, deed in deeds.items():
        with failing(0) as calls:
            deed()
        assert 2 <= calls.made <= CALLS[name], name


@pytest.mark.parametrize("deed", ["abort", "give up"])
def test_nor_does_one_that_ends_an_upload(upload: Upload, deed: str) -> None:
    deeds: dict[str, Callable[[], object]] = {
        "abort": upload.abort,
        "give up": lambda: sweep(upload.file.id, clock.now() + timedelta(days=2)),
    }
    with failing(0) as calls:
        deeds[deed]()
    assert 3 <= calls.made <= CALLS[deed]


@pytest.mark.parametrize("round", range(2))
def test_completing_and_aborting_at_once_ends_in_one_of_both(upload: Upload, round: int) -> None:
    answers: list[Any] = together(upload.complete, upload.abort)
    upload.tell()
    assert all(isinstance(answer, File | DomainError | None) for answer in answers), answers
    completed, aborted = (not isinstance(answer, Exception) for answer in answers)
    # A file that comes in no other way is deleted by its abort, also when it was just completed.
    assert (completed or aborted) if not upload.file.announced else completed != aborted
    assert (row(upload.file.id).state == FileState.STORED) == (completed and not aborted)
    sweep(upload.file.id, clock.now() + timedelta(days=200))
    sweep(upload.file.id, clock.now() + timedelta(days=400))
    assert (left(), left_bytes(), used()) == ([], [], Usage())


def test_completing_twice_at_once_counts_once(upload: Upload) -> None:
    answers = together(upload.complete, upload.complete, upload.complete)
    assert any(isinstance(answer, File) for answer in answers)
    upload.complete()
    upload.tell()
    assert row(upload.file.id).state == FileState.STORED
    assert (left(), used(), len(left_bytes())) == ([], Usage(1, len(BODY)), 1)
