"""The ledger of legal holds, which lies in the bucket: a restore of the table to an earlier moment loses none."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from imagestore.common import objects, sealing
from imagestore.holds.records import Hold

LEDGER, PURPOSE = "ledger/holds/", "the ledger of legal holds"
JSON = "application/json"
RELEASED = ".released.json"


class Entry(NamedTuple):
    """A hold that was placed and not released."""

    id: str
    shop: str
    subject: str
    reason: str


def put_in_ledger(hold: Hold) -> None:
    """On whom it stands, and why, is sealed."""
    sealed = {name: sealing.seal(getattr(hold, name), PURPOSE) for name in ("subject", "reason")}
    objects.put_once(f"{LEDGER}{hold.id}.json", orjson.dumps({"shop": hold.shop, **sealed}), JSON)


def forget(id: str) -> None:
    """It was never placed."""
    objects.remove(f"{LEDGER}{id}.json")


def note_release(id: str) -> None:
    objects.put_once(f"{LEDGER}{id}{RELEASED}", b"{}", JSON)


def ledger() -> Iterator[Entry]:
    """In the order of their placing. Raises sealing.SealBroken."""
    waiting = ""
    for listed in objects.listing(LEDGER):
        id, _, rest = listed.key.removeprefix(LEDGER).partition(".")
        if waiting and id != waiting:
            yield _read(waiting)
        # `<id>.json` comes before `<id>.released.json`.
        waiting = "" if rest == RELEASED[1:] else id
    if waiting:
        yield _read(waiting)


def _read(id: str) -> Entry:
    told = orjson.loads(objects.read(f"{LEDGER}{id}.json") or b"{}")
    return Entry(id, told["shop"], *(sealing.unseal(told[name], PURPOSE) for name in ("subject", "reason")))
