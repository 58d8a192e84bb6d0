"""What an operator sees of runs and of the switch."""

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from imagestore.audit import queries as audit
from imagestore.common import clock, switches, tasks
from scheduler import operations, queries, rules
from scheduler.records import Run
from tests.support.runs import put_due, report, started
from tests.support.world import Sent, make_shop


def manage(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def latest() -> Run:
    return queries.recent_runs().items[0]


def purge(name: str, **payload: Any) -> None:
    """A domain that purges a slice at once, but for its last item."""
    operations.record_slice(
        run_id=payload["run_id"],
        slice_number=payload["slice_number"],
        counts={"purged": len(payload["keys"]) - 1, "failed": 1},
        bytes_removed=1_000_000,
        failures=[{"id": payload["keys"][-1][0], "cause": "no answer from storage", "key": payload["keys"][-1]}],
        now=clock.now(),
    )


def test_run_job_shows_what_a_run_did(moto_aws: None, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(tasks, "send", lambda name, **payload: None)
    assert "done" in manage("run_job", "sweep")


def test_run_job_fails_with_the_causes_of_failures(
    moto_aws: None, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    failing = put_due(now)
    monkeypatch.setattr(tasks, "send", purge)
    out = StringIO()
    with pytest.raises(CommandError, match="1 items failed"):
        call_command("run_job", "sweep", stdout=out)
    shown = out.getvalue()
    assert failing.pk in shown
    assert "no answer from storage" in shown
    assert "1,000,000" in shown


def test_run_job_follows_a_run_until_its_slices_have_answered(
    moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    put_due(now)
    monkeypatch.setattr(time, "sleep", lambda _: report(latest(), 1, clock.now()))
    shown = manage("run_job", "sweep", "--dry-run")
    assert "1 slices done" in shown
    assert "nothing is touched" in shown


def test_run_job_can_be_interrupted_while_the_run_goes_on(
    moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    put_due(now)
    monkeypatch.setattr(time, "sleep", interrupt)
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("run_job", "sweep", stdout=out)
    assert left.value.code == 130
    assert f"manage.py show_run {latest().id}" in out.getvalue()
    assert latest().is_open


def test_run_job_does_not_wait_for_ever_without_a_worker(
    moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    put_due(now)
    impatient = replace(rules.job("sweep"), patience=timedelta())
    monkeypatch.setattr(rules, "JOBS", (impatient,))
    with pytest.raises(CommandError, match="Is a worker running"):
        manage("run_job", "sweep")


def test_an_unknown_job_is_named_with_the_jobs_there_are(moto_aws: None) -> None:
    with pytest.raises(
        CommandError, match=r"There is no job swep; jobs are: dead_letters, recount_usage, statistics, sweep\."
    ):
        manage("run_job", "swep")


def test_show_run_shows_one_run_or_the_latest(moto_aws: None, sent: list[Sent], now: datetime) -> None:
    put_due(now)
    run = started(now)
    assert "1 items in 1 slices, 0 done" in manage("show_run", run.id)
    assert run.id in manage("show_run")
    with pytest.raises(CommandError, match="There is no run nonsense"):
        manage("show_run", "nonsense")


def test_deletion_is_paused_and_resumed_with_a_reason(moto_aws: None) -> None:
    assert "paused" in manage("pause_deletion", "--reason", "a strange report")
    assert switches.deletion().paused
    with pytest.raises(CommandError, match="Deletion is paused"):
        manage("run_job", "sweep")
    assert "resumed" in manage("resume_deletion", "--reason", "it was wrong")
    assert not switches.deletion().paused
    with pytest.raises(CommandError, match="--reason"):
        manage("pause_deletion")


def test_what_is_paused_is_shown_with_who_and_why(moto_aws: None) -> None:
    make_shop()
    assert manage("show_pauses") == "Deletion is paused for no shop.\n"
    manage("pause_deletion", "--reason", "a strange report")
    manage("pause_deletion", "--shop", "acme", "--reason", "their wish")
    shown = manage("show_pauses")
    assert re.search(r"all shops +\d.* UTC +command:\S+ +a strange report", shown)
    assert re.search(r"acme +\d.* UTC +command:\S+ +their wish", shown)


@pytest.mark.parametrize("shop", [(), ("--shop", "acme")])
def test_what_is_so_already_is_said_and_stands_in_no_log(moto_aws: None, shop: tuple[str, ...]) -> None:
    make_shop()
    assert "is not paused: nothing was changed" in manage("resume_deletion", *shop, "--reason", "all is well")
    manage("pause_deletion", *shop, "--reason", "a strange report")
    assert "is paused already; nothing was changed" in manage("pause_deletion", *shop, "--reason", "once more")
    history = audit.history("shop:acme" if shop else "switch:deletion").items
    assert [entry.reason for entry in history if entry.action.startswith("deletion.")] == ["a strange report"]


def test_resuming_a_shop_tells_that_all_deletion_is_paused(moto_aws: None) -> None:
    make_shop()
    manage("pause_deletion", "--reason", "a strange report")
    manage("pause_deletion", "--shop", "acme", "--reason", "their wish")
    assert "All deletion is paused, that of this shop too." in manage(
        "resume_deletion", "--shop", "acme", "--reason", "all is well"
    )
