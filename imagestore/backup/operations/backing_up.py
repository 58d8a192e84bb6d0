"""Backing up: first all rows, then what the bucket had at the moment at which the last row was read.

In this order what a row tells of is there, unless it was removed meanwhile. What is done is kept: begun again, a backup
goes on where it was interrupted.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.conf import settings

from imagestore.audit import operations as audit
from imagestore.backup import rows, storage, versions
from imagestore.backup.errors import OtherBackup, PlaceRefused
from imagestore.backup.records import Begun, Manifest, Part, Version
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.principal import Principal
from imagestore.common.vaults import Vault, VaultInvalid, check_bucket

AT_ONCE, COPIES_AT_ONCE = 4, 64
Clock = Callable[[], datetime]
Tell = Callable[[str], object]


class Wanted(NamedTuple):
    """A part that is to be written, and what will be in it."""

    name: str
    entries: Callable[[], Iterable[object]]


def back_up(
    *,
    to: Vault,
    segments: int,
    with_objects: bool,
    principal: Principal,
    reason: str,
    clock: Clock,
    tell: Tell = lambda words: None,
) -> Manifest:
    """`segments`: parts of rows, about one for a gigabyte. `with_objects`: their bytes are copied beside them.

    Raises VaultInvalid, PlaceRefused, OtherBackup.
    """
    _check_place(to, with_objects)
    begun = _begun(to, Begun(settings.IMAGESTORE_TABLE, settings.IMAGESTORE_BUCKET, segments, with_objects, clock()))
    details = {"to": to.key("") or to.bucket, "bucket": to.bucket, "with_objects": with_objects}
    table = f"table:{begun.table}"
    audit.record(
        [], action="backup.begun", subject=table, principal=principal, reason=reason, now=clock(), details=details
    )
    found = _in_turn(to, _parts_of_rows(begun), clock, tell)
    at = _moment(to, clock)
    listed = _in_turn(to, _parts_of_versions(begun, at), clock, tell)
    if with_objects:
        for part in listed:
            _copy(to, begun.bucket, part, clock, tell)
    manifest = Manifest(begun, at, tuple(found), tuple(listed))
    storage.finish(to, manifest)
    return manifest


def _parts_of_rows(begun: Begun) -> list[Wanted]:
    def entries(segment: int) -> Iterable[object]:
        return rows.scan(begun.table, segment, begun.segments)

    return [Wanted(f"rows/{segment:05d}", partial(entries, segment)) for segment in range(begun.segments)]


def _parts_of_versions(begun: Begun, at: datetime) -> list[Wanted]:
    def entries(prefix: str) -> Iterable[object]:
        return versions.as_of(begun.bucket, prefix, at)

    named = [(prefix.strip("/") or "beside", prefix) for prefix in versions.prefixes(begun.bucket)]
    return [Wanted(f"versions/{name}", partial(entries, prefix)) for name, prefix in named]


def _check_place(to: Vault, with_objects: bool) -> None:
    if to.bucket == settings.IMAGESTORE_BUCKET:
        raise PlaceRefused("A backup in the bucket that it is of would go with it. Name another bucket, or a folder.")
    if with_objects and not to.bucket:
        raise PlaceRefused(
            "A folder takes no bytes, which storage itself copies: --with-objects needs s3://BUCKET/PREFIX."
        )
    to.check()
    try:
        check_bucket(settings.IMAGESTORE_BUCKET)
    except VaultInvalid as error:
        raise PlaceRefused(f"{error.text} IMAGESTORE_BUCKET names it.") from error
    if storage.is_finished(to):
        raise OtherBackup("A finished backup lies there. Name another place.")


def _begun(to: Vault, wanted: Begun) -> Begun:
    """What was begun there before goes on, if it is of the same."""
    before = storage.begun(to)
    if before is None:
        storage.begin(to, wanted)
        return wanted
    if (before.table, before.bucket, before.segments, before.with_objects) != (
        wanted.table, wanted.bucket, wanted.segments, wanted.with_objects,
    ):  # fmt: skip
        words = f"A backup of {before.table} in {before.segments} parts was begun there."
        raise OtherBackup(f"{words} Go on with that one, or name another place.")
    return before


def _moment(to: Vault, clock: Clock) -> datetime:
    """Fixed once, when the last row is read."""
    at = storage.moment(to)
    if at is None:
        at = clock()
        storage.fix_moment(to, at)
    return at


def _in_turn(to: Vault, wanted: list[Wanted], clock: Clock, tell: Tell) -> list[Part]:
    def made(one: Wanted) -> Part:
        return storage.finished(to, one.name) or storage.write_part(to, one.name, one.entries(), clock)

    parts: list[Part] = []
    for some in chunks(wanted, AT_ONCE):
        parts += in_parallel(made, some)
        tell(f"{parts[-1].name}: {len(parts)} of {len(wanted)} parts, {sum(part.entries for part in parts)} entries")
    return parts


def _copy(to: Vault, bucket: str, part: Part, clock: Clock, tell: Tell) -> None:
    """The bytes of what a part lists; a part of its own names what was removed meanwhile."""
    name = part.name.replace("versions/", "copies/")
    if storage.finished(to, name):
        return
    missing: list[Version] = []

    def copied(version: Version) -> bool:
        source = versions.Source(bucket, version.key, version.size, version.version)
        return versions.copy(source, to.bucket, to.key(f"objects/{version.key}"))

    for some in chunks((Version(**entry) for entry in storage.entries(to, part)), COPIES_AT_ONCE):
        missing += [one for one, is_there in zip(some, in_parallel(copied, some), strict=True) if not is_there]
    storage.write_part(to, name, missing, clock)
    tell(f"{name}: {part.entries - len(missing)} objects copied")
