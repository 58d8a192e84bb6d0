"""Legal holds on projects, orders and what customers have in their carts; on moto."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files.records import File
from imagestore.common import objects
from imagestore.common.contracts import SliceReport
from imagestore.common.principal import command
from imagestore.common.rows import Key
from imagestore.holds import operations as holds
from imagestore.holds import queries as known
from imagestore.holds.errors import CustomerHeld, SubjectUnknown
from imagestore.holds.records import Hold, HoldState
from imagestore.identity import operations as identity
from projects import keys, legal_holds, operations, queries
from projects.carts import keys as cart_keys
from projects.carts import operations as carts
from projects.carts import queries as cart_queries
from projects.carts.records import Line, PinState
from projects.errors import ProjectHeld
from projects.holder_kinds import ERASED_KINDS
from projects.operations.saving import Saved
from projects.orders import keys as order_keys
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.records import Order, OrderState
from projects.packages import keys as package_keys
from projects.packages import operations as packages
from projects.packages.records import PackageState
from projects.records import Head, ProjectState, SaveKind
from tests.support.hands import create, draft, move, save
from tests.support.packages import as_it_is as package_as_it_is
from tests.support.packages import ask_of_order, build, built, order_of, project_of
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


class TestProjects:
    def sweep(self, project: Saved, now: datetime) -> dict[str, int]:
        return counts(operations.sweep_slice, keys.head_row(project.id), now)

    def test_neither_its_rule_nor_its_customer_purges_it(self, project: Saved, now: datetime) -> None:
        held = hold(f"project:{project.id}", now)
        assert self.sweep(project, now + YEARS) == {"held": 1}
        operations.trash(id=project.id, principal=ANNA, now=now)
        assert self.sweep(project, now + YEARS) == {"held": 1}
        assert (head(project).state, head(project).held_by) == (ProjectState.TRASHED, frozenset({held.id}))

    def test_released_it_goes_by_its_rule_after_a_day_at_most(
        self, project: Saved, now: datetime, sent: list[Sent]
    ) -> None:
        operations.trash(id=project.id, principal=ANNA, now=now)
        held = hold(f"project:{project.id}", now)
        self.sweep(project, now + YEARS)
        release(held, now + YEARS, sent)
        assert head(project).held_by == frozenset()
        assert self.sweep(project, now + YEARS + timedelta(days=1, seconds=1)) == {"purged": 1}

    def test_no_version_of_it_is_pruned(self, now: datetime, photos: list[File]) -> None:
        identity.set_policy(shop_id="acme", policy={"kept_autosaves": 1}, principal=WHO, reason=WHY, now=now)
        saved = create(now, photos[0])
        held = hold(f"project:{saved.id}", now)
        for number in range(13):
            saved = operations.save(
                id=saved.id,
                draft=draft(photos[0], document=b'{"n":%d}' % number),
                if_match=saved.tag,
                owner="customer:anna",
                principal=ANNA,
                now=now,
                kind=SaveKind.AUTOSAVE,
            )
        assert operations.prune_versions(id=saved.id, now=now) == 0
        assert len(queries.history(head(saved))) == 14
        holds.release(id=held.id, principal=WHO, reason=WHY, now=now)

    def test_it_is_not_moved_to_another_customer(self, project: Saved, now: datetime) -> None:
        held = hold(f"project:{project.id}", now)
        with pytest.raises(ProjectHeld) as refused:
            move(project, now)
        assert (refused.value.facts, head(project).customer) == ({"holds": [held.id]}, "anna")

    def test_its_package_stays(self, photos: list[File], now: datetime) -> None:
        project = project_of(photos)
        package = built(project)
        hold(f"project:{project}", now)
        row = package_keys.package_row(package.id)
        assert counts(packages.sweep_slice, row, now + timedelta(days=15)) == {"held": 1}
        assert package_as_it_is(package).state == PackageState.READY

    def test_it_may_be_saved_all_the_same(self, project: Saved, photos: list[File], now: datetime) -> None:
        hold(f"project:{project.id}", now)
        assert save(project, now, photos[0]).version == 2

    def test_customers_are_told_that_it_is_kept(self, project: Saved, now: datetime) -> None:
        held = hold(f"project:{project.id}", now)
        told = queries.explained(head(project))
        assert (told.next, told.held_by) == (None, (f"hold:{held.id}",))
        assert WHY not in " ".join(told.because)

    def test_one_that_is_gone_cannot_be_held(self, project: Saved, now: datetime) -> None:
        operations.trash(id=project.id, principal=ANNA, now=now)
        self.sweep(project, now + YEARS)
        with pytest.raises(SubjectUnknown):
            hold(f"project:{project.id}", now)


class TestOrders:
    def sweep(self, order: Order, now: datetime) -> dict[str, int]:
        return counts(orders.sweep_slice, order_keys.order_row(order.id), now)

    def test_it_is_not_purged_even_when_it_is_cancelled(self, photos: list[File], now: datetime) -> None:
        order = order_of(project_of(photos))
        held = hold(f"order:{order.id}", now)
        orders.cancel(id=order.id, principal=ANNA, now=now)
        assert self.sweep(order, now + YEARS) == {"held": 1}
        assert order_queries.snapshot_of(order_now(order)).order == order.id
        assert order_queries.explained(order_now(order)).held_by == (f"hold:{held.id}",)

    def test_released_it_is(self, photos: list[File], now: datetime, sent: list[Sent]) -> None:
        order = order_of(project_of(photos))
        release(hold(f"order:{order.id}", now), now, sent)
        assert self.sweep(order, now + YEARS) == {"purged": 1}
        assert order_now(order).state == OrderState.GONE

    def test_its_package_stays(self, photos: list[File], now: datetime) -> None:
        order = order_of(project_of(photos))
        package = ask_of_order(order)
        build(package)
        hold(f"order:{order.id}", now)
        row = package_keys.package_row(package.id)
        assert counts(packages.sweep_slice, row, now + timedelta(days=15)) == {"held": 1}
        assert objects.head(package_keys.package_object("acme", package.id))


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
