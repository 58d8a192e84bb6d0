"""Background work travels as Celery messages over SQS; workers or the Lambda handler execute the same messages."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from celery import Celery
from django.conf import settings
from django.utils.module_loading import import_string

from imagestore.common import queues
from imagestore.common.errors import Invalid


class TaskUnknown(Invalid):
    code, title = "task-unknown", "There is no such task"


@cache
def app() -> Celery:
    """The configured app. Processes that neither send nor run tasks never load it."""
    found: Celery = import_string(settings.IMAGESTORE_CELERY_APP)
    return found


def send(name: str, /, **payload: Any) -> None:
    """Sends work by name; `files.…` goes to the queue `files-tasks`. If it is lost, a due row repeats it."""
    app().send_task(name, kwargs=payload, queue=queues.of_task(name))


def execute(body: str) -> None:
    """Runs one Celery message, as SQS delivers it, in this process. Whatever the task raises comes out."""
    message = json.loads(base64.b64decode(body))
    name = message["headers"]["task"]
    task = app().tasks.get(name)
    if task is None:
        raise TaskUnknown(f"No task named {name} is registered here.")
    args, kwargs = _arguments(message)
    task(*args, **kwargs)


def _arguments(message: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    body = message["body"]
    if message.get("properties", {}).get("body_encoding") == "base64":
        body = base64.b64decode(body)
    args, kwargs, _embedded = json.loads(body)
    return args, kwargs
