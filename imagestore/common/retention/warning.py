"""When an item's customer is warned, and when the item ends then. Pure.

Each milestone is warned of once, never early. Who looks late sends one warning for all that have passed; the item then
stays for as long as the last milestone promises: what asks for a warning does not go without it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from imagestore.common.retention.policy import DATED_WITHIN, Ending


class Warned(NamedTuple):
    """The last warning of an item: when it was sent, and until when it said that the item stays."""

    at: datetime
    until: datetime

    def holds(self, ends_at: datetime | None) -> bool:
        """Not once the item ends later than it said, because it was saved, extended or has another rule."""
        return ends_at is not None and ends_at - self.until <= DATED_WITHIN


class Notice(NamedTuple):
    """What a look at an item finds: when it ends at the earliest, and when it is looked at next.

    `before`: the milestone to warn of now; both times are those after the warning.
    """

    ends_at: datetime
    due_at: datetime
    before: timedelta | None = None

    @property
    def warns_at(self) -> datetime | None:
        """When the next warning is sent, if one is."""
        return self.due_at if self.due_at < self.ends_at else None


def ends_at(ending: Ending, dated: datetime | None, warned: Warned | None) -> datetime | None:
    """`dated`: to when the item was dated, which is promised as what a warning told is. None for ever."""
    promised = [moment for moment in (dated, warned.until if warned else None) if moment]
    return ending.not_before(max(promised, default=None))


def notice(ending: Ending, dated: datetime | None, warned: Warned | None, now: datetime) -> Notice:
    end = ends_at(ending, dated, warned)
    if end is None:
        return Notice(ending.due_at, ending.due_at)
    left = _unsent(ending, end, warned)
    passed = [before for before in left if end - before <= now]
    if passed:
        end = max(end, now + ending.rule.warn[-1])
    later = left[len(passed) :]
    return Notice(end, end - later[0] if later else end, passed[-1] if passed else None)


def _unsent(ending: Ending, end: datetime, warned: Warned | None) -> list[timedelta]:
    """Milestones, the longest before first. A warning stands for all that had passed when it was sent."""
    if warned is None or not warned.holds(end):
        return list(ending.rule.warn)
    return [before for before in ending.rule.warn if warned.until - before - warned.at > DATED_WITHIN]
