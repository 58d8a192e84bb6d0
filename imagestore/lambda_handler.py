"""The Lambda entry point, in front of Zappa's.

Zappa acknowledges messages of a queue that it does not know, and runs any code that an event names. So events are
let in by kind: what is not listed here raises, and nothing is acknowledged or executed.
"""

import shlex
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core import management
from django.urls import get_resolver
from zappa.handler import LambdaHandler

from imagestore.common import tasks
from imagestore.common.lambda_events import Message, handle_batch

Event = Mapping[str, Any]
Consumer = Callable[[Event, Any], Any]
KEEP_WARM, JOBS = "handler.keep_warm_callback", "scheduler.events."


class EventRefused(Exception):
    """An event that no door of this stage is there for."""


def _boot() -> LambdaHandler:
    """Sets the stage's variables and loads all that requests and messages need, while Lambda still initialises."""
    zappa = LambdaHandler()
    import_module("imagestore.celery")
    _ = get_resolver().url_patterns
    return zappa


_zappa = _boot()


def handle(event: Event, context: Any) -> Any:
    """Answers what the source of the event expects. Raises EventRefused and what a failed event raises."""
    if event.get("type") == "TOKEN":
        return import_module("imagestore.identity.authorizer").authorize(event)
    if "Records" in event:
        return _consumer(event["Records"])(event, context)
    if "httpMethod" in event and "type" not in event:
        return _zappa.lambda_handler(event, context)
    if event.get("detail-type") == "Scheduled Event" and _function_of(event).startswith((KEEP_WARM, JOBS)):
        return _zappa.lambda_handler(event, context)
    if event.keys() == {"manage"}:
        return _manage(event["manage"])
    raise EventRefused(f"This stage takes no event with {', '.join(sorted(event)) or 'nothing in it'}.")


def _consumer(records: list[Message]) -> Consumer:
    """By the name of the queue, which all messages of a batch share."""
    arns = {record.get("eventSourceARN", "") for record in records if record.get("eventSource") == "aws:sqs"}
    queue = arns.pop().rpartition(":")[2] if len(arns) == 1 else ""
    consumer = _consumers().get(queue.removeprefix(settings.IMAGESTORE_QUEUE_PREFIX))
    if consumer is None or not queue.startswith(settings.IMAGESTORE_QUEUE_PREFIX):
        raise EventRefused(f"This stage takes no messages of {queue or 'what is not an SQS queue'}.")
    return consumer


def _consumers() -> dict[str, Consumer]:
    consumers: dict[str, Consumer] = {}
    if "tasks" in settings.IMAGESTORE_DOORS:
        consumers |= {f"{name}-tasks": _execute for name in (*settings.IMAGESTORE_DOMAINS, "webhooks")}
    if "events" in settings.IMAGESTORE_DOORS and "files" in settings.IMAGESTORE_DOMAINS:
        consumers["files-uploads"] = import_module("files.events").confirm_uploads
    return consumers


def _execute(event: Event, context: Any) -> Any:
    return handle_batch(event, lambda message: tasks.execute(message["body"]))


def _function_of(event: Event) -> str:
    """Zappa writes the function into the name of the rule that calls it."""
    return str(event["resources"][0]).rpartition("/")[2].rpartition("-")[2]


def _manage(line: str) -> dict[str, Any]:
    """`zappa manage STAGE "COMMAND …"`, for support: the commands of this project, not Django's (`shell` …)."""
    name, *arguments = shlex.split(line)
    app = str(management.get_commands().get(name, ""))
    if app.partition(".")[0] not in ("imagestore", *settings.IMAGESTORE_DOMAINS):
        raise EventRefused(f"{name} is no command of this project.")
    management.call_command(name, *arguments)
    return {}
