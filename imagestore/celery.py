"""The Celery app: `celery -A imagestore.celery worker`. One SQS queue per consumer, no result backend."""

import os
from importlib import import_module
from importlib.util import find_spec

import django
from celery import Celery
from django.apps import apps
from django.conf import settings

from imagestore.common import queues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagestore.settings")
if not apps.ready:
    django.setup()

app = Celery("imagestore")
app.conf.update(
    broker_url="sqs://",
    broker_transport_options={
        "predefined_queues": {name: {"url": queues.url(name)} for name in queues.NAMES if name.endswith("-tasks")},
        "region": os.environ.get("AWS_REGION", "eu-central-1"),
        "is_secure": settings.IMAGESTORE_QUEUE_BASE_URL.startswith("https"),
        "wait_time_seconds": 10,
        "visibility_timeout": int(os.environ.get("IMAGESTORE_TASK_VISIBILITY", "300")),
    },
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    task_default_queue="scheduler-tasks",
    timezone="UTC",
)
app.set_default()
import_module("imagestore.webhooks.tasks")
for domain in settings.IMAGESTORE_DOMAINS:
    if find_spec(f"{domain}.tasks"):
        import_module(f"{domain}.tasks")
if "scheduler" in settings.IMAGESTORE_DOMAINS and find_spec("scheduler.beat"):
    app.conf.beat_schedule = import_module("scheduler.beat").schedule()
