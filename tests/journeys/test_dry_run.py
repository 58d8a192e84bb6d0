"""A dry run and the real run after it: the same, but for what changed in between, and that is told item by item."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from files import operations as files
from files import queries as file_queries
from files.records import File, FileState
from imagestore.common import clock
from projects import operations as projects
from projects.records import Draft
from scheduler import queries
from scheduler.records import Run
from tests.support.runs import command
from tests.support.uploads import stored_photos
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, customer, keeping, make_shop

ANNA, HERS = customer(), "customer:anna"
LATER = timedelta(days=8)


@pytest.fixture
def photos(moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch) -> list[File]:
    """All are due by now."""
    make_shop(policy=keeping(unused_file="7d"))
    photos = stored_photos(5, ANNA)
    sent.clear()
    let_pass(LATER, monkeypatch)
    return photos


def run(sent: list[Sent], *, dry: bool) -> Run:
    begun = command(clock.now(), dry_run=dry)
    deliver(sent)
    return queries.run(begun.id)


def told(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("show_run", *arguments, stdout=out)
    return out.getvalue().splitlines()


def states(photos: list[File]) -> set[FileState]:
    return {file.state for file in file_queries.files_by_id([photo.id for photo in photos]).values()}


def test_a_dry_run_lists_every_item_and_touches_none(photos: list[File], sent: list[Sent]) -> None:
    dry = run(sent, dry=True)
    assert sorted(told(dry.id, "--items")) == sorted(f"{photo.id}\ttrashed\t0" for photo in photos)
    assert states(photos) == {FileState.STORED}


def test_the_real_run_does_just_that(photos: list[File], sent: list[Sent]) -> None:
    dry, real = run(sent, dry=True), run(sent, dry=False)
    assert real.counts == dry.counts == {"trashed": 5}
    assert told(real.id, "--against", dry.id)[1:] == ["0 items differ."]
    assert states(photos) == {FileState.TRASHED}


def test_what_changed_in_between_is_told_item_by_item(photos: list[File], sent: list[Sent]) -> None:
    dry = run(sent, dry=True)
    used, kept, gone, *_ = photos
    draft = Draft("Iceland", b"{}", {"cover": used.id})
    projects.create(draft=draft, owner=HERS, principal=ANNA, now=clock.now())
    files.hold(ids=[kept.id], holder="project:P", shop="acme", owner=HERS)
    files.trash(id=gone.id, principal=ANNA, now=clock.now())
    real = run(sent, dry=False)
    assert real.counts == {"trashed": 2}
    differing = [f"{photo.id}\ttrashed\tnot met" for photo in (used, kept, gone)]
    assert told(real.id, "--against", dry.id) == [
        f"id\tin {dry.id}\tin {real.id}",
        *sorted(differing),
        "3 items differ.",
    ]


def test_what_the_clock_did_in_between_is_no_difference(
    photos: list[File], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    dry = run(sent, dry=True)
    files.trash(id=photos[0].id, principal=ANNA, now=clock.now())
    let_pass(timedelta(minutes=10), monkeypatch)
    assert run(sent, dry=False).counts == {"trashed": 4}
    new = stored_photos(1, ANNA, first=9)
    sent.clear()
    let_pass(LATER, monkeypatch)
    real = run(sent, dry=False)
    assert told(real.id, "--against", dry.id)[1:] == [
        *sorted([f"{photos[0].id}\ttrashed\tnot met", f"{new[0].id}\tnot met\ttrashed"]),
        "2 items differ.",
    ]


def test_bytes_are_told_with_what_is_purged(
    photos: list[File], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sent, dry=False)
    let_pass(timedelta(days=40), monkeypatch)
    real = run(sent, dry=False)
    listed = [line.split("\t") for line in told(real.id, "--items")]
    assert {id: (word, int(size)) for id, word, size in listed} == {
        photo.id: ("purged", photo.size) for photo in photos
    }
    assert real.bytes_removed == sum(photo.size for photo in photos)


def test_a_run_that_is_unknown(moto_aws: None) -> None:
    with pytest.raises(CommandError, match="run"):
        call_command("show_run", "01J9ZQ6W0Z2V5T8K3M4N7P1R6S", "--items", stdout=StringIO())
