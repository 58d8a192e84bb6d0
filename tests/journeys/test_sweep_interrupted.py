"""A sweep that dies at any of its calls, and is taken up by two workers at once: everything goes, each counted once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from files import keys, operations, queries
from files.models import OwnerRow
from files.records import File, FileState, Usage
from imagestore.common import clock, objects, principal, table, tasks
from scheduler import operations as scheduler
from scheduler import queries as runs
from scheduler.records import Run, RunState, Trigger
from tests.support.failing import failing
from tests.support.ministack import LocalAws
from tests.support.uploads import stored_photos
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, customer, make_shop

ANNA = customer()
TRASHED, UNUSED = 3, 2
CALLS = 28
"""More than such a sweep makes: the last ones fail nothing."""
DEAD = timedelta(minutes=6)
"""After it the planner's lease is over, and messages that nobody answered are sent again."""


@pytest.fixture
def photos(real_aws: LocalAws, sent: list[Sent], monkeypatch: pytest.MonkeyPatch) -> list[File]:
    """Three are to be purged and two to be trashed, at the same moment."""
    make_shop(policy={"rules": [{"subject": "unused_file", "keep": "1d"}, {"subject": "trashed_file", "keep": "1d"}]})
    found = stored_photos(TRASHED + UNUSED, ANNA)
    operations.trash_many(ids=[file.id for file in found[:TRASHED]], principal=ANNA, now=clock.now())
    sent.clear()
    let_pass(timedelta(days=1, minutes=5), monkeypatch)
    return found


def start() -> Run | None:
    return scheduler.start_run(job="sweep", trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())


def take_up(sent: list[Sent]) -> None:
    """The next tick; every message comes twice, to two workers at the same time."""
    start()
    while sent:
        message = sent.pop(0)
        task = tasks.app().tasks[message.name]
        with ThreadPoolExecutor(2) as workers:
            for done in [workers.submit(task, **message.payload) for _ in range(2)]:
                done.result()


@pytest.mark.parametrize(
    "call", [pytest.param(call, marks=pytest.mark.proof if call % 4 else ()) for call in range(1, CALLS + 1)]
)
def test_whichever_call_it_dies_at_all_goes_and_is_counted_once(
    photos: list[File], sent: list[Sent], call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(call, all_from_there=True), suppress(EndpointConnectionError):
        start()
        while sent:
            message = sent[0]
            tasks.app().tasks[message.name](**message.payload)
            # It stays in the queue for others when its worker dies at it.
            sent.remove(message)
    for _ in range(3):
        let_pass(DEAD, monkeypatch)
        take_up(sent)
    assert_all_is_gone(photos)
    whole = [run for run in runs.recent_runs().items if run.job == "sweep"]
    assert {run.state for run in whole} <= {RunState.DONE, RunState.FAILED}
    assert sum(run.counts.get("purged", 0) for run in whole) == TRASHED
    assert sum(run.counts.get("trashed", 0) for run in whole) == UNUSED
    assert sum(run.bytes_removed for run in whole) == sum(file.size for file in photos[:TRASHED])


def assert_all_is_gone(photos: list[File]) -> None:
    rows = queries.files_by_id([file.id for file in photos], consistent=True)
    states = [rows[file.id].state for file in photos]
    assert states == [FileState.GONE] * TRASHED + [FileState.TRASHED] * UNUSED
    left = [key for file in photos[:TRASHED] for key in objects.versions(keys.object_key("acme", file.id))]
    assert left == []
    usage = table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True)
    assert usage
    assert usage.used_files >= UNUSED


def test_nothing_dies_and_it_is_counted_once(photos: list[File], sent: list[Sent], now: datetime) -> None:
    start()
    deliver(sent)
    (run,) = [run for run in runs.recent_runs().items if run.planned]
    assert (run.counts, run.state) == ({"purged": TRASHED, "trashed": UNUSED}, RunState.DONE)
    assert runs.findings(run.id).policies == [("acme", 1)]
