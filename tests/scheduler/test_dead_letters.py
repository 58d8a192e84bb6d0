"""The report on dead letters: it counts and names them, and takes none away."""

import base64
import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from imagestore.common import aws, clock, dead_letters, queues
from scheduler import queries
from scheduler.records import RunState
from tests.support.jobs import done, work_off
from tests.support.ministack import LocalAws
from tests.support.runs import NOW
from tests.support.world import Sent

NOTICE = {"Records": [{"s3": {"object": {"key": "ab/acme/01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}}}]}


def bury(name: str, *bodies: str) -> None:
    for body in bodies:
        aws.sqs().send_message(QueueUrl=queues.url(dead_letters.dead_queue(name)), MessageBody=body)


def task_message(name: str) -> str:
    """As Celery writes it."""
    return base64.b64encode(json.dumps({"body": "", "headers": {"task": name, "id": "7"}}).encode()).decode()


def test_with_empty_queues_nothing_failed(moto_aws: None, sent: list[Sent]) -> None:
    run = done("dead_letters", NOW, sent)
    assert (run.state, run.counts, run.failures, run.planned) == (RunState.DONE, {}, 0, len(queues.NAMES))


def test_they_are_counted_by_queue_and_each_of_a_sample_tells_what_it_was_about(
    moto_aws: None, sent: list[Sent]
) -> None:
    bury("files-uploads", json.dumps(NOTICE))
    bury("projects-tasks", *[task_message("projects.prune_versions")] * 12)
    run = done("dead_letters", NOW, sent)
    assert run.counts == {"files-uploads": 1, "projects-tasks": 12}
    told = [failure["cause"] for failure in queries.findings(run.id).failures]
    assert run.failures == len(told) == 1 + dead_letters.SEEN_AT_ONCE
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert told[0].startswith(
        f"the object ab/acme/01J9ZQ6W0Z2V5T8K3M4N7P1R6S failed in files-uploads; it was sent at {today}"
    )
    assert told[1].startswith("the task projects.prune_versions failed in projects-tasks; it was sent at ")


@pytest.mark.parametrize("body", ["nonsense", "{}", "[]", "{", task_message("x")[:20], '{"Records": [1]}', "é"])
def test_one_that_cannot_be_read_is_told_as_such(moto_aws: None, sent: list[Sent], body: str) -> None:
    bury("webhooks-tasks", body)
    run = done("dead_letters", NOW, sent)
    assert run.failures == 1
    assert "a message that cannot be read" in queries.findings(run.id).failures[0]["cause"]


def test_they_stay_where_they_are_in_sight_of_everybody(real_aws: LocalAws, sent: list[Sent]) -> None:
    for name in queues.NAMES:
        aws.sqs().create_queue(QueueName=f"{real_aws.queue_prefix}{dead_letters.dead_queue(name)}")
    bury("files-tasks", *map(task_message, ("files.decode", "files.sum_shop")))
    for _ in range(2):
        run = done("dead_letters", NOW, sent)
        assert (run.counts, run.failures) == ({"files-tasks": 2}, 2)
    assert queues.depth("files-tasks-dead") == 2


def test_a_queue_that_is_not_there_has_none(real_aws: LocalAws, sent: list[Sent]) -> None:
    assert done("dead_letters", NOW, sent).failures == 0


def test_the_command_ends_with_a_failure_while_there_are_any(
    moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    bury("files-tasks", task_message("files.decode"))
    monkeypatch.setattr("time.sleep", lambda _: work_off(sent))
    out = StringIO()
    with pytest.raises(CommandError, match="1 items failed"):
        call_command("run_job", "dead_letters", stdout=out)
    assert "the task files.decode failed in files-tasks" in " ".join(out.getvalue().split())
    assert queries.latest_runs(["dead_letters"])[0].started_at <= clock.now()
