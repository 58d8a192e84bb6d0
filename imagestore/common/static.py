"""Addresses of static files, right behind a stage prefix of API Gateway as well as on a domain of one's own."""

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix


class PrefixedStorage(StaticFilesStorage):
    """Django reads the prefix once; one process may serve under several."""

    def url(self, name: str | None) -> str:
        return f"{get_script_prefix().rstrip('/')}{super().url(name)}"
