"""Policies in words, for people who look at one or change it. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from imagestore.common.retention.policy import DEFAULTS, Guard, RetentionPolicy, Rule
from imagestore.common.retention.reading import duration
from imagestore.common.retention.words import Extension, Subject

AT_ONCE = "at the visit's end"
"""Only what goes with its visit is kept no longer than that."""


class Deciding(NamedTuple):
    """The rules of one subject in the order in which they are asked, each in words with its place in the policy.

    `idle`: places of rules that never decide, because one before them always does.
    """

    subject: Subject
    rules: tuple[str, ...]
    idle: tuple[str, ...]

    def __str__(self) -> str:
        idle = f"; never decides: {', '.join(self.idle)}" if self.idle else ""
        return f"{self.subject}: {'; else '.join(self.rules)}{idle}"


def deciding(policy: RetentionPolicy) -> list[Deciding]:
    return [_deciding(policy, subject) for subject in Subject]


def changes(before: RetentionPolicy, after: RetentionPolicy) -> list[str]:
    """Rule by rule, each by its place; empty if nothing is different."""
    told: list[str] = []
    for what, begin, end, to_begin, to_end in SequenceMatcher(None, before.rules, after.rules, False).get_opcodes():
        if what != "equal":
            told += [f"removed {_placed(index, before.rules)}" for index in range(begin, end)]
            told += [f"added {_placed(index, after.rules)}" for index in range(to_begin, to_end)]
    if before.kept_autosaves != after.kept_autosaves:
        told.append(f"kept_autosaves is {after.kept_autosaves}, was {before.kept_autosaves}")
    if before.guard != after.guard:
        told.append(f"guard is {guard_in_words(after.guard)}, was {guard_in_words(before.guard)}")
    return told


def _deciding(policy: RetentionPolicy, subject: Subject) -> Deciding:
    default = next(rule for rule in DEFAULTS if rule.subject == subject)
    places = [(f"rules.{index}", rule) for index, rule in enumerate(policy.rules) if rule.subject == subject]
    asked: list[tuple[str, Rule]] = []
    idle: list[str] = []
    for place, rule in (*places, ("default", default)):
        if not any(_covers(earlier, rule, default) for _, earlier in asked):
            asked.append((place, rule))
        elif rule is not default:
            idle.append(place)
    return Deciding(subject, tuple(f"{_told(rule)} ({place})" for place, rule in asked), tuple(idle))


def _covers(earlier: Rule, later: Rule, default: Rule) -> bool:
    """Whether the earlier fits whenever the later does: the clock of the default has always started."""
    return earlier.product in (None, later.product) and earlier.since in (default.since, later.since)


def _placed(index: int, rules: Sequence[Rule]) -> str:
    return f"rules.{index}: {rules[index].subject} {_told(rules[index])}"


def _told(rule: Rule) -> str:
    return ", ".join(_parts(rule))


def _parts(rule: Rule) -> Iterator[str]:
    product = f"of the product {rule.product} " if rule.product else ""
    if rule.keep is None:
        yield f"{product}kept for ever"
    else:
        kept = f"{duration(rule.keep)} from {rule.since}" if rule.keep else AT_ONCE
        yield f"{product}{kept}, then {rule.then}"
    yield from (f"from each {way} again" for way in (Extension.SAVE, Extension.TOUCH) if way in rule.extend)
    if rule.extend_by:
        by = " or ".join(way for way in (Extension.CUSTOMER, Extension.STAFF) if way in rule.extend)
        yield f"{duration(rule.extend_by)} more by {by}"
    if rule.warn:
        yield f"warned {' and '.join(duration(before) for before in rule.warn)} before"


def guard_in_words(guard: Guard) -> str:
    return f"{guard.percent} % or {guard.items} items, at least {guard.least}"
