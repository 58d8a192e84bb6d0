"""Whether there is a queue to send to, asked of a local AWS."""

from django.core.cache import cache

from imagestore.common import account, aws, queues
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
