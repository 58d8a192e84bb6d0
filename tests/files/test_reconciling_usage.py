"""Running counts of customers against what their files are charged with, found and set right by `reconcile_files`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pynamodb.expressions.update import Action

from files import keys, operations
from files.models import FileRow, OwnerRow
from files.operations.reconciling_usage import Owners, WrongUsage
from files.records import File, Usage
from imagestore.common import clock, table
from tests.support.uploads import stored_photos
from tests.support.visits import visit_with
from tests.support.world import customer, make_shop

ANNA, BOB = customer(), customer("bob")


@pytest.fixture(autouse=True)
def later(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Two customers have photos; nobody is registering any more. Time passes when a command waits."""
    make_shop()
    stored_photos(3, ANNA)
    stored_photos(2, BOB, first=20)
    passed, start = [timedelta(minutes=5)], clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + sum(passed, timedelta()))
    monkeypatch.setattr("time.sleep", lambda seconds: passed.append(timedelta(seconds=seconds)))
    return clock.now()


def change(owner: str, *actions: Action) -> None:
    table.update(OwnerRow, keys.owner_row("acme", owner), actions, None, Usage)


def usage(owner: str) -> Usage | None:
    return table.get(OwnerRow, keys.owner_row("acme", owner), Usage, consistent=True)


def found(now: datetime) -> list[WrongUsage]:
    return list(operations.compare_usage(now, Owners()))


def test_right_counts_are_no_case(later: datetime) -> None:
    seen = Owners()
    assert list(operations.compare_usage(later, seen)) == []
    assert (seen.owners, seen.busy) == (2, 0)


@pytest.mark.parametrize("action", [OwnerRow.used_files.add(1), OwnerRow.used_bytes.add(-7)], ids=["files", "bytes"])
def test_a_wrong_count_is_found_and_nothing_is_written(later: datetime, action: Action) -> None:
    change("customer:anna", action)
    wrong = usage("customer:anna")
    (case,) = found(later)
    assert (case.shop, case.owner) == ("acme", "customer:anna")
    assert f"It counts {wrong.used_files} files" in case.told if wrong else False
    assert usage("customer:anna") == wrong
    assert found(later) == [case]


def test_who_is_registering_is_left_alone_and_counted(later: datetime) -> None:
    change("customer:anna", OwnerRow.used_files.add(1), OwnerRow.reserved_at.set(later))
    seen = Owners()
    assert list(operations.compare_usage(later, seen)) == []
    assert (seen.owners, seen.busy) == (2, 1)


def test_a_charge_that_is_taken_back_while_it_is_read_is_no_case(
    later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file was read with its charge, its owner without: only what is counted again is told."""
    scan, done = table.scan, list[str]()

    def scan_and_take(*args: Any) -> Iterator[Any]:
        for row in scan(*args):
            yield row
            if isinstance(row, File) and row.owner == "customer:anna" and not done:
                done.append(row.id)
                table.update(FileRow, keys.file_row(row.id), [FileRow.charged.remove()], None, File)
                change("customer:anna", OwnerRow.used_files.add(-1), OwnerRow.used_bytes.add(-(row.charged or 0)))

    monkeypatch.setattr(table, "scan", scan_and_take)
    assert found(later) == []
    assert done


def test_visits_have_their_counts_elsewhere(later: datetime) -> None:
    visit_with(2, later)
    seen = Owners()
    assert list(operations.compare_usage(later, seen)) == []
    assert seen.owners == 2


class TestCommand:
    def test_a_repair_notes_waits_and_sets_right_what_is_still_the_same(self, later: datetime) -> None:
        exact = usage("customer:anna")
        change("customer:anna", OwnerRow.used_files.add(7))
        out, err = StringIO(), StringIO()
        call_command("reconcile_files", "--repair", stdout=out, stderr=err)
        assert "wrong-usage: customer:anna of acme It counts 10 files" in out.getvalue()
        assert "1 customers' counts differ; looking again at" in err.getvalue()
        assert "2 customers counted: 1 cases, 1 repaired." in out.getvalue()
        assert usage("customer:anna") == exact
        assert found(clock.now()) == []

    def test_without_a_repair_it_ends_with_1(self, later: datetime) -> None:
        change("customer:anna", OwnerRow.used_files.add(7))
        with pytest.raises(SystemExit) as failed:
            call_command("reconcile_files", stdout=StringIO())
        assert failed.value.code == 1
