"""What a sweep plans: each due item goes to its task, in the run of the sweep or in its shop's survey, or waits."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from imagestore.common import contracts, due, queues, table
from imagestore.common.rows import Key
from imagestore.common.switches import Paused
from scheduler import keys, models, queries, rules
from scheduler.models import CheckpointRow
from scheduler.operations import guarding
from scheduler.operations.beginning import new_run
from scheduler.operations.guarding import Way, Weighed
from scheduler.operations.progress import finish_if_complete
from scheduler.operations.sending import Sender
from scheduler.records import Checkpoint, Run

KEPT = 2_000
"""So many due items are remembered while they are counted; more are read from the index once more."""


class Nominee(NamedTuple):
    task: str
    key: Key
    shop: str
    guarded: bool


@dataclass(slots=True)
class Reading:
    """What a sweep has seen of `by_due` so far. `paused`: of which shops nothing that deletes is planned."""

    checkpoint: Checkpoint | None
    hours: dict[datetime, datetime | None]
    shards: due.Shards
    paused: Paused
    occupied: Counter[datetime] = field(default_factory=Counter)
    skipped: int = 0


def open_reading(now: datetime, paused: Paused) -> Reading:
    checkpoint, shards = queries.checkpoint(), due.shards()
    known = checkpoint.hours if checkpoint else {}
    since = shards.since or now - rules.FIRST_LOOK_BACK
    return Reading(checkpoint, rules.hours_to_read(known, since, now), shards, paused)


def move_checkpoint(reading: Reading, now: datetime) -> None:
    """Losing means that a later sweep has moved it: its hours are as good. Crowded hours get more shards."""
    due.grow(reading.shards, max(reading.occupied.values(), default=0))
    before = reading.checkpoint
    left = rules.hours_left(reading.hours, reading.occupied, now)
    if before is None:
        table.put_new(models.checkpoint_row(left))
    elif left != before.hours:
        moved, unmoved = models.move_checkpoint(before, left)
        table.update(CheckpointRow, keys.CHECKPOINT, moved, unmoved, Checkpoint)


class Plan:
    """`reading` tells what was skipped once all is sent, and whether all was read."""

    def __init__(self, run: Run, reading: Reading) -> None:
        self.run, self.reading = run, reading
        self.was_read_to_its_end = True
        nominees = _nominees(reading, run.started_at)
        first = list(islice(nominees, KEPT))
        if len(first) < KEPT:
            self._weighed = guarding.weigh(_counts(first), run.started_at)
        else:
            again = Reading(reading.checkpoint, reading.hours, reading.shards, reading.paused)
            self._weighed = guarding.weigh(_counts(_nominees(again, run.started_at)), run.started_at)
        self._nominees = chain(first, nominees)
        self.is_long = len(first) == KEPT
        ways = {self._way(nominee) for nominee in first}
        self.has_own = self.is_long or bool(ways & {Way.GO, Way.POSTPONE})
        self.has_any = self.has_own or Way.SURVEY in ways

    def send(self) -> Run:
        """The run as it stands once all is sent; of a tick that only surveys, the last survey."""
        run, own, surveys, passed = self.run, Sender(self.run), dict[str, Sender | None](), Counter[str]()
        for nominee in self._nominees:
            task, sender = self._place(nominee, own, surveys)
            if sender is None:
                self.reading.skipped += 1
                continue
            if not sender.has_room(task):
                self.was_read_to_its_end = False
                break
            sender.add(task, nominee.key)
            if sender is own and nominee.guarded and task == nominee.task:
                passed[nominee.shop] += 1
        if not run.dry_run:
            guarding.count(passed, run.started_at)
        sent = [finish_if_complete(sender.finish(), run.started_at) for sender in surveys.values() if sender]
        if self.has_own or not sent:
            note = guarding.told(self._weighed) if run.dry_run else None
            sent.append(own.finish(self.reading.skipped, note))
        return sent[-1]

    def _place(self, nominee: Nominee, own: Sender, surveys: dict[str, Sender | None]) -> tuple[str, Sender | None]:
        way = self._way(nominee)
        if way is Way.SURVEY:
            if nominee.shop not in surveys:
                survey = start_survey(self.run, nominee.shop, self._weighed[nominee.shop])
                surveys[nominee.shop] = Sender(survey) if survey else None
            return nominee.task, surveys[nominee.shop]
        task = contracts.POSTPONE_SLICE if way is Way.POSTPONE else nominee.task
        return task, None if way is Way.WAIT else own

    def _way(self, nominee: Nominee) -> Way:
        """A dry run asks nobody."""
        if self.run.dry_run or not nominee.guarded:
            return Way.GO
        weighed: Mapping[str, Weighed] = self._weighed
        return weighed[nominee.shop].way if nominee.shop in weighed else Way.GO


def start_survey(run: Run, shop: str, weighed: Weighed) -> Run | None:
    """A dry run of what is due of a shop. None when someone else has started one."""
    survey = new_run(job=run.job, trigger=run.trigger, now=run.started_at, dry_run=True, shop=shop)
    return survey if guarding.record_survey(survey, weighed.guard) else None


def _nominees(reading: Reading, now: datetime) -> Iterator[Nominee]:
    """Each due item that somebody here can look at. What has no consumer waits where it is."""
    for hour, entry in queries.due_entries(reading.hours, shards=reading.shards.number, now=now):
        reading.occupied[hour] += 1
        task = rules.task_for(entry.sort)
        if not task or not queues.exists(queues.of_task(task)):
            reading.skipped += 1
            continue
        waiting = due.parse(entry.sort)
        if waiting.kind not in contracts.HARMLESS and reading.paused.covers(waiting.shop):
            reading.skipped += 1
            continue
        yield Nominee(task, entry.key, waiting.shop, waiting.kind in contracts.GUARDED)


def _counts(nominees: Iterator[Nominee] | list[Nominee]) -> Counter[str]:
    return Counter(nominee.shop for nominee in nominees if nominee.guarded)
