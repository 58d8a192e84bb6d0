"""Which hours a sweep reads over time, and what reading costs."""

from datetime import timedelta

from imagestore.common import account
from scheduler import queries
from tests.support.runs import NOW, put_due, started, swept, tick
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
