"""A shop's policy: an ordered list of rules. Pure; the same rules decide, preview and explain.

The first rule that fits decides: of its subject, for any product or for the item's, and with a clock that has
started. What no rule of the shop fits has the default.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from imagestore.common.retention.words import Action, Clock, Extension, Subject

KEPT_AUTOSAVES = 20
Clocks = Mapping[Clock, datetime]
DATED_WITHIN = timedelta(seconds=1)
"""Items are dated in whole seconds."""
RESTARTS = {Extension.SAVE: Clock.SAVED, Extension.TOUCH: Clock.ACCESSED}
"""Clocks that start a lifetime again, by the extension that allows it."""
NOT_BEFORE = {Clock.LAST_PURCHASE: frozenset({Clock.CREATED, Clock.ENTERED})}
"""By a customer's clock. Who bought nothing for years may begin something new, or no more use something old: it does
not end on that very day."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`keep`: from the start of its clock; None: for ever. `warn`: so long before, each once, the longest first.

    `extend_by`: what a customer or staff adds at a time, if `extend` lets them. `own`: the shop's, not a default.
    """

    subject: Subject
    since: Clock
    keep: timedelta | None
    then: Action
    product: str | None = None
    extend: frozenset[Extension] = frozenset()
    extend_by: timedelta | None = None
    warn: tuple[timedelta, ...] = ()
    own: bool = False

    def fits(self, subject: Subject, product: str | None, clocks: Clocks) -> bool:
        return self.subject == subject and self.product in (None, product) and self.since in clocks


class Ending(NamedTuple):
    """When a rule ends something: `at` is None for what is kept for ever. `since`: when its lifetime began."""

    rule: Rule
    since: datetime
    at: datetime | None

    def not_before(self, dated: datetime | None) -> datetime | None:
        """When it really happens: the sweep looks at an item when it was dated to, whatever its rule has become."""
        if self.at and dated and dated - self.at > DATED_WITHIN:
            return dated
        return self.at

    def is_archived(self, at: datetime | None) -> bool:
        """Whether an item that was archived then has had what its rule does, since its lifetime began."""
        return self.rule.then == Action.ARCHIVE and at is not None and at >= self.since

    @property
    def due_at(self) -> datetime:
        """When the sweep looks at it."""
        return self.at or self.since + NEVER

    def milestones(self) -> list[datetime]:
        """When the customer is to be warned, in order."""
        return [self.at - before for before in self.rule.warn] if self.at else []


@dataclass(frozen=True, slots=True)
class Guard:
    """What the rules may remove of a shop in 24 hours before a person must approve: `percent` of its files or so many
    `items`, whichever is less; `least` in any case, so that a small shop need not approve every day."""

    percent: int = 5
    items: int = 10_000
    least: int = 100

    def allows(self, files: int) -> int:
        return max(self.least, min(self.items, files * self.percent // 100))


@dataclass(frozen=True)
class RetentionPolicy:
    """`kept_autosaves`: the last so many of a project, beside every manual save. `clocks`: of the customer whose things
    it is asked about; they join each thing's own."""

    rules: tuple[Rule, ...] = ()
    kept_autosaves: int = KEPT_AUTOSAVES
    guard: Guard = Guard()
    clocks: Clocks = field(default_factory=dict, compare=False)

    def for_customer(self, last_purchase_at: datetime | None) -> "RetentionPolicy":
        """What it says of the things of one customer; None: who has bought nothing."""
        return replace(self, clocks={Clock.LAST_PURCHASE: last_purchase_at}) if last_purchase_at else self

    def ending(
        self,
        subject: Subject,
        clocks: Clocks,
        products: Collection[str | None] = (None,),
        extended_until: datetime | None = None,
    ) -> Ending:
        """What the policy says of an item. One of several products is kept as long as the longest of their rules.

        `clocks` has at least the one that the default of the subject starts with.
        """
        known = {**self.clocks, **clocks}
        return max(
            (self._ending(subject, known, product, extended_until) for product in products or (None,)), key=_length
        )

    def keep(self, subject: Subject) -> timedelta:
        """How long an item is kept that comes into this state now, of who has bought nothing; NEVER where that is for
        ever. The sweep, which knows whose it is, keeps it longer where another rule says so.
        """
        rules = (rule for rule in self._by_subject[subject] if rule.since not in NOT_BEFORE)
        rule = next(rule for rule in rules if rule.product is None)
        return NEVER if rule.keep is None else rule.keep

    def warns(self, subject: Subject) -> bool:
        """Whether anybody may be warned of such an item."""
        return any(rule.warn for rule in self._by_subject[subject])

    def heeds(self, subject: Subject, clock: Clock) -> bool:
        """Whether the clock matters to such an item: one that no rule asks for need not be kept."""
        return any(
            clock == rule.since or clock in (RESTARTS.get(way) for way in rule.extend)
            for rule in self._by_subject[subject]
        )

    def _ending(self, subject: Subject, clocks: Clocks, product: str | None, until: datetime | None) -> Ending:
        rule = next(rule for rule in self._by_subject[subject] if rule.fits(subject, product, clocks))
        later = {RESTARTS[way] for way in rule.extend if way in RESTARTS} | NOT_BEFORE.get(rule.since, frozenset())
        since = max(clocks[clock] for clock in {rule.since, *later} if clock in clocks)
        at = since + rule.keep if rule.keep is not None else None
        return Ending(rule, since, max(at, until) if at and until else at)

    @cached_property
    def _by_subject(self) -> Mapping[Subject, tuple[Rule, ...]]:
        every = (*self.rules, *DEFAULTS)
        return {subject: tuple(rule for rule in every if rule.subject == subject) for subject in Subject}


NEVER = timedelta(days=36_525)
"""So long an item is out of sight of the sweep that its rule keeps for ever."""


def _length(ending: Ending) -> tuple[bool, datetime]:
    return (ending.at is None, ending.at or ending.since)


def _defaults() -> Iterable[Rule]:
    days = timedelta(days=1)
    for subject, since, keep, then in (
        (Subject.ABANDONED_UPLOAD, Clock.CREATED, 1, Action.PURGE),
        (Subject.REJECTED_FILE, Clock.ENTERED, 1, Action.PURGE),
        (Subject.UNUSED_FILE, Clock.CREATED, 90, Action.TRASH),
        (Subject.RELEASED_FILE, Clock.ENTERED, 30, Action.TRASH),
        (Subject.TRASHED_FILE, Clock.ENTERED, 30, Action.PURGE),
        (Subject.RENDITION, Clock.CREATED, None, Action.PURGE),
        (Subject.DRAFT_PROJECT, Clock.SAVED, 365, Action.TRASH),
        (Subject.TRASHED_PROJECT, Clock.ENTERED, 30, Action.PURGE),
        (Subject.LEFTOVER_PHOTO, Clock.PACKAGED, None, Action.TRASH),
        (Subject.CART_ITEM, Clock.ACCESSED, 30, Action.PURGE),
        (Subject.UNPAID_ORDER, Clock.ENTERED, 730, Action.PURGE),
        (Subject.PAID_ORDER, Clock.ENTERED, 730, Action.PURGE),
        (Subject.PACKAGED_ORDER, Clock.ENTERED, 730, Action.PURGE),
        (Subject.CANCELLED_ORDER, Clock.ENTERED, 30, Action.PURGE),
        (Subject.LAB_PACKAGE, Clock.ENTERED, 14, Action.PURGE),
    ):
        yield Rule(subject, since, keep * days if keep else None, then)
    # Files and projects of a visit go with it: at its end they have been kept long enough.
    yield Rule(Subject.SESSION_FILE, Clock.ENTERED, 0 * days, Action.TRASH)
    yield Rule(Subject.GUEST_PROJECT, Clock.ENTERED, 0 * days, Action.TRASH)


DEFAULTS = tuple(_defaults())
