"""Guards: of each shop no more is removed in 24 hours than its policy lets go without a person's approval.

What is due is counted by its places in the index. Where that is too much, it is surveyed by a dry run, which knows
what would really go; too much again waits for a person, and is looked at a day later if nobody decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from imagestore.common import due, shop_usage, table, transaction
from imagestore.common.batches import in_parallel
from imagestore.common.retention import Guard as Limits
from imagestore.common.shop_usage import ShopUsage
from imagestore.common.transaction import TransactionLost
from imagestore.identity import queries as shops
from imagestore.identity.errors import ShopNotFound
from scheduler import keys, models, queries, rules
from scheduler.models import RemovedRow, RunRow
from scheduler.records import Guard, Removed, Run, RunState


class Way(Enum):
    """What becomes of what is due of a shop. `WAIT`: it is being surveyed or removed by a run of its own."""

    GO = "go"
    SURVEY = "survey"
    WAIT = "wait"
    POSTPONE = "postpone"


@dataclass(frozen=True, slots=True)
class Allowed:
    """`left` more may be removed of a shop; `why` tells how that comes about."""

    left: int
    why: str


@dataclass(frozen=True, slots=True)
class Weighed:
    way: Way
    guard: Guard | None = None
    told: str = ""


def weigh(counts: Mapping[str, int], now: datetime) -> dict[str, Weighed]:
    """What becomes of so many guarded items of each shop."""
    wanted = sorted(counts)
    return dict(zip(wanted, in_parallel(lambda shop: _weigh(shop, counts[shop], now), wanted), strict=True))


def _weigh(shop: str, items: int, now: datetime) -> Weighed:
    guard = queries.guard_of(shop, rules.SWEEP)
    may = allowed(shop, guard, now, items)
    if items <= may.left:
        return Weighed(Way.GO, guard)
    return Weighed(_way(guard, now), guard, f"{items} items of {shop} are due; {may.why}")


def _way(guard: Guard | None, now: datetime) -> Way:
    run = queries.find_run(guard.run_id) if guard and guard.run_id else None
    if guard is None or run is None or guard.until is None:
        return Way.SURVEY
    if run.is_open:
        return Way.WAIT
    asked = run.state in (RunState.AWAITING, RunState.DECLINED)
    return Way.POSTPONE if asked and now < guard.until else Way.SURVEY


def allowed(shop: str, guard: Guard | None, now: datetime, items: int) -> Allowed:
    """What is left of what its policy lets go in 24 hours, and of what was approved beyond it.

    How many files a shop has is asked only for more `items` than any shop may lose.
    """
    limits, since = _limits(shop), due.hour_of(now - rules.DAY)
    gone = queries.removed_since(shop, since)
    if items <= limits.least - gone:
        return Allowed(limits.least - gone, "")
    usage = _usage(shop, now)
    extra = guard.allowance if guard and guard.allowed_until and now < guard.allowed_until else 0
    limit = limits.allows(usage.used_files)
    counted = f"{usage.used_files} files" if usage.summed_at else "files not yet counted"
    why = f"{limit} may be removed in 24 hours without approval ({limits.percent} % of {counted}, "
    why += f"at most {limits.items}, at least {limits.least})"
    why += f", {extra} more were approved" if extra else ""
    why += f", {gone} were removed since {since:%Y-%m-%d %H:%M} UTC" if gone else ""
    return Allowed(max(0, limit + extra - gone), f"{why}.")


def _usage(shop: str, now: datetime) -> ShopUsage:
    """As summed within a day; until it is, as before, or nothing."""
    usage = shop_usage.known(shop)
    if usage.summed_at is None or now - usage.summed_at >= rules.DAY:
        shop_usage.ask_for_sum(shop, now)
    return usage


def _limits(shop: str) -> Limits:
    try:
        return shops.known_shop(shop).policy.guard
    except ShopNotFound:
        return Limits()


def count(counts: Mapping[str, int], now: datetime) -> None:
    """So many of each shop were let pass."""
    in_parallel(lambda shop: _count(shop, counts[shop], now), sorted(counts))


def _count(shop: str, items: int, now: datetime) -> None:
    hour = due.hour_of(now)
    actions = models.count_removed(items, hour, hour + 2 * rules.DAY)
    table.update(RemovedRow, keys.removed_in(shop, hour), actions, None, Removed)


def told(weighed: Mapping[str, Weighed], most: int = 3) -> str | None:
    """In a dry run: of what a real run would not do without a person. None when there is nothing."""
    over: Sequence[str] = [one.told for one in weighed.values() if one.told]
    more = f" And {len(over) - most} more shops." if len(over) > most else ""
    return " ".join(over[:most]) + more if over else None


def record_survey(survey: Run, before: Guard | None) -> bool:
    """It is watched by the sweep, and stands in the way of the next. `before`: what did so far, as it was read.

    False when another survey came first. One that still awaited approval is closed: what it told of is told anew.
    """
    now, shop = survey.started_at, str(survey.shop)
    watched = transaction.put(models.watched_run_row(survey, shop, now + rules.RESEND_AFTER))
    try:
        transaction.commit([watched, models.guard_with(survey, before, now + rules.DAY)])
    except TransactionLost:
        return False
    if before and before.run_id:
        why = f"Nobody decided until the survey {survey.id} asked again."
        declined = models.decide_run(RunState.DECLINED, why=why)
        table.update(RunRow, keys.run(before.run_id), declined, RunRow.state == RunState.AWAITING, Run)
    return True
