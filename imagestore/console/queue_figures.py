"""Queues as the dashboard shows them: what waits and for how long, and what no consumer could work off."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from imagestore.common import queues
from imagestore.console.providers import Figure

LATE = timedelta(minutes=15)


def figures(now: datetime) -> Iterator[Figure]:
    waiting = {name: queues.depth(name) for name in queues.NAMES}
    dead = {name: queues.depth(f"{name}-dead") for name in queues.NAMES}
    yield Figure("Waiting in queues", *_told(waiting))
    yield _oldest(now)
    value, note, points = _told(dead)
    yield Figure("Dead letters", value, note, points, alarming=any(dead.values()))


def _oldest(now: datetime) -> Figure:
    ages = queues.oldest(now)
    if not ages:
        return Figure("Oldest message", "not told", "its age is known on AWS, from CloudWatch")
    longest = max(ages.values())
    points = tuple((name, age) for name, age in ages.items())
    return Figure(
        "Oldest message", f"{longest} s", "has waited so long", points, alarming=longest > LATE.total_seconds()
    )


def _told(depths: dict[str, int | None]) -> tuple[str, str, tuple[tuple[str, int], ...]]:
    known = {name: depth for name, depth in depths.items() if depth is not None}
    return str(sum(known.values())), f"messages in {len(known)} queues", tuple(known.items())
