"""The exact count of what a customer uses, and how a drifted one is set right."""

from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from pynamodb.expressions.update import Action

from files import keys, operations
from files.models import OwnerRow
from files.records import Usage
from imagestore.common import clock, table
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

OWNER = keys.owner_row("acme", "customer:anna")
LATER = timedelta(minutes=3)


@pytest.fixture
def exact(moto_aws: None) -> Usage:
    make_shop()
    files = stored_photos(4, customer())
    operations.trash(id=files[0].id, principal=customer(), now=clock.now())
    return Usage(4, sum(file.size for file in files))


def change(*actions: Action) -> None:
    table.update(OwnerRow, OWNER, actions, None, Usage)


def usage() -> Usage | None:
    return table.get(OwnerRow, OWNER, Usage, consistent=True)


def test_a_right_count_is_left_alone(exact: Usage, now: datetime) -> None:
    found = operations.recount(shop="acme", owner="customer:anna", now=now + LATER)
    assert found is not None
    assert (found.differs, usage()) == (False, exact)


def test_a_drifted_count_is_set_right_and_the_difference_told(exact: Usage, now: datetime) -> None:
    change(OwnerRow.used_files.add(7), OwnerRow.used_bytes.add(-1000))
    found = operations.recount(shop="acme", owner="customer:anna", now=now + LATER)
    assert found is not None
    assert found.before == Usage(exact.used_files + 7, exact.used_bytes - 1000)
    assert (found.exact, usage()) == (exact, exact)


def test_who_is_registering_is_left_for_later(exact: Usage, now: datetime) -> None:
    """A place may be reserved whose row is not written yet."""
    change(OwnerRow.used_files.add(1))
    assert operations.recount(shop="acme", owner="customer:anna", now=now) is None
    assert usage() == Usage(exact.used_files + 1, exact.used_bytes)


def test_a_count_that_moves_while_it_is_counted_is_left_for_later(
    exact: Usage, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(OwnerRow.used_files.add(5))
    query = table.query_index

    def meanwhile(*args: object, **options: object) -> object:
        change(OwnerRow.reserved_at.set(now + LATER))
        return query(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "query_index", meanwhile)
    assert operations.recount(shop="acme", owner="customer:anna", now=now + LATER) is None


def test_the_command_tells_each_difference(
    exact: Usage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored_photos(1, customer("bob"), first=20)
    change(OwnerRow.used_files.add(7))
    later = clock.now() + LATER
    monkeypatch.setattr(clock, "now", lambda: later)
    call_command("recount_usage", "acme")
    said = capsys.readouterr().out
    assert f"anna: 11 files, {exact.used_bytes} bytes -> 4 files, {exact.used_bytes} bytes" in said
    assert "2 customers counted, 1 set right, 0 left out." in said
    call_command("recount_usage", "acme", "--after", "anna")
    assert "1 customers counted, 0 set right" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no shop"):
        call_command("recount_usage", "nowhere")
