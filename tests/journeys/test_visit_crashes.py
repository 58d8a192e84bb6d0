"""A login or a logout dies at any of its calls; it is told again or the clock comes, and all is as it should be."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from botocore.exceptions import EndpointConnectionError

import files.tasks
import scheduler.tasks
from files import keys, operations
from files.models import FileRow, SessionRow, waits_no_more
from files.operations import settling
from files.records import File, FileState, UploadSession, Usage
from imagestore.common import clock, due, table
from scheduler import events
from tests.support.failing import failing
from tests.support.ministack import LocalAws
from tests.support.visits import SIZE, guest, logged_in, rows, usage, visit_with
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, make_shop

log = logging.getLogger(__name__)
TASKS = (files.tasks.settle_slice, files.tasks.sweep_slice, scheduler.tasks.start_slices)
FEW = 15
"""A claim that is a run makes more calls."""


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop()
    due.shard_count(clock.now())
    monkeypatch.setattr(settling, "PAGE", 2)


def session_of(number: int) -> UploadSession:
    key = keys.session_row("acme", f"V-{number}")
    found = table.get(SessionRow, key, UploadSession, consistent=True)
    assert found is not None
    return found


def claim(number: int) -> object:
    return operations.claim(
        id=f"V-{number}", customer=f"c-{number}", principal=logged_in(f"V-{number}", f"c-{number}"), now=clock.now()
    )


def end(number: int) -> object:
    return operations.end(id=f"V-{number}", principal=guest(f"V-{number}"), now=clock.now())


def visits_that_died(step: Callable[[int], object], sent: list[Sent], every: int) -> dict[int, list[File]]:
    """One visit of three photos for each call that is made fail, by its number; of each, the third is held."""
    died: dict[int, list[File]] = {}
    for number in count(1, every):
        photos = visit_with(3, clock.now(), f"V-{number}")
        held = [FileRow.holders.add({"project:P"}), *waits_no_more()]
        table.update(FileRow, keys.file_row(photos[2].id), held, None, File)
        with failing(number) as calls, suppress(EndpointConnectionError):
            step(number)
            deliver(sent)
        sent.clear()
        died[number] = photos
        if calls.made < number:
            log.info("%s: %d calls", step.__name__, calls.made)
            assert number > FEW
            return died
    raise AssertionError


def the_clock_comes(sent: list[Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        let_pass(timedelta(minutes=11), monkeypatch)
        events.sweep({}, None)
        deliver(sent)


@pytest.mark.parametrize("told_again", [True, False], ids=["told again", "left to the clock"])
def test_whichever_call_of_a_login_fails_all_is_the_customers_and_counted_once(
    sent: list[Sent], monkeypatch: pytest.MonkeyPatch, told_again: bool, every: int
) -> None:
    died = visits_that_died(claim, sent, every)
    for number in died:
        if told_again or session_of(number).state == "open":
            claim(number)
            deliver(sent)
    the_clock_comes(sent, monkeypatch)
    for number, photos in died.items():
        assert {row.owner for row in rows(photos)} == {f"customer:c-{number}"}, f"call {number}"
        assert {row.state for row in rows(photos)} == {FileState.STORED}, f"call {number}"
        assert usage(f"c-{number}") == Usage(3, 3 * SIZE), f"call {number}"
        assert session_of(number).settled_at, f"call {number}"


def test_whichever_call_of_a_logout_fails_what_nobody_holds_goes_and_nothing_else(
    sent: list[Sent], monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    died = visits_that_died(end, sent, every)
    for number in died:
        end(number)
    claimed = visit_with(3, clock.now(), "V-0")
    claim(0)
    deliver(sent)
    the_clock_comes(sent, monkeypatch)
    for number, photos in died.items():
        states = [row.state for row in rows(photos)]
        assert states == [FileState.TRASHED, FileState.TRASHED, FileState.STORED], f"call {number}"
        assert rows(photos)[2].due_sort is None
        visit = session_of(number)
        assert (visit.settled_at is not None, visit.used_files) == (True, 3), f"call {number}"
    assert {(row.owner, row.state) for row in rows(claimed)} == {("customer:c-0", FileState.STORED)}
