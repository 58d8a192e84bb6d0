"""django-ninja, whose schemas are built when they are first used, and not for each route by each process that starts.

A third of what a process takes until it can answer.
"""

from django.apps import AppConfig
from ninja import Schema

Schema.model_config["defer_build"] = True


class LazyNinja(AppConfig):
    """Read before any module that has a schema."""

    name = "ninja"
