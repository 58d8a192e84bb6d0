"""A local AWS of its own for the benchmarks, and Django bound to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django

from imagestore.common import aws
from imagestore.local.bootstrap import bootstrap
from imagestore.local.emulator import ACCOUNT, CREDENTIALS, REGION, Emulator


@contextmanager
def local_aws() -> Iterator[None]:
    with Emulator() as emulator:
        os.environ.pop("AWS_SESSION_TOKEN", None)
        os.environ |= {
            **CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": emulator.url,
            "DJANGO_SETTINGS_MODULE": "imagestore.settings",
            "IMAGESTORE_ENVIRONMENT": "development",
            "IMAGESTORE_LOG_LEVEL": "WARNING",
            "IMAGESTORE_SECRET_KEY": "a key for benchmarks alone, with nothing behind it",
            "IMAGESTORE_TABLE": "imagestore-bench",
            "IMAGESTORE_BUCKET": "imagestore-bench",
            "IMAGESTORE_QUEUE_BASE_URL": f"{emulator.url}/{ACCOUNT}",
        }
        django.setup()
        aws.reset()
        bootstrap()
        _look_once()
        yield


def _look_once() -> None:
    """How often a process looks again at what it remembers depends on how long a benchmark takes; no cost may."""
    from imagestore.common import due
    from imagestore.identity import recent

    recent.FOUND_FOR = recent.MISSING_FOR = due.CACHED_FOR = 24 * 3600
