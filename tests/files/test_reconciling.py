"""The bucket against the table, on the local AWS: planted faults are found, each by its name, and repaired."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from files import keys, operations, queries
from files.models import FileRow, new_row
from files.operations.reconciling import Case, Fault, Seen
from files.operations.registering import Registered
from files.records import File, FileState, NewFile
from imagestore.common import aws, clock, ids, objects, table, transaction
from imagestore.common.errors import DomainError
from imagestore.common.switches import pause_deletion
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.uploads import put, stored_photos
from tests.support.world import customer, make_shop

ANNA, HERS = customer(), "customer:anna"
EACH = 2
"""Faults of a kind; of the first, four more."""


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def later(now: datetime) -> datetime:
    """When everything that is there now is settled."""
    return now + timedelta(days=2)


def body(index: int) -> bytes:
    return b"%06d" % index


def stored(number: int, now: datetime) -> list[File]:
    """Files with a few bytes and a rendition each, as if they had been uploaded and decoded."""
    made = []
    for index in range(number):
        sha256 = hashlib.sha256(body(index)).hexdigest()
        file = File(
            ids.new_id(now), "acme", FileState.STORED, len(body(index)), now, HERS, f"{index}.jpg", "image/jpeg", sha256
        )
        row = new_row(file, now + timedelta(days=90))
        row.stored_at, row.decoded_at, row.renditions = now, now, {"preview.webp=1"}
        table.put_new(row)
        store(keys.object_key("acme", file.id), body(index))
        store(keys.rendition_key("acme", file.id, "preview.webp"), b"small")
        made.append(file)
    return made


def store(key: str, content: bytes) -> None:
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=content, ContentType="image/jpeg")


def hide(key: str) -> None:
    aws.s3().delete_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key)


def change(file: File, *actions: object) -> None:
    assert table.update(FileRow, keys.file_row(file.id), list(actions), None, File).won  # type: ignore[arg-type]


def plant(files: list[File], now: datetime) -> Counter[tuple[str, str]]:
    """20 faults of 8 kinds; answers each as (kind, id)."""
    left, planted = iter(files), list[tuple[str, str]]()

    def next_one(fault: Fault) -> File:
        file = next(left)
        planted.append((fault, file.id))
        return file

    def original(file: File) -> str:
        return keys.object_key("acme", file.id)

    def rendition(file: File, name: str = "preview.webp") -> str:
        return keys.rendition_key("acme", file.id, name)

    for _ in range(EACH + 4):
        objects.remove_family(original(next_one(Fault.LOST)), itself=True)
        planted.append((Fault.LOST_RENDITION, planted[-1][1]))
    for _ in range(EACH):
        hide(original(next_one(Fault.HIDDEN)))
        store(original(next_one(Fault.WRONG_SIZE)), b"other bytes")
        objects.remove(rendition(next_one(Fault.LOST_RENDITION)))
        store(rendition(next_one(Fault.STRAY_RENDITION), "thumbnail.webp"), b"smaller")
        change(next_one(Fault.FORGOTTEN), FileRow.due_bucket.remove(), FileRow.due_sort.remove())
    for _ in range(EACH):
        orphan = ids.new_id(now)
        store(keys.object_key("acme", orphan), b"nobody's")
        planted.append((Fault.ORPHAN, orphan))
        (gone,) = stored(1, now)
        change(gone, FileRow.state.set(FileState.GONE))
        planted += [(Fault.LEFTOVER, gone.id)] * 2
    return Counter(planted)


def found(now: datetime) -> list[Case]:
    return list(operations.compare(now, Seen()))


def row(id: str) -> File:
    return queries.files_by_id([id], consistent=True)[id]


@pytest.mark.parametrize("number", [40, pytest.param(5_000, marks=pytest.mark.proof)])
def test_planted_faults_are_found_and_repaired_and_a_second_look_finds_none(
    now: datetime, later: datetime, number: int
) -> None:
    files = stored(number, now)
    planted = plant(files, now)
    cases = found(later)
    assert Counter((case.fault, case.file) for case in cases) == planted
    assert len({case.fault for case in cases}) == 8
    assert {operations.repair(case, later) for case in cases} == {"repaired"}
    assert found(later) == []
    touched = {file for _, file in planted}
    untouched = [file for file in files if file.id not in touched]
    assert all(row(file.id).state == FileState.STORED for file in untouched[:50])
    assert {row(file).state for fault, file in planted if fault == Fault.LOST} == {FileState.REJECTED}
    assert {row(file).state for fault, file in planted if fault == Fault.HIDDEN} == {FileState.STORED}


def test_all_is_well_where_nothing_happened(now: datetime, later: datetime) -> None:
    stored_photos(3, ANNA)
    seen = Seen()
    assert list(operations.compare(later, seen)) == []
    assert (seen.rows, seen.objects, seen.others) == (3, 3, 0)


def test_what_is_younger_than_a_day_is_left_alone(now: datetime) -> None:
    (file,) = stored_photos(1, ANNA)
    objects.remove(keys.object_key("acme", file.id))
    store(keys.object_key("acme", ids.new_id(now)), b"its row is still to be read")
    assert found(now + timedelta(hours=23)) == []


def test_a_lost_photo_that_is_used_stays_held_and_says_why(now: datetime, later: datetime) -> None:
    (file,) = stored_photos(1, ANNA)
    operations.hold(ids=[file.id], holder="project:P", shop="acme", owner=HERS)
    objects.remove(keys.object_key("acme", file.id))
    (case,) = found(later)
    operations.repair(case, later)
    lost = row(file.id)
    assert (lost.state, lost.reason_code, lost.holders) == (FileState.REJECTED, "bytes-lost", frozenset({"project:P"}))


class TestMeanwhile:
    """Between the look and the repair everything may have changed."""

    def test_what_came_back_is_not_rejected(self, now: datetime, later: datetime) -> None:
        (file,) = stored(1, now)
        objects.remove(keys.object_key("acme", file.id))
        (case,) = found(later)
        store(keys.object_key("acme", file.id), body(0))
        assert operations.repair(case, later) == "passed"
        assert row(file.id).state == FileState.STORED

    def test_what_is_registered_and_uploaded_while_it_runs_is_not_touched(self, now: datetime, later: datetime) -> None:
        """Its row is made after the table was read, its bytes come before the bucket is."""
        uploaded, listing = list[str](), objects.listing

        def after_an_upload() -> Iterator[objects.Listed]:
            wanted = NewFile(**photo(1).announcement)  # type: ignore[arg-type]
            (item,) = operations.register(wanted=[wanted], owner=HERS, principal=ANNA, now=clock.now())
            assert isinstance(item, Registered)
            assert put(asdict(item.upload), photo(1).body) == 200
            uploaded.append(item.file.id)
            return listing()

        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(objects, "listing", after_an_upload)
            assert found(later) == []
        key = keys.object_key("acme", uploaded[0])
        assert operations.repair(Case(Fault.ORPHAN, uploaded[0], key, ""), later) == "passed"
        assert objects.head(key) == len(photo(1).body)

    def test_a_file_that_is_held_again_is_not_made_due(self, now: datetime, later: datetime) -> None:
        (file,) = stored(1, now)
        change(file, FileRow.due_bucket.remove(), FileRow.due_sort.remove())
        (case,) = found(later)
        operations.hold(ids=[file.id], holder="project:P", shop="acme", owner=HERS)
        assert operations.repair(case, later) == "passed"
        assert row(file.id).due_sort is None

    def test_no_bytes_are_removed_while_deletion_is_paused(self, now: datetime, later: datetime) -> None:
        store(keys.object_key("acme", ids.new_id(now)), b"nobody's")
        (case,) = found(later)
        transaction.commit([pause_deletion(True)])
        with pytest.raises(DomainError, match="paused"):
            operations.repair(case, later)
        assert objects.head(case.key) is not None


def test_a_scrub_reads_bytes_again(now: datetime, later: datetime) -> None:
    whole, damaged = stored(2, now)
    store(keys.object_key("acme", damaged.id), body(7))
    (case,) = operations.scrub(10, later)
    assert (case.fault, case.file) == (Fault.DAMAGED, damaged.id)
    assert operations.repair(case, later) == "repaired"
    assert (row(damaged.id).reason_code, row(whole.id).state) == ("bytes-changed", FileState.STORED)
    assert list(operations.scrub(10, later)) == []


def test_a_sample_is_no_larger_than_asked_for(now: datetime, later: datetime) -> None:
    for file in stored(12, now):
        store(keys.object_key("acme", file.id), b"others")
    assert len(list(operations.scrub(5, later))) == 5


class TestCommand:
    def test_it_tells_each_case_and_repairs_when_told_to(
        self, now: datetime, later: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (file,) = stored(1, now)
        objects.remove_family(keys.object_key("acme", file.id))
        monkeypatch.setattr(clock, "now", lambda: later)
        for arguments, word in (((), "found"), (("--repair",), "repaired")):
            out = StringIO()
            if arguments:
                call_command("reconcile_files", *arguments, stdout=out)
            else:
                with pytest.raises(SystemExit) as failed:
                    call_command("reconcile_files", stdout=out)
                assert failed.value.code == 1
            assert f"lost: file {file.id}" in out.getvalue()
            assert f"2 cases, 2 {word}" in out.getvalue()
        out = StringIO()
        call_command("reconcile_files", "--scrub", "5", stdout=out)
        assert "1 files and 0 of their objects compared, 0 objects are of no file, 0 customers" in out.getvalue()

    def test_as_json_each_case_is_a_line(self, now: datetime, later: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        (file,) = stored(1, now)
        objects.remove(keys.object_key("acme", file.id))
        monkeypatch.setattr(clock, "now", lambda: later)
        out, err = StringIO(), StringIO()
        call_command("reconcile_files", "--json", "--repair", stdout=out, stderr=err)
        (line,) = out.getvalue().splitlines()
        told = json.loads(line)
        assert (told["fault"], told["file"], told["outcome"]) == ("lost", file.id, "repaired")
        assert "1 cases, 1 repaired" in err.getvalue()

    def test_where_nothing_is_at_work_the_young_are_judged_too(self, now: datetime) -> None:
        (file,) = stored(1, now)
        objects.remove(keys.object_key("acme", file.id))
        out = StringIO()
        call_command("reconcile_files", stdout=out)
        assert "0 cases. Younger than a day and left alone: 1 files." in out.getvalue()
        with pytest.raises(SystemExit):
            call_command("reconcile_files", "--at-rest", stdout=out)
        assert f"lost: file {file.id}" in out.getvalue()

    @pytest.mark.parametrize("number", ["-1", "100001", "many"])
    def test_a_scrub_of_an_impossible_number_is_refused_with_its_limit(self, number: str) -> None:
        with pytest.raises(CommandError, match=f"--scrub: {number} is not a number from 0 to 100000"):
            call_command("reconcile_files", "--scrub", number)
