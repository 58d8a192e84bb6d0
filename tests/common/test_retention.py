"""Policies of shops: read from JSON, refused with the rule and the limit, and what they say of an item."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from imagestore.common.retention import (
    NEVER,
    Clock,
    PolicyInvalid,
    RetentionPolicy,
    Subject,
    changes,
    check_carried_out,
    deciding,
    parse_policy,
    policy_json,
    read_policy,
)

DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def policy(*rules: dict[str, Any]) -> RetentionPolicy:
    return read_policy({"rules": list(rules)})


def test_what_is_left_out_has_its_default() -> None:
    assert read_policy({}) == RetentionPolicy()
    read = read_policy({"rules": [{"subject": "unused_file", "keep": "3d"}], "kept_autosaves": 5})
    assert (read.keep(Subject.UNUSED_FILE), read.kept_autosaves) == (3 * DAY, 5)
    assert read.keep(Subject.TRASHED_FILE) == 30 * DAY
    (rule,) = read.rules
    assert (rule.since, rule.then) == (Clock.CREATED, "trash")


def test_json_and_back_is_the_same() -> None:
    told = {
        "rules": [
            {
                "subject": "draft_project", "since": "created", "keep": "90d", "then": "trash", "product": "book",
                "extend": ["customer", "save"], "extend_by": "900h", "warn": ["14d", "3d"],
            },
            {"subject": "paid_order", "since": "paid", "keep": "for ever", "then": "purge"},
        ],
        "kept_autosaves": 7,
        "guard": {"percent": 10, "items": 500, "least": 50},
    }  # fmt: skip
    assert policy_json(read_policy(told)) == told


def test_the_first_rule_that_fits_decides() -> None:
    rules = policy(
        {"subject": "cart_item", "product": "print", "keep": "7d"},
        {"subject": "cart_item", "keep": "20d"},
        {"subject": "cart_item", "keep": "99d"},
    )
    clocks = {Clock.ACCESSED: BEGIN}
    assert rules.ending(Subject.CART_ITEM, clocks, ("print",)).at == BEGIN + 7 * DAY
    assert rules.ending(Subject.CART_ITEM, clocks, ("book",)).at == BEGIN + 20 * DAY
    assert rules.ending(Subject.CART_ITEM, clocks).at == BEGIN + 20 * DAY


def test_of_several_products_the_longest_kept_decides() -> None:
    rules = policy(
        {"subject": "paid_order", "product": "print", "keep": "60d"},
        {"subject": "paid_order", "product": "album", "keep": "for ever"},
        {"subject": "paid_order", "keep": "400d"},
    )
    clocks = {Clock.ENTERED: BEGIN}
    assert rules.ending(Subject.PAID_ORDER, clocks, ["print"]).at == BEGIN + 60 * DAY
    assert rules.ending(Subject.PAID_ORDER, clocks, ["print", None]).at == BEGIN + 400 * DAY
    for_ever = rules.ending(Subject.PAID_ORDER, clocks, ["print", "album", None])
    assert (for_ever.at, for_ever.due_at) == (None, BEGIN + NEVER)


def test_a_rule_applies_once_its_clock_has_started() -> None:
    """Until a delivery is reported, the next rule decides, in the end the default: nothing is kept by accident."""
    rules = policy({"subject": "packaged_order", "since": "delivered", "keep": "14d"})
    packaged = {Clock.ORDERED: BEGIN, Clock.ENTERED: BEGIN + DAY}
    assert rules.ending(Subject.PACKAGED_ORDER, packaged).at == BEGIN + 731 * DAY
    delivered = packaged | {Clock.DELIVERED: BEGIN + 3 * DAY}
    assert rules.ending(Subject.PACKAGED_ORDER, delivered).at == BEGIN + 17 * DAY


def test_saves_and_touches_start_it_again_where_the_rule_says_so() -> None:
    created = {"subject": "draft_project", "since": "created", "keep": "90d"}
    clocks = {Clock.CREATED: BEGIN, Clock.SAVED: BEGIN + 50 * DAY}
    assert policy(created).ending(Subject.DRAFT_PROJECT, clocks).at == BEGIN + 90 * DAY
    assert policy(created | {"extend": ["save"]}).ending(Subject.DRAFT_PROJECT, clocks).at == BEGIN + 140 * DAY
    assert policy(created | {"extend": ["touch"]}).ending(Subject.DRAFT_PROJECT, clocks).at == BEGIN + 90 * DAY


def test_what_was_extended_ends_later_and_never_earlier() -> None:
    rules, clocks = policy({"subject": "draft_project", "keep": "90d"}), {Clock.SAVED: BEGIN}
    for until, ends in ((BEGIN + 100 * DAY, BEGIN + 100 * DAY), (BEGIN + DAY, BEGIN + 90 * DAY)):
        assert rules.ending(Subject.DRAFT_PROJECT, clocks, extended_until=until).at == ends


def test_warnings_come_the_earliest_first() -> None:
    rules = policy({"subject": "draft_project", "keep": "90d", "warn": ["3d", "14d"]})
    ending = rules.ending(Subject.DRAFT_PROJECT, {Clock.SAVED: BEGIN})
    assert ending.milestones() == [BEGIN + 76 * DAY, BEGIN + 87 * DAY]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"subject": "unused_file", "keep": "23h"}, "keep"),
        ({"subject": "unused_file", "keep": "36526d"}, "keep"),
        ({"subject": "unused_file", "keep": "90"}, "keep"),
        ({"subject": "unused_file", "keep": 90}, "keep"),
        ({"subject": "unused_file", "keep": "-5d"}, "keep"),
        ({"subject": "unused_file"}, "keep"),
        ({"subject": "photo", "keep": "9d"}, "subject"),
        ({"keep": "9d"}, "subject"),
        ({"subject": "unused_file", "keep": "9d", "since": "birth"}, "since"),
        ({"subject": "unused_file", "keep": "9d", "then": "burn"}, "then"),
        ({"subject": "unused_file", "keep": "9d", "days": 9}, "days"),
        ({"subject": "draft_project", "keep": "9d", "warn": ["9d"]}, "warn"),
        ({"subject": "draft_project", "keep": "for ever", "warn": ["9d"]}, "warn"),
        ({"subject": "draft_project", "keep": "9d", "warn": "3d"}, "warn"),
        ({"subject": "draft_project", "keep": "9d", "extend": ["luck"]}, "extend"),
        ({"subject": "draft_project", "keep": "9d", "extend": ["customer"]}, "extend_by"),
        ({"subject": "draft_project", "keep": "9d", "extend_by": "9d"}, "extend_by"),
        (
            {"subject": "draft_project", "keep": "9d", "extend": ["staff"], "extend_by": "3d", "warn": ["3d"]},
            "extend_by",
        ),
        ({"subject": "cart_item", "keep": "9d", "product": ""}, "product"),
    ],
)
def test_a_refusal_names_the_rule_and_its_member(rule: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyInvalid) as refusal:
        policy({"subject": "unused_file", "keep": "9d"}, rule)
    assert refusal.value.field == f"rules.1.{field}"
    assert field in refusal.value.text


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"kept_autosaves": 0}, "kept_autosaves"),
        ({"kept_autosaves": 101}, "kept_autosaves"),
        ({"kept_autosaves": True}, "kept_autosaves"),
        ({"guard": 5}, "guard"),
        ({"guard": {"percent": 0}}, "guard.percent"),
        ({"guard": {"percent": 5.5}}, "guard.percent"),
        ({"guard": {"items": 10_000_001}}, "guard.items"),
        ({"guard": {"share": 5}}, "guard.share"),
        ({"rules": {}}, "rules"),
        ({"rules": [{"subject": "unused_file", "keep": "9d"}] * 51}, "rules"),
        ({"rules": ["unused_file"]}, "rules.0"),
        ({"unused_file": 86_400}, "unused_file"),
    ],
)
def test_a_policy_that_is_none_is_refused(told: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyInvalid) as refusal:
        read_policy(told)
    assert refusal.value.field == field


def test_limits_are_told() -> None:
    with pytest.raises(PolicyInvalid, match="from 1d to 36525d") as refusal:
        policy({"subject": "unused_file", "keep": "2h"})
    assert refusal.value.facts == {"least": "1d", "most": "36525d"}


def test_a_demo_shop_may_have_shorter_lifetimes() -> None:
    read = read_policy({"rules": [{"subject": "unused_file", "keep": "2s"}]}, least=timedelta(seconds=1))
    assert read.keep(Subject.UNUSED_FILE) == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"warn": ["2d"]}, "warn"), ({"extend": ["customer"], "extend_by": "9d"}, "extend")],
)
def test_what_is_archived_stays_so_that_nobody_is_warned_of_it_and_nobody_puts_it_off(
    change: dict[str, Any], field: str
) -> None:
    archives = {"subject": "draft_project", "keep": "9d", "then": "archive", "extend": ["save", "touch"]}
    check_carried_out(policy(archives))
    with pytest.raises(PolicyInvalid, match="What is archived stays") as refusal:
        check_carried_out(policy(archives | change))
    assert refusal.value.field == f"rules.0.{field}"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"subject": "trashed_file", "since": "last_purchase", "keep": "548d"}, "since"),
        ({"subject": "trashed_file", "keep": "9d", "then": "archive"}, "then"),
        ({"subject": "unused_file", "keep": "9d", "product": "book"}, "product"),
        ({"subject": "unused_file", "keep": "9d", "warn": ["2d"]}, "warn"),
        ({"subject": "rendition", "keep": "9d", "then": "trash"}, "then"),
        ({"subject": "paid_order", "keep": "9d", "extend": ["touch"]}, "extend"),
    ],
)
def test_a_rule_that_nothing_carries_out_is_not_taken(rule: dict[str, Any], field: str) -> None:
    """It can be written down; a shop that had it would believe that it works."""
    with pytest.raises(PolicyInvalid) as refusal:
        check_carried_out(policy(rule))
    assert refusal.value.field == f"rules.0.{field}"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"subject": "unused_file", "keep": "9d", "warn": ["2d"]}, r"^Nobody is warned of an unused_file\.$"),
        ({"subject": "unused_file", "keep": "9d", "product": "book"}, r"^An unused_file has no product\.$"),
        ({"subject": "lab_package", "keep": "9d", "product": "book"}, r"^A lab_package has no product\.$"),
        ({"subject": "draft_project", "keep": "for ever", "warn": ["2d"]}, "for ever has no end to be warned of"),
    ],
)
def test_a_refusal_is_worded_for_people(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(PolicyInvalid, match=told):
        check_carried_out(policy(rule))


def test_a_guard_whose_items_would_say_nothing_is_not_taken() -> None:
    with pytest.raises(PolicyInvalid, match=r"least \(100\) may go in any case") as refusal:
        check_carried_out(read_policy({"guard": {"items": 50}}))
    assert refusal.value.field == "guard.items"
    check_carried_out(read_policy({"guard": {"items": 50, "least": 50}}))


def test_the_defaults_are_all_carried_out() -> None:
    check_carried_out(RetentionPolicy())
    for subject in ("draft_project", "paid_order", "cart_item", "trashed_file"):
        check_carried_out(policy({"subject": subject, "keep": "99d"}))


def test_what_is_newer_than_the_last_purchase_does_not_end_on_its_first_day() -> None:
    rules = policy({"subject": "draft_project", "since": "last_purchase", "keep": "548d"})
    clocks = {Clock.CREATED: BEGIN, Clock.SAVED: BEGIN}
    for purchase, begins in ((-900 * DAY, 0 * DAY), (9 * DAY, 9 * DAY)):
        bought = clocks | {Clock.LAST_PURCHASE: BEGIN + purchase}
        assert rules.ending(Subject.DRAFT_PROJECT, bought).at == BEGIN + begins + 548 * DAY
        assert (
            rules.for_customer(BEGIN + purchase).ending(Subject.DRAFT_PROJECT, clocks).at == BEGIN + begins + 548 * DAY
        )
    for nobody in (rules, rules.for_customer(None)):
        assert nobody.ending(Subject.DRAFT_PROJECT, clocks).at == BEGIN + 365 * DAY


def test_what_is_let_go_after_the_last_purchase_does_not_end_on_that_day() -> None:
    rules = policy({"subject": "released_file", "since": "last_purchase", "keep": "548d"})
    clocks = {Clock.CREATED: BEGIN - 900 * DAY, Clock.ENTERED: BEGIN}
    for purchase, begins in ((-100 * DAY, 0 * DAY), (9 * DAY, 9 * DAY)):
        ending = rules.for_customer(BEGIN + purchase).ending(Subject.RELEASED_FILE, clocks)
        assert ending.at == BEGIN + begins + 548 * DAY


@pytest.mark.parametrize("keep", ["548d", "2d", "for ever"])
def test_what_comes_into_a_state_is_dated_as_of_who_has_bought_nothing(keep: str) -> None:
    bought = {"subject": "unused_file", "since": "last_purchase", "keep": keep}
    assert policy(bought).keep(Subject.UNUSED_FILE) == 90 * DAY
    assert policy(bought, {"subject": "unused_file", "keep": "30d"}).keep(Subject.UNUSED_FILE) == 30 * DAY


def test_what_belongs_to_a_visit_may_go_the_same_day() -> None:
    for subject in ("session_file", "guest_project"):
        (rule,) = policy({"subject": subject, "keep": "1h"}).rules
        assert rule.keep == timedelta(hours=1)
        with pytest.raises(PolicyInvalid, match="from 1h to"):
            policy({"subject": subject, "keep": "59s"})


@pytest.mark.parametrize("keep", ["for ever", "367d"])
def test_what_belongs_to_a_visit_is_not_kept_for_ever(keep: str) -> None:
    """Nobody knows whose it is: nobody could ever ask for it or have it erased."""
    for subject in ("session_file", "guest_project"):
        check_carried_out(policy({"subject": subject, "keep": "366d"}))
        with pytest.raises(PolicyInvalid, match="kept 366d at most") as refusal:
            check_carried_out(policy({"subject": subject, "keep": keep}))
        assert refusal.value.field == "rules.0.keep"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no JSON: .*line 1 column 1"),
        ('{"rules": [}', "no JSON: .*line 1 column 12"),
        ("[" * 100_000, "no JSON"),
        ("[]", "an object with rules, kept_autosaves and guard"),
        ('{"rules": [{"subject": "unused_file", "keep": "9d", "keep": "90d"}]}', "keep is written twice"),
    ],
)
def test_what_a_person_wrote_is_told_to_be_no_policy(text: str, told: str) -> None:
    with pytest.raises(PolicyInvalid, match=told):
        parse_policy(text)


def test_a_policy_as_a_person_wrote_it() -> None:
    assert parse_policy(' {"rules": []}\n') == {"rules": []}


def words(rules: RetentionPolicy, subject: Subject) -> str:
    return next(str(line) for line in deciding(rules) if line.subject == subject)


def test_each_subject_is_told_with_the_rules_in_the_order_in_which_they_are_asked() -> None:
    rules = policy(
        {"subject": "packaged_order", "since": "delivered", "product": "print", "keep": "60d"},
        {"subject": "paid_order", "keep": "for ever"},
        {"subject": "packaged_order", "since": "delivered", "keep": "90d"},
    )
    assert [line.subject for line in deciding(rules)] == list(Subject)
    assert words(rules, Subject.CART_ITEM) == "cart_item: 30d from accessed, then purge (default)"
    assert words(rules, Subject.GUEST_PROJECT) == "guest_project: at the visit's end, then trash (default)"
    assert words(rules, Subject.PAID_ORDER) == "paid_order: kept for ever (rules.1)"
    assert words(rules, Subject.PACKAGED_ORDER) == (
        "packaged_order: of the product print 60d from delivered, then purge (rules.0); "
        "else 90d from delivered, then purge (rules.2); else 730d from entered, then purge (default)"
    )


def test_a_rule_that_never_decides_is_told() -> None:
    rules = policy(
        {"subject": "cart_item", "product": "print", "keep": "7d"},
        {"subject": "cart_item", "product": "print", "since": "created", "keep": "8d"},
        {"subject": "cart_item", "since": "created", "keep": "20d"},
        {"subject": "cart_item", "product": "book", "since": "created", "keep": "30d"},
        {"subject": "cart_item", "product": "book", "keep": "40d"},
    )
    (line,) = (line for line in deciding(rules) if line.subject == Subject.CART_ITEM)
    assert line.idle == ("rules.1", "rules.3")
    assert words(rules, Subject.CART_ITEM).endswith("; never decides: rules.1, rules.3")
    assert "(default)" in line.rules[-1]


def test_what_prolongs_and_warns_is_told() -> None:
    rule = {"subject": "draft_project", "keep": "90d", "extend": ["save", "customer", "staff"], "extend_by": "30d"}
    assert words(policy(rule | {"warn": ["3d", "14d"]}), Subject.DRAFT_PROJECT) == (
        "draft_project: 90d from saved, then trash, from each save again, 30d more by customer or staff, "
        "warned 14d and 3d before (rules.0)"
    )


def test_a_change_is_told_rule_by_rule() -> None:
    cart, unused, trash = (
        {"subject": subject, "keep": "20d"} for subject in ("cart_item", "unused_file", "trashed_file")
    )
    before = policy(cart, unused)
    after = read_policy({"rules": [cart | {"keep": "2d"}, unused, trash], "kept_autosaves": 5})
    assert changes(before, after) == [
        "removed rules.0: cart_item 20d from accessed, then purge",
        "added rules.0: cart_item 2d from accessed, then purge",
        "added rules.2: trashed_file 20d from entered, then purge",
        "kept_autosaves is 5, was 20",
    ]
    assert changes(before, before) == []
