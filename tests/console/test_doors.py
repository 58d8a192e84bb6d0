"""The staff site costs a stage without the `staff` door nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = """
import json, sys, django
django.setup()
from django.urls import get_resolver
patterns = [str(part.pattern) for part in get_resolver().url_patterns]
foreign = ("django.contrib.admin", "django.contrib.auth.models", "imagestore.console", "files.admin", "pyotp", "segno")
print(json.dumps([patterns, [name for name in foreign if name in sys.modules]]))
"""


def started(doors: str) -> tuple[list[str], list[str]]:
    """Addresses of a process with these doors, and the staff site's modules that it imported."""
    environment = {**os.environ, "IMAGESTORE_DOORS": doors, "PYTHONPATH": str(ROOT)}
    told = subprocess.run([sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True)
    patterns, foreign = json.loads(told.stdout)
    return patterns, foreign


@pytest.mark.parametrize("doors", ["api", "api,events,tasks", "public"])
def test_other_doors_import_nothing_of_it(doors: str) -> None:
    patterns, foreign = started(doors)
    assert "staff/" not in patterns
    assert foreign == []


def test_the_staff_door_alone_serves_it() -> None:
    patterns, _ = started("staff")
    assert "staff/" in patterns
    assert "api/v1/" not in patterns
