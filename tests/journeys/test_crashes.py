"""The consumer of upload events dies at any of its calls; everything is delivered again, and all is as it should be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings

from files import events, keys, operations, queries
from files.models import OwnerRow
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, Usage
from imagestore.common import aws, objects, table
from tests.journeys.test_storage_events import event_of
from tests.support.failing import failing
from tests.support.images import Photo, photo
from tests.support.ministack import LocalAws
from tests.support.world import customer, make_shop

ANNA = customer()
BROKEN = Photo("list.jpeg", "image/jpeg", b"bread, milk")
CALLS = 20
"""More than a batch makes: the last ones fail nothing."""


@dataclass(frozen=True)
class Batch:
    """Two photos that were put, one that came by a form, and one that is none."""

    good: list[File]
    form: File
    broken: File

    @property
    def event(self) -> dict[str, Any]:
        put = [event_of(keys.object_key("acme", file.id)) for file in [*self.good, self.broken]]
        return {"Records": [*put, event_of(keys.form_key("acme", self.form.id), "ObjectCreated:Post")]}

    @property
    def states(self) -> list[FileState]:
        rows = queries.files_by_id([file.id for file in [*self.good, self.form, self.broken]], consistent=True)
        return [rows[file.id].state for file in [*self.good, self.form, self.broken]]


def arrive(key: str, one: Photo) -> None:
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=one.body, ContentType="image/jpeg")


def batch(now: datetime) -> Batch:
    photos = [photo(1), photo(2), BROKEN]
    wanted = [NewFile(**one.announcement) for one in photos]  # type: ignore[arg-type]
    items = operations.register(wanted=wanted, owner="customer:anna", principal=ANNA, now=now)
    files = [item.file for item in items if isinstance(item, Registered)]
    for file, one in zip(files, photos, strict=True):
        arrive(keys.object_key("acme", file.id), one)
    form = operations.register_form(
        name="form.jpeg", content_type="image/jpeg", owner="customer:anna", principal=ANNA, now=now
    ).file
    arrive(keys.form_key("acme", form.id), photo(3))
    return Batch(files[:2], form, files[2])


@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_whichever_call_fails_a_second_delivery_ends_the_same(real_aws: LocalAws, now: datetime, call: int) -> None:
    make_shop()
    sent = batch(now)
    with failing(call):
        events.confirm_uploads(sent.event, None)
    for _ in range(2):
        assert events.confirm_uploads(sent.event, None) == {"batchItemFailures": []}
    assert sent.states == [FileState.STORED] * 3 + [FileState.REJECTED]
    assert objects.read(keys.object_key("acme", sent.form.id)) == photo(3).body
    assert list(objects.versions(keys.form_key("acme", sent.form.id))) == []
    used = table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True)
    assert used is not None
    # A call whose answer is lost between two counters is what recount is for: never less than what is there.
    assert used.used_files in (3, 4)
    assert used.used_bytes >= sum(len(photo(number).body) for number in (1, 2, 3))


def test_a_batch_makes_fewer_calls_than_are_failed(real_aws: LocalAws, now: datetime) -> None:
    make_shop()
    sent = batch(now)
    with failing(0) as calls:
        events.confirm_uploads(sent.event, None)
    assert 10 < calls.made < CALLS
