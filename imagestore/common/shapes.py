"""Kinds of values in requests, each as strict as what its schema in the OpenAPI document says."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
"""A pattern: no line breaks and no other control characters."""


def as_whole(value: Any) -> Any:
    """JSON knows one kind of numbers: 12.0 is as whole as 12. Texts and truth values are no numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(as_whole), Field(strict=True)]


def _told_in_full(value: Any) -> Any:
    """JSON knows no instants: they are texts, with a time and an offset from UTC. Numbers are no instants."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("an instant is a text like 2026-11-23T08:30:00Z")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_told_in_full)]
