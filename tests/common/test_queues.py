"""Whether there is a queue to send to, asked of a local AWS."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError
from django.core.cache import cache

from imagestore.common import account, aws, queues
from tests.support.metrics import tell_age
from tests.support.ministack import LocalAws


def test_a_domain_has_its_queue_or_none_and_is_asked_once_a_minute(local_aws: LocalAws) -> None:
    cache.clear()
    assert queues.exists(queues.of_task("files.sweep_slice"))
    assert not queues.exists(queues.of_task("ghosts.sweep_slice"))
    with account.measure() as work:
        assert queues.exists("files-tasks")
        assert not queues.exists("ghosts-tasks")
    assert not work.requests


def test_how_many_messages_wait_or_that_there_is_no_such_queue(local_aws: LocalAws) -> None:
    assert queues.depth("files-tasks") == 0
    aws.sqs().send_message(QueueUrl=queues.url("files-tasks"), MessageBody="work")
    assert queues.depth("files-tasks") == 1
    assert queues.depth("ghosts-tasks") is None


def test_every_named_queue_is_there_with_its_dead_letters(local_aws: LocalAws) -> None:
    assert None not in [queues.depth(f"{name}{end}") for name in queues.NAMES for end in ("", "-dead")]


class Metrics:
    """CloudWatch, with the ages that it was given; a queue without messages has no values."""

    def __init__(self, ages: dict[str, list[float]]) -> None:
        self._ages = ages

    def get_metric_data(self, MetricDataQueries: list[dict[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        names = [wanted["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for wanted in MetricDataQueries]
        assert names == [f"imagestore-{name}" for name in queues.NAMES]
        results = [
            {"Label": wanted["Label"], "Values": self._ages.get(wanted["Label"], [])} for wanted in MetricDataQueries
        ]
        return {"MetricDataResults": results}


def test_the_age_of_the_oldest_message_is_the_latest_that_cloudwatch_tells(
    monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(aws, "cloudwatch", lambda: Metrics({"files-tasks": [42.0, 17.0], "files-uploads": []}))
    assert queues.oldest(now) == {"files-tasks": 42}


def test_all_queues_are_asked_for_in_one_request(local_aws: LocalAws, now: datetime) -> None:
    for name, age in (("files-tasks", 42), ("projects-tasks", 7)):
        tell_age(name, age, now - timedelta(minutes=2))
    tell_age("scheduler-tasks", 99, now - timedelta(hours=1))
    with account.measure() as work:
        assert queues.oldest(now) == {"files-tasks": 42, "projects-tasks": 7}
    assert work.requests == {"cloudwatch:GetMetricData": 1}


@pytest.mark.parametrize(
    "refusal",
    [
        EndpointConnectionError(endpoint_url="https://monitoring.example"),
        ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricData"),
        ResponseParserError("no answer of CloudWatch"),
    ],
    ids=["away", "denied", "something else"],
)
def test_without_cloudwatch_no_age_is_told(monkeypatch: pytest.MonkeyPatch, now: datetime, refusal: Exception) -> None:
    def refused(**_: object) -> None:
        raise refusal

    client = Metrics({})
    monkeypatch.setattr(client, "get_metric_data", refused)
    monkeypatch.setattr(aws, "cloudwatch", lambda: client)
    assert queues.oldest(now) == {}
