"""Placing and releasing a hold on a customer, dying at any of their calls; on moto."""

from datetime import datetime, timedelta

import pytest

from files.records import File
from imagestore.common import due
from imagestore.common.principal import command
from imagestore.holds import operations as holds
from imagestore.holds import queries as known_holds
from imagestore.holds.keys import hold_row
from imagestore.holds.records import Hold, HoldState
from projects import legal_holds, queries
from projects.operations.saving import Saved
from tests.support.dying import each_call_failing
from tests.support.hands import create, known
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Sent, customer, make_shop

WHO, WHY = command("tests"), "case 4711 of the court"
FEW = 10


@pytest.fixture
def photos(moto_aws: None, now: datetime) -> list[File]:
    make_shop()
    due.shard_count(now)
    return stored_photos(2, customer())


@pytest.fixture
def project(photos: list[File], now: datetime) -> Saved:
    return create(now, *photos)


def place(now: datetime, sent: list[Sent]) -> Hold:
    hold = legal_holds.place(shop="acme", subject="customer:anna", principal=WHO, reason=WHY, now=now)
    deliver(sent)
    return hold


def swept(now: datetime, sent: list[Sent]) -> None:
    """Workers that died take their messages again from what is due."""
    sent.clear()
    for hold in known_holds.holds_of_shop("acme"):
        if hold.due_sort:
            holds.sweep_slice(row_keys=[hold_row(hold.id)], dry_run=False, now=now)
    deliver(sent)


def marks(photos: list[File], project: Saved) -> set[frozenset[str]]:
    head = queries.head_of(project.id)
    assert head is not None
    held = [frozenset(one.removeprefix("hold:") for one in known(photo).holders if "hold:" in one) for photo in photos]
    return {head.held_by, *held}


def test_wherever_placing_died_the_sweep_ends_it(
    photos: list[File], project: Saved, now: datetime, sent: list[Sent], every: int
) -> None:
    number = 0
    for number, _ in each_call_failing("placing", lambda: place(now, sent), every):
        swept(now + timedelta(hours=7), sent)
        stand = list(known_holds.holds_of_shop("acme"))
        assert {hold.state for hold in stand} <= {HoldState.IN_EFFECT}, f"call {number}"
        assert known_holds.on_owner("acme", "customer:anna") == {hold.id for hold in stand}, f"call {number}"
        assert marks(photos, project) == {frozenset(hold.id for hold in stand)}, f"call {number}"
    assert number > FEW


def test_wherever_releasing_died_the_sweep_ends_it(
    photos: list[File], project: Saved, now: datetime, sent: list[Sent], every: int
) -> None:
    hold = place(now, sent)

    def release() -> None:
        holds.release(id=hold.id, principal=WHO, reason=WHY, now=now)
        deliver(sent)

    number = 0
    for number, _ in each_call_failing("releasing", release, every):
        swept(now + timedelta(hours=7), sent)
        found = known_holds.hold_of(hold.id)
        assert found.state in (HoldState.IN_EFFECT, HoldState.RELEASED), f"call {number}"
        kept = frozenset({hold.id} if found.stands else ())
        assert known_holds.on_owner("acme", "customer:anna") == kept, f"call {number}"
        assert marks(photos, project) == {kept}, f"call {number}"
    assert number > FEW
