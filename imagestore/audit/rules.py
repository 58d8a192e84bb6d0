"""The hash chain. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from imagestore.audit.errors import ChainBroken
from imagestore.audit.records import AuditEntry, Deed, Head
from imagestore.common import clock


def day_of(instant: datetime) -> str:
    return instant.astimezone(UTC).date().isoformat()


def start_of(day: str) -> Head:
    """The chain before its first entry; its hash binds the chain to its day."""
    return Head(0, hashlib.sha256(f"imagestore audit {day}".encode()).hexdigest())


def next_entry(head: Head, deed: Deed) -> AuditEntry:
    content: dict[str, Any] = {
        **deed._asdict(),
        "details": dict(deed.details),
        "day": day_of(deed.at),
        "number": head.number + 1,
        "previous": head.hash,
    }
    return AuditEntry(**content, hash=_hash(content))


def follow(day: str, head: Head, entry: AuditEntry) -> Head:
    """The head after `entry`; raises ChainBroken unless the entry is whole and belongs right after `head`."""
    content = asdict(entry)
    told = content.pop("hash")
    if entry.number != head.number + 1 or entry.previous != head.hash or told != _hash(content):
        raise broken(day, head.number + 1)
    return Head(entry.number, entry.hash)


def broken(day: str, number: int) -> ChainBroken:
    text = f"The audit log of {day} is not what was recorded, from entry {number} on."
    return ChainBroken(text, day=day, number=number)


def _hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the previous hash and the entry as canonical JSON: sorted names, instants in ms."""
    canonical = {**content, "at": clock.to_milliseconds(content["at"])}
    previous = canonical.pop("previous")
    text = orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + text).hexdigest()
