"""Work that is sent by name runs from the very message that SQS delivers."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from imagestore.common import aws, queues, tasks
from tests.support.ministack import LocalAws

noted: list[dict[str, Any]] = []


def note(**payload: Any) -> None:
    noted.append(payload)


def fail() -> None:
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def _app(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks travel through the test's own queue."""
    app = Celery("tests", set_as_current=False)
    app.conf.update(
        broker_url="sqs://",
        broker_transport_options={
            "predefined_queues": {"files-tasks": {"url": queues.url("files-tasks")}},
            "region": "eu-central-1",
            "is_secure": False,
        },
        task_ignore_result=True,
    )
    for task in (note, fail):
        app.task(name=f"files.{task.__name__}", shared=False)(task)
    monkeypatch.setattr(tasks, "app", lambda: app)
    noted.clear()
    yield
    app.close()


def delivered() -> str:
    answer = aws.sqs().receive_message(QueueUrl=queues.url("files-tasks"), WaitTimeSeconds=5)
    (message,) = answer["Messages"]
    return message["Body"]


def test_a_message_from_the_queue_runs_its_task() -> None:
    payload = {"run_id": "r", "keys": [["FILE#1", "FILE"], ["ü", ""]], "dry_run": False, "slice_number": 3}
    tasks.send("files.note", **payload)
    tasks.execute(delivered())
    assert len(noted) == 1
    assert noted[0] == payload


def test_what_the_task_raises_comes_out() -> None:
    tasks.send("files.fail")
    with pytest.raises(ZeroDivisionError):
        tasks.execute(delivered())


def test_a_task_that_nobody_registered_is_refused_by_name() -> None:
    tasks.send("files.ghost")
    with pytest.raises(tasks.TaskUnknown, match=r"files\.ghost"):
        tasks.execute(delivered())
