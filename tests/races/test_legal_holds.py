"""A legal hold that is placed while a purge is at work: one of the two wins, and a hold that was answered keeps what it
stands on, whole; on the local AWS."""

from datetime import timedelta
from functools import partial

import pytest

from files import keys as file_keys
from files import operations as files
from files.records import FileState
from imagestore.common import clock, objects
from imagestore.common.principal import command
from imagestore.holds import operations as holds
from imagestore.holds import queries as known_holds
from imagestore.holds.errors import CustomerHeld, SubjectUnknown
from imagestore.holds.records import Hold, HoldState
from projects import legal_holds, operations, queries
from projects.errors import ProjectBusy, ProjectHeld
from projects.holder_kinds import ERASED_KINDS
from projects.orders import keys as order_keys
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.records import OrderState
from projects.records import Erasure, ProjectState
from tests.support.hands import create, known, loaded, move
from tests.support.ministack import LocalAws
from tests.support.packages import order_of
from tests.support.races import later, together
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Sent, customer, make_shop

ANNA, WHO, WHY = customer(), command("tests"), "case 4711 of the court"
YEARS = timedelta(days=800)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


def hold(subject: str) -> Hold:
    return legal_holds.place(shop="acme", subject=subject, principal=WHO, reason=WHY, now=clock.now())


def erase(who: str) -> Erasure:
    return operations.erase_owner(
        shop="acme", owner=f"customer:{who}", principal=WHO, reason=WHY, now=clock.now(), kinds=ERASED_KINDS
    )


def test_a_file_that_is_purged_at_that_moment(rounds: int) -> None:
    photos = stored_photos(rounds, ANNA)
    for number, photo in enumerate(photos):
        files.trash(id=photo.id, principal=ANNA, now=clock.now())
        key, then = file_keys.file_row(photo.id), clock.now() + YEARS
        placed, swept = together(
            later(number % 6, partial(hold, f"file:{photo.id}")),
            partial(files.sweep_slice, row_keys=[key], dry_run=False, now=then),
        )
        assert swept.failures == []
        bytes_left = objects.head(file_keys.object_key("acme", photo.id))
        if isinstance(placed, Hold):
            assert (known(photo).state, bytes_left) == (FileState.TRASHED, photo.size)
            assert known(photo).holders == {f"hold:{placed.id}"}
        else:
            assert isinstance(placed, SubjectUnknown), placed
            assert (known(photo).state, bytes_left) == (FileState.GONE, None)


def test_a_project_that_is_purged_or_erased_at_that_moment(rounds: int) -> None:
    for number in range(rounds):
        who = f"anna-{number}"
        photos = stored_photos(2, customer(who), first=number)
        project = create(clock.now(), *photos, who=who)
        placed, erased = together(later(number % 12, partial(hold, f"project:{project.id}")), partial(erase, who))
        assert isinstance(erased, Erasure), erased
        head = queries.head_of(project.id)
        assert head is not None
        if isinstance(placed, Hold):
            assert head.held_by == {placed.id}
            loaded(project, clock.now(), who)
        else:
            assert isinstance(placed, SubjectUnknown), placed
            assert head.state == ProjectState.GONE


def test_an_order_that_is_purged_at_that_moment(rounds: int) -> None:
    photos = stored_photos(2, ANNA)
    project = create(clock.now(), *photos)
    for number in range(rounds):
        order = order_of(project.id, reference=f"A-{number}")
        key = order_keys.order_row(order.id)
        placed, swept = together(
            later(number % 6, partial(hold, f"order:{order.id}")),
            partial(orders.sweep_slice, row_keys=[key], dry_run=False, now=clock.now() + YEARS),
        )
        assert swept.failures == []
        found = order_queries.find_order(order.id)
        assert found is not None
        if isinstance(placed, Hold):
            assert order_queries.snapshot_of(found).order == order.id
            assert {f"order:{order.id}"} <= known(photos[0]).holders
        else:
            assert isinstance(placed, SubjectUnknown), placed
            assert found.state == OrderState.GONE


def test_a_customer_whose_project_is_moved_at_that_moment(rounds: int) -> None:
    for number in range(rounds):
        who = f"anna-{number}"
        project = create(clock.now(), *stored_photos(1, customer(who), first=number), who=who)
        placed, moved = together(
            later(number % 5, partial(hold, f"customer:{who}")), partial(move, project, clock.now())
        )
        assert isinstance(placed, Hold), placed
        head = queries.head_of(project.id)
        assert head is not None
        assert head.customer == ("bob" if isinstance(moved, int) else who)
        assert isinstance(moved, int | ProjectHeld | ProjectBusy), moved


def test_a_customer_who_is_erased_at_that_moment(rounds: int, sent: list[Sent]) -> None:
    """What went before the hold took effect is gone; once it is in effect nothing goes, and what is left is whole."""
    for number in range(rounds):
        who = f"anna-{number}"
        project = create(clock.now(), *stored_photos(2, customer(who), first=number), who=who)
        sent.clear()
        placed, erased = together(later(3 * number, partial(hold, f"customer:{who}")), partial(erase, who))
        assert isinstance(placed, Hold), placed
        assert isinstance(erased, Erasure | CustomerHeld), erased
        deliver(sent)
        assert known_holds.hold_of(placed.id).state == HoldState.IN_EFFECT
        head = queries.head_of(project.id)
        assert head is not None
        if head.state == ProjectState.ACTIVE:
            with pytest.raises(CustomerHeld):
                erase(who)
            loaded(project, clock.now(), who)


def test_marks_of_a_run_against_the_release(rounds: int, sent: list[Sent]) -> None:
    for number in range(rounds):
        who = f"anna-{number}"
        (photo,) = stored_photos(1, customer(who), first=number)
        sent.clear()
        placed = hold(f"customer:{who}")
        _, released = together(
            partial(files.settle_hold, hold_id=placed.id, now=clock.now()),
            later(number % 4, partial(holds.release, id=placed.id, principal=WHO, reason=WHY, now=clock.now())),
        )
        assert isinstance(released, Hold), released
        deliver(sent)
        assert (known_holds.hold_of(placed.id).state, known(photo).holders) == (HoldState.RELEASED, frozenset())
