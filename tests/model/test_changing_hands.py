"""Moves and erasures under every interleaving with what uses the same photos; and whoever dies on the way.

Always: a photo that a living project uses is held by it and stored. In the end, once the sweep and a repeat have come:
each photo is its user's, and each customer is charged with what is its own, to the byte.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from files.models import FileRow, OwnerRow
from files.records import File, FileState, Usage
from imagestore.common import aws
from imagestore.common.decode import decoder
from imagestore.common.principal import command
from imagestore.common.rows import Key
from projects import histories, keys, operations, packing, rules
from projects.errors import ProjectBusy, ProjectChanged, ProjectNotActive, ProjectNotFound
from projects.file_holds import FilesUnusable
from projects.models import ProjectRow, VersionRow
from projects.operations.saving import Saved
from projects.records import LIVING, Erasure, Head, Version
from tests.model.actors import Actor
from tests.model.interleaving import Ending, Explorer, Search
from tests.model.rows import State, Table
from tests.model.stage import Stage
from tests.support.hands import OTTO
from tests.support.world import customer

log = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
LOSES = (ProjectNotFound, ProjectNotActive, FilesUnusable, ProjectBusy)
Cast = Callable[[Stage], list[Actor]]


@dataclass
class World:
    """The records of one state of the table."""

    heads: dict[str, Head] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)
    due: list[Key] = field(default_factory=list)

    def uses(self) -> dict[str, set[str]]:
        """Photos by the living projects that use them."""
        return {
            id: {
                photo
                for version in histories.kept_versions(head, self.versions.get(id, []))
                for photo in packing.files_in(version.uses).values()
            }
            for id, head in self.heads.items()
            if head.state in LIVING
        }


def world(table: Table, state: State) -> World:
    found = World()
    for key, text in state:
        row = table.row(text)
        if "due_sort" in row and key.pk.startswith("PROJECT#"):
            found.due.append(key)
        if key.sk == "FILE":
            file = decoder(FileRow, File)(row)
            found.files[file.id] = file
        elif key.sk == "PROJECT":
            head = decoder(ProjectRow, Head)(row)
            found.heads[head.id] = head
        elif key.sk.startswith(keys.VERSIONS):
            found.versions.setdefault(key.pk.partition("#")[2], []).append(decoder(VersionRow, Version)(row))
        elif key.sk == "OWNER":
            found.usage[key.pk.rpartition(":")[2]] = decoder(OwnerRow, Usage)(row)
    return found


def always(now: World) -> list[str]:
    return [
        f"{photo} is used by {project}, but {now.files[photo].state} and held by {set(now.files[photo].holders)}"
        for project, photos in now.uses().items()
        for photo in photos
        if keys.holder(project) not in now.files[photo].holders or now.files[photo].state != FileState.STORED
    ]


def charged_once(now: World) -> list[str]:
    """Every customer with the files that are its own."""
    wrong = []
    for who in {file.owner.partition(":")[2] for file in now.files.values()} | now.usage.keys() - {""}:
        mine = [file.charged for file in now.files.values() if file.owner == f"customer:{who}" and file.charged]
        if who and now.usage.get(who, Usage()) != Usage(len(mine), sum(mine)):
            wrong.append(f"{who} is charged with {now.usage.get(who)} for {mine}")
    return wrong


def sweep(table: Table, stage: Stage) -> list[str]:
    """What is due of projects in an hour, moves too."""
    failures: list[str] = []
    for _ in range(3):
        found = world(table, table.state()).due
        moves = [key for key in found if key.sk == "MOVE"]
        others = [key for key in found if key.sk != "MOVE"]
        for report in (
            operations.sweep_moves(row_keys=moves, dry_run=False, now=stage.now + HOUR),
            operations.sweep_slice(row_keys=others, dry_run=False, now=stage.now + HOUR),
        ):
            failures += [failure["cause"] for failure in report.failures]
    return failures


def at_home(now: World) -> list[str]:
    """A photo is Anna's, whose it was, if a project of hers uses it, else of who does; and nothing is held in vain."""
    wrong, uses = [], now.uses()
    for file in now.files.values():
        users = {project for project, photos in uses.items() if file.id in photos}
        if {rules.id_of(holder) for holder in file.holders} != users:
            wrong.append(f"{file.id} is held by {set(file.holders)} and used by {users}")
        owners = {now.heads[project].owner for project in users}
        if users and file.owner not in (owners & {"customer:anna"} or owners):
            wrong.append(f"{file.id} is {file.owner}'s and used by {owners}")
    return wrong


def move(stage: Stage, project: Saved, to: str = "bob") -> Actor:
    deed = partial(operations.move, id=project.id, customer=to, principal=OTTO, reason="wrong account", now=stage.now)
    return Actor(f"move to {to}", deed, (ProjectBusy, ProjectNotFound))


def erase(stage: Stage) -> Erasure:
    return operations.erase_owner(
        shop="acme", owner="customer:anna", principal=command("tests"), reason="asked for", now=stage.now
    )


def copy(stage: Stage, project: Saved) -> Actor:
    """By Bob, as of a share."""
    deed = partial(
        operations.create,
        draft=stage.draft("copy", stage.base),
        owner="customer:bob",
        principal=customer("bob"),
        now=stage.now,
        source=keys.holder(project.id),
    )
    return Actor("copy", deed, (FilesUnusable, ProjectBusy))


def move_and_save(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    save = partial(stage.save, start, stage.base, stage.extra)
    return [move(stage, start), Actor("save", save, (ProjectChanged, ProjectNotFound))]


def move_and_prune(stage: Stage) -> list[Actor]:
    first = stage.create(stage.base, stage.extra)
    stage.save(first, stage.base)
    return [move(stage, first), Actor("prune", partial(operations.prune_versions, id=first.id, now=stage.now))]


def move_and_another_project(stage: Stage) -> list[Actor]:
    """That takes the same photo."""
    start = stage.create(stage.base)
    create = Actor("create", partial(stage.create, stage.base), (FilesUnusable, ProjectBusy))
    return [move(stage, start), create]


def move_and_copy(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    return [move(stage, start), copy(stage, start)]


def move_and_trash(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    trash = partial(operations.trash, id=start.id, principal=customer(), now=stage.now)
    return [move(stage, start), Actor("trash", trash, (ProjectNotFound,))]


def two_moves(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    return [move(stage, start), move(stage, start, "carol")]


def erasure_and_copy(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    return [Actor("erase", partial(erase, stage)), copy(stage, start)]


def erasure_and_save(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    save = partial(stage.save, start, stage.base, stage.extra)
    return [Actor("erase", partial(erase, stage)), Actor("save", save, LOSES)]


def erasure_and_move(stage: Stage) -> list[Actor]:
    start = stage.create(stage.base)
    return [Actor("erase", partial(erase, stage)), move(stage, start)]


MOVES: list[Cast] = [move_and_save, move_and_prune, move_and_another_project, move_and_copy, move_and_trash, two_moves]
SHORT: list[Cast] = [move_and_another_project, move_and_copy, move_and_trash]
ERASURES: list[Cast] = [erasure_and_copy, erasure_and_move, erasure_and_save]


@pytest.fixture(autouse=True)
def _one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos of one operation are worked on in their order: an actor's calls follow from its answers alone."""
    monkeypatch.setattr("imagestore.common.batches.PARALLEL", 1)


def long_ones_are_proofs(casts: list[Cast], short: list[Cast]) -> list[Any]:
    return [pytest.param(cast, marks=[] if cast in short else [pytest.mark.proof]) for cast in casts]


def explore(stage: Stage, cast: Cast, *, erases: bool, deaths: int = 0) -> Search:
    actors, rows = cast(stage), Table()
    start = rows.keep("FILE#", "PROJECT#", "OWNER#")

    def check_end(state: State, ending: Ending) -> list[str]:
        rows.load(state)
        wrong = sweep(rows, stage)
        if erases:
            again = erase(stage)
            wrong += [f"{again.waiting} after a repeat"] if not again.complete else []
        now = world(rows, rows.state())
        return wrong + always(now) + at_home(now) + charged_once(now)

    explorer = Explorer(aws.dynamodb(), rows, actors, lambda state: always(world(rows, state)), check_end)
    return explorer.explore(start, deaths=deaths)


@pytest.mark.parametrize("cast", [cast for cast in MOVES if cast not in SHORT])
def test_a_move(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, explore(stage, cast, erases=False))


@pytest.mark.parametrize("cast", long_ones_are_proofs(MOVES, SHORT))
def test_a_move_whoever_dies_on_the_way(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, explore(stage, cast, erases=False, deaths=1))


@pytest.mark.parametrize("cast", long_ones_are_proofs(ERASURES[:2], [erasure_and_copy]))
def test_an_erasure(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, explore(stage, cast, erases=True))


@pytest.mark.proof
@pytest.mark.parametrize("cast", ERASURES)
def test_an_erasure_whoever_dies_on_the_way(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, explore(stage, cast, erases=True, deaths=1))


def assert_it_holds(name: str, found: Search) -> None:
    log.info("%s: %d schedules in %d nodes, %d steps", name, found.schedules, found.nodes, found.steps)
    assert not found.violation, "\n".join([*found.violation, "after", *found.trail])
    assert found.schedules > 1


class TestWithoutAGuard:
    """The search can fail: each condition that giving rests on is missed when it is not there."""

    def test_the_holders_as_they_were_read(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("files.operations.giving._as_read", lambda file, owner: FileRow.owner == owner)
        found = explore(stage, move_and_another_project, erases=False)
        assert any("used by" in wrong for wrong in found.violation), found

    def test_the_owner_of_the_file(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("files.operations.giving._as_read", lambda file, owner: FileRow.pk.exists())
        found = explore(stage, two_moves, erases=False)
        assert any("is charged with" in wrong for wrong in found.violation), found
