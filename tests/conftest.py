"""Fixtures of all tests. Units run on moto in this process; what needs real semantics asks for `real_aws`."""

import gc
import os

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "imagestore.settings",
    "IMAGESTORE_ENVIRONMENT": "development",
    "IMAGESTORE_SECRET_KEY": "a key for tests alone, with nothing behind it",
    "IMAGESTORE_TABLE": "imagestore-test",
    "IMAGESTORE_BUCKET": "imagestore-test",
    "IMAGESTORE_QUEUE_BASE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012",
    "IMAGESTORE_LOCAL_FOLDER": "/nonexistent/imagestore-tests",
    "IMAGESTORE_LOG_LEVEL": "WARNING",
    "IMAGESTORE_REQUEST_RATE": "0",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.pop("AWS_ENDPOINT_URL", None)

pytest_plugins = [
    "tests.support.ministack", "tests.support.browser", "tests.support.receiver", "tests.support.uppy",
    "tests.support.world",
]  # fmt: skip

RARELY = 100_000, 50, 100
"""Of how many new objects garbage is looked for: by Python's own 700 that took a tenth of the tests."""


def pytest_configure() -> None:
    """pytest-django looks for settings before the variables above are set."""
    import django

    django.setup()
    from django.contrib.auth.hashers import Argon2PasswordHasher

    # As in production but for its cost, which is made to be felt.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 64, 1
    gc.set_threshold(*RARELY)


def pytest_collection_finish() -> None:
    """What is imported by now stays until the end: nothing of it is garbage, and it is not looked at again."""
    gc.collect()
    gc.freeze()
