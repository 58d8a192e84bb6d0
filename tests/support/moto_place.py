"""moto as the bootstrap leaves it: made by the bootstrap once in each process, and copied for each test.

The calls that make a table, a bucket and ten queues took longer than what most tests do with them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from functools import cache
from threading import Condition
from typing import Any
from unittest import mock

from django.conf import settings
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from imagestore.common import aws
from imagestore.local.bootstrap import bootstrap
from tests.support.moto_quick import quicken

Contents = dict[str, dict[str, Any]]

quicken()


@contextmanager
def place() -> Iterator[None]:
    made = _made(settings.IMAGESTORE_TABLE, settings.IMAGESTORE_BUCKET, settings.IMAGESTORE_QUEUE_PREFIX)
    with _moto():
        _fill(_copied(made))
        yield


@contextmanager
def _moto() -> Iterator[None]:
    # Every method of every service would be registered for clients made with `requests`: AWS has none here.
    with mock.patch("moto.core.models.RESPONSES_METHODS", []), _plain_answers(), mock_aws():
        yield


def _plain_answers() -> AbstractContextManager[Any]:
    return mock.patch.object(ResponseSerializer, "get_value", _value)


_looked_up = ResponseSerializer.get_value


def _value(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    """What moto answers for DynamoDB has the names of the wire already; to look for others took a third of its time."""
    plain = type(value) is dict and serializer.operation_model.service_model.service_name == "dynamodb"
    return value.get(key) if plain else _looked_up(serializer, value, key, shape)


@cache
def _made(*names: str) -> Contents:
    """With the names that the settings have at the moment."""
    with _moto():
        bootstrap()
        return _copied(_contents())


def _contents() -> Contents:
    region = str(aws.dynamodb().meta.region_name)
    return {
        "tables": dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables,
        "buckets": s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets,
        "queues": sqs_backends[DEFAULT_ACCOUNT_ID][region].queues,
    }


def _fill(made: Contents) -> None:
    for kind, contents in _contents().items():
        contents.update(made[kind])
    for name, bucket in made["buckets"].items():
        s3_backends.bucket_accounts[name] = (bucket.partition, bucket.account_id)


def _copied(contents: Contents) -> Contents:
    """Queues refer to each other, and each has a lock, which cannot be copied: its copy gets one of its own."""
    locks = {id(queue._messages_lock): Condition() for queue in contents["queues"].values()}
    return deepcopy(contents, locks)
