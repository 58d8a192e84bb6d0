"""Scheduled events: EventBridge calls the function named after each job, through Zappa."""

from typing import Any

from imagestore.common import clock, principal
from scheduler import operations
from scheduler.records import Trigger


def sweep(event: Any, context: Any) -> None:
    _start("sweep")


def dead_letters(event: Any, context: Any) -> None:
    _start("dead_letters")


def statistics(event: Any, context: Any) -> None:
    _start("statistics")


def recount_usage(event: Any, context: Any) -> None:
    _start("recount_usage")


def _start(job: str) -> None:
    operations.start_run(job=job, trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())
