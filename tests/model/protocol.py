"""What must hold of projects and their photos: always, and once everything has come to its end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from files.models import FileRow
from files.records import File, FileState
from imagestore.common import due
from imagestore.common.decode import decoder
from imagestore.common.rows import Key
from projects import histories, keys, operations, packing, tags
from projects.models import IntentRow, ProjectRow, VersionRow
from projects.operations.removing import trash
from projects.operations.saving import Saved
from projects.records import Head, Intent, ProjectState, Version
from tests.model.interleaving import Ending
from tests.model.rows import State, Table
from tests.support.world import customer

ROUNDS = 3
BAD = "broken-pixels"
"""Why the decoder rejects a photo in this world; whoever uses it keeps its hold."""
SWEPT_AFTER = timedelta(hours=1)
LIVING = (ProjectState.ACTIVE, ProjectState.TRASHED)


@dataclass
class World:
    """The records of one state of the table; it has one project, or none yet."""

    head: Head | None = None
    versions: list[Version] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)

    @property
    def history(self) -> list[Version]:
        return histories.kept_versions(self.head, self.versions)

    @property
    def used(self) -> set[str]:
        return {photo for version in self.history for photo in packing.files_in(version.uses).values()}


def world(table: Table, state: State) -> World:
    found = World()
    for key, text in state:
        row = table.row(text)
        if key.sk == "FILE":
            file = decoder(FileRow, File)(row)
            found.files[file.id] = file
        elif key.sk == "PROJECT":
            found.head = decoder(ProjectRow, Head)(row)
        elif key.sk.startswith(keys.VERSIONS):
            found.versions.append(decoder(VersionRow, Version)(row))
        elif keys.is_intent(key):
            found.intents.append(decoder(IntentRow, Intent)(row))
    return found


def always(now: World) -> list[str]:
    """Whatever else is on its way: what is kept is whole, and each photo of it is held and stored."""
    wrong, head = forgotten(now), now.head
    if head is None or head.state not in LIVING:
        return wrong
    numbers = [version.number for version in now.history]
    falling = numbers == sorted(set(numbers), reverse=True) and numbers[:1] == [head.version]
    wrong += [] if falling and histories.is_whole(now.history) else [f"the history is {numbers} of {head}"]
    for photo in now.used:
        file = now.files[photo]
        kept = file.state == FileState.STORED or file.reason_code == BAD
        if keys.holder(head.id) not in file.holders or not kept:
            wrong.append(f"{photo} is used, but {file.state} and held by {set(file.holders)}")
    return wrong


def forgotten(now: World) -> list[str]:
    """Files that nobody would ever look at again, although something is to be done with them."""
    return [
        f"{file.id} is {file.state} and not due"
        for file in now.files.values()
        if file.due_sort is None and file.state != FileState.GONE and (file.undecoded or not file.holders)
    ]


def acknowledged(now: World, ending: Ending) -> list[str]:
    """A save that was answered is in the history, unless it was pruned or the project purged since."""
    head = now.head
    history = {version.save_id for version in now.history}
    oldest = min((version.number for version in now.history), default=0)
    wrong = []
    for outcome in ending.outcomes:
        if isinstance(outcome.value, Saved) and head and head.state in LIVING and outcome.value.version >= oldest:
            seen = tags.seen(outcome.value.tag, id=head.id, shop=head.shop, owner=head.owner)
            if seen is None or seen.save_id not in history:
                wrong.append(f"an answered save is lost: {outcome.value}")
    return wrong


def tidy(now: World, ending: Ending) -> list[str]:
    """After the sweep: nothing is held in vain, no intent is left, and no version but of the history.

    A save that adds no photo writes no intent; if it dies, its version stays until it is pruned or purged.
    """
    wrong = always(now) + [f"an intent is left: {intent.id}" for intent in now.intents]
    held = {file.id for file in now.files.values() if file.holders}
    if held - now.used:
        wrong.append(f"held in vain: {held - now.used}")
    history = {version.save_id for version in now.history}
    lost = [row for row in now.versions if row.save_id not in history]
    if lost and not ending.deaths:
        wrong.append(f"lost versions are left: {[row.number for row in lost]}")
    return wrong


def ended(now: World) -> list[str]:
    """After the project was purged: every photo that is left is unheld and due."""
    wrong = [] if now.head is None or now.head.state == ProjectState.GONE else [f"the project is {now.head.state}"]
    wrong += [f"{file.id} is held" for file in now.files.values() if file.holders]
    return wrong + forgotten(now)


def sweep(table: Table, now: datetime) -> list[str]:
    """The sweep over every project and intent that is due, until nothing is; answers failures."""
    failures: list[str] = []
    for _ in range(ROUNDS):
        found = due_rows(table, now)
        if not found:
            break
        report = operations.sweep_slice(row_keys=found, dry_run=False, now=now)
        failures += [failure["cause"] for failure in report.failures]
    return failures


def due_rows(table: Table, now: datetime) -> list[Key]:
    state = table.state()
    places = [(key, table.row(text).get("due_sort")) for key, text in state if key.pk.startswith("PROJECT#")]
    return [key for key, place in places if place and due.parse(place["S"]).due_at <= now]


def purge_project(table: Table, now: datetime) -> list[str]:
    """As its owner and the clock do it."""
    head = world(table, table.state()).head
    if head is not None and head.state == ProjectState.ACTIVE:
        trash(id=head.id, principal=customer(), now=now)
    return sweep(table, now + timedelta(days=60))


def through_to_the_end(table: Table, state: State, ending: Ending, now: datetime) -> list[str]:
    """The end of a schedule, then the sweep an hour later, then the project's own end."""
    wrong = acknowledged(world(table, state), ending)
    table.load(state)
    wrong += sweep(table, now + SWEPT_AFTER)
    wrong += tidy(world(table, table.state()), ending)
    wrong += purge_project(table, now + SWEPT_AFTER)
    return wrong + ended(world(table, table.state()))
