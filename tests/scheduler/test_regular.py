"""Jobs that are no sweeps: one at a time, kept going by the sweep, and what is left of a slice is another."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from imagestore.audit import queries as audit
from imagestore.common import due, principal, table, tasks
from imagestore.common.contracts import RUN_JOB
from imagestore.common.rows import Key
from imagestore.identity import queries as shops
from scheduler import keys, models, operations, queries, rules
from scheduler.errors import JobBusy, NoDryRun, NoRetry
from scheduler.records import RunState, Trigger
from tests.support.jobs import REGULAR, command_of, done, tick_of, work_off
from tests.support.runs import NOW, report, started
from tests.support.world import Sent, make_shop

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Kept:
    expires_at: int


def look_after(sent: list[Sent], minutes: int) -> None:
    """The sweep comes by so long afterwards, and finds the run that is open."""
    sent.clear()
    started(NOW + minutes * MINUTE)
    (sweep,) = sent
    assert sweep.name == "scheduler.sweep_slice"
    row_keys = [Key(*key) for key in sweep.payload["keys"]]
    sent.clear()
    operations.sweep_slice(row_keys=row_keys, dry_run=False, now=NOW + minutes * MINUTE)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.mark.parametrize("job", REGULAR)
class TestEach:
    def test_a_tick_starts_it_and_workers_end_it(self, job: str, sent: list[Sent]) -> None:
        run = tick_of(job, NOW)
        assert run is not None
        assert (run.job, run.trigger, run.state) == (job, Trigger.CLOCK, RunState.RUNNING)
        work_off(sent)
        ended = queries.run(run.id)
        assert (ended.state, ended.failures) == (RunState.DONE, 0)

    def test_its_run_is_kept_for_400_days(self, job: str, sent: list[Sent]) -> None:
        run = command_of(job, NOW)
        kept = table.get(models.RunRow, keys.run(run.id), Kept)
        assert kept is not None
        assert kept.expires_at == int((NOW + timedelta(days=400)).timestamp())

    def test_a_tick_while_it_is_under_way_plans_nothing(self, job: str, sent: list[Sent]) -> None:
        run, number = command_of(job, NOW), len(sent)
        again = tick_of(job, NOW + MINUTE / 2)
        assert again is not None
        assert (again.id, len(sent)) == (run.id, number)

    def test_a_tick_that_comes_twice_finds_it_done(self, job: str, sent: list[Sent]) -> None:
        tick_of(job, NOW)
        work_off(sent)
        assert tick_of(job, NOW + 3 * MINUTE) is None
        assert len(queries.recent_runs().items) == 1
        assert tick_of(job, NOW + rules.job(job).cadence) is not None

    def test_paused_deletion_does_not_stop_it(self, job: str, sent: list[Sent]) -> None:
        operations.pause_deletion(reason="a strange report", principal=principal.command("ops"), now=NOW)
        assert done(job, NOW, sent).state is RunState.DONE

    def test_a_command_is_told_in_the_audit_log(self, job: str, sent: list[Sent]) -> None:
        run = command_of(job, NOW)
        assert [entry.details["job"] for entry in audit.history(f"run:{run.id}").items] == [job]

    def test_its_failures_are_not_retried_one_by_one(self, job: str, sent: list[Sent]) -> None:
        run = command_of(job, NOW)
        report(run, 1, failures=[{"id": "01", "cause": "storage was away"}])
        with pytest.raises(NoRetry, match=f"a run of {job} is looked at again by the next"):
            operations.retry_failures(id=run.id, principal=principal.command("ops"), reason="why", now=NOW)


class TestPlanner:
    def test_nobody_else_plans_before_its_lease_runs_out(
        self, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It dies while it sends, so completely that it cannot let go of the job."""
        limit = rules.job("statistics").time_limit
        with monkeypatch.context() as dying:
            dying.setattr(tasks, "send", _die)
            dying.setattr(models, "free_job", _die)
            with pytest.raises(ConnectionError):
                tick_of("statistics", NOW)
        assert tick_of("statistics", NOW + limit - MINUTE) is None
        with pytest.raises(JobBusy):
            command_of("statistics", NOW + limit - MINUTE)
        run = tick_of("statistics", NOW + limit)
        assert run is not None
        assert run.state is RunState.RUNNING
        assert queries.recent_runs().items[1].cause == "Planning was interrupted."

    def test_the_sweep_starts_anew_what_was_interrupted_while_it_was_planned(
        self, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as dying:
            dying.setattr(tasks, "send", _die)
            with pytest.raises(ConnectionError):
                tick_of("statistics", NOW)
        look_after(sent, 2)
        assert sent == []
        look_after(sent, 6)
        assert [(message.name, message.payload) for message in sent] == [(RUN_JOB, {"name": "statistics"})]
        assert queries.recent_runs().items[1].state is RunState.FAILED

    def test_what_an_operator_started_is_closed_and_left_to_the_operator(
        self, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as dying:
            dying.setattr(tasks, "send", _die)
            with pytest.raises(ConnectionError):
                command_of("statistics", NOW)
        look_after(sent, 6)
        assert sent == []
        assert queries.recent_runs().items[1].state is RunState.FAILED


class TestSlices:
    def test_the_sweep_sends_a_slice_again_whose_message_was_lost(self, sent: list[Sent]) -> None:
        command_of("recount_usage", NOW)
        (lost,) = sent
        look_after(sent, 2)
        assert sent == [lost]

    def test_shops_are_cut_into_slices_and_a_domain_without_a_queue_is_left_out(
        self, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(30):
            make_shop(f"shop-{number:02d}")
        monkeypatch.setattr(rules, "MOST_SLICES", 3)
        run = command_of("statistics", NOW)
        assert [(message.name, len(message.payload["shops"])) for message in sent] == [
            ("scheduler.fold_statistics", 25),
            ("projects.count_days", 25),
            ("scheduler.fold_statistics", 6),
        ]
        assert (run.slices, run.planned) == (3, 56)

    def test_what_is_left_becomes_a_slice_of_its_own_and_the_run_waits_for_it(self, sent: list[Sent]) -> None:
        run = command_of("recount_usage", NOW)
        (first,) = sent
        left = {**first.payload, "after": "customer:m"}
        del left["run_id"], left["slice_number"]
        assert report(run, 1, left=left, counts={"right": 500})
        assert not report(run, 1, left=left, counts={"right": 500})
        halfway = queries.run(run.id)
        assert (halfway.state, halfway.slices, halfway.slices_done) == (RunState.RUNNING, 2, 1)
        more = sent[1:]
        assert [(message.name, message.payload["after"]) for message in more] == [(first.name, "customer:m")]
        assert report(run, more[0].payload["slice_number"], counts={"right": 7})
        ended = queries.run(run.id)
        assert (ended.state, ended.counts) == (RunState.DONE, {"right": 507})

    def test_a_slice_that_answers_while_others_are_planned_keeps_what_it_added(
        self, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_shop("other")
        send = tasks.send

        def answer_at_once(name: str, /, **payload: Any) -> None:
            send(name, **payload)
            if payload["slice_number"] == 1:
                operations.record_slice(
                    run_id=payload["run_id"],
                    slice_number=1,
                    counts={},
                    bytes_removed=0,
                    failures=[],
                    now=NOW,
                    left={"shop": "acme", "turn": 1, "dry_run": False},
                )

        monkeypatch.setattr(tasks, "send", answer_at_once)
        run = command_of("recount_usage", NOW)
        assert (run.slices, run.slices_done, run.state) == (3, 1, RunState.RUNNING)


@pytest.mark.parametrize("job", ["dead_letters", "statistics"])
def test_a_job_that_spares_nothing_has_no_dry_run(job: str, sent: list[Sent]) -> None:
    with pytest.raises(NoDryRun, match="run it without --dry-run"):
        command_of(job, NOW, dry_run=True)
    assert queries.recent_runs().items == []


def test_an_open_run_is_no_business_of_a_shop(sent: list[Sent]) -> None:
    run = command_of("recount_usage", NOW)
    waiting = queries.run(run.id).due_sort
    assert waiting is not None
    assert due.parse(waiting).shop not in shops.shop_ids()


def _die(*_: object, **__: object) -> None:
    raise ConnectionError("no queue answers")
