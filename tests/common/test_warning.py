"""When somebody is warned, and when an item goes then: never early, each milestone once, never without its notice."""

from datetime import UTC, datetime, timedelta

import pytest

from imagestore.common.retention import NEVER, Clock, Ending, Notice, Subject, Warned, notice, read_policy

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: float) -> datetime:
    return BEGIN + day * DAY


END, FIRST, LAST = on(90), on(76), on(87)


def ending(keep: str = "90d", *warn: str, since: datetime = BEGIN) -> Ending:
    policy = read_policy({"rules": [{"subject": "draft_project", "keep": keep, "warn": list(warn)}]})
    return policy.ending(Subject.DRAFT_PROJECT, {Clock.SAVED: since})


TWICE = ending("90d", "14d", "3d")


def look(now: datetime, warned: Warned | None = None, rule: Ending = TWICE, dated: datetime | None = END) -> Notice:
    return notice(rule, dated, warned, now)


def test_without_warnings_it_is_looked_at_when_it_ends() -> None:
    assert look(BEGIN, rule=ending()) == Notice(END, END)
    assert look(END, rule=ending()) == Notice(END, END)


def test_it_is_first_looked_at_when_somebody_is_to_be_warned() -> None:
    assert look(BEGIN, dated=None) == Notice(END, FIRST)
    assert look(BEGIN).warns_at == FIRST


def test_nobody_is_warned_early() -> None:
    assert look(FIRST - SECOND).before is None
    assert look(FIRST) == Notice(END, LAST, 14 * DAY)


def test_each_milestone_is_warned_of_once() -> None:
    first = Warned(FIRST, END)
    assert look(FIRST, first) == Notice(END, LAST)
    assert look(LAST, first) == Notice(END, END, 3 * DAY)
    assert look(LAST, Warned(LAST, END)) == Notice(END, END)
    assert look(LAST, Warned(LAST, END)).warns_at is None


def test_of_several_that_passed_only_the_last_is_told() -> None:
    assert look(LAST + 5 * SECOND) == Notice(END + 5 * SECOND, END + 5 * SECOND, 3 * DAY)


def test_a_late_warning_that_is_not_the_last_moves_nothing() -> None:
    assert look(on(80)) == Notice(END, LAST, 14 * DAY)


@pytest.mark.parametrize("day", [89, 90, 120])
def test_after_a_late_last_warning_it_stays_as_long_as_that_promises(day: int) -> None:
    found = look(on(day), Warned(FIRST, END))
    assert found == Notice(on(day + 3), on(day + 3), 3 * DAY)
    again = look(on(day) + DAY, Warned(on(day), found.ends_at), dated=found.ends_at)
    assert again == Notice(on(day + 3), on(day + 3))


def test_a_rule_that_begins_to_warn_warns_before_anything_goes() -> None:
    """It was dated to its end, by a rule that warned of nothing."""
    assert look(END) == Notice(on(93), on(93), 3 * DAY)


def test_a_milestone_that_is_new_is_warned_of_though_others_were_before() -> None:
    warned = Warned(FIRST, END)
    assert look(on(77), warned, ending("90d", "14d", "7d")).due_at == on(83)
    assert look(END, warned, ending("90d", "1d")) == Notice(on(91), on(91), DAY)


def test_a_milestone_that_had_passed_at_the_last_warning_is_not_warned_of_again() -> None:
    assert look(on(88), Warned(LAST, END), ending("90d", "20d", "14d", "3d")) == Notice(END, END)


def test_what_is_saved_begins_again() -> None:
    saved = ending("90d", "14d", "3d", since=on(80))
    assert look(on(80), Warned(FIRST, END), saved) == Notice(on(170), on(156))


def test_what_was_told_holds_though_the_rule_is_shorter_now() -> None:
    warned = Warned(LAST, END)
    for dated in (END, on(60)):
        assert look(on(88), warned, ending("60d", "3d"), dated=dated) == Notice(END, END)


def test_what_was_dated_holds_before_anybody_is_warned() -> None:
    assert look(on(70), rule=ending("60d", "3d")) == Notice(END, LAST)


def test_what_is_kept_for_ever_is_out_of_sight() -> None:
    assert look(END, Warned(FIRST, END), ending("for ever")) == Notice(BEGIN + NEVER, BEGIN + NEVER)
    assert not Warned(FIRST, END).holds(None)


def test_whole_seconds_of_the_index_are_no_difference() -> None:
    told = END + timedelta(milliseconds=400)
    assert look(LAST, Warned(FIRST, told)).before == 3 * DAY
    assert Warned(FIRST, END).holds(told)
    assert not Warned(FIRST, END).holds(END + 2 * SECOND)
