"""Django's test client, with middleware that is loaded once: WhiteNoise looks at every static file when it is."""

from functools import cache
from typing import Any

import django.test
from django.test.client import ClientHandler


class Client(django.test.Client):
    """A browser or program of its own, with its own cookies and headers."""

    def __init__(self, enforce_csrf_checks: bool = False, **more: Any) -> None:
        super().__init__(enforce_csrf_checks, **more)
        self.handler = _handler(enforce_csrf_checks)


@cache
def _handler(enforce_csrf_checks: bool) -> ClientHandler:
    return ClientHandler(enforce_csrf_checks)
