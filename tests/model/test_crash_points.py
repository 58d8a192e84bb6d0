"""Every call that an operation makes fails once, storage included; then the sweep comes, and all is as it should be."""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from botocore.exceptions import EndpointConnectionError

from files import operations as files
from files.keys import file_row
from imagestore.common import objects
from projects import keys, operations, queries
from projects.errors import ProjectChanged
from projects.operations.removing import trash
from projects.records import SaveKind
from tests.model import protocol
from tests.model.interleaving import Ending
from tests.model.protocol import world
from tests.model.rows import Table
from tests.model.stage import ANNA, Stage
from tests.support.failing import failing

Plan = Callable[[Stage], Callable[[], object]]
log = logging.getLogger(__name__)
LARGE_DOCUMENT = b'"' + os.urandom(12_000).hex().encode() + b'"'
FEW, AFTER_ALL = 1, 200


def creating(stage: Stage) -> Callable[[], object]:
    stage.document = LARGE_DOCUMENT
    return lambda: stage.create(stage.base)


def saving(stage: Stage) -> Callable[[], object]:
    start = stage.create(stage.base)
    stage.document = LARGE_DOCUMENT
    return lambda: stage.save(start, stage.extra)


def saving_without_a_new_photo(stage: Stage) -> Callable[[], object]:
    start = stage.create(stage.base, stage.extra)
    stage.document = LARGE_DOCUMENT
    return lambda: stage.save(start, stage.base)


def saving_too_late(stage: Stage) -> Callable[[], object]:
    start = stage.create(stage.base)
    stage.save(start, stage.base)
    stage.document = LARGE_DOCUMENT
    return lambda: stage.save(start, stage.extra)


def pruning(stage: Stage) -> Callable[[], object]:
    first = stage.create(stage.base, stage.extra)
    stage.save(first, stage.base)
    return lambda: operations.prune_versions(id=first.id, now=stage.now)


def restoring(stage: Stage) -> Callable[[], object]:
    first = stage.create(stage.base, stage.extra)
    second = stage.save(first, stage.base)
    return lambda: stage.restore(second, 1)


def keeping_by_hand(stage: Stage) -> Callable[[], object]:
    start = stage.create(stage.base, stage.extra)
    second = stage.save(start, stage.base)
    return lambda: stage.save(second, stage.base, kind=SaveKind.MANUAL)


def tidying(stage: Stage) -> Callable[[], object]:
    start = stage.create(stage.base)
    with failing(4), pytest.raises(EndpointConnectionError):
        stage.save(start, stage.extra)
    (intent,) = queries.intents_of(start.id)
    return lambda: stage.sweep(keys.intent_row(start.id, intent.id))


def purging(stage: Stage) -> Callable[[], object]:
    start = stage.create(stage.base, stage.extra)
    trash(id=start.id, principal=ANNA, now=stage.born)
    return lambda: stage.sweep(keys.head_row(start.id))


def purging_a_file(stage: Stage) -> Callable[[], object]:
    stage.create(stage.base)
    files.trash(id=stage.extra.id, principal=ANNA, now=stage.born)
    return lambda: stage.sweep(file_row(stage.extra.id))


PLANS: list[Plan] = [
    creating, saving, saving_without_a_new_photo, saving_too_late, restoring, keeping_by_hand, pruning, tidying,
    purging, purging_a_file,
]  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
def test_whichever_call_fails_the_sweep_sets_it_right(plan: Plan, stage: Stage) -> None:
    operation = plan(stage)
    rows = Table()
    start = rows.keep("FILE#", "PROJECT#", "OWNER#")
    for number in count(1):
        rows.load(start)
        with failing(number) as calls, suppress(EndpointConnectionError, ProjectChanged):
            operation()
        assert not wrong_after_all(stage, rows), f"call {number} failed"
        assert number < AFTER_ALL
        if calls.made < number:
            log.info("%s: %d calls", plan.__name__, calls.made)
            assert number > FEW
            return


def wrong_after_all(stage: Stage, rows: Table) -> list[str]:
    """The invariant at once; after the sweep nothing in vain; then a repeat succeeds; then the project's end."""
    wrong = protocol.always(world(rows, rows.state()))
    wrong += protocol.sweep(rows, stage.now + protocol.SWEPT_AFTER)
    swept = world(rows, rows.state())
    wrong += protocol.tidy(swept, Ending((), deaths=True))
    if documents() - {version.save_id for version in swept.versions}:
        wrong.append(f"documents of no version: {documents()}")
    if swept.head and swept.head.state == "active":
        loaded = queries.load(id=swept.head.id, principal=ANNA, now=stage.now)
        on = stage.at(loaded)
        repeated = stage.save(on, stage.base, name="repeat")
        wrong += [] if repeated.version == on.version + 1 else [f"the repeat made {repeated}"]
        wrong += protocol.always(world(rows, rows.state()))
    wrong += protocol.purge_project(rows, stage.now + protocol.SWEPT_AFTER)
    wrong += protocol.ended(world(rows, rows.state()))
    return wrong + [f"a document is left: {save}" for save in documents()]


def documents() -> set[str]:
    """Saves whose document is in the bucket."""
    found = objects.versions("")
    return {version.key.rpartition("/")[2] for version in found if "/p/" in version.key}
