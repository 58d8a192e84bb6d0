"""A move that dies on its way: until it is finished the project works for exactly one customer; on moto."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from files import operations as files
from files.records import File, Usage
from imagestore.audit import queries as audit
from imagestore.common import due, table, transaction
from imagestore.common.browse import Window
from imagestore.common.contracts import SWEEP_SLICES, SliceReport
from imagestore.common.retention import RetentionPolicy
from projects import keys, operations
from projects.errors import ProjectBusy
from projects.models import MoveRow
from projects.operations.saving import Saved
from projects.records import Move
from tests.support.dying import each_call_failing
from tests.support.hands import charged, create, loaded, move, owners, projects_of
from tests.support.uploads import stored_photos
from tests.support.visits import usage
from tests.support.world import customer, make_shop

FEW = 8


@dataclass(frozen=True)
class Due:
    due_sort: str


@pytest.fixture(autouse=True)
def _shop(moto_aws: None, now: datetime) -> None:
    make_shop()
    due.shard_count(now)


@pytest.fixture
def photos() -> list[File]:
    """The first is used by another project of Anna's, too."""
    return stored_photos(3, customer())


@pytest.fixture
def project(photos: list[File], now: datetime) -> Saved:
    create(now, photos[0])
    return create(now, *photos)


@pytest.fixture
def half_moved(project: Saved, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Saved:
    with monkeypatch.context() as dying:
        dying.setattr("projects.file_holds.give", lambda **_: set())
        with pytest.raises(ProjectBusy):
            move(project, now)
    return project


def sweep(project: Saved, now: datetime, dry_run: bool = False) -> SliceReport:
    report = operations.sweep_moves(row_keys=[keys.move_row(project.id)], dry_run=dry_run, now=now)
    assert report.failures == []
    return report


def pending(project: Saved) -> Move | None:
    return table.get(MoveRow, keys.move_row(project.id), Move, consistent=True)


def assert_all_is_bobs(project: Saved, photos: list[File], number: int) -> None:
    assert projects_of("bob") == [project.id], f"call {number}"
    assert owners(photos) == ["anna", "bob", "bob"], f"call {number}"
    assert (usage("bob"), usage()) == (charged(*photos[1:]), charged(photos[0])), f"call {number}"
    assert pending(project) is None, f"call {number}"
    entries = audit.leaf_of_history(Window(), subject=f"project:{project.id}").items
    assert [entry.action for entry in entries] == ["project.moved"], f"call {number}"


def test_whichever_call_fails_it_is_exactly_ones_and_a_repeat_finishes_it(
    project: Saved, photos: list[File], now: datetime, every: int
) -> None:
    number = 0
    for number, _ in each_call_failing("moving", lambda: move(project, now), every):
        (whose,) = [who for who in ("anna", "bob") if project.id in projects_of(who)]
        loaded(project, now, whose)
        move(project, now)
        assert_all_is_bobs(project, photos, number)
    assert number > FEW


def test_whichever_call_fails_the_sweep_finishes_what_was_begun(
    project: Saved, photos: list[File], now: datetime, every: int
) -> None:
    for number, _ in each_call_failing("moving", lambda: move(project, now), every):
        begun = projects_of("bob") == [project.id]
        sweep(project, now)
        if begun:
            assert_all_is_bobs(project, photos, number)
        else:
            assert owners(photos) == ["anna"] * 3, f"call {number}"
            assert project.id in projects_of("anna"), f"call {number}"


def test_what_is_not_done_is_due_and_has_a_task(half_moved: Saved, photos: list[File], now: datetime) -> None:
    assert (owners(photos), projects_of("bob")) == (["anna"] * 3, [half_moved.id])
    loaded(half_moved, now, "bob")
    row = table.get(MoveRow, keys.move_row(half_moved.id), Due, consistent=True)
    assert row is not None
    entry = due.parse(row.due_sort)
    assert SWEEP_SLICES[entry.kind] == "projects.sweep_moves"
    assert entry.due_at - now < timedelta(hours=1)


def test_a_dry_run_touches_nothing(half_moved: Saved, photos: list[File], now: datetime) -> None:
    assert sweep(half_moved, now, dry_run=True).counts["moved"] == 1
    assert owners(photos) == ["anna"] * 3
    assert sweep(half_moved, now).counts["moved"] == 1
    assert owners(photos) == ["anna", "bob", "bob"]


def test_it_is_finished_before_the_project_moves_on(half_moved: Saved, photos: list[File], now: datetime) -> None:
    move(half_moved, now, to="carol")
    assert (owners(photos), projects_of("carol")) == (["anna", "carol", "carol"], [half_moved.id])
    assert (usage("bob"), usage("carol")) == (Usage(0, 0), charged(*photos[1:]))


class TestPhotosThatSomebodyIsJustTaking:
    """A hold comes before its project: whose it will be nobody can say yet."""

    @pytest.fixture
    def taken(self, project: Saved, photos: list[File], now: datetime) -> File:
        files.hold(ids=[photos[1].id], holder="project:NEW", shop="acme", owner="customer:anna")
        assert move(project, now) == 1
        assert (owners(photos), pending(project) is not None) == (["anna", "anna", "bob"], True)
        return photos[1]

    def let_go(self, photo: File, now: datetime) -> None:
        policy = RetentionPolicy()
        writes = files.release(ids=[photo.id], holder="project:NEW", shop="acme", policy=policy, now=now)
        transaction.commit(writes)

    def test_follow_once_that_came_to_nothing(self, project: Saved, taken: File, now: datetime) -> None:
        sweep(project, now)
        assert pending(project) is not None
        self.let_go(taken, now)
        sweep(project, now)
        assert (owners([taken]), pending(project)) == (["bob"], None)

    def test_a_repeat_waits_with_them(self, project: Saved, taken: File, now: datetime) -> None:
        assert move(project, now) == 0
        assert pending(project) is not None

    def test_stay_after_a_day(self, project: Saved, taken: File, now: datetime) -> None:
        sweep(project, now + timedelta(days=1, seconds=1))
        assert (owners([taken]), pending(project)) == (["anna"], None)

    def test_stay_when_the_project_moves_on(self, project: Saved, taken: File, now: datetime) -> None:
        move(project, now, to="carol")
        self.let_go(taken, now)
        sweep(project, now)
        assert (owners([taken]), projects_of("carol")) == (["anna"], [project.id])


def test_photos_of_a_project_that_was_purged_meanwhile_stay_where_they_are(
    half_moved: Saved, photos: list[File], now: datetime
) -> None:
    later = now + timedelta(days=40)
    operations.trash(id=half_moved.id, principal=customer("bob"), now=now)
    operations.sweep_slice(row_keys=[keys.head_row(half_moved.id)], dry_run=False, now=later)
    sweep(half_moved, later)
    assert (owners(photos), pending(half_moved)) == (["anna"] * 3, None)
