"""Orders and their packages: for a lab, as it was ordered, whatever became of the projects. On the real local AWS."""

from datetime import datetime, timedelta

import pytest

from files import keys as file_keys
from files import operations as files
from files.records import File
from imagestore.common import clock, objects, transaction
from imagestore.common.transaction import TransactionLost
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.records import Draft as WebhookDraft
from imagestore.webhooks.records import Endpoint
from projects import keys as project_keys
from projects import operations as projects
from projects import queries as project_queries
from projects.orders import keys as order_keys
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.errors import OrderNotFound, ShopOnly, StepRefused
from projects.orders.records import Event, Order, OrderState
from projects.packages import keys, operations, queries
from projects.packages.errors import PackageNotFound
from projects.packages.records import Package, PackageState
from projects.records import Draft
from tests.support.ministack import LocalAws
from tests.support.packages import (
    ANNA,
    SHOP,
    as_it_is,
    ask_of_order,
    build,
    manifest_in,
    opened,
    order_of,
    project_of,
    zipped,
)  # fmt: skip
from tests.support.uploads import stored_photos
from tests.support.webhooks import outbox
from tests.support.work import let_pass
from tests.support.world import Sent, customer, make_shop

LONG_AFTER = timedelta(days=400)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, ANNA)


@pytest.fixture
def project(photos: list[File]) -> str:
    return project_of(photos)


@pytest.fixture
def order(project: str) -> Order:
    return order_of(project)


def packed(order: Order) -> Package:
    build(ask_of_order(order))
    return as_it_is(ask_of_order(order))


def state(order: Order) -> OrderState:
    found = order_queries.find_order(order.id)
    assert found is not None
    return found.state


def purge(project: str) -> None:
    """As the sweep does when its time is over."""
    projects.trash(id=project, principal=ANNA, now=clock.now())
    later = clock.now() + timedelta(days=31)
    report = projects.sweep_slice(row_keys=[project_keys.head_row(project)], dry_run=False, now=later)
    assert report.counts["purged"] == 1


def remove(package: Package) -> None:
    later = clock.now() + timedelta(days=15)
    report = operations.sweep_slice(row_keys=[keys.package_row(package.id)], dry_run=False, now=later)
    assert report.counts["purged"] == 1


def test_an_order_is_packed_item_by_item_and_is_packaged_then(photos: list[File], project: str) -> None:
    order = order_of(project, project_of(photos[:1], name="Card"))
    asked = ask_of_order(order)
    assert state(order) == OrderState.PLACED
    build(asked)
    package = as_it_is(asked)
    assert (package.state, package.files, state(order)) == (PackageState.READY, 4, OrderState.PACKAGED)
    told = manifest_in(zipped(package))
    assert told["order"]["id"] == order.id
    assert told["order"]["reference"] == "A-1001"
    assert [item["name"] for item in told["items"]] == ["Iceland", "Card"]
    assert {name.partition("/")[0] for name in opened(zipped(package))} == {"manifest.json", "01-Iceland", "02-Card"}


def test_a_purged_project_is_reprinted_from_a_package_that_is_the_same_in_every_byte(
    order: Order, project: str, photos: list[File], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = packed(order)
    body = zipped(first)
    for event in (Event.PAID, Event.SENT_TO_LAB, Event.CONFIRMED):
        orders.report(id=order.id, event=event, at=None, principal=SHOP, now=clock.now())
    purge(project)
    assert project_queries.version_rows(project) == []
    let_pass(LONG_AFTER, monkeypatch)
    due_files = [file_keys.file_row(photo.id) for photo in photos]
    files.sweep_slice(row_keys=due_files, dry_run=False, now=clock.now())
    remove(first)
    assert list(objects.versions(keys.package_object("acme", first.id))) == []
    orders.resubmit(id=order.id, principal=SHOP, now=clock.now())
    assert state(order) == OrderState.PAID
    second = packed(order)
    assert second.id != first.id
    assert (second.sha256, zipped(second) == body) == (first.sha256, True)
    assert state(order) == OrderState.PACKAGED


def test_editing_the_project_after_the_order_changes_nothing_in_the_package(order: Order, project: str) -> None:
    tag = project_queries.load(id=project, principal=ANNA, now=clock.now()).tag
    projects.save(
        id=project,
        draft=Draft("Norway", b"{}", {}),
        if_match=tag,
        owner="customer:anna",
        principal=ANNA,
        now=clock.now(),
    )
    assert manifest_in(zipped(packed(order)))["items"][0]["name"] == "Iceland"


def test_an_order_that_is_sent_back_while_its_package_is_there_is_packaged_at_once(order: Order) -> None:
    package = packed(order)
    orders.report(id=order.id, event=Event.SENT_TO_LAB, at=None, principal=SHOP, now=clock.now())
    orders.resubmit(id=order.id, principal=SHOP, now=clock.now())
    assert state(order) == OrderState.PLACED
    assert ask_of_order(order).id == package.id
    assert state(order) == OrderState.PACKAGED


def test_chosen_pages_do_not_make_an_order_packaged(order: Order) -> None:
    asked = ask_of_order(order, [1])
    build(asked)
    assert (as_it_is(asked).state, state(order)) == (PackageState.READY, OrderState.PLACED)


def test_an_order_that_is_cancelled_meanwhile_stays_so(order: Order) -> None:
    asked = ask_of_order(order)
    orders.cancel(id=order.id, principal=ANNA, now=clock.now())
    build(asked)
    assert (as_it_is(asked).state, state(order)) == (PackageState.READY, OrderState.CANCELLED)
    with pytest.raises(StepRefused):
        ask_of_order(order)


def test_a_package_is_ready_and_its_order_packaged_together_or_neither(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a builder that lost its lease at the last moment."""
    asked = ask_of_order(order)

    def lost(writes: object) -> None:
        raise TransactionLost(frozenset({1}))

    with monkeypatch.context() as late:
        late.setattr(transaction, "commit", lost)
        assert build(asked) is None
    assert (as_it_is(asked).state, state(order)) == (PackageState.BUILDING, OrderState.PLACED)


def test_an_order_whose_snapshot_is_lost_fails_with_its_cause(order: Order) -> None:
    asked = ask_of_order(order)
    objects.remove(order_keys.snapshot_object("acme", order.id))
    build(asked)
    failed = as_it_is(asked)
    assert (failed.state, failed.code) == (PackageState.FAILED, "input-changed")
    assert failed.cause is not None
    assert "snapshot" in failed.cause


class TestTelling:
    """The shop is told with the step itself, once for each time that an order becomes packaged."""

    @pytest.fixture
    def endpoint(self) -> Endpoint:
        draft = WebhookDraft("http://127.0.0.1:9/hooks", frozenset({EventType.ORDER_PACKAGED}))
        return webhooks.create(draft=draft, principal=SHOP, now=clock.now()).endpoint

    def test_that_the_package_can_be_fetched(self, endpoint: Endpoint, order: Order, sent: list[Sent]) -> None:
        package = packed(order)
        (told,) = outbox(endpoint)
        assert (told.type, told.subject) == ("order.packaged", f"order:{order.id}")
        assert told.data == {
            "order_id": order.id, "package_id": package.id, "bytes": package.size, "sha256": package.sha256,
        }  # fmt: skip
        assert [message.name for message in sent if message.name.startswith("webhooks.")] == ["webhooks.deliver"]

    def test_again_when_it_was_sent_back(self, endpoint: Endpoint, order: Order) -> None:
        packed(order)
        orders.resubmit(id=order.id, principal=SHOP, now=clock.now())
        packed(order)
        ask_of_order(order)
        assert len(outbox(endpoint)) == 2

    def test_of_nothing_that_did_not_happen(self, endpoint: Endpoint, order: Order) -> None:
        build(ask_of_order(order, [1]))
        asked = ask_of_order(order)
        orders.cancel(id=order.id, principal=SHOP, now=clock.now())
        build(asked)
        assert outbox(endpoint) == []


def test_only_the_shop_has_orders_packed_and_their_customers_may_look(order: Order, now: datetime) -> None:
    with pytest.raises(ShopOnly):
        operations.ask_for_order(id=order.id, pages=[], principal=ANNA, now=now)
    with pytest.raises(OrderNotFound):
        operations.ask_for_order(id=order.id, pages=[], principal=customer("bob"), now=now)
    package = packed(order)
    assert queries.package_of(ANNA, package.id) == package
    with pytest.raises(PackageNotFound):
        queries.package_of(customer("bob"), package.id)


def test_packages_of_an_order_are_listed_newest_first(order: Order) -> None:
    asked = [ask_of_order(order, [page]) for page in (1, 2, 3)]
    found, cursor = queries.packages_of_order(id=order.id, principal=SHOP, cursor=None, limit=2)
    assert [package.id for package in found] == [asked[2].id, asked[1].id]
    found, cursor = queries.packages_of_order(id=order.id, principal=ANNA, cursor=cursor, limit=2)
    assert ([package.id for package in found], cursor) == ([asked[0].id], None)


def test_support_packs_an_order_by_its_id(order: Order, now: datetime) -> None:
    asked = operations.ask_by_support(id=order.id, pages=[], now=now)
    assert asked.id == ask_of_order(order).id
