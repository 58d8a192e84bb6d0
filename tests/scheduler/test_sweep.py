"""Which hours a sweep reads over time, and what reading costs."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from imagestore.common import account, due
from scheduler import queries
from tests.support.runs import NOW, let_go, put_due, started, swept, tick
from tests.support.world import Sent

MINUTE = timedelta(minutes=1)


class TestCost:
    def test_an_idle_tick_costs_the_open_hours_however_much_waits_for_later(
        self, moto_aws: None, sent: list[Sent]
    ) -> None:
        for number in range(50):
            put_due(NOW + timedelta(days=number + 1), now=NOW)
        tick()
        with account.measure() as work:
            tick(NOW + MINUTE)
        open_buckets = 2 * 4
        assert work.requests["dynamodb:Query"] == open_buckets
        assert work.wcu <= 2
        assert work.dynamodb_requests <= open_buckets + 6


class TestCheckpoint:
    def test_hours_are_passed_and_later_sweeps_read_less(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due(NOW + timedelta(days=30), now=NOW - timedelta(hours=20))
        tick()
        for hours in (1, 2, 3):
            tick(NOW + timedelta(hours=hours))
        checkpoint = queries.checkpoint()
        assert checkpoint is not None
        assert min(checkpoint.hours) == NOW.replace(minute=0)

    def test_an_item_that_reaches_its_bucket_late_is_found(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due(NOW + timedelta(days=30), now=NOW - timedelta(hours=2))
        tick()
        tick(NOW + timedelta(hours=2))
        late = put_due(NOW, now=NOW)
        started(NOW + timedelta(hours=2, minutes=5))
        assert swept(sent) == {late.pk}

    def test_a_scheduler_that_starts_days_after_the_files_finds_what_was_due(
        self, moto_aws: None, sent: list[Sent]
    ) -> None:
        old = put_due(NOW - timedelta(days=3), now=NOW - timedelta(days=4))
        tick()
        assert swept(sent) == {old.pk}

    def test_an_outage_of_the_clock_loses_no_hour(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due(NOW + timedelta(days=90), now=NOW)
        tick()
        missed = put_due(NOW + timedelta(days=2), now=NOW)
        tick(NOW + timedelta(days=4))
        assert swept(sent) == {missed.pk}


class TestShards:
    def test_crowded_hours_get_twice_the_shards_and_nothing_is_lost(
        self, moto_aws: None, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_go()
        monkeypatch.setattr(due, "CROWDED", 5)
        first = {put_due().pk for _ in range(4 * 5 + 1)}
        started()
        assert due.shards().number == 8
        cache.clear()
        later = NOW + timedelta(minutes=15)
        second = {put_due(later).pk for _ in range(30)}
        started(later)
        assert first | second <= swept(sent)

    def test_hours_that_are_not_crowded_leave_them_as_they_are(self, moto_aws: None, sent: list[Sent]) -> None:
        put_due()
        started()
        assert due.shards().number == due.FIRST_SHARDS
