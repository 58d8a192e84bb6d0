"""Copies of a project whose photos too many hold already: the recipient gets copies of its own; on moto."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from files import keys as file_keys
from files import operations as files
from files.errors import FilesUnusable, QuotaExceeded
from files.keys import file_row
from files.models import FileRow
from files.records import File, FileState, Usage
from files.rules import MOST_HOLDERS
from imagestore.common import due, idempotency, objects, table
from imagestore.common.idempotency import Asked
from projects import keys, operations, queries
from projects.operations.saving import Saved
from tests.model import protocol
from tests.model.rows import Table
from tests.support.dying import each_call_failing
from tests.support.hands import charged, create, draft, known, loaded, projects_of
from tests.support.uploads import stored_photos
from tests.support.visits import usage
from tests.support.world import customer, make_shop

BOB = customer("bob")
FEW = 12


@pytest.fixture(autouse=True)
def _shop(moto_aws: None, now: datetime) -> None:
    make_shop()
    due.shard_count(now)


@pytest.fixture
def photos() -> list[File]:
    """The first is the one that too many hold, once it is in the project."""
    return stored_photos(2, customer())


@pytest.fixture
def project(photos: list[File], now: datetime) -> Saved:
    made = create(now, *photos)
    crowd(photos[0])
    return made


def crowd(photo: File) -> None:
    others = {f"project:{number}" for number in range(MOST_HOLDERS - 1)}
    table.update(FileRow, file_row(photo.id), [FileRow.holders.add(others)], None, File)


def used_by(project: Saved, now: datetime, who: str = "bob") -> Mapping[str, str]:
    loaded(project, now, who)
    return queries.load(id=project.id, principal=customer(who), now=now).content.files


def copy(project: Saved, photos: list[File], now: datetime, asked: Asked | None = None) -> Saved:
    return operations.create(
        draft=draft(*photos),
        owner="customer:bob",
        principal=BOB,
        now=now,
        asked=asked,
        source=keys.holder(project.id),
    )


def test_the_crowded_photo_is_copied_and_the_other_held(project: Saved, photos: list[File], now: datetime) -> None:
    copied = copy(project, photos, now)
    used = used_by(copied, now)
    own = used["p0"]
    assert (own != photos[0].id, used["p1"]) == (True, photos[1].id)
    assert usage("bob") == charged(photos[0])
    (copy_of_it,) = files.files_of(ids=[own], shop="acme", owner="customer:bob", now=now)
    assert (copy_of_it.sha256, copy_of_it.holders) == (photos[0].sha256, frozenset({keys.holder(copied.id)}))
    assert len(known(photos[0]).holders) == MOST_HOLDERS
    assert known(photos[1]).holders == {keys.holder(project.id), keys.holder(copied.id)}


def test_nothing_is_left_of_the_try_that_was_refused(project: Saved, photos: list[File], now: datetime) -> None:
    copied = copy(project, photos, now)
    assert projects_of("bob") == [copied.id]
    assert queries.intents_of(copied.id) == []
    assert len(queries.version_rows(copied.id)) == 1


def test_without_room_in_the_quota_it_is_told_and_nothing_is_made(
    project: Saved, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("files.operations.quota._fits_never", lambda wanted: True)
    with pytest.raises(QuotaExceeded):
        copy(project, photos, now)
    assert projects_of("bob") == []
    assert known(photos[1]).holders == {keys.holder(project.id)}


def test_a_photo_that_cannot_be_used_for_another_cause_is_named_and_nothing_copied(
    project: Saved, photos: list[File], now: datetime
) -> None:
    (foreign,) = stored_photos(1, customer("carol"), first=9)
    with pytest.raises(FilesUnusable) as refused:
        copy(project, [photos[0], foreign], now)
    assert refused.value.causes == {photos[0].id: "too many holders", foreign.id: "unknown"}
    assert usage("bob") is None


def test_an_owners_own_project_is_told_that_too_many_hold_it(photos: list[File], now: datetime) -> None:
    crowd(photos[0])
    table.update(FileRow, file_row(photos[0].id), [FileRow.holders.add({"project:more"})], None, File)
    with pytest.raises(FilesUnusable) as refused:
        create(now, *photos)
    assert refused.value.causes == {photos[0].id: "too many holders"}


def test_whichever_call_fails_a_repeat_makes_one_project_and_the_sweep_leaves_nothing_over(
    project: Saved, photos: list[File], now: datetime, every: int
) -> None:
    asked = idempotency.asked("key-1", scope="acme\nbob", route="POST /copy", body=b"{}")
    number = 0
    for number, rows in each_call_failing("copying", lambda: copy(project, photos, now, asked), every):
        later = now + timedelta(minutes=2)
        copied = copy(project, photos, later, asked)
        assert projects_of("bob") == [copied.id], f"call {number}"
        own = used_by(copied, later)["p0"]
        left = after_all_sweeps(rows, now)
        assert [file.id for file in left] == [own], f"call {number}"
        assert left[0].holders == {keys.holder(copied.id)}, f"call {number}"
        assert charged_or_reserved(usage("bob"), left), f"call {number}: {usage('bob')}"
    assert number > FEW


def charged_or_reserved(used: Usage | None, files: list[File]) -> bool:
    """A reservation whose rows were never written counts until the next recount."""
    return used in (charged(*files), charged(*files, *files))


def after_all_sweeps(rows: Table, now: datetime) -> list[File]:
    """Bob's files that are not gone, when all is over that was begun."""
    for days in (1, 40, 80, 130, 170):
        later = now + timedelta(days=days)
        assert protocol.sweep(rows, later) == []
        row_keys = [file_row(file.id) for file in bobs_files() if file.due_sort]
        assert files.sweep_slice(row_keys=row_keys, dry_run=False, now=later).failures == []
    files_now = bobs_files()
    left = {file.id for file in files_now if file.state != FileState.GONE}
    in_bucket = {version.key.rpartition("/")[2] for version in objects.versions("")}
    assert in_bucket & {file.id for file in files_now} == left
    return [file for file in files_now if file.id in left]


def bobs_files() -> list[File]:
    page = table.query_index("by_owner", file_keys.files_of_owner("acme", "customer:bob"), limit=100)
    return list(table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True).values())
