"""A change and its entry happen together or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from imagestore.audit import models, operations, queries, rules
from imagestore.audit.records import AuditEntry, Deed, Head
from imagestore.common import principal, switches, transaction
from imagestore.common import table as table_calls
from imagestore.common.errors import Unavailable
from imagestore.common.rows import Key
from imagestore.common.transaction import TransactionLost, Write

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = "2026-11-23"


def record(*writes: Write, now: datetime = NOW, reason: str = "because") -> AuditEntry:
    return operations.record(
        writes,
        action="deletion.paused",
        subject="switch:deletion",
        principal=principal.command("ann"),
        reason=reason,
        now=now,
        details={"paused": True, "list": [1, 2.5, None, "ü"]},
    )


def test_the_change_and_the_entry_are_both_there(moto_aws: None) -> None:
    entry = record(switches.pause_deletion(True))
    assert switches.deletion().paused
    assert queries.entries(DAY).items == [entry]
    assert (entry.number, entry.actor, entry.reason, entry.at) == (1, "command:ann", "because", NOW)
    assert entry.details == {"paused": True, "list": [1, 2.5, None, "ü"]}


def test_an_entry_may_stand_alone(moto_aws: None) -> None:
    record()
    record()
    assert queries.verify(DAY) == 2


def test_a_refused_change_leaves_no_entry(moto_aws: None) -> None:
    refused = transaction.update(
        switches.Switch, switches.DELETION, [switches.Switch.paused.set(True)], switches.Switch.pk.exists()
    )
    elsewhere = transaction.delete(switches.Switch, Key("SWITCH#other", "SWITCH"))
    with pytest.raises(TransactionLost) as lost:
        record(elsewhere, refused)
    assert lost.value.failed == {1}
    assert queries.entries(DAY).items == []
    assert queries.verify(DAY) == 0


def test_each_day_has_a_chain_of_its_own(moto_aws: None) -> None:
    first, second = record(), record(now=NOW + timedelta(days=1))
    assert (first.number, second.number) == (1, 1)
    assert first.previous != second.previous
    assert queries.verify(DAY) == queries.verify("2026-11-24") == 1


def test_days_are_utc(moto_aws: None) -> None:
    late = datetime.fromisoformat("2026-11-24T00:30:00+01:00")
    assert record(now=late).day == DAY


def test_a_lost_race_for_the_head_is_repeated(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer takes the place between the reading of the head and the writing."""
    real_head, rivals = queries.head, iter([True, True, False])

    def head(day: str) -> Head:
        found = real_head(day)
        if next(rivals):
            rival = rules.next_entry(found, Deed(NOW, "rival", "switch:other", "clock", "", {}))
            transaction.commit([models.entry_put(rival), models.head_move(found, rival)])
        return found

    monkeypatch.setattr(queries, "head", head)
    monkeypatch.setattr(table_calls, "back_off", lambda attempt: None)
    entry = record(switches.pause_deletion(True))
    monkeypatch.setattr(queries, "head", real_head)
    assert entry.number == 3
    assert queries.verify(DAY) == 3
    assert switches.deletion().paused


def test_a_race_lost_again_and_again_ends(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    record()
    monkeypatch.setattr(queries, "head", rules.start_of)
    monkeypatch.setattr(table_calls, "back_off", lambda attempt: None)
    with pytest.raises(Unavailable):
        record(switches.pause_deletion(True))
    assert not switches.deletion().paused
