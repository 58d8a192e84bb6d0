"""What changes hands while somebody uses it, on the local AWS: real conditions, real transactions.

After every round: a photo that something uses is held and stored, and all are charged with their owner, once.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from files import operations as files
from files.errors import FilesUnusable
from files.keys import file_row
from files.models import FileRow
from files.operations.erasing import ErasedPage
from files.records import File, FileState, Usage
from files.rules import MOST_HOLDERS
from imagestore.common import clock, table, transaction
from imagestore.common.principal import command
from imagestore.common.retention import RetentionPolicy
from projects import keys, operations, queries
from projects.errors import ProjectBusy, ProjectNotFound
from projects.operations.saving import Saved
from projects.records import Erasure
from tests.support.hands import charged, create, known, loaded, move, owners, projects_of, save
from tests.support.ministack import LocalAws
from tests.support.races import later, together
from tests.support.uploads import stored_photos
from tests.support.visits import usage
from tests.support.world import customer, make_shop


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


def pairs(rounds: int) -> Iterator[list[File]]:
    photos = stored_photos(2 * rounds, customer())
    return (photos[place : place + 2] for place in range(0, len(photos), 2))


def assert_charged_once(photos: Sequence[File], *customers: str) -> None:
    of_whom = [known(photo).owner.partition(":")[2] for photo in photos]
    for who in customers:
        mine = [photo for photo, owner in zip(photos, of_whom, strict=True) if owner == who]
        assert (usage(who) or Usage()) == charged(*mine), who


def test_a_move_against_a_save_that_adds_a_photo(rounds: int) -> None:
    everything: list[File] = []
    for number, (base, extra) in enumerate(pairs(rounds)):
        everything += [base, extra]
        project = create(clock.now(), base)
        saved, moved = together(
            later(number % 8, partial(save, project, clock.now(), base, extra)), partial(move, project, clock.now())
        )
        assert isinstance(moved, int), moved
        assert isinstance(saved, Saved | ProjectNotFound), saved
        assert projects_of("anna") == []
        loaded(project, clock.now(), "bob")
        held = frozenset({keys.holder(project.id)})
        if isinstance(saved, Saved):
            assert (owners([base, extra]), known(extra).holders) == (["bob", "bob"], held)
        else:
            assert (owners([base, extra]), known(extra).holders) == (["bob", "anna"], frozenset())
    assert_charged_once(everything, "anna", "bob")


def test_a_move_against_another_project_that_takes_the_photo(rounds: int) -> None:
    everything: list[File] = []
    for number, (photo, base) in enumerate(pairs(rounds)):
        everything += [photo, base]
        project = create(clock.now(), photo)
        other, moved = together(
            later(number % 12, partial(create, clock.now(), photo, base)), partial(move, project, clock.now())
        )
        assert isinstance(moved, int), moved
        loaded(project, clock.now(), "bob")
        if isinstance(other, Saved):
            loaded(other, clock.now(), "anna")
            assert owners([photo]) == ["anna"]
        else:
            assert isinstance(other, FilesUnusable), other
            assert (owners([photo]), known(photo).holders) == (["bob"], frozenset({keys.holder(project.id)}))
        assert known(photo).state == FileState.STORED
    assert_charged_once(everything, "anna", "bob")


def test_two_moves_of_a_project_at_once(rounds: int) -> None:
    everything: list[File] = []
    for photos in pairs(rounds):
        everything += photos
        project = create(clock.now(), *photos)
        outcomes = together(*[partial(move, project, clock.now(), to) for to in ("bob", "carol")])
        assert all(isinstance(outcome, int | ProjectBusy) for outcome in outcomes), outcomes
        head = queries.head_of(project.id)
        assert head is not None
        move(project, clock.now(), str(head.customer))
        assert owners(photos) == [head.customer] * 2
    assert_charged_once(everything, "anna", "bob", "carol")


def test_an_erasure_against_a_copy_by_somebody_else(rounds: int) -> None:
    everything: list[File] = []
    for number in range(rounds):
        who = f"anna-{number}"
        photos = stored_photos(2, customer(who), first=number)
        everything += photos
        project = create(clock.now(), *photos, who=who)
        erased, copied = together(
            partial(erase, who), later(number % 15, partial(create, clock.now(), *photos, who="bob", source=project))
        )
        assert isinstance(erased, Erasure), erased
        erase(who)
        if isinstance(copied, Saved):
            loaded(copied, clock.now(), "bob")
            assert owners(photos) == ["bob", "bob"]
        else:
            assert isinstance(copied, FilesUnusable), copied
            assert queries.head_of(project.id) is not None
    assert_charged_once(everything, "bob")


def erase(who: str) -> Erasure:
    return operations.erase_owner(
        shop="acme", owner=f"customer:{who}", principal=command("tests"), reason="asked for", now=clock.now()
    )


def test_an_erased_file_against_somebody_elses_hold(rounds: int) -> None:
    for number in range(rounds):
        who = f"customer:anna-{number}"
        (photo,) = stored_photos(1, customer(f"anna-{number}"), first=number)
        taken, page = together(
            later(number % 6, partial(files.hold, ids=[photo.id], holder="project:BOBS", shop="acme", owner=who)),
            partial(files.erase_files, shop="acme", owner=who, start=None, now=clock.now()),
        )
        assert isinstance(page, ErasedPage), page
        row = known(photo)
        if isinstance(taken, FilesUnusable):
            assert (row.state, row.holders) == (FileState.GONE, frozenset())
        else:
            assert (row.state, row.holders) == (FileState.STORED, frozenset({"project:BOBS"}))
            assert [file.id for file in page.held] in ([photo.id], [])


def test_copies_of_a_crowded_photo_while_its_holders_come_and_go(rounds: int) -> None:
    """Each copy holds a photo: the original while there is room, else one of its own that was made only once."""
    crowd = {f"project:{number}" for number in range(MOST_HOLDERS - 1)}
    for number in range(rounds // 3):
        (photo,) = stored_photos(1, customer(), first=number)
        project = create(clock.now(), photo)
        table.update(FileRow, file_row(photo.id), [FileRow.holders.add(crowd)], None, File)
        copies = together(
            partial(create, clock.now(), photo, who=f"b-{number}", source=project),
            partial(create, clock.now(), photo, who=f"c-{number}", source=project),
            partial(let_go, photo, "project:7"),
        )[:2]
        for copied, who in zip(copies, (f"b-{number}", f"c-{number}"), strict=True):
            assert isinstance(copied, Saved), copied
            loaded(copied, clock.now(), who)
            used = set(queries.load(id=copied.id, principal=customer(who), now=clock.now()).content.files.values())
            own = used - {photo.id}
            assert usage(who) == (charged(photo) if own else Usage())
        assert len(known(photo).holders) <= MOST_HOLDERS


def let_go(photo: File, holder: str) -> None:
    policy = RetentionPolicy()
    transaction.commit(files.release(ids=[photo.id], holder=holder, shop="acme", policy=policy, now=clock.now()))
