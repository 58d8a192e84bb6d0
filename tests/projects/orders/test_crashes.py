"""Every call of AWS that an operation on carts and orders makes fails once, alone or with all that follow, or its
answer is lost; then the sweep comes, and what was put or ordered is there whole or released whole."""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from pynamodb.expressions.update import Action

from files.keys import file_row
from files.models import FileRow
from files.records import File
from imagestore.common import batches, clock, due, idempotency, objects, table
from imagestore.common.errors import DomainError
from imagestore.identity import queries as shops
from projects import operations as projects
from projects.carts import keys as cart_keys
from projects.carts import operations as carts
from projects.carts.operations import putting as putting_module
from projects.carts.records import Line
from projects.keys import head_row
from projects.operations.removing import trash
from projects.orders import operations as orders
from projects.orders.keys import order_row
from projects.orders.records import Order, WantedItem, WantedOrder
from projects.records import Draft
from tests.model.rows import Table
from tests.support.failing import FailingCalls, failing
from tests.support.faults import Fault, faults, planned
from tests.support.ordering import sweep_due
from tests.support.standing import Standing
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

log = logging.getLogger(__name__)
ANNA, HERS, LINE = customer(), "customer:anna", "line-1"
A_MINUTE, LATER, MUCH_LATER = timedelta(minutes=1), timedelta(minutes=20), timedelta(hours=2)
LARGE = b'{"noise":"%s"}' % random.Random(1).randbytes(12_000).hex().encode()
FACTS = {"subject": "unpaid_order", "keep": "45d", "product": "card", "then": "keep_facts"}
FAILURES = (EndpointConnectionError, ReadTimeoutError, DomainError)
MOST_CALLS = 200
PARTITIONS = ("FILE#", "PROJECT#", "OWNER#", "CART#", "PIN#", "ORDER#", "ORDER-REFERENCE#", "IDEMPOTENCY#")
Operation = Callable[[], object]


@dataclass
class Stage:
    """Anna's project with her photos; version 2 has one less."""

    photos: list[File]
    project: str
    now: datetime
    at: datetime
    """When the sweep comes by."""
    rows: Table = field(default_factory=Table)

    def put(self, version: int = 1) -> object:
        return carts.put(id=LINE, line=Line(self.project, version), owner=HERS, principal=ANNA, now=self.now)

    def standing(self) -> Standing:
        return Standing([self.rows.row(text) for _, text in self.rows.state()])

    def sweep(self, now: datetime) -> None:
        sweep_due(self.standing().rows, now)

    def order(
        self, *, cart_item: str | None = None, key: str = "", now: datetime | None = None, product: str | None = None
    ) -> Order:
        item = WantedItem(cart_item, None if cart_item else self.project, product=product)
        asked = idempotency.asked(key, scope="anna", route="POST /orders", body=b"") if key else None
        wanted = WantedOrder((item,), reference="A-1")
        return orders.place(wanted=wanted, owner=HERS, principal=ANNA, now=now or self.now, asked=asked)


@pytest.fixture
def stage(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return staged(3, monkeypatch)


def staged(number: int, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Calls come one after the other, so that the call of a number is the same each time; shop and shards are known."""
    shop = make_shop(policy={"rules": [FACTS]})
    monkeypatch.setattr(batches, "PARALLEL", 1)
    monkeypatch.setattr(shops, "known_shop", lambda id: shop)
    monkeypatch.setattr(due, "shard_count", lambda now: 1)
    photos, now = stored_photos(number, ANNA), clock.now()
    used = {f"p{index}": photo.id for index, photo in enumerate(photos)}
    made = projects.create(draft=Draft("Iceland", LARGE, used), owner=HERS, principal=ANNA, now=now)
    fewer = Draft("Norway", LARGE, dict(list(used.items())[1:]))
    saved = projects.save(id=made.id, draft=fewer, if_match=made.tag, owner=HERS, principal=ANNA, now=now)
    assert saved.version == 2
    return Stage(photos, made.id, now, now)


def putting(stage: Stage) -> Operation:
    return stage.put


def putting_again(stage: Stage) -> Operation:
    stage.put()
    return lambda: stage.put(2)


def putting_too_late(stage: Stage) -> Operation:
    """Its pin is refused at the end, for it was taken back meanwhile."""
    move = putting_module._move

    def swept_before(attempt: Any, *more: Any) -> object:
        key = cart_keys.pin_row(attempt.pin.id)
        carts.sweep_slice(row_keys=[key], dry_run=False, now=stage.now + LATER)
        return move(attempt, *more)

    def slow() -> None:
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(putting_module, "_move", swept_before)
            stage.put()

    return slow


def touching(stage: Stage) -> Operation:
    stage.put()
    return lambda: carts.touch(id=LINE, owner=HERS, principal=ANNA, now=stage.now)


def removing(stage: Stage) -> Operation:
    stage.put()
    (item,) = stage.standing().items

    def remove() -> None:
        carts.remove(id=LINE, owner=HERS, principal=ANNA, now=stage.now)
        carts.release(id=item.pin, now=stage.now)

    return remove


def expiring(stage: Stage) -> Operation:
    stage.put()
    stage.at += timedelta(days=31)
    key = cart_keys.item_row("acme", HERS, LINE)
    return lambda: carts.sweep_slice(row_keys=[key], dry_run=False, now=stage.at)


def taking_back_a_pin(stage: Stage) -> Operation:
    with failing(8), pytest.raises(EndpointConnectionError):
        stage.put()
    (dead,) = stage.standing().pins
    key = cart_keys.pin_row(dead.id)
    return lambda: carts.sweep_slice(row_keys=[key], dry_run=False, now=stage.now + LATER)


def refused_put(stage: Stage) -> Operation:
    crowd(stage)
    return stage.put


def placing(stage: Stage) -> Operation:
    return stage.order


def placing_from_the_cart(stage: Stage) -> Operation:
    stage.put()
    return lambda: stage.order(cart_item=LINE)


def placing_with_a_key(stage: Stage) -> Operation:
    return lambda: stage.order(key="k-1")


def taking_over(stage: Stage) -> Operation:
    """A repeat, after the first call with its key died."""
    with failing(9, all_from_there=True), pytest.raises(EndpointConnectionError):
        stage.order(key="k-1")
    return lambda: stage.order(key="k-1", now=stage.now + timedelta(minutes=2))


def refused_order(stage: Stage) -> Operation:
    crowd(stage)
    return stage.order


def cancelling(stage: Stage) -> Operation:
    id = stage.order().id
    return lambda: orders.cancel(id=id, principal=ANNA, now=stage.now)


def purging(stage: Stage) -> Operation:
    key = order_row(stage.order().id)
    stage.at += timedelta(days=731)
    return lambda: orders.sweep_slice(row_keys=[key], dry_run=False, now=stage.at)


def keeping_facts(stage: Stage) -> Operation:
    key = order_row(stage.order(product="card").id)
    stage.at += timedelta(days=46)
    return lambda: orders.sweep_slice(row_keys=[key], dry_run=False, now=stage.at)


def crowd(stage: Stage) -> None:
    """The last photo takes no holder more."""
    change_crowd(stage, FileRow.holders.add)


def change_crowd(stage: Stage, change: Callable[[set[str]], Action]) -> None:
    many = {f"hold:{number}" for number in range(98)}
    table.update(FileRow, file_row(stage.photos[-1].id), [change(many)], None, File)


PLANS = [
    putting, putting_again, putting_too_late, touching, removing, expiring, taking_back_a_pin, refused_put,
    placing, placing_from_the_cart, placing_with_a_key, taking_over, refused_order, cancelling, purging,
    keeping_facts,
]  # fmt: skip


Interruption = Callable[[int], AbstractContextManager[FailingCalls | Fault]]


def one_call_fails(number: int) -> AbstractContextManager[FailingCalls]:
    return failing(number)


def the_process_dies(number: int) -> AbstractContextManager[FailingCalls]:
    return failing(number, all_from_there=True)


@contextmanager
def an_answer_is_lost(number: int) -> Iterator[Fault]:
    """The call was carried out."""
    with faults(), planned(Fault("lost", number)) as fault:
        yield fault


EVERY, SOME = range(1, MOST_CALLS), (range(1, MOST_CALLS, 4), range(3, MOST_CALLS, 4))
INTERRUPTIONS: dict[Interruption, tuple[range, Sequence[Callable[[Stage], Operation]]]] = {
    the_process_dies: (SOME[0], PLANS),
    an_answer_is_lost: (SOME[1], PLANS),
    one_call_fails: (EVERY, [putting]),
}
"""Which calls are tried, of which plans. Proofs try every call of all plans."""
INTERRUPTED = [
    pytest.param(plan, interruption, numbers, id=f"{plan.__name__}-{interruption.__name__}")
    for interruption, (numbers, plans) in INTERRUPTIONS.items()
    for plan in plans
]
PROVEN = [
    pytest.param(
        plan, interruption, EVERY, id=f"every-{plan.__name__}-{interruption.__name__}", marks=pytest.mark.proof
    )
    for interruption in INTERRUPTIONS
    for plan in PLANS
]


@pytest.mark.parametrize(("plan", "interruption", "numbers"), INTERRUPTED + PROVEN)
def test_whichever_call_fails_it_is_there_whole_or_released_whole(
    plan: Callable[[Stage], Operation], interruption: Interruption, numbers: range, stage: Stage
) -> None:
    operation = plan(stage)
    start, kept = stage.rows.keep(*PARTITIONS), bucket()
    for number in numbers:
        stage.rows.load(start)
        restore(kept)
        with interruption(number) as calls, suppress(*FAILURES):
            operation()
        assert stage.standing().not_whole() == [], f"at call {number}"
        for later in (LATER, MUCH_LATER):
            stage.sweep(stage.at + later + A_MINUTE)
        swept = stage.standing()
        assert swept.not_whole() + swept.left_over() == [], f"at call {number}, and the sweep came"
        if calls.made < number:
            log.info("%s: %d calls", plan.__name__, calls.made)
            break
    else:
        raise AssertionError("it makes more calls than are tried")
    bring_to_an_end(stage)
    assert stage.standing().never_to_go() == []


def bucket() -> dict[str, bytes]:
    return {version.key: objects.read(version.key) or b"" for version in objects.versions("")}


def restore(kept: dict[str, bytes]) -> None:
    """The bucket as it was."""
    there = {version.key for version in objects.versions("")}
    for key in there - set(kept):
        objects.remove(key)
    for key in set(kept) - there:
        objects.put_new(key, kept[key], "application/zstd")


def bring_to_an_end(stage: Stage) -> None:
    """Cart, orders and project reach their ends."""
    trash(id=stage.project, principal=ANNA, now=stage.now)
    much_later = stage.at + timedelta(days=800)
    for _ in range(2):
        stage.sweep(much_later)
    projects.sweep_slice(row_keys=[head_row(stage.project)], dry_run=False, now=much_later)
    change_crowd(stage, FileRow.holders.delete)
