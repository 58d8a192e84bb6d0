"""The races that would lose a photo, each many times on the local AWS: real conditions, real transactions.

After every round: a photo of the current state is held and stored, and a loser was told so.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from files import operations as files
from files import queries as file_queries
from files.errors import FileHeld, FilesUnusable
from files.records import File, FileState
from imagestore.common import clock
from imagestore.common.retention import RetentionPolicy, Subject
from projects import histories, keys, operations, packing, queries
from projects.errors import ProjectChanged
from projects.operations.removing import purge, trash
from projects.operations.saving import Saved
from projects.records import Draft, ProjectState, SaveKind
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

HELD = frozenset({"project:P"})
ANNA = customer()


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop(policy={"kept_autosaves": 1})


def draft(*photos: File) -> Draft:
    return Draft("", b'{"pages":[]}', {f"p{index}": photo.id for index, photo in enumerate(photos)})


def create(*photos: File) -> Saved:
    return operations.create(
        draft=draft(*photos), owner="customer:anna", principal=ANNA, now=clock.now(), kind=SaveKind.AUTOSAVE
    )


def save(on: Saved, *photos: File, name: str = "") -> Saved:
    return operations.save(
        id=on.id,
        draft=replace(draft(*photos), name=name),
        if_match=on.tag,
        owner="customer:anna",
        principal=ANNA,
        now=clock.now(),
        kind=SaveKind.AUTOSAVE,
    )


def pairs(rounds: int) -> Iterator[tuple[File, File]]:
    photos = stored_photos(2 * rounds, ANNA)
    return zip(photos[::2], photos[1::2], strict=True)


def current_photos(id: str) -> set[str]:
    loaded = queries.load(id=id, principal=ANNA, now=clock.now())
    return set(loaded.content.photos)


def assert_every_photo_is_held(id: str) -> None:
    photos = file_queries.files_by_id(current_photos(id))
    assert set(photos) == current_photos(id)
    for photo in photos.values():
        assert photo.state == FileState.STORED
        assert keys.holder(id) in photo.holders


def test_a_delete_against_a_hold(rounds: int) -> None:
    outcomes = set()
    for photo in stored_photos(rounds, ANNA):
        held, deleted = together(
            partial(files.hold, ids=[photo.id], holder="project:P", shop="acme", owner="customer:anna"),
            partial(files.trash, id=photo.id, principal=ANNA, now=clock.now()),
        )
        row = file_queries.files_by_id([photo.id])[photo.id]
        assert isinstance(held, list), held
        assert (row.state, row.holders) == (FileState.STORED, HELD)
        assert row.due_sort is None
        assert isinstance(deleted, FileHeld | File)
        outcomes.add(type(deleted))
    assert outcomes


def test_a_purge_against_a_hold(rounds: int) -> None:
    policy = RetentionPolicy()
    for photo in stored_photos(rounds, ANNA):
        trashed = files.trash(id=photo.id, principal=ANNA, now=clock.now())
        later = clock.now() + policy.keep(Subject.TRASHED_FILE)
        held, (gone, failed) = together(
            partial(files.hold, ids=[photo.id], holder="project:P", shop="acme", owner="customer:anna"),
            partial(files.purge, files=[trashed], now=later),
        )
        row = file_queries.files_by_id([photo.id])[photo.id]
        assert not failed
        if isinstance(held, FilesUnusable):
            assert (row.state, row.holders, len(gone)) == (FileState.GONE, frozenset(), 1)
        else:
            assert (row.state, row.holders, gone) == (FileState.STORED, HELD, [])


def test_two_saves_that_add_the_same_photo(rounds: int) -> None:
    lost = 0
    for base, photo in pairs(rounds):
        start = create(base)
        outcomes = together(*[partial(save, start, base, photo, name=name) for name in ("one", "other")])
        won = [outcome for outcome in outcomes if isinstance(outcome, Saved)]
        told = [outcome for outcome in outcomes if isinstance(outcome, ProjectChanged)]
        assert (len(won), len(told)) == (1, 1), outcomes
        assert won[0].version == 2
        assert_every_photo_is_held(start.id)
        lost += len(told)
    assert lost == rounds


def test_a_save_against_a_release(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The photo is held only through an old version; pruning lets it go while a save takes it back."""
    monkeypatch.setattr(histories, "PRUNE_SLACK", 0)
    monkeypatch.setattr("projects.operations.saving._ask_to_prune", lambda attempt: None)
    for base, photo in pairs(rounds):
        first = create(base, photo)
        second = save(first, base)
        saved, pruned = together(
            partial(save, second, base, photo),
            partial(operations.prune_versions, id=first.id, now=clock.now()),
        )
        assert isinstance(saved, Saved), saved
        assert isinstance(pruned, int), pruned
        assert_every_photo_is_held(first.id)


def test_after_all_of_it_a_purged_project_lets_every_photo_go() -> None:
    photos = stored_photos(4, ANNA)
    start = create(*photos[:2])
    together(*[partial(save, start, photo) for photo in photos])
    trash(id=start.id, principal=ANNA, now=clock.now())
    head = queries.project_of(ANNA, start.id)
    assert head.purge_after is not None
    assert purge(head, head.purge_after)
    for photo in file_queries.files_by_id([photo.id for photo in photos]).values():
        assert photo.holders == frozenset()
        assert photo.due_sort is not None
    assert queries.version_rows(start.id) == []
    assert queries.intents_of(start.id) == []


def test_a_save_that_crashed_is_tidied_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, base = stored_photos(2, ANNA)
    start = create(base)
    with monkeypatch.context() as broken:
        broken.setattr("projects.operations.saving.move", _crash)
        with pytest.raises(RuntimeError):
            save(start, base, photo)
    (intent,) = queries.intents_of(start.id)
    assert packing.photos_in(intent.uses) == {photo.id}
    key = keys.intent_row(start.id, intent.id)
    report = operations.sweep_slice(row_keys=[key], dry_run=False, now=clock.now())
    assert report.counts["released"] == 1
    assert file_queries.files_by_id([photo.id])[photo.id].holders == frozenset()
    assert queries.intents_of(start.id) == []
    assert len(queries.version_rows(start.id)) == 1
    assert queries.project_of(ANNA, start.id).state == ProjectState.ACTIVE


def _crash(*_: object) -> None:
    raise RuntimeError("the process died here")
