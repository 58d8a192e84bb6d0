"""Whether there is a queue to send to, asked of a local AWS."""

from django.core.cache import cache

from imagestore.common import account, queues
from tests.support.ministack import LocalAws


def test_a_domain_has_its_queue_or_none_and_is_asked_once_a_minute(local_aws: LocalAws) -> None:
    cache.clear()
    assert queues.exists(queues.of_task("files.sweep_slice"))
    assert not queues.exists(queues.of_task("ghosts.sweep_slice"))
    with account.measure() as work:
        assert queues.exists("files-tasks")
        assert not queues.exists("ghosts-tasks")
    assert not work.requests
