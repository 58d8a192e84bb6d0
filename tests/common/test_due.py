"""Where items wait: never in an hour that was already read, found by hour and shard, counted without their rows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from imagestore.common import due, table

NOW = datetime(2031, 5, 6, 10, 30, 15, tzinfo=UTC)
ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"


@pytest.fixture
def due_shards() -> int:
    return 4


@pytest.fixture(autouse=True)
def _table(moto_aws: None) -> None:
    return None


def wait(due_at: datetime, id: str = ID) -> due.Due:
    return due.due(due_at, now=NOW, shop="acme", kind="file", id=id)


def test_an_item_waits_in_the_hour_of_its_due() -> None:
    place = wait(NOW + timedelta(days=2))
    assert place.bucket.startswith("DUE#2031-05-08T10#")
    assert place.sort == f"2031-05-08T10:30:15Z#acme#file#{ID}"


def test_what_was_due_before_waits_in_the_hour_of_writing() -> None:
    place = wait(NOW - timedelta(days=2))
    assert place.bucket.startswith("DUE#2031-05-06T10#")
    assert place.sort.startswith("2031-05-04T10:30:15Z#")


def test_parts_of_a_second_round_up_so_that_nothing_is_early() -> None:
    assert wait(NOW + timedelta(milliseconds=1)).sort.startswith("2031-05-06T10:30:16Z#")
    assert wait(NOW).sort.startswith("2031-05-06T10:30:15Z#")


def test_other_time_zones_wait_in_utc() -> None:
    there = (NOW + timedelta(hours=1)).astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert wait(there) == wait(NOW + timedelta(hours=1))


def test_a_place_tells_shop_kind_and_id_without_the_row() -> None:
    assert due.parse(wait(NOW).sort) == due.DueEntry(NOW, "acme", "file", ID)


def test_what_is_due_lies_at_or_below_the_moments_sort() -> None:
    assert wait(NOW).sort <= due.sort_until(NOW)
    assert wait(NOW + timedelta(seconds=1)).sort > due.sort_until(NOW)


def test_an_hours_items_spread_over_all_shards_and_an_item_stays_in_its_own() -> None:
    buckets = [wait(NOW, f"id {number}").bucket for number in range(200)]
    assert set(buckets) == {due.bucket(NOW, shard) for shard in range(due.FIRST_SHARDS)}
    assert buckets == [wait(NOW, f"id {number}").bucket for number in range(200)]


def test_the_first_writer_tells_since_when_there_is_something_to_read() -> None:
    assert due.shards() == due.Shards(due.FIRST_SHARDS, None)
    wait(NOW + timedelta(days=9))
    assert due.shards() == due.Shards(due.FIRST_SHARDS, datetime(2031, 5, 6, 9, tzinfo=UTC))


def test_more_shards_are_used_once_the_row_says_so() -> None:
    row = due.DueShards(*due.SHARDS, number=9, since=NOW)
    table.put_new(row)
    assert due.shard_count(NOW) == 9
    assert any(wait(NOW, f"id {number}").bucket.endswith("#008") for number in range(200))


def test_hours_include_both_ends() -> None:
    first, last = NOW, NOW + timedelta(hours=2)
    assert [hour.hour for hour in due.hours(first, last)] == [10, 11, 12]
    assert due.hours(last, first) == []
