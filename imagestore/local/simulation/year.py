"""Day after day: people, troubles, the clock; and a judge who looks whenever all has been quiet for a while."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from imagestore.common import principal
from imagestore.common.errors import DomainError
from imagestore.identity import operations as identity
from imagestore.local.simulation import judging, people
from imagestore.local.simulation.chart import lines
from imagestore.local.simulation.clockwork import decide, driven, tick, work
from imagestore.local.simulation.receiver import Heard, receiving
from imagestore.local.simulation.troubles import Policy, Troubles
from imagestore.local.simulation.world import TICK, TICKS, World, server_of
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.records import Draft
from projects import operations as projects
from scheduler.rules import JOBS, SWEEP

QUIET_DAYS = 3
DAILY = tuple(job.name for job in JOBS if job.name not in (SWEEP, "dead_letters"))
"""There is no queue whose messages could be given up."""
LOOKS_EVERY = 7
EXTENDED = 0.3
FIRST_FAULTS = 5
"""Of each look so many are told at once, all of them at the end."""
Tell = Callable[[str], None]


@dataclass(slots=True)
class Told:
    """What a simulation came to. `series`: what there was on each of `days`, for the chart."""

    days: list[int] = field(default_factory=list)
    series: dict[str, list[int]] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    looks: int = 0

    def stand(self, day: int, counts: dict[str, int]) -> None:
        self.days.append(day)
        for name, number in counts.items():
            self.series.setdefault(name, []).append(number)

    def svg(self) -> str:
        return lines(self.series, self.days, f"{max(self.days)} simulated days: {self.totals['uploads']} uploads")


def simulate(*, days: int, shops: int, seed: int, start: datetime, tell: Tell) -> Told:
    """On whatever table, bucket and queues the settings name: they should be empty. `tell`: hears how far it is."""
    world = World(start, Random(seed), [f"shop-{number}" for number in range(shops)])  # noqa: S311
    policy, told = _policy(days), Told()
    troubles = Troubles(days, policy)
    with receiving() as (url, heard), driven(world):
        for shop in world.shops:
            _open(world, shop, policy, url)
        for day in range(days + QUIET_DAYS):
            world.done.append(Counter())
            with troubles.of_day(world, day) as sweeps:
                _live(world, sweeps=sweeps, acts=day < days, heard=heard)
            quiet = day - troubles.last >= QUIET_DAYS
            if day % LOOKS_EVERY == LOOKS_EVERY - 1 or day == days + QUIET_DAYS - 1:
                told.stand(day, judging.standing(world))
                if quiet:
                    told.looks += 1
                    _judge(world, policy, tell)
                tell(f"{_when(day + 1, days)}: {_in_words(told, world)}")
    for counted in world.done:
        told.totals.update(counted)
    told.wrong = world.wrong
    return told


def _judge(world: World, policy: Policy, tell: Tell) -> None:
    before = len(world.wrong)
    judging.judge(world, _notice(policy))
    for sentence in world.wrong[before : before + FIRST_FAULTS]:
        tell(sentence)


def _live(world: World, *, sweeps: bool, acts: bool, heard: Heard) -> None:
    for number in range(TICKS):
        if acts and number % 2 == 0:
            people.live_a_day(world)
        work(world)
        world.now += TICK
        if sweeps:
            tick(world, SWEEP, *(DAILY if number == 0 else ()))
            decide(world)
        _hear(world, heard)


def _hear(world: World, heard: Heard) -> None:
    """Some customers follow the link of a warning."""
    while not heard.empty():
        event = heard.get()
        if event["type"] != EventType.PROJECT_EXPIRING:
            continue
        id = event["data"]["project_id"]
        world.warned.setdefault(id, []).append(world.now)
        world.count("warnings")
        if world.chance.random() < EXTENDED:
            _extend(world, id)


def _extend(world: World, id: str) -> None:
    project = next((project for project in world.projects if project.id == id), None)
    if project is None:
        return
    try:
        projects.extend(id=id, principal=project.of.principal, now=world.now)
    except (DomainError, ConnectionError):
        world.count("refusals")
    else:
        world.count("extensions")


def _open(world: World, shop: str, policy: Policy, url: str) -> None:
    who = principal.command("simulation")
    identity.create_shop(id=shop, name=shop.title(), principal=who, now=world.now, policy=policy)
    types = frozenset({EventType.PROJECT_EXPIRING, EventType.PROJECT_EXTENDED})
    webhooks.create(draft=Draft(url, types), principal=server_of(shop), now=world.now)
    world.customers[shop] = []


def _when(day: int, days: int) -> str:
    return f"day {day} of {days}" if day <= days else f"quiet day {day - days} of {QUIET_DAYS} after all {days}"


def _policy(days: int) -> Policy:
    """Lifetimes of a year's parts; of a short simulation the shortest that a shop may have."""

    def part(of_year: int, least: int = 1) -> str:
        return f"{max(least, days * of_year // 365)}d"

    project = {"subject": "draft_project", "keep": part(120, 3), "warn": [part(14)], "since": "saved"}
    rules = [
        {"subject": "unused_file", "keep": part(60)},
        {"subject": "released_file", "keep": part(20)},
        {"subject": "trashed_file", "keep": part(14)},
        {**project, "extend": ["save", "customer"], "extend_by": part(60, 2)},
        {"subject": "trashed_project", "keep": part(20)},
        {"subject": "cart_item", "keep": part(30), "extend": ["touch"]},
        {"subject": "unpaid_order", "keep": part(45, 2), "since": "ordered"},
        {"subject": "paid_order", "keep": part(150, 3), "since": "paid"},
    ]
    return {"rules": rules, "kept_autosaves": 3}


def _notice(policy: Policy) -> timedelta:
    warn = next(rule["warn"] for rule in policy["rules"] if rule["subject"] == "draft_project")
    return timedelta(days=int(warn[-1].removesuffix("d")))


def _in_words(told: Told, world: World) -> str:
    standing = ", ".join(f"{values[-1]} {name}" for name, values in told.series.items())
    return f"{standing}; {told.looks} looks, {len(world.wrong)} faults"
