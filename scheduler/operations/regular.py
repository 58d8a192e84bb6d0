"""The jobs that are no sweeps: what their runs do, cut into slices.

A domain that is not deployed here has no queue, and its slices are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from imagestore.common import contracts, queues, statistics
from imagestore.common.batches import chunks
from imagestore.common.contracts import Part
from imagestore.identity import queries as shops
from scheduler.records import Run

Parts = Iterator[tuple[str, Part]]
SHOPS_AT_ONCE = 25


def parts(run: Run) -> Parts:
    """Which task does a slice, and what it is told."""
    cut: Mapping[str, Callable[[Run], Parts]] = {
        "dead_letters": _dead_letters,
        "statistics": _statistics,
        "recount_usage": _recount_usage,
    }
    return (part for part in cut[run.job](run) if queues.exists(queues.of_task(part[0])))


def _dead_letters(run: Run) -> Parts:
    yield contracts.COUNT_DEAD_LETTERS, Part(items=len(queues.NAMES), payload={})


def _statistics(run: Run) -> Parts:
    """Up to yesterday, and from when each shop was made, or as far back as counters are surely complete."""
    until = _day(run.started_at) - timedelta(days=1)
    earliest = until - statistics.LOOKED_BACK
    for some in chunks(shops.all_shops(), SHOPS_AT_ONCE):
        since = {shop.id: max(_day(shop.created_at), earliest).isoformat() for shop in some}
        for task in (contracts.FOLD_STATISTICS, contracts.COUNT_PROJECTS):
            yield task, Part(items=len(since), payload={"shops": since, "until": until.isoformat()})


def _recount_usage(run: Run) -> Parts:
    """Each shop's customers take turns, by the day."""
    turn = _day(run.started_at).toordinal()
    for shop in shops.all_shops():
        payload = {"shop": shop.id, "turn": turn, "dry_run": run.dry_run}
        yield contracts.RECOUNT_SLICE, Part(items=1, payload=payload)


def _day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()
