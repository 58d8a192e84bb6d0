"""The races around carts and orders, many times each on the local AWS: real conditions, real transactions.

After every round what is there is whole, nothing is held in vain, and who lost was told so.
"""

from datetime import timedelta
from functools import partial

import pytest

from files.records import File
from imagestore.common import clock
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from projects import operations as projects
from projects.carts import keys as cart_keys
from projects.carts import operations as carts
from projects.carts.errors import CartItemBusy, CartItemNotFound
from projects.carts.operations.putting import Put
from projects.carts.records import Line
from projects.keys import head_row
from projects.operations.removing import trash
from projects.operations.saving import Saved
from projects.orders import operations as orders
from projects.orders import queries
from projects.orders.errors import OrderBusy, StepRefused
from projects.orders.keys import order_row
from projects.orders.records import Event, Order, OrderState, WantedItem, WantedOrder
from projects.records import Draft
from tests.support.ministack import LocalAws
from tests.support.ordering import rows, sweep
from tests.support.races import together
from tests.support.standing import Standing
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ANNA, HERS, LINE = customer(), "customer:anna", "line-1"
SHOP = Principal(kind="shop", shop="acme")
LATER, MUCH_LATER = timedelta(minutes=16), timedelta(hours=3)
A_MONTH = timedelta(days=31)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, ANNA)


def create(photos: list[File]) -> Saved:
    draft = Draft("Iceland", b"{}", {f"p{index}": photo.id for index, photo in enumerate(photos)})
    return projects.create(draft=draft, owner=HERS, principal=ANNA, now=clock.now())


def put(project: str, version: int | None = None) -> Put:
    return carts.put(id=LINE, line=Line(project, version), owner=HERS, principal=ANNA, now=clock.now())


def place(project: str) -> Order:
    wanted = WantedOrder((WantedItem(project=project),))
    return orders.place(wanted=wanted, owner=HERS, principal=ANNA, now=clock.now())


def assert_all_is_well() -> Standing:
    """At once, and after the sweep has come by twice."""
    assert Standing(rows("")).not_whole() == []
    for later in (LATER, MUCH_LATER):
        sweep(clock.now() + later)
    standing = Standing(rows(""))
    assert standing.not_whole() + standing.left_over() == []
    return standing


def test_placing_an_order_against_the_sweep_that_takes_it_back(photos: list[File], rounds: int) -> None:
    """As if the one who places it had been away for a quarter of an hour: either of the two wins."""
    project, outcomes = create(photos), set()
    for _ in range(rounds):
        known = {order.id for order in Standing(rows("ORDER#")).orders}

        def sweeping(known: set[str] = known) -> None:
            for _ in range(40):
                fresh = [order for order in Standing(rows("ORDER#")).orders if order.id not in known]
                if fresh:
                    key, later = order_row(fresh[0].id), clock.now() + LATER
                    orders.sweep_slice(row_keys=[key], dry_run=False, now=later)
                    return

        placed, swept = together(partial(place, project.id), sweeping)
        assert swept is None
        assert isinstance(placed, Order | OrderBusy), placed
        outcomes.add(type(placed))
    assert outcomes
    assert_all_is_well()


def test_placing_an_order_against_the_purge_of_its_project(photos: list[File], rounds: int) -> None:
    outcomes = set()
    for _ in range(rounds):
        project = create(photos)

        def purge(id: str = project.id) -> None:
            trash(id=id, principal=ANNA, now=clock.now())
            much_later = clock.now() + A_MONTH
            projects.sweep_slice(row_keys=[head_row(id)], dry_run=False, now=much_later)

        placed, purged = together(partial(place, project.id), purge)
        assert purged is None
        assert isinstance(placed, Order | DomainError), placed
        outcomes.add(type(placed))
    assert outcomes
    assert_all_is_well()


def test_the_same_line_put_twice_at_once(photos: list[File], rounds: int) -> None:
    first, second = create(photos[:2]), create(photos[1:])
    for _ in range(rounds):
        outcomes = together(partial(put, first.id), partial(put, second.id), partial(put, first.id))
        assert all(isinstance(outcome, Put | CartItemBusy) for outcome in outcomes), outcomes
        assert sum(isinstance(outcome, Put) for outcome in outcomes) > 0
        standing = Standing(rows(""))
        assert standing.not_whole() == []
        assert len(standing.items) == 1
        carts.remove(id=LINE, owner=HERS, principal=ANNA, now=clock.now())
    assert_all_is_well()


def test_a_put_against_a_removal_a_touch_and_an_expiry(photos: list[File], rounds: int) -> None:
    first, second = create(photos[:2]), create(photos[1:])
    put(first.id)
    for _ in range(rounds):
        key = cart_keys.item_row("acme", HERS, LINE)
        outcomes = together(
            partial(put, second.id),
            partial(carts.remove, id=LINE, owner=HERS, principal=ANNA, now=clock.now()),
            partial(carts.touch, id=LINE, owner=HERS, principal=ANNA, now=clock.now()),
            partial(carts.sweep_slice, row_keys=[key], dry_run=False, now=clock.now() + A_MONTH),
        )
        assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, CartItemNotFound)]
        assert Standing(rows("")).not_whole() == []
        put(first.id)
    assert_all_is_well()


def test_an_order_of_a_line_that_is_put_again_meanwhile(photos: list[File], rounds: int) -> None:
    first, second = create(photos[:2]), create(photos[1:])
    wanted = WantedOrder((WantedItem(cart_item=LINE),))
    for _ in range(rounds):
        put(first.id)
        placed, again = together(
            partial(orders.place, wanted=wanted, owner=HERS, principal=ANNA, now=clock.now()),
            partial(put, second.id),
        )
        assert isinstance(placed, Order), placed
        assert isinstance(again, Put), again
        (item,) = queries.snapshot_of(placed).items
        assert item.project in (first.id, second.id)
    assert_all_is_well()


def test_a_cancellation_against_a_report(photos: list[File], rounds: int) -> None:
    project, states = create(photos), set()
    for _ in range(rounds):
        order = orders.packaged(order=place(project.id), by="task", now=clock.now())
        sent, cancelled = together(
            partial(orders.report, id=order.id, event=Event.SENT_TO_LAB, at=None, principal=SHOP, now=clock.now()),
            partial(orders.cancel, id=order.id, principal=ANNA, now=clock.now()),
        )
        found = queries.find_order(order.id)
        assert found is not None
        won, lost = (sent, cancelled) if found.state == OrderState.SENT_TO_LAB else (cancelled, sent)
        assert isinstance(won, Order), won
        assert isinstance(lost, StepRefused), lost
        assert lost.facts["state"] == found.state
        assert len(found.steps) == 3
        states.add(found.state)
    assert states <= {OrderState.SENT_TO_LAB, OrderState.CANCELLED}


def test_the_same_report_told_many_times_at_once(photos: list[File]) -> None:
    order = place(create(photos).id)
    told = partial(orders.report, id=order.id, event=Event.PAID, at=None, principal=SHOP, now=clock.now())
    outcomes = together(*[told] * 8)
    assert all(isinstance(outcome, Order) for outcome in outcomes), outcomes
    found = queries.find_order(order.id)
    assert found is not None
    assert [step["state"] for step in found.steps] == ["placed", "paid"]


def test_the_purge_of_an_order_against_a_report_that_keeps_it(photos: list[File], rounds: int) -> None:
    project = create(photos)
    for _ in range(rounds):
        order, later = place(project.id), clock.now() + timedelta(days=731)
        told, _ = together(
            partial(orders.report, id=order.id, event=Event.PAID, at=None, principal=SHOP, now=later),
            partial(orders.sweep_slice, row_keys=[order_row(order.id)], dry_run=False, now=later),
        )
        found = queries.find_order(order.id)
        assert found is not None
        assert (found.state == OrderState.PAID) == isinstance(told, Order)
    assert Standing(rows("")).not_whole() == []
