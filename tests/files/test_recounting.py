"""The exact count of what a customer uses: what is under way is left alone, what stays wrong is set right."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pynamodb.expressions.update import Action

from files import keys, operations, tasks
from files.models import OwnerRow
from files.operations import recounting, settling
from files.operations.recounting import Outcome, Recount
from files.records import NewFile, Usage
from imagestore.common import aws, clock, idempotency, table, transaction
from imagestore.common.principal import Principal
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import ALL_SCOPES, customer, make_shop

OWNER = keys.owner_row("acme", "customer:anna")
ANNA = customer()
LATER = timedelta(minutes=3)


@pytest.fixture(autouse=True)
def exact(moto_aws: None) -> Usage:
    make_shop()
    files = stored_photos(4, ANNA)
    operations.trash(id=files[0].id, principal=ANNA, now=clock.now())
    return Usage(4, sum(file.size for file in files))


def change(*actions: Action) -> None:
    table.update(OwnerRow, OWNER, actions, None, Usage)


def usage() -> Usage | None:
    return table.get(OwnerRow, OWNER, Usage, consistent=True)


def recount(now: datetime) -> Recount:
    return operations.recount(shop="acme", owner="customer:anna", now=now)


def test_a_right_count_is_left_alone(exact: Usage, now: datetime) -> None:
    assert recount(now + LATER) == Recount(Outcome.RIGHT, exact, exact)
    assert usage() == exact


def test_a_difference_is_noted_and_set_right_when_it_stays(exact: Usage, now: datetime) -> None:
    change(OwnerRow.used_files.add(7), OwnerRow.used_bytes.add(-1000))
    wrong = Usage(exact.used_files + 7, exact.used_bytes - 1000)
    assert recount(now + LATER) == Recount(Outcome.NOTED, wrong, exact)
    assert recount(now + LATER + timedelta(seconds=10)).outcome == Outcome.NOTED
    assert usage() == wrong
    assert recount(now + 2 * LATER) == Recount(Outcome.CORRECTED, wrong, exact)
    assert usage() == exact
    assert recount(now + 3 * LATER).outcome == Outcome.RIGHT


def test_who_is_registering_is_left_for_later(exact: Usage, now: datetime) -> None:
    change(OwnerRow.used_files.add(1))
    assert recount(now).outcome == Outcome.BUSY
    assert usage() == Usage(exact.used_files + 1, exact.used_bytes)


def test_a_difference_that_was_only_under_way_is_not_set_right(exact: Usage, now: datetime) -> None:
    """Noted while a charge was taken from a file and not yet from its owner; given back since."""
    change(OwnerRow.used_files.add(1), OwnerRow.used_bytes.add(500))
    recount(now + LATER)
    change(OwnerRow.used_files.add(-1), OwnerRow.used_bytes.add(-500))
    assert recount(now + 2 * LATER).outcome == Outcome.RIGHT
    assert usage() == exact


def test_after_a_reservation_a_difference_is_noted_anew(exact: Usage, now: datetime) -> None:
    change(OwnerRow.used_files.add(1))
    recount(now + LATER)
    change(OwnerRow.reserved_at.set(now + LATER + timedelta(minutes=1)))
    assert recount(now + 3 * LATER).outcome == Outcome.NOTED
    assert recount(now + 4 * LATER).outcome == Outcome.CORRECTED


def test_what_is_given_back_while_it_is_counted_makes_it_count_again(
    exact: Usage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(OwnerRow.used_files.add(5))
    query, given = table.query_index, list[bool]()

    def meanwhile(*args: Any, **options: Any) -> Any:
        if not given:
            given.append(True)
            change(OwnerRow.used_files.add(-1))
        return query(*args, **options)

    monkeypatch.setattr(table, "query_index", meanwhile)
    assert recount(now + LATER).before.used_files == exact.used_files + 4
    assert recount(now + 2 * LATER).outcome == Outcome.CORRECTED
    assert usage() == exact


def test_a_count_that_never_stands_still_is_left_for_later(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    change(OwnerRow.used_files.add(5))
    query = table.query_index

    def meanwhile(*args: Any, **options: Any) -> Any:
        change(OwnerRow.used_files.add(1))
        return query(*args, **options)

    monkeypatch.setattr(table, "query_index", meanwhile)
    assert recount(now + LATER).outcome == Outcome.BUSY


def test_a_visit_counts_with_its_customer_before_its_files_are_moved(
    exact: Usage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = Principal(kind="customer", shop="acme", session="V1", scopes=ALL_SCOPES)
    operations.open_session(customer=None, principal=guest, now=now)
    (file,) = stored_photos(1, guest)
    with monkeypatch.context() as interrupted:
        interrupted.setattr(settling, "settle_now", lambda session, now: session)
        operations.claim(id="V1", customer="anna", principal=replace(guest, customer="anna"), now=now)
    assert recount(now + LATER).outcome == Outcome.BUSY
    for minutes in (15, 30):
        operations.settle(shop="acme", id="V1", now=now + timedelta(minutes=minutes))
    found = recount(now + timedelta(minutes=31))
    assert found.outcome == Outcome.RIGHT
    assert found.exact == Usage(exact.used_files + 1, exact.used_bytes + file.size)


def test_a_repeat_that_finishes_a_call_after_a_recount_reserves_anew(
    exact: Usage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call died between reservation and rows; its places were taken for a drift."""
    asked = idempotency.asked("k-1", scope="acme\ncustomer:anna", route="POST /", body=b"{}")
    wanted = [NewFile(**photo(9).announcement)]  # type: ignore[arg-type]
    call: dict[str, Any] = {"wanted": wanted, "owner": "customer:anna", "principal": ANNA, "asked": asked}
    with monkeypatch.context() as broken:
        broken.setattr(transaction, "put_missing", _die)
        with pytest.raises(KeyboardInterrupt):
            operations.register(**call, now=now)
    recount(now + LATER)
    assert recount(now + 2 * LATER).outcome == Outcome.CORRECTED
    (item,) = operations.register(**call, now=now + 3 * LATER)
    (again,) = operations.register(**call, now=now + 4 * LATER)
    assert item.file.id == again.file.id  # type: ignore[union-attr]
    assert usage() == Usage(exact.used_files + 1, exact.used_bytes + wanted[0].size)
    assert recount(now + 5 * LATER).outcome == Outcome.RIGHT


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_lost_answer_of_a_reservation_is_what_it_sets_right(
    exact: Usage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client library sends an update again whose answer was lost: then it counts twice."""
    update = aws.dynamodb().update_item

    def sent_twice(**request: Any) -> Any:
        update(**request)
        return update(**request)

    wanted = [NewFile(**photo(9).announcement)]  # type: ignore[arg-type]
    with monkeypatch.context() as lossy:
        lossy.setattr(aws.dynamodb(), "update_item", sent_twice)
        operations.register(wanted=wanted, owner="customer:anna", principal=ANNA, now=now)
    assert recount(now + LATER).before.used_files == exact.used_files + 2
    assert recount(now + 2 * LATER).outcome == Outcome.CORRECTED
    assert usage() == Usage(exact.used_files + 1, exact.used_bytes + wanted[0].size)


def test_an_unknown_owner_is_told() -> None:
    assert operations.recount(shop="acme", owner="customer:nobody", now=clock.now()).outcome == Outcome.UNKNOWN


def test_the_task_does_the_same(monkeypatch: pytest.MonkeyPatch, exact: Usage, now: datetime) -> None:
    change(OwnerRow.used_files.add(7))
    for step in (1, 2):
        monkeypatch.setattr(clock, "now", lambda step=step: now + step * LATER)
        tasks.recount_owner("acme", "customer:anna")
    assert usage() == exact


class TestCommand:
    @pytest.fixture(autouse=True)
    def _patient(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        """Time passes when it waits."""
        passed = [LATER]
        monkeypatch.setattr(clock, "now", lambda: now + sum(passed, timedelta()))
        monkeypatch.setattr("time.sleep", lambda seconds: passed.append(timedelta(seconds=seconds)))

    def test_it_tells_each_difference_and_what_it_did(self, exact: Usage, capsys: pytest.CaptureFixture[str]) -> None:
        stored_photos(1, customer("bob"), first=20)
        change(OwnerRow.used_files.add(7), OwnerRow.reserved_at.remove())
        call_command("recount_usage", "acme", "--customer", "anna")
        said = capsys.readouterr()
        assert f"anna: 11 files, {exact.used_bytes} bytes -> 4 files, {exact.used_bytes} bytes (corrected)" in said.out
        assert "1 customers counted, 1 set right, 0 to be looked at again, 0 left out." in said.out
        assert "1 differ; looking again at" in said.err
        assert usage() == exact

    def test_it_goes_over_all_customers_and_on_after_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        change(OwnerRow.reserved_at.remove())
        stored_photos(1, customer("bob"), first=20)
        call_command("recount_usage", "acme")
        said = capsys.readouterr()
        assert "1 customers counted, 0 set right, 0 to be looked at again, 1 left out." in said.out
        assert "bob: registering files" in said.err
        call_command("recount_usage", "acme", "--after", "anna")
        assert "0 customers counted" in capsys.readouterr().out

    def test_interrupted_it_says_where_to_go_on(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        stored_photos(1, customer("bob"), first=20)
        real = operations.recount
        monkeypatch.setattr(
            operations, "recount", lambda *, owner, **more: _die() if "bob" in owner else real(owner=owner, **more)
        )
        with pytest.raises(SystemExit):
            call_command("recount_usage", "acme")
        said = capsys.readouterr()
        assert "customers counted" in said.out
        assert "Go on with --after anna" in said.err

    def test_a_shop_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="no shop"):
            call_command("recount_usage", "nowhere")


def test_it_waits_as_long_as_a_difference_must_stay() -> None:
    assert timedelta(seconds=30) < recounting.QUIET < LATER
