"""Legal holds on projects and orders; on moto."""

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
from imagestore.holds.errors import SubjectUnknown
from imagestore.holds.records import Hold, HoldState
from imagestore.identity import operations as identity
from projects import keys, legal_holds, operations, queries
from projects.errors import ProjectHeld
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
from tests.support.ordering import deliver
from tests.support.packages import as_it_is as package_as_it_is
from tests.support.packages import ask_of_order, build, built, order_of, project_of
from tests.support.uploads import stored_photos
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
