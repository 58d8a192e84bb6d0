"""What must hold of every shop when all is quiet: by the product's own reconcilers, and by the simulation's memory."""

from collections.abc import Iterator
from datetime import timedelta

from files import operations as files
from files import queries as file_queries
from files.operations.reconciling import Seen as SeenFiles
from files.records import FileState
from imagestore.common.batches import chunks
from imagestore.local.simulation.world import TICK, World
from projects import operations as projects
from projects import queries as project_queries
from projects.holder_kinds import HOLDER_KINDS
from projects.operations.reconciling import Seen
from projects.orders import queries as orders
from projects.orders import rules as order_rules
from projects.records import LIVING, ProjectState

ONE_SWEEP = TICK + timedelta(minutes=30)
"""What became due right after a sweep waits for the next."""


def judge(world: World, notice: timedelta) -> None:
    """`notice`: at least so long before it goes a project's customer is to be warned."""
    for sentence in (*_used(world), *_unused(world), *_bytes(world), *_unwarned(world, notice)):
        world.wrong.append(f"{world.now:%Y-%m-%d}: {sentence}")


def _used(world: World) -> Iterator[str]:
    """What a project, cart item or order uses is there and held; and nothing is held in vain."""
    for case in projects.compare_holders(HOLDER_KINDS, Seen()):
        yield f"{case.fault}: {case.photo} and {case.holder}"
    for id in world.orders:
        order = orders.find_order(id)
        if order is None or order.state not in order_rules.LIVE:
            continue
        kept = file_queries.files_by_id(orders.snapshot_of(order).files, consistent=True)
        yield from (f"{file.id} of the order {id} is {file.state}" for file in kept.values() if _is_lost(file.state))


def _unused(world: World) -> Iterator[str]:
    """What nothing needs has a date, and is gone soon after."""
    for some in chunks(world.all_photos, 100):
        for file in file_queries.files_by_id(some, consistent=True).values():
            if file.holders or file.state == FileState.GONE:
                continue
            if file.purge_after is None:
                yield f"{file.id} is {file.state}, unused and without a date"
            elif file.purge_after < world.now - ONE_SWEEP:
                yield f"{file.id} is {file.state} since it was due at {file.purge_after}"


def _bytes(world: World) -> Iterator[str]:
    """Bytes in the bucket are those of the table, and what is counted of each customer is what it has."""
    for case in files.compare(world.now, SeenFiles()):
        yield f"{case.fault}: {case.key or case.file} ({case.told})"
    for shop, people in world.customers.items():
        for person in people:
            found = files.recount(shop=shop, owner=person.owner, now=world.now)
            if found.before != found.exact:
                yield f"{shop} {person.owner} is charged {found.before} instead of {found.exact}"


def _unwarned(world: World, notice: timedelta) -> Iterator[str]:
    """Where a warning is asked for, nothing went before it was sent and its time had passed."""
    for project in world.projects:
        head = project_queries.head_of(project.id) if project.of.customer else None
        if head and head.state == ProjectState.TRASHED and head.id not in world.by_hand:
            heard, went = world.warned.get(head.id, []), head.trashed_at
            if not went or not head.warned_at or went - head.warned_at < notice or not any(at < went for at in heard):
                yield f"the project {head.id} went at {went}, warned at {head.warned_at}, heard at {heard}"


def _is_lost(state: FileState) -> bool:
    return state in (FileState.DELETING, FileState.GONE, FileState.TRASHED)


def standing(world: World) -> dict[str, int]:
    """For the chart: photos that are stored, in the trash, held; projects that are there."""
    counts = dict.fromkeys(("stored", "in the trash", "in use"), 0)
    for some in chunks(world.all_photos, 100):
        for file in file_queries.files_by_id(some).values():
            counts["stored"] += file.state == FileState.STORED
            counts["in the trash"] += file.state == FileState.TRASHED
            counts["in use"] += bool(file.holders)
    heads = (project_queries.head_of(project.id) for project in world.projects)
    return counts | {"projects": sum(head is not None and head.state in LIVING for head in heads)}
