"""What a sweep costs is in proportion to what is due, and to nothing else: neither to the table nor to its history."""

import hashlib
import logging
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from files import keys, queries
from files.models import FileRow, OwnerRow, new_row
from files.records import File, FileState, Usage
from imagestore.common import account, aws, clock, due, ids, principal, shop_usage, table
from imagestore.common.account import Work
from imagestore.common.batches import in_parallel
from imagestore.identity import recent
from scheduler import operations as scheduler
from scheduler.records import Trigger
from tests.support.ministack import LocalAws
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, make_shop

OF_HOURS = ("dynamodb:Query", "sqs:GetQueueAttributes")
log = logging.getLogger(__name__)
HERS, LATER = "customer:anna", timedelta(hours=2)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    # Read once: how often a process looks again depends on the minutes that a sweep takes.
    for seconds in ("FOUND_FOR", "MISSING_FOR"):
        monkeypatch.setattr(recent, seconds, 3600.0)
    make_shop()
    shop_usage.note("acme", files=10_000_000, size=1, now=clock.now())


def trashed(number: int, now: datetime, *, with_bytes: bool) -> list[File]:
    """As they stand in the trash, all due two hours later; those without bytes are only in the table's way."""
    files = [
        File(
            id=ids.new_id(now),
            shop="acme",
            state=FileState.TRASHED,
            size=6,
            created_at=now,
            owner=HERS,
            name=f"{index}.jpg",
            content_type="image/jpeg",
            sha256=hashlib.sha256(b"%06d" % index).hexdigest(),
        )
        for index in range(number)
    ]
    until = now + (LATER if with_bytes else timedelta(days=3650))
    stored = in_parallel(_store, files) if with_bytes else [""] * number
    table.put_batch([_row(file, until, version) for file, version in zip(files, stored, strict=True)])
    if with_bytes:
        used = [OwnerRow.used_files.add(number), OwnerRow.used_bytes.add(6 * number)]
        table.update(OwnerRow, keys.owner_row("acme", HERS), used, None, Usage)
    return files


def _row(file: File, until: datetime, version: str) -> FileRow:
    row = new_row(file, until)
    row.object_version = version or None
    row.stored_at = row.decoded_at = file.created_at
    row.trashed_at = file.created_at - timedelta(days=30)
    row.charged, row.purge_after = 6, until
    return row


def _store(file: File) -> str:
    key = keys.object_key(file.shop, file.id)
    return aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=b"123456")["VersionId"]


def sweep(sent: list[Sent]) -> Work:
    with account.measure() as work:
        scheduler.start_run(job="sweep", trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())
        deliver(sent)
    return work


def without_hours(work: Work) -> dict[str, int]:
    """How many hours are open, and how their list reads, depends on the moment."""
    return {call: made for call, made in work.requests.items() if call not in OF_HOURS}


@pytest.mark.parametrize(("number", "others"), [(20, 400), pytest.param(1_000, 100_000, marks=pytest.mark.proof)])
def test_a_large_table_costs_the_same(
    sent: list[Sent], now: datetime, number: int, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(sent)
    first = trashed(number, now, with_bytes=True)
    let_pass(LATER + timedelta(minutes=1), monkeypatch)
    small = sweep(sent)
    later = clock.now()
    second = trashed(number, later, with_bytes=True)
    for _ in range(others // 1_000 or 1):
        trashed(min(others, 1_000), later, with_bytes=False)
    let_pass(LATER + timedelta(minutes=1), monkeypatch)
    large = sweep(sent)
    gone = queries.files_by_id([file.id for file in first + second])
    assert {file.state for file in gone.values()} == {FileState.GONE}
    for rows, work in ((number, small), (others + 2 * number, large)):
        log.info("%d due among %d: %s, %g RCU, %g WCU", number, rows, dict(work.requests), work.rcu, work.wcu)
    assert without_hours(large) == without_hours(small)
    assert abs(large.requests["dynamodb:Query"] - small.requests["dynamodb:Query"]) <= 4 * due.FIRST_SHARDS
    assert abs(large.wcu - small.wcu) <= 2


@pytest.mark.parametrize("number", [100, pytest.param(10_000, marks=pytest.mark.proof)])
def test_a_purge_makes_three_updates_for_each_file_and_removes_bytes_in_thousands(
    sent: list[Sent], now: datetime, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(sent)
    files = trashed(number, now, with_bytes=True)
    let_pass(LATER + timedelta(minutes=1), monkeypatch)
    work = sweep(sent)
    updates = work.requests["dynamodb:UpdateItem"] / len(files)
    removals = work.requests["s3:DeleteObjects"]
    every = sum(work.requests.values()) / len(files)
    log.info(
        "%d purged, for each %.3f updates, %.4f removals, %.3f requests", number, updates, removals / number, every
    )
    assert updates < 3.2
    assert removals == number / 100
