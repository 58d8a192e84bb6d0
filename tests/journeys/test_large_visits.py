"""A visit with more files than a call can see to: its claim or end is a run of the scheduler."""

import logging
from datetime import datetime, timedelta

import pytest

import files.tasks
import scheduler.tasks
from files import operations
from files.operations import settling
from files.records import File, UploadSession, Usage
from imagestore.common import account, clock, due, queues
from imagestore.common.contracts import SETTLE_PROJECTS, SETTLE_SLICE
from imagestore.common.principal import staff
from scheduler import events, queries
from scheduler.errors import NoRetry
from scheduler.operations import retry_failures
from scheduler.records import Run, RunState, Trigger
from tests.support.ministack import LocalAws
from tests.support.visits import SIZE, guest, logged_in, rows, usage, visit_with
from tests.support.work import deliver, let_pass, run_next
from tests.support.world import Sent, make_shop

TASKS = (files.tasks.settle_slice, scheduler.tasks.start_slices)
log = logging.getLogger(__name__)
MANY, A_PAGE = 250, 100


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()
    due.shard_count(clock.now())


def claim(now: datetime) -> UploadSession:
    return operations.claim(id="V-1", customer="anna", principal=logged_in(), now=now)


def owners(photos: list[File]) -> set[str]:
    return {row.owner for row in rows(photos)}


def runs() -> list[Run]:
    return [run for run in queries.recent_runs().items if run.job == settling.JOB]


def tick(sent: list[Sent]) -> None:
    events.sweep({}, None)
    deliver(sent)


def test_a_claim_of_many_is_a_run_that_tells_what_was_planned_and_done(sent: list[Sent], now: datetime) -> None:
    photos = visit_with(MANY, now)
    claim(now)
    assert sum(row.owner == "customer:anna" for row in rows(photos)) == A_PAGE
    deliver(sent)
    (run,) = runs()
    assert (run.trigger, run.state, run.planned, run.slices) == (Trigger.CALL, RunState.DONE, MANY - A_PAGE, 2)
    assert (run.counts, run.done, run.failures) == ({"handed_over": MANY - A_PAGE}, MANY - A_PAGE, 0)
    assert run.due_sort is None
    assert owners(photos) == {"customer:anna"}
    assert usage() == Usage(MANY, MANY * SIZE)


def test_a_claim_of_few_is_none(sent: list[Sent], now: datetime) -> None:
    photos = visit_with(A_PAGE, now)
    claim(now)
    assert owners(photos) == {"customer:anna"}
    assert ([message.name for message in sent], runs()) == ([SETTLE_PROJECTS], [])


def test_a_logout_of_many_is_a_run_too_and_touches_no_other_visit_with(sent: list[Sent], now: datetime) -> None:
    others = visit_with(3, now, "V-2")
    photos = visit_with(A_PAGE + 20, now)
    operations.end(id="V-1", principal=guest(), now=now)
    deliver(sent)
    (run,) = runs()
    assert run.counts == {"made_due": 20}
    assert all(row.purge_after and row.purge_after <= clock.now() for row in rows(photos))
    assert all(row.purge_after and row.purge_after > now for row in rows(others))


def test_a_slice_whose_message_was_lost_is_sent_again_by_the_clock(
    sent: list[Sent], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = visit_with(MANY, now)
    claim(now)
    run_next(sent)
    assert [message.name for message in sent] == [SETTLE_PROJECTS, SETTLE_SLICE, SETTLE_SLICE]
    lost = sent.pop()
    deliver(sent)
    assert (runs()[0].state, runs()[0].slices_done) == (RunState.RUNNING, 1)
    let_pass(timedelta(minutes=2), monkeypatch)
    tick(sent)
    assert runs()[0].state is RunState.DONE
    assert owners(photos) == {"customer:anna"}
    sent.append(lost)
    deliver(sent)
    assert runs()[0].counts == {"handed_over": MANY - A_PAGE}


def test_a_plan_that_was_told_twice_or_died_half_way_is_one_run(
    sent: list[Sent], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_with(MANY, now)
    claim(now)
    plan, _ = sent
    with monkeypatch.context() as dying:
        dying.setattr("scheduler.models.start_running", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_next(sent)
    sent.append(plan)
    deliver(sent)
    assert [(run.state, run.counts) for run in runs()] == [(RunState.DONE, {"handed_over": MANY - A_PAGE})]


def test_what_fails_is_told_and_done_by_a_later_look(
    sent: list[Sent], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = visit_with(A_PAGE + 20, now)
    claim(now)
    with monkeypatch.context() as away:
        away.setattr(settling, "hand_over", lambda *_: 1 / 0)
        deliver(sent)
    assert (runs()[0].state, runs()[0].failures, runs()[0].planned) == (RunState.DONE, 20, 20)
    with pytest.raises(NoRetry, match="still due"):
        retry_failures(id=runs()[0].id, principal=staff("oda", "operator"), reason="storage is back", now=clock.now())
    let_pass(timedelta(minutes=11), monkeypatch)
    tick(sent)
    assert owners(photos) == {"customer:anna"}


def test_a_run_that_nobody_works_off_is_given_up_and_the_visit_is_settled_all_the_same(
    sent: list[Sent], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = visit_with(A_PAGE + 20, now)
    claim(now)
    run_next(sent)
    sent.clear()
    let_pass(timedelta(minutes=11), monkeypatch)
    tick(sent)
    assert runs()[0].state is RunState.FAILED
    assert owners(photos) == {"customer:anna"}


def test_without_a_scheduler_the_slices_are_bare_tasks(
    sent: list[Sent], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "exists", lambda name: name != "scheduler-tasks")
    photos = visit_with(MANY, now)
    claim(now)
    assert {message.name for message in sent} == {SETTLE_SLICE, SETTLE_PROJECTS}
    deliver(sent)
    assert owners(photos) == {"customer:anna"}
    assert runs() == []


@pytest.mark.parametrize(
    ("number", "at_most"),
    [(1, 12), (100, 112), pytest.param(1_000, 1_086, marks=pytest.mark.proof), (150, 173)],
)
def test_a_claim_costs_a_request_for_each_file_and_little_more(
    sent: list[Sent], now: datetime, number: int, at_most: int
) -> None:
    """Four of them look whether the visit has a cart or orders."""
    visit_with(number, now)
    with account.measure() as work:
        claim(now)
        deliver(sent)
    log.info("a claim of %d: %s, %s WCU, %s RCU", number, dict(work.requests), work.wcu, work.rcu)
    assert work.dynamodb_requests <= at_most
