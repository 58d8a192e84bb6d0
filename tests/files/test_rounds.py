"""The daily recount: who is in turn is counted, what is wrong is looked at twice, what is left is another slice."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys, operations, rules
from files.models import OwnerRow
from files.operations import recounting, rounds
from files.operations.recounting import Counted
from files.records import Usage
from imagestore.common import account, clock, due, table
from imagestore.common.contracts import SliceReport
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

LATER = timedelta(minutes=3)
CUSTOMERS = [f"customer-{number}" for number in range(12)]


@pytest.fixture(autouse=True)
def _customers(moto_aws: None) -> None:
    make_shop()
    for number, name in enumerate(CUSTOMERS):
        stored_photos(1, customer(name), first=number % 3)


def key_of(name: str) -> Any:
    return keys.owner_row("acme", rules.owner_of(name))


def falsify(name: str, files: int = 7) -> None:
    table.update(OwnerRow, key_of(name), [OwnerRow.used_files.add(files)], None, Usage)


def counted(name: str) -> Counted:
    found = table.get(OwnerRow, key_of(name), Counted, consistent=True)
    assert found is not None
    return found


def recount(now: datetime, turn: int | None = None, *, dry_run: bool = False, **place: Any) -> Counter[str]:
    """What became of whom, in all slices of one turn, or of all."""
    words: Counter[str] = Counter()
    for chosen in range(rounds.TURNS) if turn is None else [turn]:
        left: dict[str, Any] = {"shop": "acme", "turn": chosen, "dry_run": dry_run, **place}
        while left:
            report, left = operations.recount_slice(**left, now=now)
            words.update(report.counts)
    return words


def sweep(name: str, now: datetime, *, dry_run: bool = False) -> SliceReport:
    return operations.sweep_usage(row_keys=[key_of(name)], dry_run=dry_run, now=now)


def test_everybody_comes_round_once_in_seven_days(now: datetime) -> None:
    days = [recount(now + LATER, turn).total() for turn in range(738_000, 738_007)]
    assert sum(days) == len(CUSTOMERS)
    assert max(days) < len(CUSTOMERS)
    assert recount(now + LATER) == {"right": len(CUSTOMERS)}


def test_a_difference_is_noted_and_set_right_by_the_sweep_two_minutes_later(now: datetime) -> None:
    falsify("customer-3")
    assert recount(now + LATER) == {"right": 11, "noted": 1}
    noted = counted("customer-3")
    assert noted.used_files == 8
    assert noted.due_sort is not None
    assert due.parse(noted.due_sort)[1:] == ("acme", "usage", "customer:customer-3")
    assert due.parse(noted.due_sort).due_at >= now + LATER + recounting.QUIET
    assert sweep("customer-3", now + 2 * LATER).counts == {"skipped": 0, "corrected": 1}
    right = counted("customer-3")
    assert (right.used_files, right.due_sort, right.noted_at) == (1, None, None)


def test_a_difference_that_is_gone_by_then_is_forgotten(now: datetime) -> None:
    falsify("customer-3")
    recount(now + LATER)
    falsify("customer-3", -7)
    assert sweep("customer-3", now + 2 * LATER).counts["right"] == 1
    right = counted("customer-3")
    assert (right.used_files, right.due_sort, right.noted_at) == (1, None, None)


def test_who_registers_at_that_moment_is_looked_at_again(now: datetime) -> None:
    falsify("customer-3")
    recount(now + LATER)
    moment = now + 2 * LATER
    table.update(OwnerRow, key_of("customer-3"), [OwnerRow.reserved_at.set(moment)], None, Usage)
    assert sweep("customer-3", moment + timedelta(seconds=1)).counts["busy"] == 1
    again = due.dated_to(counted("customer-3").due_sort)
    assert again is not None
    assert again > moment + recounting.QUIET


def test_the_sweep_is_told_of_who_is_gone_or_right_already(now: datetime) -> None:
    row_keys = [key_of("nobody"), key_of("customer-3")]
    assert operations.sweep_usage(row_keys=row_keys, dry_run=False, now=now).counts == {"skipped": 2}


def test_a_dry_run_tells_the_same_and_writes_nothing(now: datetime) -> None:
    falsify("customer-3")
    with account.measure() as work:
        assert recount(now + LATER, dry_run=True) == {"right": 11, "noted": 1}
    assert work.wcu == 0
    recount(now + LATER)
    with account.measure() as work:
        assert sweep("customer-3", now + 2 * LATER, dry_run=True).counts["corrected"] == 1
    assert work.wcu == 0
    assert counted("customer-3").used_files == 8


@pytest.mark.parametrize(("limit", "value"), [("MOST_OWNERS", 1), ("LONGEST_SECONDS", -1)])
def test_what_is_left_of_a_slice_is_another_and_nobody_is_counted_twice(
    now: datetime, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(rounds, limit, value)
    monkeypatch.setattr(rounds, "PARALLEL", 1)
    monkeypatch.setattr(rounds, "TURNS", 1)
    report, left = operations.recount_slice(shop="acme", turn=0, dry_run=False, now=now + LATER)
    assert report.counts == {"right": 1}
    assert left["after"]
    assert recount(now + LATER, 0) == {"right": len(CUSTOMERS)}


def test_one_that_fails_does_not_stop_the_others(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    exactly = recounting.recount

    def fail_for_one(*, owner: str, **told: Any) -> recounting.Recount:
        if owner == "customer:customer-3":
            raise ConnectionError("no answer")
        return exactly(owner=owner, **told)

    monkeypatch.setattr(recounting, "recount", fail_for_one)
    assert recount(now + LATER) == {"right": 11, "failed": 1}


def test_a_customer_costs_its_files_and_nothing_is_read_of_who_is_not_in_turn(now: datetime) -> None:
    """Figures of docs/jobs.md: of each customer its row, a query and a batch read; of the shop four lists."""
    with account.measure() as work:
        number = recount(clock.now() + LATER, 3).total()
    lists = len(keys.all_owners_of_shop("acme"))
    assert work.requests["dynamodb:GetItem"] <= number + 1
    assert work.requests["dynamodb:BatchGetItem"] == number
    assert work.requests["dynamodb:Query"] == number + lists
    assert work.wcu == 0
