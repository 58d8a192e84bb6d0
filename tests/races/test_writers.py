"""Many writers on one project, with retries, lost answers and crashes, beside pruning, tidying and a purge of files.

At the end the history is a straight line, every acknowledged save is in it, no photo that is used was purged, and
after the project's own end every photo may go.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

import orjson
import pytest
from botocore.exceptions import BotoCoreError

from files import operations as files
from files import queries as file_queries
from files.records import File, FileState
from imagestore.common import clock
from imagestore.common.errors import DomainError
from projects import keys, operations, queries
from projects.errors import ProjectBusy, ProjectChanged
from projects.operations.removing import purge
from projects.records import Draft, SaveKind
from tests.support.faults import Fault, faults, planned
from tests.support.ministack import LocalAws
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ANNA = customer()
PHOTOS, CALLS, ATTEMPTS, KEPT = 24, 14, 6, 20
MANUAL_EVERY = 7
AT_ONCE = 8
"""Intents that are tidied together while others save: all of them, always, would let no save come through."""
LATER = timedelta(hours=1)
GONE_BY = timedelta(days=400)


@dataclass
class Told:
    """What a writer was told of its saves: the version of each that was acknowledged, by its own mark."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, SaveKind] = field(default_factory=dict)
    refused: int = 0
    faults: int = 0


@dataclass
class Writer:
    """An editor: loads, changes, saves; after a conflict on what is there then, after a crash from a new start."""

    name: str
    project: str
    photos: Sequence[File]
    told: Told = field(default_factory=Told)

    def write(self, saves: int) -> Told:
        chance = random.Random(self.name)
        for number in range(saves):
            self._save(f"{self.name}-{number}", number, chance)
        return self.told

    def _save(self, mark: str, number: int, chance: random.Random) -> None:
        kind = SaveKind.MANUAL if number % MANUAL_EVERY == 0 else SaveKind.AUTOSAVE
        fault = Fault("lost" if number % 2 else "crash", number % CALLS + 1)
        for _ in range(ATTEMPTS):
            chosen = chance.sample(self.photos, chance.randint(0, 4))
            try:
                loaded = queries.load(id=self.project, principal=ANNA, now=clock.now(), urls="none")
                self._try(mark, loaded.tag, chosen, kind, fault)
                return
            except (ProjectChanged, ProjectBusy):
                continue
            except DomainError:
                continue  # A photo of the choice was purged meanwhile: it is not to be had any more.
            except BotoCoreError:
                self.told.faults += 1
                if fault.kind == "crash":
                    return  # The process died; whether the save was made it never learns.
        self.told.refused += 1

    def _try(self, mark: str, tag: str, chosen: Sequence[File], kind: SaveKind, fault: Fault) -> None:
        used = {f"p{index}": photo.id for index, photo in enumerate(chosen)}
        draft = Draft("", orjson.dumps({"mark": mark}), used)
        with planned(fault):
            try:
                version = self._put(draft, tag, kind)
            except BotoCoreError:
                if fault.kind == "crash":
                    raise
                # The answer was lost: the very same call once more.
                self.told.faults += 1
                version = self._put(draft, tag, kind)
        self.told.acknowledged[mark], self.told.kinds[mark] = version, kind

    def _put(self, draft: Draft, tag: str, kind: SaveKind) -> int:
        return operations.save(
            id=self.project,
            draft=draft,
            if_match=tag,
            owner="customer:anna",
            principal=ANNA,
            now=clock.now(),
            kind=kind,
        ).version


def tidy(project: str, most: int | None = None) -> None:
    """As the sweep does it later; a save that is still on its way loses its intent and is told to try again."""
    rows = [keys.intent_row(project, intent.id) for intent in queries.intents_of(project)][:most]
    report = operations.sweep_slice(row_keys=rows, dry_run=False, now=clock.now() + LATER)
    assert report.failures == [] or all("ProjectBusy" in failure["cause"] for failure in report.failures)


def purge_unused(photos: Sequence[File]) -> None:
    """The trash and the sweep, in a time when every date has come."""
    ids = [photo.id for photo in photos]
    files.trash_many(ids=ids, principal=ANNA, now=clock.now())
    trashed = [file for file in file_queries.files_by_id(ids).values() if file.state == FileState.TRASHED]
    files.purge(files=trashed, now=clock.now() + GONE_BY)


def run_together(project: str, photos: Sequence[File], writers: int, saves: int) -> list[Told]:
    done, spare = Event(), photos[PHOTOS:]

    def others() -> None:
        chance = random.Random(7)
        while not done.is_set():
            operations.prune_versions(id=project, now=clock.now())
            tidy(project, AT_ONCE)
            purge_unused(chance.sample(spare, min(2, len(spare))))

    crew = [Writer(f"w{number}", project, photos) for number in range(writers)]
    with ThreadPoolExecutor(writers + 1) as pool:
        beside = pool.submit(others)
        written = [pool.submit(writer.write, saves) for writer in crew]
        told = [future.result() for future in written]
        done.set()
        beside.result()
    return told


def assert_straight(project: str, told: Sequence[Told]) -> None:
    head = queries.head_of(project)
    assert head is not None
    kept = queries.history(head)
    numbers = [row.number for row in kept]
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers[0] == head.version
    assert [row.previous for row in kept] == [row.save_id for row in kept[1:]] + [""]
    marks = {orjson.loads(queries.content_of(head, row).document).get("mark"): row for row in kept}
    acknowledged = {mark: version for one in told for mark, version in one.acknowledged.items()}
    kinds = {mark: kind for one in told for mark, kind in one.kinds.items()}
    assert len(set(acknowledged.values())) == len(acknowledged), "two saves were told the same version"
    pruned_below = min(row.number for row in [row for row in kept if row.kind == SaveKind.AUTOSAVE][:KEPT])
    for mark, version in acknowledged.items():
        if mark in marks:
            assert marks[mark].number == version
        else:
            assert kinds[mark] == SaveKind.AUTOSAVE, f"the manual save {mark} is lost"
            assert version < pruned_below, f"the autosave {mark} is lost"


def assert_held(project: str) -> None:
    head = queries.head_of(project)
    assert head is not None
    used = {photo for row in queries.history(head) for photo in queries.content_of(head, row).photos}
    rows = file_queries.files_by_id(used, consistent=True)
    assert rows.keys() == used
    for file in rows.values():
        assert (file.state, keys.holder(project) in file.holders) == (FileState.STORED, True)
        assert file.due_sort is None


def assert_all_may_go(project: str, photos: Sequence[File]) -> None:
    tidy(project)
    rows = file_queries.files_by_id([photo.id for photo in photos], consistent=True).values()
    head = queries.head_of(project)
    assert head is not None
    used = {photo for row in queries.history(head) for photo in queries.content_of(head, row).photos}
    assert {file.id for file in rows if file.holders} == used, "held in vain"
    operations.trash(id=project, principal=ANNA, now=clock.now())
    trashed = queries.head_of(project)
    assert trashed is not None
    assert purge(trashed, clock.now() + GONE_BY)
    purge_unused(photos)
    left = file_queries.files_by_id([photo.id for photo in photos], consistent=True).values()
    assert {file.state for file in left} == {FileState.GONE}


def play(writers: int, saves: int) -> None:
    make_shop(policy={"kept_autosaves": KEPT})
    photos = stored_photos(PHOTOS + 6, ANNA)
    project = operations.create(draft=Draft("", b"{}", {}), owner="customer:anna", principal=ANNA, now=clock.now()).id
    with faults():
        told = run_together(project, photos, writers, saves)
    assert sum(len(one.acknowledged) for one in told) > writers
    assert sum(one.faults for one in told) > writers
    tidy(project)
    operations.prune_versions(id=project, now=clock.now())
    assert_straight(project, told)
    assert_held(project)
    assert_all_may_go(project, photos)


@pytest.fixture(autouse=True)
def _place(real_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.operations.saving._ask_to_prune", lambda attempt: None)


def test_five_writers_with_twelve_saves_each() -> None:
    play(5, 12)


@pytest.mark.proof
def test_twenty_writers_with_fifty_saves_each() -> None:
    play(20, 50)
