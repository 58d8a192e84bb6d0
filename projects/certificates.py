"""Erasures as they are remembered, and their certificate: canonical JSON that names nobody. Pure.

Whoever has the customer's id can check that it is meant: `customer_sha256` is of `<erasure>/<shop>/<customer>`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

FORMAT = 1
POINT_IN_TIME = timedelta(days=35)
"""So far back DynamoDB restores a table to any moment."""
Facts = Mapping[str, Mapping[str, list[int]]]
"""By kind and id: numbers that were noted before it went."""
COUNTS = {
    "file": ("files", "bytes", "renditions"),
    "project": ("projects", "versions", "shares"),
    "cart": ("cart_items",),
    "package": ("packages", "package_bytes"),
    "session": ("sessions",),
    "given": ("files_handed_over",),
}
"""What is counted of each kind: how many there were, and the sum of each number that was noted."""
NOT_ERASED = (
    "The audit log tells who was erased by whom, when and why.",
    "Deliveries of webhooks that name the customer's id go 30 days after they were made.",
    "In projects of others the id of who saved a version stays.",
    "Photos that others use are theirs, without name, date, camera and place; their bytes are what they were.",
)


IN_BUCKET = "nothing: every version of every object was deleted, and looked for afterwards"
IN_BUCKET_BESIDE_KEPT = (
    "of all that is counted here nothing: every version of every object of it was deleted, and looked for afterwards; "
    "of what is named under kept, all"
)


@dataclass(frozen=True, slots=True)
class Erasing:
    """An erasure under way, of an owner as in `customer:<id>`. `replays`: the one of the ledger that it does again."""

    id: str
    shop: str
    owner: str
    begun_at: datetime
    replays: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Ids of one kind with numbers of each, noted before they go."""

    kind: str
    items: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """Of the ledger: what is to be erased again after a restore. `until`: what came later is another's matter.

    `kept`: what was kept when it ended, as in `project:<id>`.
    """

    erasure: str
    shop: str
    owner: str
    until: datetime
    kept: frozenset[str]


@dataclass(frozen=True, slots=True)
class Erased:
    """All that is certified. `kept`: by what was kept, why. `begun_at`: of the first try."""

    id: str
    shop: str
    customer: str
    begun_at: datetime
    finished_at: datetime
    facts: Facts
    kept: Mapping[str, str] = field(default_factory=dict)
    replays: str = ""


def certificate(erased: Erased) -> bytes:
    until = erased.finished_at + POINT_IN_TIME
    told: dict[str, Any] = {
        "format": FORMAT,
        "erasure": erased.id,
        "replays": erased.replays or None,
        "shop": erased.shop,
        "customer_sha256": customer_sha256(erased.id, erased.shop, erased.customer),
        "begun_at": erased.begun_at,
        "finished_at": erased.finished_at,
        "counts": counts_of(erased.facts),
        "sha256": {kind: _hashed(items) for kind, items in sorted(erased.facts.items()) if items},
        "kept": dict(sorted(erased.kept.items())),
        "backups": {
            "table": {
                "contain": "the rows of all that is counted here, as they were at any moment before they went",
                "until": until,
                "after_a_restore": "manage.py replay_erasures erases again what came back",
            },
            "bucket": {"contain": IN_BUCKET_BESIDE_KEPT if erased.kept else IN_BUCKET},
            "own": "what manage.py backup made, or a replica of the bucket, is kept until whoever made it removes it",
        },
        "not_erased": NOT_ERASED,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def counts_of(facts: Facts) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind, (number, *sums) in COUNTS.items():
        noted = facts.get(kind, {})
        counts[number] = len(noted)
        counts |= {word: sum(numbers[place] for numbers in noted.values()) for place, word in enumerate(sums)}
    return counts


def counts_in(certificate: bytes) -> dict[str, int]:
    counts: dict[str, int] = orjson.loads(certificate)["counts"]
    return counts


def customer_sha256(erasure: str, shop: str, customer: str) -> str:
    return hashlib.sha256(f"{erasure}/{shop}/{customer}".encode()).hexdigest()


def digest(certificate: bytes) -> str:
    """SHA-256, as the audit log has it."""
    return hashlib.sha256(certificate).hexdigest()


def _hashed(items: Mapping[str, list[int]]) -> str:
    """Of a line for each, in the order of ids: the id and its numbers, separated by blanks."""
    lines = (" ".join([id, *map(str, numbers)]) for id, numbers in sorted(items.items()))
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
