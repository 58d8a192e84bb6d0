"""Counters of a day, and the rows that they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from imagestore.common import account, statistics, table
from imagestore.common.statistics import Day

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
TODAY = NOON.date()
pytestmark = pytest.mark.usefixtures("moto_aws")


@dataclass(frozen=True)
class Kept:
    expires_at: int


def fold(since: date, until: date, now: datetime = NOON, shop: str = "acme") -> dict[str, int]:
    report = statistics.count_days(
        shops={shop: since.isoformat()}, until=until, name="uploads", count=statistics.counted, now=now
    )
    assert report.failures == []
    return report.counts


def test_what_is_added_from_everywhere_is_one_sum() -> None:
    for _ in range(40):
        statistics.add("acme", {"uploads": 3, "uploaded_bytes": 700}, NOON)
    statistics.add("other", {"uploads": 1}, NOON)
    counted = statistics.counted("acme", TODAY)
    assert (counted["uploads"], counted["uploaded_bytes"], counted["saves"]) == (120, 28_000, 0)


def test_a_day_is_one_of_utc() -> None:
    statistics.add("acme", {"saves": 10}, datetime(2031, 5, 6, 23, 59, 59, tzinfo=UTC))
    statistics.add("acme", {"saves": 20}, datetime(2031, 5, 7, 0, 0, tzinfo=UTC))
    assert statistics.counted("acme", date(2031, 5, 6))["saves"] == 10


def test_adding_is_one_update_and_never_fails_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    with account.measure() as work:
        statistics.add("acme", {"uploads": 3, "uploaded_bytes": 700}, NOON)
        statistics.add("acme", {"trashed": 0}, NOON)
    assert (work.dynamodb_requests, work.wcu) == (1, 1)
    statistics.add("acme", {"no such name": 1}, NOON)
    monkeypatch.setattr(table, "update", lambda *_: 1 / 0)
    statistics.add("acme", {"uploads": 3}, NOON)


def test_counters_go_after_a_month() -> None:
    statistics.add("acme", {"uploads": 3}, NOON)
    kept = [table.get(statistics.CountersRow, statistics.counters("acme", TODAY, shard), Kept) for shard in range(4)]
    (found,) = filter(None, kept)
    assert found.expires_at == (NOON + timedelta(days=30)).timestamp()


def test_days_are_folded_once_and_one_that_was_missed_is_made_good() -> None:
    yesterday, before = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
    for day, number in ((before, 5), (yesterday, 7)):
        statistics.add("acme", {"uploads": number}, datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
    assert fold(before, before) == {"counted": 1}
    statistics.add("acme", {"uploads": 100}, NOON - timedelta(days=2))
    assert fold(before, yesterday) == {"counted": 1}
    assert fold(before, yesterday) == {"skipped": 1}
    assert [day.uploads for day in statistics.last_days("acme", yesterday, 2)] == [5, 7]


def test_nothing_is_asked_about_a_shop_that_was_made_today() -> None:
    with account.measure() as work:
        assert fold(TODAY, TODAY - timedelta(days=1)) == {"skipped": 1}
    assert work.dynamodb_requests == 0


def test_days_that_were_not_counted_are_told_as_such() -> None:
    fold(TODAY, TODAY)
    first, second = statistics.last_days("acme", TODAY, 2)
    assert first == Day((TODAY - timedelta(days=1)).isoformat())
    assert (second.uploads, second.orders) == (0, None)


def test_a_shop_that_fails_does_not_stop_the_others() -> None:
    def count(shop: str, day: date) -> Mapping[str, int]:
        if shop == "bad":
            raise ConnectionError("no answer")
        return {"orders": 2}

    shops = {"bad": TODAY.isoformat(), "good": TODAY.isoformat()}
    report = statistics.count_days(shops=shops, until=TODAY, name="orders", count=count, now=NOON)
    assert report.counts == {"failed": 1, "counted": 1}
    assert report.failures == [{"id": "bad", "cause": "ConnectionError: no answer"}]
    assert statistics.last_days("good", TODAY, 1)[0].orders == 2


def test_a_month_is_read_with_one_query() -> None:
    fold(TODAY - timedelta(days=40), TODAY)
    with account.measure() as work:
        days = statistics.last_days("acme", TODAY, 30)
    assert len(days) == 30
    assert all(day.uploads == 0 for day in days)
    assert (dict(work.requests), work.rcu <= 3) == ({"dynamodb:Query": 1}, True)
