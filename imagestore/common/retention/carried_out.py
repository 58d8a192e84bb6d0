"""Which rules the product carries out today. A policy may say more; a shop's is refused if it does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from imagestore.common.retention.words import OF_VISIT, Action, Clock, Extension, Subject

LONGEST_OF_VISIT = timedelta(days=366)
"""Nobody knows whose it is: nobody can ask for it, nor have it erased."""


@dataclass(frozen=True, slots=True)
class Carried:
    """`longest`: to be kept; None: even for ever."""

    since: frozenset[Clock] = frozenset()
    then: frozenset[Action] = frozenset()
    extend: frozenset[Extension] = frozenset()
    warns: bool = False
    products: bool = False
    longest: timedelta | None = None


ARCHIVED = frozenset({Action.TRASH, Action.ARCHIVE})
"""What may be trashed is as well moved to where it costs less."""


def _carried(
    then: Action, *since: Clock, extend: Collection[Extension] = (), warns: bool = False, products: bool = False
) -> Carried:
    return Carried(frozenset(since), frozenset({then}), frozenset(extend), warns, products)


def _order(*since: Clock) -> Carried:
    ends = frozenset({Action.PURGE, Action.KEEP_FACTS})
    return Carried(frozenset({Clock.ORDERED, Clock.ENTERED, *since}), ends, products=True)


CARRIED_OUT: Mapping[Subject, Carried] = {
    Subject.ABANDONED_UPLOAD: _carried(Action.PURGE, Clock.CREATED),
    Subject.REJECTED_FILE: _carried(Action.PURGE, Clock.ENTERED),
    Subject.UNUSED_FILE: replace(_carried(Action.TRASH, Clock.CREATED, Clock.LAST_PURCHASE), then=ARCHIVED),
    Subject.RELEASED_FILE: replace(_carried(Action.TRASH, Clock.ENTERED, Clock.LAST_PURCHASE), then=ARCHIVED),
    Subject.TRASHED_FILE: _carried(Action.PURGE, Clock.ENTERED),
    Subject.RENDITION: _carried(Action.PURGE, Clock.CREATED),
    Subject.DRAFT_PROJECT: Carried(
        since=frozenset({Clock.CREATED, Clock.SAVED, Clock.ACCESSED, Clock.LAST_PURCHASE}),
        then=ARCHIVED,
        extend=frozenset(Extension),
        warns=True,
    ),
    Subject.TRASHED_PROJECT: _carried(Action.PURGE, Clock.ENTERED),
    Subject.LEFTOVER_PHOTO: _carried(Action.TRASH, Clock.PACKAGED, products=True),
    Subject.CART_ITEM: _carried(Action.PURGE, Clock.CREATED, Clock.ACCESSED, extend=[Extension.TOUCH], products=True),
    Subject.UNPAID_ORDER: _order(),
    Subject.PAID_ORDER: _order(Clock.PAID),
    Subject.PACKAGED_ORDER: _order(Clock.PAID, Clock.PACKAGED, Clock.DELIVERED),
    Subject.CANCELLED_ORDER: _order(),
    Subject.LAB_PACKAGE: _carried(Action.PURGE, Clock.ENTERED),
    **dict.fromkeys(OF_VISIT, replace(_carried(Action.TRASH, Clock.ENTERED), longest=LONGEST_OF_VISIT)),
}
