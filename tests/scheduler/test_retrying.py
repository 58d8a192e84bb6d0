"""Retrying a run: just the items that failed in it, and under the same rules as any other run."""

from datetime import datetime, timedelta

import pytest

from imagestore.audit import queries as audit
from imagestore.common import principal
from imagestore.common.contracts import Failure
from imagestore.common.principal import RoleMissing
from scheduler import operations, queries
from scheduler.errors import JobBusy, NothingFailed
from scheduler.records import Run, Trigger
from tests.support.runs import NOW, command, put_due, report, started, swept
from tests.support.world import Sent

MINUTE = timedelta(minutes=1)


def started_with_failure() -> Run:
    key = put_due()
    run = started()
    report(run, 1, failures=[{"id": "01", "cause": "storage was away", "key": list(key)}])
    return run


def retry(run: Run, now: datetime) -> Run:
    return operations.retry_failures(id=run.id, principal=principal.command("ops"), reason="again", now=now)


def test_what_failed_is_planned_again_for_the_reason_given(moto_aws: None, sent: list[Sent]) -> None:
    failed = put_due()
    put_due()
    first = started()
    report(first, 1, failures=[{"id": "01", "cause": "storage was away", "key": list(failed)}])
    again = operations.retry_failures(
        id=first.id, principal=principal.staff("oda", "operator"), reason="storage is back", now=NOW + MINUTE
    )
    assert again is not None
    assert (again.trigger, again.planned) == (Trigger.STAFF, 1)
    assert {key[0] for key in sent[-1].payload["keys"]} == {failed.pk}
    (entry,) = audit.history(f"run:{again.id}").items
    assert (entry.actor, entry.reason) == ("staff:oda", "storage is back")
    assert entry.details["retries"] == first.id


def test_it_waits_for_a_run_that_is_under_way_and_for_deletion_to_go_on(moto_aws: None, sent: list[Sent]) -> None:
    first = started_with_failure()
    second = started(NOW + MINUTE)
    with pytest.raises(JobBusy, match="under way"):
        retry(first, NOW + 2 * MINUTE)
    report(second, 1, NOW + 3 * MINUTE)
    sent.clear()
    operations.pause_deletion(reason="why", principal=principal.command("ops"), now=NOW)
    with pytest.raises(JobBusy, match="paused"):
        retry(first, NOW + 4 * MINUTE)
    assert sent == []


def test_a_run_without_failures_has_nothing_to_retry(moto_aws: None, sent: list[Sent]) -> None:
    run = command()
    with pytest.raises(NothingFailed):
        operations.retry_failures(id=run.id, principal=principal.command("ops"), reason="why", now=NOW)


def test_a_dry_run_is_retried_dry_even_while_deletion_is_paused(moto_aws: None, sent: list[Sent]) -> None:
    key = put_due()
    dry = command(dry_run=True)
    report(dry, 1, failures=[{"id": "01", "cause": "storage was away", "key": list(key)}])
    operations.pause_deletion(reason="why", principal=principal.command("ops"), now=NOW)
    assert retry(dry, NOW + MINUTE).dry_run
    assert [message.payload["dry_run"] for message in sent] == [True, True]


def test_what_failed_before_keys_were_noted_is_left_to_the_next_run(moto_aws: None, sent: list[Sent]) -> None:
    noted = put_due()
    put_due()
    first = started()
    old: Failure = {"id": "01", "cause": "storage was away"}
    report(first, 1, failures=[old, {"id": "02", "cause": "storage was away", "key": list(noted)}])
    again = retry(first, NOW + MINUTE)
    assert (again.planned, swept(sent[1:])) == (1, {noted.pk})
    report(again, 1, NOW + MINUTE, failures=[old])
    with pytest.raises(NothingFailed, match="still due"):
        retry(again, NOW + 2 * MINUTE)
    assert queries.job_standing("sweep").run_id == again.id


@pytest.mark.parametrize("role", ["viewer", "support"])
def test_who_is_no_operator_retries_nothing(moto_aws: None, sent: list[Sent], role: str) -> None:
    first = started_with_failure()
    with pytest.raises(RoleMissing):
        operations.retry_failures(id=first.id, principal=principal.staff("vic", role), reason="why", now=NOW)
    assert len(sent) == 1
