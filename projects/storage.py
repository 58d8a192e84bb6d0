"""Documents of saves that are too large for their row: immutable objects, one per save, shared by nobody.

And the ledger of erasures, which lies here because a restore of the table does not touch it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import orjson

from imagestore.common import ids, objects, sealing
from projects import keys, packing
from projects.certificates import Entry, Erasing
from projects.records import Placement, Version

LEDGER = "the ledger of erasures"
JSON = "application/json"


def put_document(shop: str, save_id: str, packed: bytes) -> None:
    objects.put_new(keys.document_object(shop, save_id), packed, "application/zstd")


def content_of(shop: str, version: Version) -> tuple[bytes, tuple[Placement, ...]]:
    """The document's JSON and the placements."""
    packed = version.content
    if packed is None:
        packed = objects.read(keys.document_object(shop, version.save_id))
    if packed is None:
        raise FileNotFoundError(f"the document of save {version.save_id} is not in storage")
    return packing.content_in(packed)


def remove_documents(shop: str, save_ids: Iterable[str]) -> None:
    for save_id in save_ids:
        objects.remove(keys.document_object(shop, save_id))


def put_in_ledger(erasing: Erasing) -> None:
    """Whom it is about is sealed: only who has the secret key can erase again."""
    told = {"erasure": erasing.id, "begun_at": erasing.begun_at, "shop": erasing.shop}
    sealed = {"owner": sealing.seal(erasing.owner, LEDGER)}
    objects.put_once(keys.ledger_object(erasing.id), orjson.dumps({**told, **sealed}), JSON)


def put_certificate(erasure: str, certificate: bytes) -> bytes:
    """The one that is kept: the first."""
    key = keys.certificate_object(erasure)
    objects.put_once(key, certificate, JSON)
    return objects.read(key) or certificate


def ledger(since: datetime | None) -> Iterator[Entry]:
    """Erasures that began since then, in their order. Raises sealing.SealBroken."""
    for listed in objects.listing(keys.LEDGER):
        id = listed.key.removeprefix(keys.LEDGER).removesuffix(".json")
        if since is not None and ids.born(id) < since:
            continue
        told = orjson.loads(objects.read(listed.key) or b"{}")
        ended = orjson.loads(objects.read(keys.certificate_object(id)) or b"{}")
        yield Entry(
            erasure=id,
            shop=told["shop"],
            owner=sealing.unseal(told["owner"], LEDGER),
            until=datetime.fromisoformat(ended.get("finished_at") or told["begun_at"]),
            kept=frozenset(ended.get("kept", {})),
        )
