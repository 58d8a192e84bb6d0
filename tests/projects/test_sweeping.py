"""What the sweep does with due projects and intents."""

from datetime import datetime, timedelta

import pytest

from files import queries as files
from files.records import File
from imagestore.common import objects, switches, transaction
from imagestore.common.contracts import SliceReport
from projects import keys, operations, queries
from projects.operations.saving import Saved
from projects.records import Draft, Head, ProjectState
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ANNA = customer()
A_YEAR, A_MONTH = timedelta(days=366), timedelta(days=31)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, ANNA)


@pytest.fixture
def project(photos: list[File], now: datetime) -> Saved:
    used = {f"p{number}": photo.id for number, photo in enumerate(photos)}
    noise = "".join(chr(33 + (number * 7919) % 90) for number in range(200_000)).replace('"', "'").replace("\\", "/")
    draft = Draft("Iceland", f'{{"noise":"{noise}"}}'.encode(), used)
    return operations.create(draft=draft, customer="anna", principal=ANNA, now=now)


def sweep(project: Saved, at: datetime, dry_run: bool = False) -> SliceReport:
    return operations.sweep_slice(row_keys=[keys.head_row(project.id)], dry_run=dry_run, now=at)


def head(project: Saved) -> Head:
    found = queries.seen_by_staff(project.id)
    assert found is not None
    return found


def holders(photos: list[File]) -> set[str]:
    rows = files.files_by_id([photo.id for photo in photos]).values()
    return {holder for row in rows for holder in row.holders}


def test_a_forgotten_draft_is_trashed_then_purged_and_lets_its_photos_go(
    project: Saved, photos: list[File], now: datetime
) -> None:
    assert sweep(project, now + A_YEAR).counts == {"skipped": 0, "trashed": 1}
    assert holders(photos) == {f"project:{project.id}"}
    assert sweep(project, now + A_YEAR + A_MONTH).counts == {"skipped": 0, "purged": 1}
    gone = head(project)
    assert (gone.state, gone.customer, gone.name, gone.saved_by) == (ProjectState.GONE, "", "", "")
    assert holders(photos) == set()
    assert queries.version_rows(project.id) == []
    assert [version for version in objects.versions("") if "/p/" in version.key] == []


def test_a_save_in_between_gives_a_new_date(project: Saved, now: datetime) -> None:
    later = now + timedelta(days=300)
    draft = Draft("Iceland", b"{}", {})
    operations.save(id=project.id, draft=draft, if_match=project.tag, customer="anna", principal=ANNA, now=later)
    assert sweep(project, now + A_YEAR).counts == {"skipped": 0, "re_dated": 1}
    assert head(project).state == ProjectState.ACTIVE
    assert sweep(project, later + A_YEAR).counts == {"skipped": 0, "trashed": 1}


def test_a_trashed_project_is_not_purged_before_its_time(project: Saved, photos: list[File], now: datetime) -> None:
    operations.trash(id=project.id, principal=ANNA, now=now)
    assert sweep(project, now + timedelta(days=29)).counts == {"skipped": 0, "re_dated": 1}
    assert holders(photos) == {f"project:{project.id}"}


def test_a_dry_run_counts_the_same_and_touches_nothing(project: Saved, now: datetime) -> None:
    before = head(project)
    told = sweep(project, now + A_YEAR, dry_run=True)
    assert head(project) == before
    assert sweep(project, now + A_YEAR) == told


def test_nothing_goes_while_deletion_is_paused(project: Saved, now: datetime) -> None:
    operations.trash(id=project.id, principal=ANNA, now=now)
    transaction.commit([switches.pause_deletion(True)])
    assert sweep(project, now + A_MONTH).counts == {"skipped": 1}
    assert head(project).state == ProjectState.TRASHED
