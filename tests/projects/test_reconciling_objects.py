"""Objects of projects against their rows, on the local AWS: documents, cart copies, order snapshots and packages."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from imagestore.common import aws, clock, ids, objects, table, transaction
from imagestore.common.errors import DomainError
from imagestore.common.switches import pause_deletion
from projects import keys, operations
from projects.carts import keys as cart_keys
from projects.carts import operations as carts
from projects.carts import queries as cart_queries
from projects.carts.records import Line
from projects.object_kinds import OBJECT_KINDS
from projects.operations.own_objects import Case, Fault, Seen
from projects.orders import keys as order_keys
from projects.orders.models import OrderRow
from projects.orders.records import Order, OrderState
from projects.packages import keys as package_keys
from projects.packages import operations as packages
from projects.packages.records import Package, PackageState
from projects.queries import head_of
from projects.records import Draft, Head
from tests.support import inventories
from tests.support.ministack import LocalAws
from tests.support.packages import as_it_is, ask_of_order, build, order_of, zipped
from tests.support.uploads import stored_photos
from tests.support.world import Sent, customer, make_shop

ANNA, HERS = customer(), "customer:anna"


@dataclass(frozen=True)
class World:
    """One of each kind, with the keys of their objects; all of it large enough to need one."""

    project: Head
    pin: str
    order: Order
    package: Package

    @property
    def objects(self) -> dict[str, str]:
        return {
            "document": keys.document_object("acme", self.project.current),
            "cart copy": cart_keys.document_object("acme", self.pin),
            "order snapshot": order_keys.snapshot_object("acme", self.order.id),
            "package": package_keys.package_object("acme", self.package.id),
        }


@pytest.fixture
def world(real_aws: LocalAws, sent: list[Sent]) -> World:
    make_shop()
    photos = stored_photos(2, ANNA)
    document = json.dumps({"text": random.Random(7).randbytes(30_000).hex()}).encode()
    draft = Draft("Iceland", document, {"a": photos[0].id, "b": photos[1].id})
    saved = operations.create(draft=draft, owner=HERS, principal=ANNA, now=clock.now())
    put = carts.put(id="line-1", line=Line(saved.id), owner=HERS, principal=ANNA, now=clock.now())
    order = order_of(saved.id)
    build(ask_of_order(order))
    head = head_of(saved.id)
    assert head
    sent.clear()
    return World(head, put.item.pin, order, as_it_is(ask_of_order(order)))


@pytest.fixture
def later(now: datetime) -> datetime:
    """When everything that is there now is settled."""
    return now + timedelta(days=2)


def store(key: str, content: bytes = b"something") -> None:
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=content)


def hide(key: str) -> None:
    aws.s3().delete_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key)


def found(now: datetime) -> list[Case]:
    return list(operations.compare_objects(OBJECT_KINDS, now, Seen()))


def repaired(cases: list[Case], now: datetime) -> list[str]:
    return [operations.repair_object(case, OBJECT_KINDS, now) for case in cases]


def kinds(cases: list[Case]) -> list[tuple[str, str]]:
    return sorted((case.fault, case.kind) for case in cases)


def orphans(now: datetime) -> Iterator[str]:
    for letter in "pcoz":
        yield keys.own_object("acme", letter, ids.new_id(now))


def test_all_is_well_where_nothing_happened(world: World, later: datetime) -> None:
    seen = Seen()
    assert list(operations.compare_objects(OBJECT_KINDS, later, seen)) == []
    assert (seen.rows, seen.objects, seen.others) == (4, 4, 2)


def test_a_small_document_needs_no_object(world: World, later: datetime, now: datetime) -> None:
    small = Draft("Small", b"{}", {})
    operations.create(draft=small, owner=HERS, principal=ANNA, now=now)
    seen = Seen()
    assert list(operations.compare_objects(OBJECT_KINDS, later, seen)) == []
    assert seen.rows == 4


def test_what_is_hidden_comes_back(world: World, later: datetime) -> None:
    for key in world.objects.values():
        hide(key)
    cases = found(later)
    assert kinds(cases) == sorted((Fault.HIDDEN, kind) for kind in world.objects)
    assert set(repaired(cases, later)) == {"repaired"}
    assert found(later) == []
    assert all(objects.head(key) for key in world.objects.values())


def test_what_no_row_tells_of_is_removed_with_all_its_versions(world: World, later: datetime, now: datetime) -> None:
    strays = list(orphans(now))
    for key in strays:
        store(key)
        store(key, b"again")
        hide(key)
    cases = found(later)
    assert kinds(cases) == sorted((Fault.ORPHAN, kind) for kind in world.objects)
    assert set(repaired(cases, later)) == {"repaired"}
    assert found(later) == []
    assert {version.key for version in objects.versions("")} & set(strays) == set()
    assert all(objects.head(key) for key in world.objects.values())


def test_what_is_lost_is_told_and_a_package_is_built_again(world: World, later: datetime, sent: list[Sent]) -> None:
    for key in world.objects.values():
        objects.remove(key)
    cases = found(later)
    assert kinds(cases) == sorted((Fault.LOST, kind) for kind in world.objects)
    document = next(case for case in cases if case.kind == "document")
    assert (document.of, document.key) == (world.project.id, world.objects["document"])
    outcomes = {case.kind: outcome for case, outcome in zip(cases, repaired(cases, later), strict=True)}
    assert outcomes.pop("package") == "repaired"
    assert set(outcomes.values()) == {"impossible"}
    assert [message.payload["package_id"] for message in sent] == [world.package.id]


class TestPackages:
    def test_one_that_is_lost_becomes_the_same_again(self, world: World, later: datetime) -> None:
        body, key = zipped(world.package), world.objects["package"]
        objects.remove(key)
        assert repaired(found(later), later) == ["repaired"]
        assert as_it_is(world.package).state == PackageState.BUILDING
        assert build(world.package) is not None
        assert (zipped(world.package), as_it_is(world.package).sha256) == (body, world.package.sha256)
        assert found(later) == []

    def test_one_of_another_size_is_replaced(self, world: World, later: datetime) -> None:
        body, key = zipped(world.package), world.objects["package"]
        store(key, b"half of it")
        (case,) = found(later)
        assert (case.fault, case.kind) == (Fault.WRONG_SIZE, "package")
        assert repaired([case], later) == ["repaired"]
        build(world.package)
        assert zipped(world.package) == body

    def test_one_whose_order_is_no_more_fails_and_says_why(self, world: World, later: datetime) -> None:
        objects.remove(world.objects["package"])
        cases = found(later)
        gone = [OrderRow.state.set(OrderState.GONE)]
        assert table.update(OrderRow, order_keys.order_row(world.order.id), gone, None, Order).won
        assert repaired(cases, later) == ["repaired"]
        build(world.package)
        package = as_it_is(world.package)
        assert (package.state, package.cause) == (PackageState.FAILED, "The order is not there any more.")

    def test_one_that_is_being_built_again_is_left_to_its_builder(self, world: World, later: datetime) -> None:
        objects.remove(world.objects["package"])
        cases = found(later)
        assert packages.build_lost_again(id=world.package.id, now=later)
        assert repaired(cases, later) == ["passed"]
        assert found(later) == []


def test_what_an_order_or_pin_left_when_it_was_gone_is_removed(world: World, later: datetime) -> None:
    gone = [OrderRow.state.set(OrderState.GONE)]
    assert table.update(OrderRow, order_keys.order_row(world.order.id), gone, None, Order).won
    (case,) = found(later)
    assert (case.fault, case.kind) == (Fault.LEFTOVER, "order snapshot")
    assert repaired([case], later) == ["repaired"]
    assert found(later) == []


def test_what_is_younger_than_a_day_is_left_alone(world: World, now: datetime) -> None:
    for key in world.objects.values():
        objects.remove(key)
    for key in orphans(now):
        store(key)
    assert found(now + timedelta(hours=23)) == []


class TestMeanwhile:
    """Between the look and the repair everything may have changed."""

    def test_what_came_back_is_left_as_it_is(self, world: World, later: datetime) -> None:
        bodies = {key: objects.read(key) for key in world.objects.values()}
        for key in bodies:
            objects.remove(key)
        cases = found(later)
        for key, body in bodies.items():
            store(key, body or b"")
        assert set(repaired(cases, later)) == {"passed"}

    def test_what_was_taken_out_is_not_missed(self, world: World, later: datetime) -> None:
        objects.remove(world.objects["cart copy"])
        cases = found(later)
        carts.remove(id="line-1", owner=HERS, principal=ANNA, now=clock.now())
        pin = cart_queries.pin(world.pin)
        assert pin
        carts.release(id=pin.id, now=clock.now())
        assert repaired(cases, later) == ["passed"]

    def test_what_is_made_while_it_runs_is_not_touched(
        self, world: World, later: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its row is made after the rows were read, its bytes come before the bucket is."""
        listing, made = objects.listing, list[str]()

        def after_an_order(prefix: str = "") -> Iterator[objects.Listed]:
            if not prefix:
                made.append(order_of(world.project.id).id)
            return listing(prefix)

        monkeypatch.setattr(objects, "listing", after_an_order)
        assert found(later) == []
        key = order_keys.snapshot_object("acme", made[0])
        assert repaired([Case(Fault.ORPHAN, "order snapshot", made[0], key, "", shop="acme")], later) == ["passed"]
        assert objects.head(key)

    def test_bytes_that_come_during_a_removal_stay(
        self, world: World, later: datetime, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = next(orphans(now))
        store(key)
        cases, remove = found(later), objects.remove_versions

        def after_more(doomed: Any) -> list[str]:
            store(key, b"newer")
            return remove(doomed)

        monkeypatch.setattr(objects, "remove_versions", after_more)
        assert repaired(cases, later) == ["repaired"]
        assert objects.read(key) == b"newer"

    def test_no_bytes_are_removed_while_deletion_is_paused(self, world: World, later: datetime, now: datetime) -> None:
        store(next(orphans(now)))
        cases = found(later)
        transaction.commit([pause_deletion(True)])
        with pytest.raises(DomainError, match="paused"):
            repaired(cases, later)
        assert found(later) == cases


def test_a_pause_of_deletion_stops_no_rebuild_of_what_is_lost(world: World, later: datetime) -> None:
    objects.remove(world.objects["package"])
    transaction.commit([pause_deletion(True)])
    assert repaired(found(later), later) == ["repaired"]
    build(world.package)
    store(world.objects["package"], b"half of it")
    with pytest.raises(DomainError, match="paused"):
        repaired(found(later), later)


class TestCommand:
    @pytest.fixture(autouse=True)
    def _later(self, world: World, monkeypatch: pytest.MonkeyPatch, later: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: later)

    def test_it_tells_each_case_repairs_when_told_to_and_ends_with_1_while_something_is_wrong(
        self, world: World, now: datetime
    ) -> None:
        objects.remove(world.objects["document"])
        store(next(orphans(now)))
        for arguments, words in (
            ((), "2 cases, 2 found."),
            (("--repair",), "2 cases, 1 impossible, 1 repaired."),
        ):
            out = StringIO()
            with pytest.raises(SystemExit) as failed:
                call_command("reconcile_objects", *arguments, stdout=out)
            assert failed.value.code == 1
            assert "4 rows and 4 objects of projects compared, 2 objects are of no project: " in out.getvalue()
            assert words in out.getvalue()
            assert f"lost: document {world.project.current} of project {world.project.id}" in out.getvalue()

    def test_it_reads_an_inventory_and_looks_again_at_what_that_shows(
        self, world: World, later: datetime, now: datetime, tmp_path: Path
    ) -> None:
        vanished, stays = list(orphans(now))[:2]
        store(vanished)
        store(stays)
        manifest = inventories.write(tmp_path, later - timedelta(hours=6))
        objects.remove(vanished)
        out = StringIO()
        call_command("reconcile_objects", "--repair", "--inventory", manifest, "--json", stdout=out, stderr=StringIO())
        (told,) = map(json.loads, out.getvalue().splitlines())
        assert (told["fault"], told["key"], told["outcome"]) == ("orphan", stays, "repaired")

    def test_paused_deletion_is_told_in_words(self, world: World, now: datetime) -> None:
        store(next(orphans(now)))
        transaction.commit([pause_deletion(True)])
        with pytest.raises(CommandError, match="All deletion is paused"):
            call_command("reconcile_objects", "--repair", stdout=StringIO())


@pytest.mark.parametrize("number", [3, pytest.param(30, marks=pytest.mark.proof)])
def test_planted_faults_are_found_each_by_its_name_and_repaired(
    world: World, now: datetime, later: datetime, number: int
) -> None:
    """Besides what is lost and cannot come back, a second look finds none."""
    planted = Counter[tuple[str, str]]()
    for _ in range(number):
        for key in orphans(now):
            store(key)
        planted += Counter((Fault.ORPHAN.value, kind) for kind in world.objects)
    hide(world.objects["document"])
    hide(world.objects["order snapshot"])
    objects.remove(world.objects["package"])
    planted += Counter([("hidden", "document"), ("hidden", "order snapshot"), ("lost", "package")])
    cases = found(later)
    assert Counter(kinds(cases)) == planted
    assert set(repaired(cases, later)) == {"repaired"}
    assert found(later) == []
