"""Every key of files, each named after what it finds. Pure."""

import hashlib
from datetime import datetime

from imagestore.common import ids
from imagestore.common.rows import Key

SHARDS = 4
HASH_DIGITS = 16


def file_row(id: str) -> Key:
    return Key(f"FILE#{id}", "FILE")


def renditions_row(id: str) -> Key:
    """Beside its file, and only where a rule of the shop ends renditions."""
    return Key(f"FILE#{id}", "RENDITIONS")


def owner_row(shop: str, owner: str) -> Key:
    return Key(f"OWNER#{shop}#{owner}", "OWNER")


def session_row(shop: str, id: str) -> Key:
    return Key(f"SESSION#{shop}#{id}", "SESSION")


def is_session(key: Key) -> bool:
    return key.sk == "SESSION"


def visits_of_owner(shop: str, owner: str) -> str:
    """Partition of `by_owner`: the sessions that a customer opened or claimed; sorted by id."""
    return f"VISITS#{shop}#{owner}"


def handoff_row(shop: str, session: str, id: str) -> Key:
    """Beside its session, whose end is its end."""
    return Key(f"SESSION#{shop}#{session}", f"HANDOFF#{id}")


def decided_uploads(hour: datetime, shard: int) -> Key:
    """What became of the uploads of an hour, of all shops together; each shard is a partition of its own."""
    return Key(f"UPLOADS#{hour:%Y-%m-%dT%H}#{shard}", "UPLOADS")


def files_of_owner(shop: str, owner: str) -> str:
    """Partition of `by_owner`; sorted by `place_of_file`, that is by time of registration."""
    return f"FILES#{shop}#{owner}"


def place_of_file(id: str, sha256: str) -> str:
    """The id first; then so much of the hash that an owner's list alone tells which rows may have it."""
    return f"{id}#{sha256[:HASH_DIGITS]}" if sha256 else id


def hash_in_place(place: str) -> str:
    """The beginning of the file's SHA-256; empty when it was not known."""
    return place.partition("#")[2]


def places_after(id: str) -> str:
    """Lower than the place of every file born after this one, higher than its own."""
    return f"{id}~"


def rejected_files(shop: str) -> str:
    """Partition of `by_attention` for staff."""
    return f"REJECTED#{shop}"


def owners_of_shop(shop: str, owner: str) -> str:
    """Partition of `by_attention`: the customers of a shop, in 4 shards, which staff read side by side."""
    return f"OWNERS#{shop}#{int(_hash(owner), 16) % SHARDS}"


def all_owners_of_shop(shop: str) -> list[str]:
    return [f"OWNERS#{shop}#{shard}" for shard in range(SHARDS)]


def object_key(shop: str, id: str) -> str:
    """Starts with two hex digits of a hash, so that no prefix of the bucket is hot."""
    return f"{_hash(id)[:2]}/{shop}/{id}"


def form_key(shop: str, id: str) -> str:
    """Where the bytes of a POST form land. Clients can write there, and write again; nobody reads from there."""
    return f"in/{object_key(shop, id)}"


def file_of_form(key: str) -> tuple[str, str] | None:
    """(shop, id) of the key of a form; None for any other object."""
    return file_of_object(key.removeprefix("in/")) if key.startswith("in/") else None


def rendition_key(shop: str, id: str, name: str) -> str:
    """Beside the original; `name` like "preview.webp"."""
    return f"{object_key(shop, id)}.{name}"


def file_of_object(key: str) -> tuple[str, str] | None:
    """(shop, id) of an original's object key; None for any other object."""
    parts = key.split("/")
    if len(parts) != 3 or not ids.is_id(parts[2]) or object_key(parts[1], parts[2]) != key:
        return None
    return parts[1], parts[2]


def file_of_any_object(key: str) -> tuple[str, str] | None:
    """(shop, id) of an original's key, of a rendition's beside it, or of a form's; None for any other object."""
    return file_of_object(key.removeprefix("in/").partition(".")[0])


def _hash(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()
