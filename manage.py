#!/usr/bin/env python
"""The operator's commands: `python manage.py help` lists them."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands

FOR_DATABASES = (
    "changepassword", "createcachetable", "createsuperuser", "dbshell", "dumpdata", "flush", "inspectdb", "loaddata",
    "optimizemigration", "remove_stale_contenttypes", "showmigrations", "sqlflush", "sqlmigrate", "sqlsequencereset",
    "squashmigrations", "test", "testserver",
)  # fmt: skip
FOR_MAKERS_OF_DJANGO_SITES = ("export_openapi_schema", "runserver", "sendtestemail", "startapp", "startproject")


def offer_only_what_works() -> None:
    """There is no relational database, `make run` is the server, and the API's document is /api/v1/openapi.json.

    Django's own `check` looks for `migrate` and `makemigrations`: they stay.
    """
    django.setup()
    for name in (*FOR_DATABASES, *FOR_MAKERS_OF_DJANGO_SITES):
        get_commands().pop(name, None)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagestore.settings")
    try:
        offer_only_what_works()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as missing:
        sys.exit(str(missing))
