"""Readers of environment variables that say what is missing and how to set it."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def required(variable: str, meaning: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise ImproperlyConfigured(
            f"{variable} is not set: {meaning}. Export it, or start `make run` once: it writes one for development."
        )
    return value


def optional(variable: str, default: str) -> str:
    return os.environ.get(variable) or default


def choice(variable: str, *allowed: str) -> str:
    """One of the allowed words; the first is the default."""
    value = optional(variable, allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{variable} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def address(variable: str, *beginnings: str) -> str:
    """Empty, or something that begins as it must."""
    value = optional(variable, "")
    if value and not value.startswith(beginnings):
        raise ImproperlyConfigured(f"{variable} is {value!r}; it must begin with {', '.join(beginnings)}.")
    return value


def whole(variable: str, default: int, meaning: str) -> int:
    """A whole number, not below 0."""
    value = optional(variable, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ImproperlyConfigured(f"{variable} is {value!r}; it must be a whole number from 0 on: {meaning}.")
    return int(value)


def names(variable: str, *allowed: str) -> list[str]:
    """A comma-separated choice of the allowed names; all of them when unset."""
    chosen = [name.strip() for name in optional(variable, ",".join(allowed)).split(",") if name.strip()]
    for name in chosen:
        if name not in allowed:
            raise ImproperlyConfigured(f"{variable} names {name!r}; it may name {', '.join(allowed)}.")
    return [name for name in allowed if name in chosen]


def load_local(file: Path) -> None:
    """Variables that `make run` wrote for other terminals; what is set already wins."""
    if not file.is_file():
        return
    for line in file.read_text().splitlines():
        variable, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            os.environ.setdefault(variable.strip(), value.strip())
