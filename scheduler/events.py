"""Scheduled events: EventBridge calls the function named after each job, through Zappa."""

from typing import Any

from imagestore.common import clock, principal
from scheduler import operations
from scheduler.records import Trigger


def sweep(event: Any, context: Any) -> None:
    operations.start_run(job="sweep", trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())
