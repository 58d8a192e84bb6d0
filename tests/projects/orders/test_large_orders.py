"""Large orders on the local AWS, interrupted at one step after the other: each is there whole or released whole, and
sweeps that run beside it touch nothing of it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from botocore.exceptions import EndpointConnectionError

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.models import new_row
from files.records import File, FileState
from imagestore.common import clock, ids, table
from imagestore.common.batches import chunks
from projects import operations as projects
from projects.holder_kinds import HOLDER_KINDS
from projects.operations.reconciling import Repair, Seen
from projects.orders import operations as orders
from projects.orders import queries
from projects.orders.records import Order, WantedItem, WantedOrder
from projects.records import Draft
from tests.support.failing import failing
from tests.support.ministack import LocalAws
from tests.support.ordering import rows, sweep
from tests.support.standing import Standing
from tests.support.world import customer, make_shop

ANNA, HERS = customer(), "customer:anna"
A_DAY, MUCH_LATER = timedelta(days=1), timedelta(days=3)
A_PROJECT = 1_500


@dataclass
class Stage:
    photos: list[File]
    projects: list[str]
    now: datetime

    def place(self) -> Order:
        wanted = WantedOrder(tuple(WantedItem(project=id) for id in self.projects))
        return orders.place(wanted=wanted, owner=HERS, principal=ANNA, now=self.now)

    def sweep_beside(self, now: datetime) -> None:
        """As the clock has it done, whatever else is under way: what is due, and every photo."""
        sweep(now)
        for chunk in chunks(self.photos, 100):
            keys = [file_keys.file_row(photo.id) for photo in chunk]
            assert files.sweep_slice(row_keys=keys, dry_run=False, now=now).failures == []


def staged(number: int) -> Stage:
    """Projects with photos that are rows alone: nobody looks at their bytes here."""
    make_shop()
    now = clock.now()
    photos = [decoded_row(index, now) for index in range(number)]
    made = [
        projects.create(draft=draft(chunk), owner=HERS, principal=ANNA, now=now).id
        for chunk in chunks(photos, min(A_PROJECT, number // 2))
    ]
    return Stage(photos, made, now)


def decoded_row(index: int, now: datetime) -> File:
    photo = File(
        id=ids.new_id(now),
        shop="acme",
        state=FileState.STORED,
        size=1_000,
        created_at=now,
        owner=HERS,
        name=f"{index}.jpg",
        content_type="image/jpeg",
        sha256=f"{index:064x}",
    )
    row = new_row(photo, now + timedelta(days=90))
    row.width, row.height, row.stored_at, row.decoded_at = 6_000, 4_000, now, now
    table.put_new(row)
    return photo


def draft(photos: Iterable[File]) -> Draft:
    return Draft("Iceland", b"{}", {f"p{index}": photo.id for index, photo in enumerate(photos)})


def interrupt(stage: Stage, steps: Iterable[int]) -> int:
    """The process dies at each of these calls; answers how many orders were placed all the same."""
    for step in steps:
        with failing(step, all_from_there=True) as calls, suppress(EndpointConnectionError):
            stage.place()
        before = held(stage)
        stage.sweep_beside(stage.now)
        assert held(stage) == before, f"the order that died at call {step} was touched before its time"
        sweep(stage.now + A_DAY)
        sweep(stage.now + MUCH_LATER)
        standing = Standing(rows(""))
        assert standing.not_whole() + standing.left_over() == [], f"it died at call {step}"
        if calls.made < step:
            break
    return len(Standing(rows("ORDER#")).live_orders)


def held(stage: Stage) -> dict[str, frozenset[str]]:
    found = file_queries.files_by_id([photo.id for photo in stage.photos], consistent=True)
    return {id: file.holders for id, file in found.items()}


def test_an_order_of_12_photos_that_dies_at_any_call(real_aws: LocalAws) -> None:
    assert interrupt(staged(12), range(1, 100)) == 1


@pytest.mark.proof
def test_an_order_of_3000_photos_that_dies_at_any_call(real_aws: LocalAws) -> None:
    """Before its row, around it, with some and with all photos held, at its last call, and not at all."""
    steps = [20, 35, 36, 37, 1_600, 3_036, 3_037, 3_100]
    stage = staged(3_000)
    assert interrupt(stage, steps) == 1
    (order,) = Standing(rows("ORDER#")).live_orders
    assert len(queries.snapshot_of(order).files) == 3_000


@pytest.mark.parametrize("number", [40, pytest.param(3_000, marks=pytest.mark.proof)])
def test_sweeps_and_repairs_that_run_beside_touch_nothing_of_it(real_aws: LocalAws, number: int) -> None:
    stage, done = staged(number), Event()
    failures: list[BaseException] = []

    def keep_sweeping() -> None:
        try:
            while not done.is_set():
                stage.sweep_beside(stage.now)
                cases = list(projects.compare_holders(HOLDER_KINDS, Seen()))
                assert {projects.repair_holder(case, HOLDER_KINDS, stage.now) for case in cases} <= {Repair.PASSED}
        except BaseException as error:
            failures.append(error)

    beside = Thread(target=keep_sweeping)
    beside.start()
    try:
        order = stage.place()
    finally:
        done.set()
        beside.join()
    assert failures == []
    standing = Standing(rows(""))
    assert [one.id for one in standing.live_orders] == [order.id]
    assert standing.not_whole() + standing.left_over() == []
