"""Each job with every call of it failing once: run again, it ends right."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files import keys
from files.models import OwnerRow
from files.records import Usage
from imagestore.common import aws, clock, queues, statistics, table
from scheduler import queries
from scheduler.records import Run, RunState
from tests.support.dying import each_call_failing
from tests.support.jobs import REGULAR, command_of, done, one_shard
from tests.support.runs import tick
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Sent, customer, make_shop

OWNER = keys.owner_row("acme", "customer:anna")
LATER, FEW = timedelta(minutes=6), 10


def prepared(now: datetime) -> None:
    """A shop of the day before, with uploads then, a count that is wrong, and a dead letter."""
    make_shop()
    stored_photos(2, customer())
    statistics.add("acme", {"uploads": 5}, now)
    table.update(OwnerRow, OWNER, [OwnerRow.used_files.add(7)], None, Usage)
    aws.sqs().send_message(QueueUrl=queues.url("files-tasks-dead"), MessageBody="{}")


def told_of_the_letter(run: Run, sent: list[Sent], now: datetime) -> None:
    assert (run.counts, run.failures) == ({"files-tasks": 1}, 1)


def counted_the_day(run: Run, sent: list[Sent], now: datetime) -> None:
    yesterday = now.date() - timedelta(days=1)
    (day,) = statistics.last_days("acme", yesterday, 1)
    assert (day.uploads, day.projects, day.orders, run.failures) == (5, 0, 0, 0)


def set_the_count_right(run: Run, sent: list[Sent], now: datetime) -> None:
    tick(now + LATER)
    deliver(sent)
    assert table.get(OwnerRow, OWNER, Usage, consistent=True).used_files == 2  # type: ignore[union-attr]


RIGHT: dict[str, Callable[[Run, list[Sent], datetime], None]] = {
    "dead_letters": told_of_the_letter,
    "statistics": counted_the_day,
    "recount_usage": set_the_count_right,
}


@pytest.mark.parametrize("job", REGULAR)
def test_it_ends_right_when_it_is_run_again(
    moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch, job: str, every: int
) -> None:
    made, number = clock.now(), 0
    one_shard(monkeypatch, since=made)
    prepared(made)
    begins, present = made + timedelta(days=1), [made]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    monkeypatch.setattr("files.operations.rounds.TURNS", 1)

    def whole_job() -> None:
        present[0] = begins
        sent.clear()
        command_of(job, begins)
        deliver(sent)

    for number, _ in each_call_failing(job, whole_job, every):
        sent.clear()
        present[0] = begins + LATER
        run = done(job, begins + LATER, sent)
        assert run.state is RunState.DONE, f"call {number}"
        present[0] = begins + 2 * LATER
        RIGHT[job](run, sent, begins + LATER)
        open_runs = [run for run in queries.recent_runs().items if run.job == job and run.is_open]
        assert open_runs == []
    assert number >= FEW
