"""Dates that change when a shop's policy does: told of each item before anything is changed, and then carried out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imagestore.common import ids, queues, tasks
from imagestore.common.contracts import DUE_WITHIN_A_DAY, MOST_TOLD, PLAN_REDATING, SliceReport

AT_ONCE = timedelta(hours=24)
SAME = timedelta(seconds=1)


def ask(shop: str, now: datetime) -> str | None:
    """Has a survey made of what the shop's policy makes of the dates of what its customers have: that run's id.

    None where no files are deployed, whose tasks know the customers.
    """
    if not queues.exists(queues.of_task(PLAN_REDATING)):
        return None
    run_id = ids.new_id(now)
    tasks.send(PLAN_REDATING, shop=shop, run_id=run_id)
    return run_id


@dataclass(slots=True)
class Redated:
    """What a slice found: counts of all, by day of what changes, and the first items one by one."""

    report: SliceReport = field(default_factory=SliceReport)

    def met(self, id: str, before: datetime | None, after: datetime, now: datetime) -> None:
        word = _word(before, after, now)
        if word == "unchanged" or len(self.report.items) >= MOST_TOLD:
            self.report.add(word)
        else:
            self.report.did(word, id)
        if word != "unchanged":
            self.report.becomes_due(max(after, now))


def changes(before: datetime | None, after: datetime) -> bool:
    """Items are dated in whole seconds."""
    return before is None or abs(after - before) > SAME


def _word(before: datetime | None, after: datetime, now: datetime) -> str:
    if not changes(before, after):
        return "unchanged"
    if after <= now + AT_ONCE and (before is None or before > now + AT_ONCE):
        return DUE_WITHIN_A_DAY
    return "sooner" if before and after < before else "later"
