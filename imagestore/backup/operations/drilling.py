"""A drill: a backup becomes a table and a bucket of their own, in which nothing is at work, and later they go again.

A bucket, and not a prefix in the one that is used: that tells its queue of every new object under whatever key, has
rules that remove, and is what the reconcilers compare.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from imagestore.backup import rows, storage, versions
from imagestore.backup.errors import DrillRefused
from imagestore.backup.records import Manifest, Restored, Version
from imagestore.common import objects
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.vaults import Vault, VaultInvalid, check_bucket
from imagestore.local.bucket import ensure_closed_bucket
from imagestore.local.tables import ensure_table

COPIES_AT_ONCE, EXAMPLES = 64, 10
Tell = Callable[[str], object]


def restore(*, source: Vault, table: str, bucket: str, tell: Tell = lambda words: None) -> Restored:
    """Rows as they were, in a new table; the versions that were current, in an empty bucket.

    Raises VaultInvalid, BackupIncomplete, BackupDamaged, DrillRefused.
    """
    if source.bucket:
        source.check()
    manifest = storage.manifest(source)
    _check_clean(table, bucket, manifest, source)
    ensure_table(table)
    rows.mark_drill(table, bucket)
    ensure_closed_bucket(bucket)
    done = Restored()
    for part in manifest.rows:
        for number in rows.put(table, storage.entries(source, part)):
            done.rows += number
        tell(f"{part.name}: {done.rows} of {manifest.number_of_rows} rows")
    for part in manifest.versions:
        _copy(source, manifest, (Version(**entry) for entry in storage.entries(source, part)), bucket, done)
        tell(f"{part.name}: {done.objects} of {manifest.number_of_objects} objects")
    return done


def remove_drill(table: str) -> str:
    """The table and its bucket with all that is in it; answers the bucket's name. Raises DrillRefused."""
    bucket = rows.bucket_of_drill(table) if table != settings.IMAGESTORE_TABLE and rows.exists(table) else None
    if bucket is None or bucket == settings.IMAGESTORE_BUCKET:
        raise DrillRefused(f"{table} is no table of a drill; nothing was removed.")
    if not versions.is_clean(bucket):
        with bound_to(table, bucket):
            if failed := objects.remove_versions((one.key, one.version) for one in objects.versions("")):
                raise OSError(f"storage did not delete {len(failed)} objects, like {failed[0]}; repeat this")
    versions.remove_bucket(bucket)
    rows.remove(table)
    return bucket


@contextmanager
def bound_to(table: str, bucket: str) -> Iterator[None]:
    """Everything that this process does meanwhile it does there: names are bound late, at each call."""
    names: dict[str, Any] = {"IMAGESTORE_TABLE": table, "IMAGESTORE_BUCKET": bucket}
    before = {name: getattr(settings, name) for name in names}
    try:
        for name, value in names.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


def _check_clean(table: str, bucket: str, manifest: Manifest, source: Vault) -> None:
    if table in (settings.IMAGESTORE_TABLE, manifest.begun.table):
        raise DrillRefused(f"{table} is in use. Name a table that does not exist.")
    if bucket in (settings.IMAGESTORE_BUCKET, manifest.begun.bucket, source.bucket):
        raise DrillRefused(f"{bucket} is in use. Name a bucket that does not exist, or is empty.")
    if rows.exists(table):
        raise DrillRefused(f"There is a table {table}. Name another, or remove it if it is a drill's: --remove.")
    if not versions.is_clean(bucket):
        raise DrillRefused(f"The bucket {bucket} is not empty. Name another.")
    if not manifest.begun.with_objects:
        try:
            check_bucket(manifest.begun.bucket)
        except VaultInvalid as error:
            raise DrillRefused(f"{error.text} The bytes of this backup are there: it was made without them.") from error


def _copy(source: Vault, manifest: Manifest, wanted: Iterator[Version], bucket: str, done: Restored) -> None:
    """From where the bytes lie: beside the backup, or still in the bucket that it is of."""

    def copied(one: Version) -> bool:
        place = versions.Source(manifest.begun.bucket, one.key, one.size, one.version)
        if manifest.begun.with_objects:
            place = versions.Source(source.bucket, source.key(f"objects/{one.key}"), one.size)
        return versions.copy(place, bucket, one.key)

    for some in chunks(wanted, COPIES_AT_ONCE):
        for one, is_there in zip(some, in_parallel(copied, some), strict=True):
            if is_there:
                done.objects, done.size = done.objects + 1, done.size + one.size
                continue
            done.missing += 1
            done.examples = (*done.examples, one.key)[:EXAMPLES]
