"""Who meets whom: each cast sets the stage and names the operations that run at once."""

from collections.abc import Callable
from datetime import timedelta

from files import operations as files
from files.errors import FileHeld, FileNotFound, FilesUnusable
from files.keys import file_row
from projects import keys, operations, queries
from projects.errors import ProjectBusy, ProjectChanged, ProjectNotActive, ProjectNotFound, VersionNotFound
from projects.operations.removing import purge, trash
from projects.operations.saving import Saved
from projects.records import SaveKind
from tests.model.actors import Actor
from tests.model.stage import ANNA, Stage

Cast = Callable[[Stage], list[Actor]]
LOSES = (ProjectChanged, ProjectNotActive, ProjectNotFound, FilesUnusable)
FIRST_MINTED, SECOND_MINTED = f"700{0:023d}", f"700{1:023d}"
"""Ids that the first actor of a cast mints."""


def two_saves(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    return [_save(stage, start, "base", "extra"), _save(stage, start, "extra", name="other save")]


def two_saves_of_no_new_photo(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base, stage.extra)
    return [_save(stage, start, "base", "extra"), _save(stage, start, "base", name="other save")]


def three_saves(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    return [*_two(stage, start), _save(stage, start, "base", name="save of no new photo")]


def save_and_prune(stage: Stage) -> list[Actor]:
    """Only an old version still holds the photo that is saved again."""
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return [_save(stage, second, "base", "extra"), _prune(stage, first)]


def two_saves_and_prune(stage: Stage) -> list[Actor]:
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return [*_two(stage, second), _prune(stage, first)]


def two_prunes(stage: Stage) -> list[Actor]:
    first = stage.create(stage.base, stage.extra)
    stage.save(first, stage.base)
    return [_prune(stage, first), _prune(stage, first, "other prune")]


def the_same_save_twice(stage: Stage) -> list[Actor]:
    """As a client that lost the answer and sends it again: both are told the one version."""
    start = stage.create(stage.base)
    return [Actor(name, lambda: stage.save(start, stage.base, stage.extra)) for name in ("save", "repeat")]


def restore_and_prune(stage: Stage) -> list[Actor]:
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return [_restore(stage, second, 1), _prune(stage, first)]


def restore_and_save(stage: Stage) -> list[Actor]:
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return [_restore(stage, second, 1), _save(stage, second, "base")]


def restore_and_save_and_prune(stage: Stage) -> list[Actor]:
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return [_restore(stage, second, 1), _save(stage, second, "extra"), _prune(stage, first)]


def kept_by_hand_and_prune(stage: Stage) -> list[Actor]:
    """Saved by hand what was saved automatically: from then on no pruning takes it."""
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    by_hand = Actor("save by hand", lambda: stage.save(second, stage.base, kind=SaveKind.MANUAL), LOSES)
    return [by_hand, _prune(stage, first)]


def kept_by_hand_and_save(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    second = stage.save(start, stage.base, stage.extra)
    by_hand = Actor("save by hand", lambda: stage.save(second, stage.base, stage.extra, kind=SaveKind.MANUAL), LOSES)
    return [by_hand, _save(stage, second, "base")]


def save_that_removes_and_save_that_keeps_and_prune(stage: Stage) -> list[Actor]:
    """Once the photo is out of the current state, pruning may let go of it."""
    first = stage.create(stage.base)
    second = stage.save(first, stage.base, stage.extra)
    return [
        _save(stage, second, "base", name="save that removes"),
        _save(stage, second, "base", "extra", name="save that keeps"),
        _prune(stage, first),
    ]


def save_and_purge_of_file(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    files.trash(id=stage.extra.id, principal=ANNA, now=stage.born)
    return [_save(stage, start, "base", "extra"), _sweep_extra(stage)]


def two_saves_and_purge_of_file(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    files.trash(id=stage.extra.id, principal=ANNA, now=stage.born)
    return [*_two(stage, start), _sweep_extra(stage)]


def save_and_trash_of_file(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    put_away = Actor(
        "trash", lambda: files.trash(id=stage.extra.id, principal=ANNA, now=stage.now), (FileHeld, FileNotFound)
    )
    return [_save(stage, start, "base", "extra"), put_away]


def save_and_sweep_of_unused(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    stage.now = stage.born + timedelta(days=91)
    return [_save(stage, start, "base", "extra"), _sweep_extra(stage)]


def save_and_tidy_of_its_intent(stage: Stage) -> list[Actor]:
    """A save so slow that the sweep takes it for dead; it does get to its end."""
    start = stage.create(stage.base)
    return [_slow_save(stage, start), _tidy(stage, start.id, FIRST_MINTED)]


def create_and_tidy_of_its_intent(stage: Stage) -> list[Actor]:
    """A create mints the project's id first, then the save's."""
    create = Actor("create", lambda: stage.create(stage.extra), (ProjectBusy,), mortal=False)
    return [create, _tidy(stage, FIRST_MINTED, SECOND_MINTED)]


def save_and_purge_of_project(stage: Stage) -> list[Actor]:
    start = _trashed(stage, "base")
    return [_save(stage, start, "base", "extra"), _sweep_project(stage, start)]


def save_of_no_new_photo_and_purge_of_project(stage: Stage) -> list[Actor]:
    start = _trashed(stage, "base")
    return [_save(stage, start, "base"), _sweep_project(stage, start)]


def save_and_trash_of_project(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    put_away = Actor("trash", lambda: trash(id=start.id, principal=ANNA, now=stage.now))
    return [_save(stage, start, "base", "extra"), put_away]


def two_purges_of_project(stage: Stage) -> list[Actor]:
    start = _trashed(stage, "base", "extra")
    head = queries.project_of(ANNA, start.id)
    return [Actor(name, lambda: purge(head, stage.now)) for name in ("purge", "other purge")]


def save_and_decode(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    start = stage.create(stage.base)
    return [_save(stage, start, "base", "extra"), _decode(stage)]


def save_and_decode_that_rejects(stage: Stage) -> list[Actor]:
    stage.undecoded_extra("bad")
    start = stage.create(stage.base)
    return [_save(stage, start, "base", "extra"), _decode(stage)]


def prune_and_decode(stage: Stage) -> list[Actor]:
    """The photo is let go while it is decoded."""
    stage.undecoded_extra()
    first = stage.create(stage.base, stage.extra)
    stage.save(first, stage.base)
    return [_prune(stage, first), _decode(stage)]


def two_decodes(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    stage.create(stage.base)
    return [_decode(stage), _decode(stage, "other decode")]


def decode_and_sweep_of_undecoded(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    stage.create(stage.base)
    return [_decode(stage), _sweep_extra(stage)]


def decode_and_trash_of_file(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    stage.create(stage.base)
    put_away = Actor(
        "trash", lambda: files.trash(id=stage.extra.id, principal=ANNA, now=stage.now), (FileHeld, FileNotFound)
    )
    return [_decode(stage), put_away]


def decode_and_purge_of_file(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    stage.create(stage.base)
    files.trash(id=stage.extra.id, principal=ANNA, now=stage.born)
    return [_decode(stage), _sweep_extra(stage)]


def save_and_decode_and_purge_of_file(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    start = stage.create(stage.base)
    files.trash(id=stage.extra.id, principal=ANNA, now=stage.born)
    return [_save(stage, start, "base", "extra"), _decode(stage), _sweep_extra(stage)]


def save_and_prune_and_decode(stage: Stage) -> list[Actor]:
    stage.undecoded_extra()
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return [_save(stage, second, "base", "extra"), _prune(stage, first), _decode(stage)]


def _decode(stage: Stage, name: str = "decode") -> Actor:
    return Actor(name, stage.decode)


def _save(stage: Stage, on: Saved, *photos: str, name: str = "save") -> Actor:
    chosen = [stage.base if photo == "base" else stage.extra for photo in photos]
    return Actor(name, lambda: stage.save(on, *chosen, name=name), LOSES)


def _slow_save(stage: Stage, on: Saved) -> Actor:
    """Once its intent is closed, it can only be told to try again."""
    return Actor("slow save", lambda: stage.save(on, stage.base, stage.extra), (*LOSES, ProjectBusy), mortal=False)


def _restore(stage: Stage, on: Saved, number: int) -> Actor:
    """Of a version that only the history holds; it may be pruned before it is found there."""
    return Actor("restore", lambda: stage.restore(on, number), (*LOSES, VersionNotFound, ProjectBusy))


def _two(stage: Stage, on: Saved) -> list[Actor]:
    return [_save(stage, on, "base", "extra"), _save(stage, on, "extra", name="other save")]


def _prune(stage: Stage, on: Saved, name: str = "prune") -> Actor:
    return Actor(name, lambda: operations.prune_versions(id=on.id, now=stage.now))


def _sweep_extra(stage: Stage) -> Actor:
    return Actor("sweep of files", lambda: stage.sweep(file_row(stage.extra.id)))


def _sweep_project(stage: Stage, start: Saved) -> Actor:
    return Actor("sweep of projects", lambda: stage.sweep(keys.head_row(start.id)))


def _tidy(stage: Stage, project: str, intent: str) -> Actor:
    return Actor("sweep of intents", lambda: stage.sweep(keys.intent_row(project, intent)))


def _trashed(stage: Stage, *photos: str) -> Saved:
    """In the trash for so long that it is to be purged."""
    start = stage.create(*[stage.base if photo == "base" else stage.extra for photo in photos])
    trash(id=start.id, principal=ANNA, now=stage.born)
    return start


PAIRS: list[Cast] = [
    two_saves, two_saves_of_no_new_photo, the_same_save_twice, restore_and_prune, restore_and_save,
    kept_by_hand_and_prune, kept_by_hand_and_save, save_and_prune, two_prunes, save_and_purge_of_file,
    save_and_trash_of_file,
    save_and_sweep_of_unused, save_and_tidy_of_its_intent, create_and_tidy_of_its_intent, save_and_purge_of_project,
    save_of_no_new_photo_and_purge_of_project, save_and_trash_of_project, two_purges_of_project,
    save_and_decode, save_and_decode_that_rejects, prune_and_decode, two_decodes, decode_and_sweep_of_undecoded,
    decode_and_trash_of_file, decode_and_purge_of_file,
]  # fmt: skip
TRIPLES: list[Cast] = [
    three_saves, restore_and_save_and_prune, save_that_removes_and_save_that_keeps_and_prune,
    two_saves_and_purge_of_file, save_and_decode_and_purge_of_file, save_and_prune_and_decode,
]  # fmt: skip
LARGE: list[Cast] = [save_and_prune, save_and_purge_of_project]
"""Pairs with so many calls that a search with faults takes some seconds."""
