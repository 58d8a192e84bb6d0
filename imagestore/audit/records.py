"""The nouns of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Deed(NamedTuple):
    """What is to be recorded."""

    at: datetime
    action: str
    subject: str
    actor: str
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed in its place. `hash` covers all other fields; `previous` is the hash before it on that day."""

    day: str
    number: int
    at: datetime
    action: str
    subject: str
    actor: str
    reason: str
    previous: str
    hash: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.day}.{self.number}"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a day's chain ends. `number` is 0 while nothing was recorded."""

    number: int
    hash: str
