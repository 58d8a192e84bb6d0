"""The bucket's side read from an S3 Inventory, which is some hours old, instead of listing it."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from files import keys, operations
from files.models import FileRow, new_row
from files.operations.reconciling import Case, Fault, Seen
from files.records import File, FileState
from imagestore.common import aws, clock, ids, objects, table
from imagestore.common.inventory import InventoryUnreadable, inventory
from tests.support import inventories
from tests.support.ministack import LocalAws
from tests.support.world import make_shop

OLD = timedelta(hours=6)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    make_shop()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2))


@pytest.fixture
def taken_at(now: datetime) -> datetime:
    return now + timedelta(days=2) - OLD


def stored(number: int, at: datetime, size: int = 5) -> list[File]:
    made = []
    for _ in range(number):
        file = File(ids.new_id(at), "acme", FileState.STORED, size, at, "customer:anna", "a.jpg", "image/jpeg")
        row = new_row(file, at + timedelta(days=90))
        row.stored_at = row.decoded_at = at
        table.put_new(row)
        store(original(file.id), b"5" * size)
        made.append(file)
    return made


def original(id: str) -> str:
    return keys.object_key("acme", id)


def store(key: str, body: bytes) -> None:
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=body)


def found(manifest: str) -> list[Case]:
    return list(operations.compare(clock.now(), Seen(), inventory(manifest)))


def told(cases: list[Case]) -> set[tuple[str, str]]:
    return {(case.fault, case.file) for case in cases}


@pytest.mark.parametrize("columns", [inventories.ALL, inventories.NEWEST], ids=["all versions", "newest versions"])
def test_it_shows_what_a_listing_shows(
    now: datetime, taken_at: datetime, tmp_path: Path, columns: tuple[str, ...]
) -> None:
    lost, hidden, longer, *_ = (file.id for file in stored(12, now))
    orphan = ids.new_id(now)
    objects.remove(original(lost))
    aws.s3().delete_object(Bucket=settings.IMAGESTORE_BUCKET, Key=original(hidden))
    store(original(longer), b"other bytes")
    store(original(orphan), b"nobody's")
    store("a key/with+strange characters, „quoted“ and a %20.txt", b"nobody's either")
    cases = found(inventories.write(tmp_path, taken_at, columns))
    assert cases == list(operations.compare(clock.now(), Seen()))
    assert told(cases) == {
        (Fault.LOST, lost), (Fault.HIDDEN, hidden), (Fault.WRONG_SIZE, longer), (Fault.ORPHAN, orphan),
    }  # fmt: skip


def test_what_became_right_since_it_was_taken_is_not_told(now: datetime, taken_at: datetime, tmp_path: Path) -> None:
    came_back, purged = stored(2, now)
    objects.remove(original(came_back.id))
    orphan = ids.new_id(now)
    store(original(orphan), b"nobody's")
    manifest = inventories.write(tmp_path, taken_at)
    store(original(came_back.id), b"55555")
    objects.remove(original(purged.id))
    table.update(FileRow, keys.file_row(purged.id), [FileRow.state.set(FileState.GONE)], None, File)
    objects.remove(original(orphan))
    assert found(manifest) == []


def test_what_was_younger_than_a_day_when_it_was_taken_is_not_judged(
    now: datetime, taken_at: datetime, tmp_path: Path
) -> None:
    """It may not have been there yet: an inventory is not of one moment."""
    manifest = inventories.write(tmp_path, taken_at)
    (file,) = stored(1, taken_at - timedelta(hours=23))
    objects.remove(original(file.id))
    assert found(manifest) == []


def test_the_command_reads_it_from_a_bucket_and_repairs_as_ever(now: datetime, taken_at: datetime) -> None:
    aws.s3().create_bucket(
        Bucket=f"{settings.IMAGESTORE_BUCKET}-lists", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    orphan = ids.new_id(now)
    stored(7, now)
    store(original(orphan), b"nobody's")
    manifest = inventories.write(f"s3://{settings.IMAGESTORE_BUCKET}-lists/photos/daily", taken_at)
    out = StringIO()
    call_command("reconcile_files", "--repair", "--inventory", manifest, stdout=out)
    assert "7 files and 8 of their objects compared" in out.getvalue()
    assert f"orphan: file {orphan}" in out.getvalue()
    assert objects.listed(original(orphan)) is None


class TestUnreadable:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"fileFormat": "Parquet"}, "The inventory is in Parquet; only CSV is read"),
            ({"fileFormat": "ORC"}, "The inventory is in ORC; only CSV is read"),
            ({"sourceBucket": "another"}, "The inventory is of another, not of test-"),
            ({"fileSchema": "Bucket, Key"}, "The inventory has no Size, LastModifiedDate. Configure it"),
            ({"files": 7}, "is no manifest of an S3 Inventory"),
        ],
    )
    def test_another_inventory_is_refused_in_words(
        self, now: datetime, tmp_path: Path, changes: dict[str, Any], words: str
    ) -> None:
        stored(1, now)
        with pytest.raises(CommandError, match=words):
            call_command("reconcile_files", "--inventory", inventories.write(tmp_path, now, **changes))

    def test_so_are_files_that_are_missing_or_not_as_they_were_written(self, now: datetime, tmp_path: Path) -> None:
        stored(7, now)
        manifest = inventories.write(tmp_path, now)
        (tmp_path / "data" / "1.csv.gz").write_bytes(b"something else")
        with pytest.raises(InventoryUnreadable, match="is not as it was written"):
            found(manifest)
        (tmp_path / "data" / "1.csv.gz").unlink()
        with pytest.raises(CommandError, match=r"1\.csv\.gz is not there"):
            call_command("reconcile_files", "--inventory", manifest)
        with pytest.raises(CommandError, match=r"There is no .*nowhere\.json"):
            call_command("reconcile_files", "--inventory", str(tmp_path / "nowhere.json"))
        for place, told in (("/nope", "There is no /nope"), ("s3://nowhere-at-all/m.json", "no bucket nowhere-at-all")):
            with pytest.raises(CommandError, match=told):
                call_command("reconcile_files", "--inventory", place)
