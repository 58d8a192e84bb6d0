"""What a process imports before its first request, by its doors. The API's must not pay for the staff site."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

TRIES = 3
DOORS = ("api,events,tasks", "staff")
STAFF_SITE = ("django.contrib.admin", "imagestore.console", "files.admin", "pyotp", "segno")
STARTED = f"""
import json, sys, time
began = time.process_time()
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print(json.dumps([time.process_time() - began, len(sys.modules), [n for n in {STAFF_SITE} if n in sys.modules]]))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of CPU, the best of a few; `foreign`: modules of the staff site among the imported."""

    doors: str
    seconds: float
    modules: int
    foreign: list[str]

    @property
    def ok(self) -> bool:
        return "staff" in self.doors or not self.foreign


def starts() -> list[Start]:
    return [min((_start(doors) for _ in range(TRIES)), key=lambda start: start.seconds) for doors in DOORS]


def _start(doors: str) -> Start:
    environment = {**os.environ, "IMAGESTORE_ENVIRONMENT": "production", "IMAGESTORE_DOORS": doors}
    told = subprocess.run([sys.executable, "-c", STARTED], env=environment, capture_output=True, text=True, check=True)
    return Start(doors, *json.loads(told.stdout))
