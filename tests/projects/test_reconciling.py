"""Holders against what needs them, on the local AWS: planted faults are found and repaired, and what is being saved,
put into a cart or ordered meanwhile loses nothing."""

from datetime import datetime
from io import StringIO
from threading import Event, Thread
from typing import Any

import pytest
from django.core.management import call_command

from files import queries as file_queries
from files.keys import file_row
from files.models import FileRow
from files.records import File, FileState
from imagestore.common import clock, ids, table
from projects import file_holds, operations
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.holder_kinds import HOLDER_KINDS
from projects.operations.reconciling import Case, Fault, Seen
from projects.operations.saving import Saved
from projects.orders import operations as orders
from projects.orders.records import Order, WantedItem, WantedOrder
from projects.records import Draft
from tests.support.ministack import LocalAws
from tests.support.ordering import rows
from tests.support.standing import Standing
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ANNA, HERS = customer(), "customer:anna"
NOBODY: frozenset[str] = frozenset()


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(4, ANNA)


def draft(*photos: File) -> Draft:
    return Draft("Iceland", b"{}", {f"p{index}": photo.id for index, photo in enumerate(photos)})


def create(now: datetime, *photos: File) -> Saved:
    return operations.create(draft=draft(*photos), owner=HERS, principal=ANNA, now=now)


def place(project: str) -> Order:
    wanted = WantedOrder((WantedItem(project=project),))
    return orders.place(wanted=wanted, owner=HERS, principal=ANNA, now=clock.now())


def found() -> list[Case]:
    return list(operations.compare_holders(HOLDER_KINDS, Seen()))


def repaired(cases: list[Case], now: datetime) -> list[str]:
    return [operations.repair_holder(case, HOLDER_KINDS, now) for case in cases]


def holders(photo: File) -> frozenset[str]:
    return file_queries.files_by_id([photo.id], consistent=True)[photo.id].holders


def plant(photo: File, *, add: str = "", remove: str = "") -> None:
    action = FileRow.holders.add({add}) if add else FileRow.holders.delete({remove})
    assert table.update(FileRow, file_row(photo.id), [action], None, File).won


def test_all_is_well_where_nothing_happened(photos: list[File], now: datetime) -> None:
    project = create(now, *photos[:2])
    carts.put(id="line-1", line=Line(project.id), owner=HERS, principal=ANNA, now=now)
    place(project.id)
    seen = Seen()
    assert list(operations.compare_holders(HOLDER_KINDS, seen)) == []
    assert (seen.users, seen.uses, seen.holds) == (3, 6, 6)


def test_planted_faults_of_every_kind_are_found_and_repaired(photos: list[File], now: datetime) -> None:
    one, two, three, four = photos
    project = create(now, one, two)
    put = carts.put(id="line-1", line=Line(project.id), owner=HERS, principal=ANNA, now=now)
    order = place(project.id)
    holder = f"project:{project.id}"
    plant(one, remove=holder)
    plant(two, remove=f"cart:{put.item.pin}")
    plant(two, remove=f"order:{order.id}")
    plant(three, add=holder)
    for kind in ("project", "cart", "order"):
        plant(four, add=f"{kind}:{ids.new_id(now)}")
    cases = found()
    assert sorted((case.fault, case.photo) for case in cases) == sorted(
        [(Fault.UNHELD, one.id), (Fault.UNHELD, two.id), (Fault.UNHELD, two.id), (Fault.DANGLING, three.id)]
        + [(Fault.DANGLING, four.id)] * 3
    )
    assert set(repaired(cases, now)) == {"repaired"}
    assert found() == []
    assert (holder in holders(one), len(holders(two)), holders(three), holders(four)) == (True, 3, NOBODY, NOBODY)
    assert Standing(rows("")).not_whole() == []


def test_a_legal_hold_is_no_business_of_it(photos: list[File], now: datetime) -> None:
    plant(photos[0], add="hold:H-1")
    assert found() == []


def test_a_used_photo_that_is_gone_cannot_be_repaired_and_is_told(photos: list[File], now: datetime) -> None:
    project = create(now, photos[0])
    plant(photos[0], remove=f"project:{project.id}")
    table.update(FileRow, file_row(photos[0].id), [FileRow.state.set(FileState.GONE)], None, File)
    cases = found()
    assert repaired(cases, now) == ["impossible"]


class TestMeanwhile:
    def test_what_was_saved_since_is_kept(self, photos: list[File], now: datetime) -> None:
        project = create(now, photos[0])
        plant(photos[1], add=f"project:{project.id}")
        (case,) = found()
        operations.save(
            id=project.id, draft=draft(*photos[:2]), if_match=project.tag, owner=HERS, principal=ANNA, now=now
        )
        assert repaired([case], now) == ["passed"]
        assert holders(photos[1]) == {f"project:{project.id}"}

    def test_a_project_that_is_being_made_keeps_what_it_took(
        self, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between its holds and its head: nothing but its intent tells of it."""
        put_head, outcomes = operations.creating._put_head, list[str]()

        def reconciled_before(*args: Any) -> Any:
            outcomes.extend(repaired(found(), now))
            return put_head(*args)

        monkeypatch.setattr(operations.creating, "_put_head", reconciled_before)
        project = create(now, *photos)
        assert set(outcomes) == {"passed"}
        assert {holder for photo in photos for holder in holders(photo)} == {f"project:{project.id}"}

    @pytest.mark.parametrize("part", ["orders", "carts"])
    def test_what_is_being_placed_is_left_to_take_its_photos_itself(
        self, part: str, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between its row and its holds. What it took is not let go, what it did not take yet is not taken for it."""
        take, outcomes = file_holds.take, list[str]()
        project = create(now, *photos)

        def reconciled_before(**wanted: Any) -> None:
            first, *rest = wanted.pop("photos")
            take(photos=[first], **wanted)
            outcomes.extend(repaired(found(), now))
            take(photos=rest, **wanted)

        monkeypatch.setattr(file_holds, "take", reconciled_before)
        if part == "orders":
            place(project.id)
        else:
            carts.put(id="line-1", line=Line(project.id), owner=HERS, principal=ANNA, now=now)
        assert outcomes == ["passed"]
        assert found() == []

    def test_a_repair_again_and_again_beside_saves_and_orders_takes_nothing_from_them(
        self, photos: list[File], now: datetime
    ) -> None:
        done, outcomes = Event(), list[str]()

        def keep_repairing() -> None:
            while not done.is_set():
                outcomes.extend(repaired(found(), now))

        beside = Thread(target=keep_repairing)
        beside.start()
        try:
            for _ in range(6):
                project = create(now, *photos)
                place(project.id)
        finally:
            done.set()
            beside.join()
        assert set(outcomes) <= {"passed"}
        assert found() == []
        standing = Standing(rows(""))
        assert standing.not_whole() + standing.left_over() == []


def test_the_command_tells_and_repairs(photos: list[File], now: datetime) -> None:
    project = create(now, photos[0])
    plant(photos[1], add=f"project:{project.id}")
    with pytest.raises(SystemExit):
        call_command("reconcile_holders", stdout=StringIO())
    out = StringIO()
    call_command("reconcile_holders", "--repair", stdout=out)
    assert f"dangling: photo {photos[1].id}, project:{project.id} (repaired)" in out.getvalue()
    assert "1 projects, cart items and orders with 1 uses of photos, 2 holds: 1 cases, 1 repaired." in out.getvalue()
