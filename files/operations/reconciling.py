"""The bucket compared with the table, both ways: what is missing, what is left over, what differs.

Both sides are sorted through temporary files and read once side by side, so that memory does not grow with them. What
is younger than a day is left alone: it may be under way. A case is what it looked like; whoever repairs it looks again.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from files import keys, queries
from files.models import FileRow
from files.records import File, FileState
from imagestore.common import objects, sightings, table
from imagestore.common.inventory import Inventory
from imagestore.common.merging import SETTLED, Pair, side_by_side, sorted_by_key
from imagestore.common.sightings import Source

MUST = (FileState.STORED, FileState.TRASHED)
ANY = "any"


class Fault(StrEnum):
    """`lost`: the original is not there. `hidden`: it lies under a delete marker. `orphan`: bytes without any row;
    `leftover`: bytes of a file that is gone. `forgotten`: nothing will ever look at the file again. `damaged`:
    bytes that have another SHA-256 than was noted; only a scrub reads them.
    """

    LOST = "lost"
    HIDDEN = "hidden"
    WRONG_SIZE = "wrong-size"
    ORPHAN = "orphan"
    LEFTOVER = "leftover"
    LOST_RENDITION = "lost-rendition"
    STRAY_RENDITION = "stray-rendition"
    FORGOTTEN = "forgotten"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Case:
    """`key`: of the object, empty for `forgotten`. `told`: what was found, in words."""

    fault: Fault
    file: str
    key: str
    told: str


@dataclass(slots=True)
class Seen:
    """What was read: `rows` of files, `objects` of theirs in the bucket, `others` that belong to no file.

    `young`: files that are left alone for today.
    """

    rows: int = 0
    young: int = 0
    objects: int = 0
    others: int = 0
    forgotten: list[str] = field(default_factory=list)


def compare(now: datetime, seen: Seen, inventory: Inventory | None = None) -> Iterator[Case]:
    """Cases as they are found, in the order of object keys; `seen` counts along. The bucket is listed, unless there is
    an inventory of it."""
    source = sightings.source(inventory, now)
    with sorted_by_key(_expected(source.at, seen)) as rows, sorted_by_key(_found(source, seen)) as bucket:
        for pair in side_by_side(rows, bucket):
            case = _case(pair, source.at)
            if case and source.again:
                case = _case(sightings.looked_again(pair), source.at)
            if case:
                yield case
    for id in seen.forgotten:
        yield Case(Fault.FORGOTTEN, id, "", "Nothing holds it, and it is not due.")


def scrub(number: int, now: datetime) -> Iterator[Case]:
    """Reads a random sample of the originals again, and names those whose bytes are not what they were."""
    for file in _sample(number, now):
        key = keys.object_key(file.shop, file.id)
        found = sha256_in_storage(key)
        if found not in (None, file.sha256):
            yield Case(Fault.DAMAGED, file.id, key, f"Its SHA-256 is {found}; its row says {file.sha256}.")


def sha256_in_storage(key: str) -> str | None:
    """Reads all bytes of an object; None when there is none."""
    with open(os.devnull, "wb") as nowhere:
        return objects.save_to(nowhere, key, None)


def _sample(number: int, now: datetime) -> list[File]:
    """Each file with the same chance, however many there are."""
    drawn: list[File] = []
    settled = (file for file in table.scan(FileRow, File, "FILE#", "FILE") if _may_be_read(file, now))
    for count, file in enumerate(settled):
        place = count if count < number else random.randrange(count + 1)  # noqa: S311
        if place < number:
            drawn[place : place + 1] = [file]
    return drawn


def _may_be_read(file: File, now: datetime) -> bool:
    return bool(file.sha256) and _is_settled(file, now)


def _is_settled(file: File, now: datetime) -> bool:
    return file.state in MUST and now - (file.stored_at or now) > SETTLED


def is_forgotten(file: File, now: datetime) -> bool:
    waits = file.undecoded or not file.holders
    return file.due_sort is None and file.state != FileState.GONE and waits and now - file.created_at > SETTLED


def _expected(now: datetime, seen: Seen) -> Iterator[tuple[str, str]]:
    """By object key: `must` or `may`, and the size of an original."""
    for file in table.scan(FileRow, File, "FILE#", "FILE"):
        seen.rows += 1
        seen.young += now - (file.stored_at or file.created_at) <= SETTLED
        if is_forgotten(file, now):
            seen.forgotten.append(file.id)
        if file.state == FileState.GONE:
            continue
        settled = _is_settled(file, now)
        size = str(file.size) if file.size else ANY
        yield keys.object_key(file.shop, file.id), f"must {size}" if settled else f"may {ANY}"
        for name in (entry.partition("=")[0] for entry in file.renditions):
            yield keys.rendition_key(file.shop, file.id, name), f"must {ANY}" if settled else f"may {ANY}"
        if file.form:
            yield keys.form_key(file.shop, file.id), f"may {ANY}"


def _found(source: Source, seen: Seen) -> Iterator[tuple[str, str]]:
    """By object key what is there."""
    for listed in source.listing():
        if keys.file_of_any_object(listed.key) is None:
            seen.others += 1
            continue
        seen.objects += 1
        yield listed.key, sightings.as_text(listed)


def _case(pair: Pair, now: datetime) -> Case | None:
    _, id = keys.file_of_any_object(pair.key) or ("", "")
    need, _, wanted = (pair.left or "no").partition(" ")
    sighting = sightings.in_text(pair.right)
    is_original = keys.file_of_object(pair.key) is not None
    if pair.left is None:
        return unexpected(id, pair.key, is_original) if sighting.is_settled(now) else None
    if need == "may":
        return None
    if sighting.size is None:
        lost = Fault.HIDDEN if sighting.is_hidden else Fault.LOST
        if not is_original and not _is_named(id, pair.key):
            return None
        return Case(lost if is_original else Fault.LOST_RENDITION, id, pair.key, "Its bytes are not there.")
    if wanted not in (ANY, str(sighting.size)):
        return Case(Fault.WRONG_SIZE, id, pair.key, f"It has {sighting.size} bytes; its row says {wanted}.")
    return None


def _is_named(id: str, key: str) -> bool:
    """Still by its row as it is now: a rule may have ended the rendition since the table was read."""
    file = queries.files_by_id([id], consistent=True).get(id)
    return file is not None and file.rendition(_name_of(key, file)) is not None


def _name_of(key: str, file: File) -> str:
    return key.removeprefix(keys.object_key(file.shop, file.id) + ".")


def unexpected(id: str, key: str, is_original: bool) -> Case | None:
    """Bytes that no row asked for when the table was read; what was registered since is found now."""
    file = queries.files_by_id([id], consistent=True).get(id)
    if file is None:
        return Case(Fault.ORPHAN, id, key, "No row tells of these bytes.")
    if file.state == FileState.GONE:
        return Case(Fault.LEFTOVER, id, key, "The file is gone; its bytes are still there.")
    made = file.rendition(_name_of(key, file))
    if is_original or made or key.startswith("in/") or file.state == FileState.DELETING:
        return None
    return Case(Fault.STRAY_RENDITION, id, key, "The file does not name this rendition.")
