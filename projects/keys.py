"""Every key of projects, each named after what it finds. Pure."""

import hashlib
from typing import NamedTuple

from imagestore.common.rows import Key

VERSIONS = "VERSION#"
INTENTS = "INTENT#"
LEDGER = "ledger/erasures/"
SHARDS = 4


def head_row(id: str) -> Key:
    return Key(f"PROJECT#{id}", "PROJECT")


def version_row(id: str, number: int, save_id: str) -> Key:
    return Key(f"PROJECT#{id}", f"{VERSIONS}{number:08d}#{save_id}")


def versions_numbered(number: int) -> str:
    """Beginning of the sort keys of all saves that were to become this version."""
    return f"{VERSIONS}{number:08d}#"


def intent_row(id: str, intent_id: str) -> Key:
    return Key(f"PROJECT#{id}", f"{INTENTS}{intent_id}")


def shares_row(id: str) -> Key:
    """Which shares lead to a project: they go when it is purged."""
    return Key(f"PROJECT#{id}", "SHARES")


def share_row(digest: str) -> Key:
    """A share, by the digest of its token."""
    return Key(f"SHARE#{digest}", "SHARE")


def share_of_entry(entry: str) -> Key:
    """The row of a share that a project's row of shares names."""
    return share_row(entry.rpartition("=")[2])


def move_row(id: str) -> Key:
    """At most one of a project at a time."""
    return Key(f"PROJECT#{id}", "MOVE")


def erasing_row(shop: str, owner: str) -> Key:
    """Of a customer whose erasure has begun and not ended: the one row of it that names whom."""
    return Key(f"ERASING#{shop}#{owner}", "ERASING")


def notes_of(erasure: str) -> str:
    """The partition of what an erasure has noted, by kind."""
    return f"ERASURE#{erasure}"


def note_row(erasure: str, kind: str, place: str) -> Key:
    return Key(notes_of(erasure), f"{kind}#{place}")


def ledger_object(erasure: str) -> str:
    """Outside the table, for who restores it."""
    return f"{LEDGER}{erasure}.json"


def certificate_object(erasure: str) -> str:
    return f"ledger/certificates/{erasure}.json"


def is_intent(key: Key) -> bool:
    return key.sk.startswith(INTENTS)


def save_of_version(sk: str) -> str:
    return sk.rpartition("#")[2]


def projects_of_owner(shop: str, owner: str) -> str:
    """Partition of `by_owner`; sorted by id, that is by time of creation. `owner`: a customer or a visit."""
    return f"PROJECTS#{shop}#{owner}"


def projects_of_shop(shop: str, id: str) -> str:
    """Partition of `by_attention`, in 4 shards, which staff read side by side."""
    return f"PROJECTS#{shop}#{shard(id)}"


def all_projects_of_shop(shop: str) -> list[str]:
    return [f"PROJECTS#{shop}#{shard}" for shard in range(SHARDS)]


def document_object(shop: str, save_id: str) -> str:
    return own_object(shop, "p", save_id)


def holder(id: str) -> str:
    """How a project stands among the holders of a file."""
    return f"project:{id}"


def own_object(shop: str, kind: str, id: str) -> str:
    """Starts with two hex digits of a hash, so that no prefix of the bucket is hot. No two entities share one."""
    return f"{_hash(id)[:2]}/{shop}/{kind}/{id}"


class OwnObject(NamedTuple):
    shop: str
    kind: str
    id: str


def parts_of_own_object(key: str) -> OwnObject | None:
    """None for any other object."""
    parts = key.split("/")
    if len(parts) != 4 or own_object(*parts[1:]) != key:
        return None
    return OwnObject(*parts[1:])


def project_of_row(pk: str) -> str:
    return pk.partition("#")[2]


def shard(id: str) -> int:
    return int(_hash(id), 16) % SHARDS


def _hash(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()
