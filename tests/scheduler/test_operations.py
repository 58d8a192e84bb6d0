"""Runs: planned from what is due, kept going, recorded once."""

from datetime import timedelta
from typing import Any

import pytest

from imagestore.audit import queries as audit
from imagestore.common import aws, principal, tasks
from imagestore.common.principal import RoleMissing
from imagestore.identity.errors import ShopNotFound
from scheduler import operations, queries, rules
from scheduler.errors import JobBusy, JobUnknown, SliceUnknown
from scheduler.operations import progress
from scheduler.records import RunState, Trigger
from tests.support.runs import NOW, command, let_go, put_due, report, started, swept, tick
from tests.support.world import Sent, make_shop

MINUTE = timedelta(minutes=1)


def rows_written() -> int:
    return len(queries.recent_runs().items)


class TestPlanning:
    def test_what_is_due_goes_to_the_task_of_its_kind(self, moto_aws: None, sent: list[Sent]) -> None:
        file, project, intent = put_due(kind="file"), put_due(kind="project"), put_due(kind="intent")
        put_due(NOW + MINUTE)
        run = started()
        assert (run.state, run.planned, run.slices) == (RunState.RUNNING, 3, 2)
        assert sorted(message.name for message in sent) == ["files.sweep_slice", "projects.sweep_slice"]
        assert swept(sent) == {file.pk, project.pk, intent.pk}
        assert {(message.payload["run_id"], message.payload["dry_run"]) for message in sent} == {(run.id, False)}

    def test_many_items_become_slices_of_a_hundred(self, moto_aws: None, sent: list[Sent]) -> None:
        let_go()
        due = {put_due().pk for _ in range(230)}
        run = started()
        assert (run.planned, run.slices) == (230, 3)
        assert swept(sent) == due
        assert sorted(message.payload["slice_number"] for message in sent) == [1, 2, 3]

    def test_a_tick_with_nothing_due_writes_no_run(self, moto_aws: None, sent: list[Sent]) -> None:
        assert tick() is None
        assert rows_written() == 0

    def test_a_command_with_nothing_due_is_recorded_and_done(self, moto_aws: None, sent: list[Sent]) -> None:
        run = command()
        assert (run.state, run.slices, run.trigger) == (RunState.DONE, 0, Trigger.COMMAND)
        assert [entry.action for entry in audit.history(f"run:{run.id}").items] == ["run.started"]

    def test_an_unknown_job_is_refused(self, moto_aws: None) -> None:
        with pytest.raises(JobUnknown):
            operations.start_run(job="no", trigger=Trigger.CLOCK, now=NOW, principal=principal.clock())

    def test_a_kind_that_nobody_knows_is_counted_and_stays(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due(kind="ghost")
        assert tick() is None
        put_due()
        run = started(NOW + MINUTE)
        assert (run.planned, run.counts) == (1, {"skipped": 1})

    def test_items_of_a_domain_without_a_queue_wait(self, moto_aws: None, sent: list[Sent]) -> None:
        urls = aws.sqs().list_queues(QueueNamePrefix="imagestore-projects-tasks")["QueueUrls"]
        for url in urls:
            aws.sqs().delete_queue(QueueUrl=url)
        put_due(kind="project")
        put_due(kind="file")
        run = started()
        assert [message.name for message in sent] == ["files.sweep_slice"]
        assert run.counts == {"skipped": 1}

    def test_a_run_plans_at_most_so_many_slices_and_the_next_goes_on(
        self, moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "MOST_SLICES", 2)
        let_go()
        for _ in range(230):
            put_due()
        run = started()
        assert (run.slices, run.planned) == (2, 200)
        assert queries.checkpoint() is None


class TestOneAtATime:
    def test_nobody_else_plans_until_a_planners_time_is_over(
        self, moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first planner stands still while it sends; others come by 4 and 5 minutes later."""
        put_due()
        others = []
        send = tasks.send

        def stand_still(name: str, **payload: Any) -> None:
            monkeypatch.setattr(tasks, "send", send)
            others.append(tick(NOW + 4 * MINUTE))
            with pytest.raises(JobBusy):
                command(NOW + 4 * MINUTE)
            others.append(tick(NOW + 5 * MINUTE))

        monkeypatch.setattr(tasks, "send", stand_still)
        first = started()
        early, late = others
        assert early is None
        assert late is not None
        assert [message.payload["run_id"] for message in sent] == [late.id]
        assert (first.state, first.cause) == (RunState.FAILED, "Planning was interrupted.")
        assert queries.run(late.id).state is RunState.RUNNING

    def test_planning_that_failed_is_closed_and_planned_again_at_the_next_tick(
        self, moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(name: str, **payload: Any) -> None:
            raise ConnectionError("no queue answers")

        file = put_due()
        with monkeypatch.context() as broken:
            broken.setattr(tasks, "send", fail)
            with pytest.raises(ConnectionError):
                tick()
        started(NOW + MINUTE)
        assert swept(sent) == {file.pk}
        failed = queries.recent_runs().items[1]
        assert (failed.state, failed.cause) == (RunState.FAILED, "Planning was interrupted.")


class TestUnderWay:
    def test_a_tick_plans_nothing_while_a_run_is_under_way(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        run = started()
        assert started(NOW + MINUTE / 2).id == run.id
        assert len(sent) == 1

    def test_a_lost_message_is_sent_again_once_nothing_moves(self, moto_aws: None, sent: list[Sent]) -> None:
        let_go()
        for _ in range(150):
            put_due()
        run = started()
        report(run, 1, NOW + MINUTE)
        tick(NOW + MINUTE + timedelta(seconds=59))
        assert len(sent) == 2
        tick(NOW + 2 * MINUTE)
        assert sent[2:] == [sent[1]]
        tick(NOW + 2 * MINUTE + timedelta(seconds=30))
        assert len(sent) == 3

    def test_a_silent_run_is_given_up_and_its_items_are_planned_anew(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        silent = started()
        later = NOW + 10 * MINUTE
        run = started(later)
        assert run.id != silent.id
        given_up = queries.run(silent.id)
        assert (given_up.state, given_up.finished_at) == (RunState.FAILED, later)
        assert given_up.cause == "Nothing was reported for 10 minutes."

    def test_a_run_that_was_given_up_still_gathers_what_was_done(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        silent = started()
        tick(NOW + 10 * MINUTE)
        assert report(silent, 1, NOW + 11 * MINUTE, counts={"purged": 1})
        late = queries.run(silent.id)
        assert (late.state, late.counts) == (RunState.FAILED, {"purged": 1})

    def test_a_command_joins_the_run_under_way(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        run = started()
        assert command(NOW + MINUTE / 2).id == run.id


class TestRecordSlice:
    def test_totals_are_added_and_the_last_slice_finishes_the_run(self, moto_aws: None, sent: list[Sent]) -> None:
        let_go()
        for _ in range(150):
            put_due()
        run = started()
        failure = {"id": "F1", "cause": "x" * 1000, "key": ["FILE#F1", "FILE"]}
        assert report(run, 1, counts={"purged": 99, "failed": 1}, bytes_removed=7, failures=[failure])
        assert queries.run(run.id).state is RunState.RUNNING
        assert report(run, 2, NOW + MINUTE, counts={"purged": 50}, bytes_removed=5)
        done = queries.run(run.id)
        assert (done.state, done.finished_at, done.slices_done) == (RunState.DONE, NOW + MINUTE, 2)
        assert (done.counts, done.bytes_removed, done.failures) == ({"purged": 149, "failed": 1}, 12, 1)
        assert queries.findings(run.id).failures == [{**failure, "cause": "x" * 300}]

    def test_a_repeat_changes_nothing(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        run = started()
        assert report(run, 1, counts={"purged": 1}, bytes_removed=7)
        before = queries.run(run.id)
        assert not report(run, 1, NOW + MINUTE, counts={"purged": 1}, bytes_removed=7)
        assert queries.run(run.id) == before

    def test_a_slice_that_answers_while_others_are_planned_does_not_finish_the_run(
        self, moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_go()
        for _ in range(150):
            put_due()
        states = []

        def answer_at_once(name: str, **payload: Any) -> None:
            operations.record_slice(
                run_id=payload["run_id"],
                slice_number=payload["slice_number"],
                counts={"purged": len(payload["keys"])},
                bytes_removed=0,
                failures=[],
                now=NOW,
            )
            states.append(queries.run(payload["run_id"]).state)

        monkeypatch.setattr(tasks, "send", answer_at_once)
        run = started()
        assert states == [RunState.PLANNING, RunState.PLANNING]
        assert (run.state, run.counts) == (RunState.DONE, {"purged": 150})

    def test_a_crash_between_the_last_slice_and_the_end_is_healed_by_the_next_tick(
        self, moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put_due()
        run = started()
        with monkeypatch.context() as crash:
            crash.setattr(progress, "finish_if_complete", lambda run, now: run)
            report(run, 1)
        assert queries.run(run.id).state is RunState.RUNNING
        tick(NOW + MINUTE / 2)
        assert queries.run(run.id).state is RunState.DONE

    def test_an_unknown_slice_is_an_error(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        run = started()
        with pytest.raises(SliceUnknown):
            report(run, 2)


class TestDryRun:
    def test_it_plans_the_same_and_says_so_to_each_slice(self, moto_aws: None, sent: list[Sent]) -> None:
        file = put_due()
        run = command(dry_run=True)
        assert run.dry_run
        assert swept(sent) == {file.pk}
        assert sent[0].payload["dry_run"] is True
        assert queries.checkpoint() is None

    def test_it_does_not_stand_in_the_way_of_the_clock(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        dry, real = command(dry_run=True), started()
        assert real.id != dry.id
        assert not real.dry_run


class TestPause:
    OPS = principal.command("ops")

    def test_nothing_is_planned_and_one_row_an_hour_tells_so(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        operations.pause_deletion(reason="a strange report", principal=self.OPS, now=NOW)
        paused = started()
        assert (paused.state, paused.finished_at) == (RunState.PAUSED, NOW)
        assert tick(NOW + 5 * MINUTE) is None
        assert started(NOW + 35 * MINUTE).state is RunState.PAUSED
        assert sent == []
        assert rows_written() == 2

    def test_what_deletes_nothing_goes_on(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        event = put_due(kind="webhook")
        operations.pause_deletion(reason="a strange report", principal=self.OPS, now=NOW)
        run = started()
        assert (run.state, run.counts, swept(sent)) == (RunState.RUNNING, {"skipped": 1}, {event.pk})

    def test_one_shop_alone_is_paused_and_resumed(self, moto_aws: None, sent: list[Sent]) -> None:
        make_shop()
        make_shop("other")
        mine, theirs = put_due(), put_due(shop="other")
        operations.pause_deletion(reason="a strange report", shop="acme", principal=self.OPS, now=NOW)
        assert (started().counts, swept(sent)) == ({"skipped": 1}, {theirs.pk})
        operations.resume_deletion(reason="it was wrong", shop="acme", principal=self.OPS, now=NOW)
        started(NOW + 11 * MINUTE)
        assert mine.pk in swept(sent)
        assert [entry.action for entry in audit.history("shop:acme").items[:2]] == [
            "deletion.resumed",
            "deletion.paused",
        ]

    def test_an_unknown_shop_is_not_paused(self, moto_aws: None) -> None:
        with pytest.raises(ShopNotFound):
            operations.pause_deletion(reason="why", shop="nowhere", principal=self.OPS, now=NOW)

    def test_every_command_is_told(self, moto_aws: None, sent: list[Sent]) -> None:
        operations.pause_deletion(reason="a strange report", principal=self.OPS, now=NOW)
        assert command().state is RunState.PAUSED
        assert command(NOW + MINUTE).state is RunState.PAUSED

    def test_a_dry_run_still_works(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        operations.pause_deletion(reason="a strange report", principal=self.OPS, now=NOW)
        assert command(dry_run=True).planned == 1

    def test_resuming_plans_what_waited_and_both_are_audited(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        operations.pause_deletion(reason="a strange report", principal=self.OPS, now=NOW)
        tick()
        operations.resume_deletion(reason="it was wrong", principal=self.OPS, now=NOW + MINUTE)
        run = started(NOW + 2 * MINUTE)
        assert run.planned == 1
        entries = audit.history("switch:deletion").items
        assert [(entry.action, entry.reason) for entry in entries] == [
            ("deletion.resumed", "it was wrong"),
            ("deletion.paused", "a strange report"),
        ]

    @pytest.mark.parametrize("role", ["viewer", "support"])
    def test_who_is_no_operator_starts_pauses_and_resumes_nothing(self, moto_aws: None, role: str) -> None:
        who = principal.staff("vic", role)
        with pytest.raises(RoleMissing):
            operations.start_run(job="sweep", trigger=Trigger.STAFF, now=NOW, principal=who)
        for switch in (operations.pause_deletion, operations.resume_deletion):
            with pytest.raises(RoleMissing):
                switch(reason="why", principal=who, now=NOW)
        assert rows_written() == 0
