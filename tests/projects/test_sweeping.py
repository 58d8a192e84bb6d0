"""What the sweep does with due projects and intents."""

from datetime import datetime, timedelta

import pytest

from files import queries as files
from files.records import File
from imagestore.common import objects, switches, transaction
from imagestore.common.contracts import SliceReport
from projects import keys, operations, queries, storage
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
    return operations.create(draft=draft, owner="customer:anna", principal=ANNA, now=now)


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
    assert (gone.state, gone.owner, gone.name, gone.saved_by) == (ProjectState.GONE, "", "", "")
    assert holders(photos) == set()
    assert queries.version_rows(project.id) == []
    assert [version for version in objects.versions("") if "/p/" in version.key] == []


def test_a_save_in_between_gives_a_new_date(project: Saved, now: datetime) -> None:
    later = now + timedelta(days=300)
    draft = Draft("Iceland", b"{}", {})
    operations.save(id=project.id, draft=draft, if_match=project.tag, owner="customer:anna", principal=ANNA, now=later)
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


def test_a_purge_that_storage_interrupted_is_finished_by_the_next_sweep(
    project: Saved, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(shop: str, saves: object) -> None:
        raise OSError("storage is away")

    operations.trash(id=project.id, principal=ANNA, now=now)
    with monkeypatch.context() as patched:
        patched.setattr(storage, "remove_documents", broken)
        report = sweep(project, now + A_MONTH)
        assert report.failures == [
            {"id": project.id, "cause": "OSError: storage is away", "key": [f"PROJECT#{project.id}", "PROJECT"]}
        ]
    assert head(project).state == ProjectState.DELETING
    assert len(queries.version_rows(project.id)) == 1
    assert sweep(project, now + A_MONTH).counts == {"skipped": 0, "purged": 1}
    assert (queries.version_rows(project.id), holders(photos)) == ([], set())
    assert [version for version in objects.versions("") if "/p/" in version.key] == []


@pytest.fixture
def died(project: Saved, now: datetime, monkeypatch: pytest.MonkeyPatch) -> File:
    """A photo that was held for a save which ended before the project moved to it."""

    def power_cut(*save: object) -> bool:
        raise SystemExit

    (photo,) = stored_photos(1, ANNA, first=20)
    draft = Draft("Iceland", b"{}", {"new": photo.id})
    with monkeypatch.context() as patched:
        patched.setattr("projects.operations.saving.move", power_cut)
        with pytest.raises(SystemExit):
            operations.save(
                id=project.id, draft=draft, if_match=project.tag, owner="customer:anna", principal=ANNA, now=now
            )
    return photo


def sweep_intents(project: Saved, at: datetime, dry_run: bool = False) -> SliceReport:
    rows = [keys.intent_row(project.id, intent.id) for intent in queries.intents_of(project.id)]
    assert len(rows) == 1
    return operations.sweep_slice(row_keys=rows, dry_run=dry_run, now=at)


def test_what_a_save_left_that_died_is_tidied(project: Saved, photos: list[File], died: File, now: datetime) -> None:
    assert holders([died]) == {f"project:{project.id}"}
    before = head(project)
    assert sweep_intents(project, now + timedelta(days=1)).counts == {"skipped": 0, "released": 1}
    assert holders([died]) == set()
    assert holders(photos) == {f"project:{project.id}"}
    assert queries.intents_of(project.id) == []
    assert [version.number for version in queries.version_rows(project.id)] == [1]
    assert (head(project).version, head(project).current) == (before.version, before.current)


def test_a_dry_run_leaves_what_is_to_be_tidied(project: Saved, died: File, now: datetime) -> None:
    told = sweep_intents(project, now + timedelta(days=1), dry_run=True)
    assert holders([died]) == {f"project:{project.id}"}
    assert sweep_intents(project, now + timedelta(days=1)) == told
