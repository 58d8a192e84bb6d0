"""docs/retention.md against the model: its table, and each policy of its gallery with what its sentence promises."""

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from imagestore.common.retention import (
    DEFAULTS,
    Clock,
    Ending,
    Extension,
    PolicyInvalid,
    RetentionPolicy,
    Rule,
    Subject,
    check_carried_out,
    duration,
    policy_json,
    read_policy,
)
from imagestore.common.retention.carried_out import CARRIED_OUT, Carried
from imagestore.local.place import ROOT

TEXT, GALLERY = (ROOT / "docs" / "retention.md").read_text().split("\n## Gallery\n")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Shown(NamedTuple):
    """`missing`: what the line under it says is not carried out yet."""

    told: dict[str, Any]
    missing: str

    @property
    def policy(self) -> RetentionPolicy:
        return read_policy(self.told)


def shown(section: str) -> Shown:
    (block,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    missing = re.search(r"^Not carried out yet: .*", section, re.MULTILINE | re.DOTALL)
    return Shown(json.loads(block), missing[0] if missing else "")


POLICIES = {
    section.partition("\n")[0]: shown(section) for section in re.split(r"^### ", GALLERY, flags=re.MULTILINE)[1:]
}


def ending(name: str, subject: Subject, products: Collection[str | None] = (None,), **clocks: timedelta) -> Ending:
    """`clocks`: how long after the beginning each of them started; `created` at the beginning."""
    started = {Clock.CREATED: BEGIN} | {Clock(clock): BEGIN + after for clock, after in clocks.items()}
    return POLICIES[name].policy.ending(subject, started, products)


def kept(name: str, subject: Subject, products: Collection[str | None] = (None,), **clocks: timedelta) -> object:
    """How long from the beginning on, and what happens then."""
    found = ending(name, subject, products, **clocks)
    return (found.at - BEGIN, found.rule.then.value) if found.at else "for ever"


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_read_and_written_as_the_same(name: str) -> None:
    policy = POLICIES[name].policy
    assert len(policy.rules) == len(POLICIES[name].told["rules"]) > 0
    assert read_policy(policy_json(policy)) == policy


def refused(rule: Rule) -> bool:
    try:
        check_carried_out(RetentionPolicy((rule,)))
    except PolicyInvalid:
        return True
    return False


@pytest.mark.parametrize("name", POLICIES)
def test_exactly_what_is_said_to_be_missing_is_refused(name: str) -> None:
    subjects = {rule.subject for rule in POLICIES[name].policy.rules if refused(rule)}
    words = set(re.findall(r"`(\w+)`", POLICIES[name].missing))
    assert {word for word in words if word in set(Subject)} == subjects
    assert bool(POLICIES[name].missing) == bool(subjects)


def default(rule: Rule) -> str:
    if rule.keep is None:
        return "for ever"
    start = f"{duration(rule.keep)} from {rule.since}" if rule.keep else "at the visit's end"
    return f"{start}, then {rule.then}"


def test_the_table_tells_each_subject_with_its_default_and_what_is_carried_out() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| ([^|:]+)(?:: [^|]+)? \| (.+) \| (.+) \| (.+) \| (yes|no) \|$", TEXT, re.MULTILINE
    )
    assert [row[0] for row in rows] == list(Subject)
    for subject, told, *can in rows:
        (rule,) = (rule for rule in DEFAULTS if rule.subject == subject)
        carried = CARRIED_OUT.get(rule.subject, Carried())
        words = [", ".join(sorted(among)) or "nothing yet" for among in (carried.since, carried.then, carried.extend)]
        assert (told, can) == (default(rule), [*words, "yes" if carried.products else "no"]), subject
    warned = {subject for subject, carried in CARRIED_OUT.items() if carried.warns}
    (sentence,) = re.findall(r"`warn` is carried out for ([^.]+)\.", TEXT)
    assert set(re.findall(r"`(\w+)`", sentence)) == warned


def test_every_policy_has_its_promise() -> None:
    assert set(POLICIES) == set(PROMISES)


def saved_180_days(name: str) -> None:
    draft = ending(name, Subject.DRAFT_PROJECT, saved=100 * DAY)
    assert (draft.at, draft.milestones()) == (BEGIN + 180 * DAY, [BEGIN + 166 * DAY])
    for subject in (Subject.UNPAID_ORDER, Subject.PAID_ORDER, Subject.PACKAGED_ORDER):
        assert kept(name, subject, ordered=DAY, paid=9 * DAY, entered=9 * DAY) == (731 * DAY, "purge")


def again_from_each_save(name: str) -> None:
    assert kept(name, Subject.DRAFT_PROJECT, saved=50 * DAY) == (140 * DAY, "trash")
    assert kept(name, Subject.CART_ITEM, accessed=50 * DAY) == (90 * DAY, "purge")
    assert kept(name, Subject.UNPAID_ORDER, ["print"], ordered=DAY, entered=DAY) == (91 * DAY, "purge")
    for subject in (Subject.PAID_ORDER, Subject.PACKAGED_ORDER):
        for products, days in ((["print"], 60), (["book"], 400), (["print", "book"], 400), ([None], 400)):
            paid = kept(name, subject, products, ordered=DAY, paid=2 * DAY, entered=9 * DAY)
            assert paid == ((days + 2) * DAY, "purge")


def visitors_a_week(name: str) -> None:
    for subject in (Subject.SESSION_FILE, Subject.GUEST_PROJECT):
        assert kept(name, subject, entered=6 * HOUR) == (7 * DAY + 6 * HOUR, "trash")
    assert kept(name, Subject.DRAFT_PROJECT, saved=DAY) == (31 * DAY, "trash")
    assert kept(name, Subject.UNPAID_ORDER, ordered=DAY, entered=DAY) == (31 * DAY, "purge")
    for subject in (Subject.PAID_ORDER, Subject.PACKAGED_ORDER):
        assert kept(name, subject, ordered=DAY, paid=2 * DAY, entered=9 * DAY) == (152 * DAY, "purge")
    assert kept(name, Subject.LEFTOVER_PHOTO, packaged=9 * DAY) == (39 * DAY, "trash")


def orders_for_ever(name: str) -> None:
    assert kept(name, Subject.CART_ITEM, accessed=5 * DAY) == (7 * DAY, "purge")
    assert kept(name, Subject.UNUSED_FILE) == (90 * DAY, "trash")
    for subject in (Subject.UNPAID_ORDER, Subject.PAID_ORDER, Subject.PACKAGED_ORDER):
        assert kept(name, subject, ordered=DAY, paid=DAY, entered=DAY) == "for ever"


def a_week_in_the_trash(name: str) -> None:
    assert kept(name, Subject.DRAFT_PROJECT, saved=DAY) == (22 * DAY, "trash")
    assert kept(name, Subject.TRASHED_PROJECT, entered=22 * DAY) == (29 * DAY, "purge")
    for subject in (Subject.SESSION_FILE, Subject.GUEST_PROJECT):
        assert kept(name, subject, entered=6 * HOUR) == (6 * HOUR, "trash")


def nothing_deleted(name: str) -> None:
    assert kept(name, Subject.DRAFT_PROJECT, saved=DAY) == (91 * DAY, "archive")
    assert kept(name, Subject.UNUSED_FILE) == (90 * DAY, "archive")
    assert kept(name, Subject.RELEASED_FILE, entered=9 * DAY) == (99 * DAY, "archive")
    for subject in (Subject.UNPAID_ORDER, Subject.PAID_ORDER, Subject.PACKAGED_ORDER):
        assert kept(name, subject, ordered=DAY, paid=DAY, entered=DAY) == "for ever"


def archived_after_the_last_purchase(name: str) -> None:
    for subject in (Subject.DRAFT_PROJECT, Subject.UNUSED_FILE):
        assert kept(name, subject, saved=DAY) == (548 * DAY, "archive")
        assert kept(name, subject, saved=DAY, last_purchase=300 * DAY) == (848 * DAY, "archive")


def deleted_after_notice(name: str) -> None:
    never, lately, long_ago = (
        ending(name, Subject.DRAFT_PROJECT, saved=DAY),
        ending(name, Subject.DRAFT_PROJECT, saved=DAY, last_purchase=100 * DAY),
        ending(name, Subject.DRAFT_PROJECT, saved=DAY, last_purchase=-900 * DAY),
    )
    for found, days in ((never, 548), (lately, 648), (long_ago, 548)):
        assert (found.at, found.rule.then) == (BEGIN + days * DAY, "trash")
        assert found.milestones() == [BEGIN + (days - 30) * DAY, BEGIN + (days - 7) * DAY]


def facts_only(name: str) -> None:
    for subject in (Subject.UNPAID_ORDER, Subject.PAID_ORDER, Subject.PACKAGED_ORDER):
        assert kept(name, subject, ordered=DAY, entered=9 * DAY) == (46 * DAY, "keep_facts")


def two_weeks_after_printing(name: str) -> None:
    printed = kept(name, Subject.PACKAGED_ORDER, ordered=DAY, packaged=2 * DAY, entered=5 * DAY, delivered=8 * DAY)
    assert printed == (19 * DAY, "purge")
    assert kept(name, Subject.LAB_PACKAGE, entered=2 * DAY) == (16 * DAY, "purge")


def three_more_months(name: str) -> None:
    found = ending(name, Subject.DRAFT_PROJECT, saved=50 * DAY)
    assert (found.at, found.milestones()) == (BEGIN + 90 * DAY, [BEGIN + 76 * DAY])
    assert (found.rule.extend, found.rule.extend_by) == (frozenset({Extension.CUSTOMER}), 90 * DAY)
    clocks = {Clock.CREATED: BEGIN, Clock.SAVED: BEGIN}
    extended = POLICIES[name].policy.ending(Subject.DRAFT_PROJECT, clocks, extended_until=BEGIN + 180 * DAY)
    assert (extended.at, extended.milestones()) == (BEGIN + 180 * DAY, [BEGIN + 166 * DAY])


def from_the_last_access(name: str) -> None:
    assert kept(name, Subject.DRAFT_PROJECT, saved=DAY) == (61 * DAY, "trash")
    assert kept(name, Subject.DRAFT_PROJECT, saved=DAY, accessed=40 * DAY) == (100 * DAY, "trash")
    assert kept(name, Subject.CART_ITEM, accessed=40 * DAY) == (100 * DAY, "purge")


def after_a_visit(name: str) -> None:
    for subject in (Subject.SESSION_FILE, Subject.GUEST_PROJECT):
        assert kept(name, subject, entered=9 * HOUR, accessed=2 * HOUR) == (15 * HOUR, "trash")


PROMISES = {
    "Saved 180 days from creation, ordered two years": saved_180_days,
    "90 days from each save until paid, then 400, prints 60": again_from_each_save,
    "Visitors a week, unpaid 30 days, paid 150, photos left over 30": visitors_a_week,
    "A week in the cart, uploads 90 days, orders for ever": orders_for_ever,
    "21 days, then a week in the trash": a_week_in_the_trash,
    "Nothing deleted, archived after three months": nothing_deleted,
    "Archived 18 months after the last purchase": archived_after_the_last_purchase,
    "Deleted 18 months after the last purchase, after notice": deleted_after_notice,
    "Files of an order 45 days, then facts only": facts_only,
    "Two weeks after printing": two_weeks_after_printing,
    "Three months, and three more by a link": three_more_months,
    "60 days from the last access": from_the_last_access,
    "Six hours after a visit": after_a_visit,
}


@pytest.mark.parametrize("name", PROMISES)
def test_a_policy_keeps_what_its_sentence_promises(name: str) -> None:
    PROMISES[name](name)
