"""The table of jobs, the hours that a sweep reads, and how items become slices."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from scheduler import rules
from scheduler.errors import JobUnknown
from tests.support.runs import NOW

HOUR = timedelta(hours=1)
THIS_HOUR = NOW.replace(minute=0)


def test_an_unknown_job_is_refused_with_the_list_of_jobs() -> None:
    with pytest.raises(JobUnknown, match="jobs are: dead_letters, recount_usage, statistics, sweep"):
        rules.job("swep")


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        ({"cadence": timedelta(minutes=1), "at": None}, "rate(1 minute)"),
        ({"cadence": timedelta(minutes=5), "at": None}, "rate(5 minutes)"),
        ({"cadence": HOUR, "at": time(minute=7)}, "cron(7 * * * ? *)"),
        ({"cadence": 24 * HOUR, "at": time(hour=3, minute=7)}, "cron(7 3 * * ? *)"),
    ],
)
def test_a_cadence_is_written_as_eventbridge_wants_it(changes: dict[str, Any], expression: str) -> None:
    assert rules.expression(replace(rules.job("sweep"), **changes)) == expression


def test_the_first_sweep_reads_every_hour_since_the_first_writer() -> None:
    assert list(rules.hours_to_read({}, THIS_HOUR - 2 * HOUR, NOW)) == [
        THIS_HOUR - 2 * HOUR,
        THIS_HOUR - HOUR,
        THIS_HOUR,
    ]


def test_later_sweeps_read_what_was_left_and_the_hours_that_began_since() -> None:
    old, latest = THIS_HOUR - 400 * HOUR, THIS_HOUR - HOUR
    read = rules.hours_to_read({old: None, latest: NOW - HOUR}, old - 90 * HOUR, NOW)
    assert read == {old: None, latest: NOW - HOUR, THIS_HOUR: None}


def test_a_clock_that_went_back_loses_no_hour() -> None:
    assert rules.hours_to_read({THIS_HOUR: None}, THIS_HOUR, NOW - 5 * HOUR) == {THIS_HOUR: None}


def test_the_present_hour_is_never_passed() -> None:
    assert rules.hours_left({THIS_HOUR: None}, (), NOW) == {THIS_HOUR: None}


def test_an_ended_hour_is_passed_when_it_is_still_empty_three_hours_after_it_first_was() -> None:
    hour = THIS_HOUR - 9 * HOUR
    first = rules.hours_left({hour: None}, (), NOW)
    assert first == {hour: NOW}
    assert rules.hours_left(first, (), NOW + 3 * HOUR - timedelta(seconds=1)) == first
    assert rules.hours_left(first, (), NOW + 3 * HOUR) == {}


def test_an_hour_that_fills_again_starts_its_wait_anew() -> None:
    hour = THIS_HOUR - 9 * HOUR
    assert rules.hours_left({hour: NOW - 2 * HOUR}, {hour}, NOW) == {hour: None}


def test_an_hour_that_stays_occupied_keeps_no_other_hour_open() -> None:
    stuck, after = THIS_HOUR - 9 * HOUR, THIS_HOUR - 8 * HOUR
    assert rules.hours_left({stuck: None, after: NOW - 3 * HOUR}, {stuck}, NOW) == {stuck: None}


@pytest.mark.parametrize("sort", ["2031-05-06T10:00:00Z#acme#ghost#1", "nonsense", ""])
def test_what_nobody_knows_has_no_task(sort: str) -> None:
    assert rules.task_for(sort) is None
