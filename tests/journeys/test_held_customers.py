"""A legal hold on a customer: projects, orders, what lies in the cart, and everything else; on moto."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files.records import File
from imagestore.common.contracts import SliceReport
from imagestore.common.principal import command
from imagestore.common.rows import Key
from imagestore.holds import operations as holds
from imagestore.holds import queries as known
from imagestore.holds.errors import CustomerHeld
from imagestore.holds.records import Hold, HoldState
from projects import keys, legal_holds, operations, queries
from projects.carts import keys as cart_keys
from projects.carts import operations as carts
from projects.carts import queries as cart_queries
from projects.carts.records import Line, PinState
from projects.errors import ProjectHeld
from projects.holder_kinds import ERASED_KINDS, HOLDER_KINDS
from projects.operations.reconciling import Case, Fault, Repair, Seen
from projects.operations.saving import Saved
from projects.orders import keys as order_keys
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.records import Order
from projects.records import Head, ProjectState
from tests.support.hands import create, move
from tests.support.packages import order_of, project_of
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Sent, customer, make_shop

ANNA, WHO, WHY = customer(), command("tests"), "case 4711 of the court"
YEARS = timedelta(days=800)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, ANNA)


@pytest.fixture
def project(photos: list[File], now: datetime) -> Saved:
    return create(now, *photos)


def hold(subject: str, now: datetime) -> Hold:
    return legal_holds.place(shop="acme", subject=subject, principal=WHO, reason=WHY, now=now)


def release(held: Hold, now: datetime, sent: list[Sent]) -> None:
    holds.release(id=held.id, principal=WHO, reason="the court decided", now=now)
    deliver(sent)
    assert known.hold_of(held.id).state == HoldState.RELEASED


def counts(sweep: Callable[..., SliceReport], key: Key, now: datetime) -> dict[str, int]:
    report = sweep(row_keys=[key], dry_run=False, now=now)
    assert report.failures == []
    return {word: number for word, number in report.counts.items() if number}


def head(project: Saved) -> Head:
    found = queries.head_of(project.id)
    assert found is not None
    return found


def order_now(order: Order) -> Order:
    found = order_queries.find_order(order.id)
    assert found is not None
    return found


class TestCustomers:
    def put(self, project: str, now: datetime, id: str = "line-1") -> str:
        put = carts.put(id=id, line=Line(project), owner="customer:anna", principal=ANNA, now=now)
        return put.item.pin

    def test_everything_is_marked_and_then_unmarked(self, photos: list[File], now: datetime, sent: list[Sent]) -> None:
        project = project_of(photos)
        order, pin = order_of(project), self.put(project, now)
        held = hold("customer:anna", now)
        assert held.state == HoldState.TAKING_EFFECT
        deliver(sent)
        assert known.hold_of(held.id).state == HoldState.IN_EFFECT
        assert self.marks(project, order, pin) == [{held.id}] * 3
        release(held, now, sent)
        assert self.marks(project, order, pin) == [frozenset()] * 3

    def marks(self, project: str, order: Order, pin: str) -> list[frozenset[str]]:
        found, row = queries.head_of(project), cart_queries.pin(pin)
        assert found is not None
        assert row is not None
        return [found.held_by, order_now(order).held_by, row.held_by]

    def test_before_the_marks_every_purge_reads_its_row(self, photos: list[File], now: datetime) -> None:
        project = project_of(photos)
        order = order_of(project)
        self.put(project, now)
        hold("customer:anna", now)
        later = now + YEARS
        assert counts(operations.sweep_slice, keys.head_row(project), later) == {"held": 1}
        assert counts(orders.sweep_slice, order_keys.order_row(order.id), later) == {"held": 1}
        item = cart_keys.item_row("acme", "customer:anna", "line-1")
        assert counts(carts.sweep_slice, item, later) == {"held": 1}

    def test_what_is_taken_out_of_the_cart_keeps_its_photos_until_the_release(
        self, photos: list[File], now: datetime, sent: list[Sent]
    ) -> None:
        pin = self.put(project_of(photos), now)
        held = hold("customer:anna", now)
        deliver(sent)
        carts.remove(id="line-1", owner="customer:anna", principal=ANNA, now=now)
        deliver(sent)
        assert counts(carts.sweep_slice, cart_keys.pin_row(pin), now + YEARS) == {"held": 1}
        assert cart_queries.copy_of(pin) is not None
        assert list(operations.compare_holders(HOLDER_KINDS, Seen())) == []
        (photo, *_) = photos
        told = Case(Fault.DANGLING, photo.id, f"cart:{pin}", "acme")
        assert operations.repair_holder(told, HOLDER_KINDS, now) == Repair.PASSED
        release(held, now, sent)
        assert counts(carts.sweep_slice, cart_keys.pin_row(pin), now + YEARS + timedelta(days=2)) == {"released": 1}
        found = cart_queries.pin(pin)
        assert found is not None
        assert found.state == PinState.GONE

    def test_no_project_of_hers_is_moved_nor_pruned(self, project: Saved, now: datetime) -> None:
        hold("customer:anna", now)
        with pytest.raises(ProjectHeld):
            move(project, now)

    def test_she_is_not_erased_and_the_hold_is_named(self, project: Saved, now: datetime) -> None:
        held = hold("customer:anna", now)
        with pytest.raises(CustomerHeld) as refused:
            operations.erase_owner(
                shop="acme", owner="customer:anna", principal=WHO, reason=WHY, now=now, kinds=ERASED_KINDS
            )
        assert refused.value.facts == {"holds": [held.id]}
        assert head(project).state == ProjectState.ACTIVE
