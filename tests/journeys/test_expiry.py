"""A photo that nobody uses, from upload to its last byte: the clock, the scheduler and files together."""

from datetime import timedelta

import pytest
from django.conf import settings

import files.tasks
import scheduler.tasks
from files.records import FileState
from imagestore.common import aws, clock
from scheduler import events, queries
from scheduler.records import Run, RunState
from tests.support.runs import command
from tests.support.uploads import stored_photos
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, customer, keeping, make_shop

A_DAY_AND_A_BIT = timedelta(hours=25)
TASKS = (files.tasks.sweep_slice, scheduler.tasks.record_slice)


def swept(sent: list[Sent]) -> Run:
    """The run of a tick of the clock, once all its messages were worked off."""
    events.sweep({}, None)
    deliver(sent)
    run = queries.recent_runs(limit=1).items[0]
    assert run.state is RunState.DONE
    return run


def bytes_kept() -> int:
    listed = aws.s3().list_object_versions(Bucket=settings.IMAGESTORE_BUCKET)
    return sum(version["Size"] for version in listed.get("Versions", []))


def test_unused_photos_are_trashed_then_purged_and_every_step_is_recorded(
    real_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shop(policy=keeping(unused_file="1d", trashed_file="1d"))
    photos = stored_photos(3, customer())
    total = sum(photo.size for photo in photos)
    sent.clear()
    events.sweep({}, None)
    assert sent == []

    let_pass(A_DAY_AND_A_BIT, monkeypatch)
    assert swept(sent).counts == {FileState.TRASHED: 3}
    assert bytes_kept() == total

    let_pass(A_DAY_AND_A_BIT, monkeypatch)
    rehearsal = command(clock.now(), dry_run=True)
    deliver(sent)
    expected = queries.run(rehearsal.id)
    assert bytes_kept() == total

    purged = swept(sent)
    assert purged.counts == expected.counts == {"purged": 3}
    assert purged.bytes_removed == expected.bytes_removed == total
    assert bytes_kept() == 0
    events.sweep({}, None)
    assert sent == []
