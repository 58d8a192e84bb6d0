"""What staff decide and what goes wrong, each on its days of the year: a simulated week has all of it too."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from files import queries as files
from files.records import File, FileState
from imagestore.common import principal
from imagestore.holds import operations as holds
from imagestore.identity import operations as identity
from imagestore.local.simulation.clockwork import outage, work
from imagestore.local.simulation.world import Person, World
from projects import legal_holds
from projects import operations as projects
from projects.holder_kinds import ERASED_KINDS
from scheduler import operations, queries

STAFF = principal.staff("olga", "admin")
FAILING_IN_A_THOUSAND = 30
Policy = dict[str, Any]


@dataclass(slots=True)
class Troubles:
    """`policy`: of every shop. `holds`: legal holds that stand; `kept`: photos that were there then.

    `last`: the last day of a trouble. `paused`: whether staff keep a shop from losing anything, so that nothing goes on
    time.
    """

    days: int
    policy: Policy
    holds: list[tuple[Person, str]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    last: int = -10
    paused: bool = False

    @contextmanager
    def of_day(self, world: World, day: int) -> Iterator[bool]:
        """Whether the clock starts anything that day."""
        with ExitStack() as stack:
            sweeps = True
            if self._is(day, 0.20):
                stack.enter_context(outage(world, FAILING_IN_A_THOUSAND))
                world.count("days of outage")
            world.loses_messages = self._is(day, 0.35)
            if self._is(day, 0.50, length=2):
                sweeps = False
                world.count("days without a sweep")
            self._staff(world, day)
            if self._is(day, 0.20) or world.loses_messages or not sweeps or self.paused:
                self.last = day
            yield sweeps
        world.loses_messages = False

    def _staff(self, world: World, day: int) -> None:
        if self._is(day, 0.30):
            self._hold(world)
        if self._is(day, 0.75):
            self._release(world)
        if self._is(day, 0.42):
            operations.pause_deletion(shop=world.shops[-1], reason="a look first", principal=STAFF, now=world.now)
            self.paused = True
        if self._is(day, 0.47):
            operations.resume_deletion(shop=world.shops[-1], reason="all is well", principal=STAFF, now=world.now)
            self.paused, self.last = False, day
        if self._is(day, 0.65):
            self._mistake(world)
        if self._is(day, 0.88):
            self._erase(world)

    def _is(self, day: int, part: float, length: int = 1) -> bool:
        first = int(self.days * part)
        return first <= day < first + (length if self.days > 30 else 1)

    def _hold(self, world: World) -> None:
        """On a customer of each shop: nothing that is there then goes before it is released."""
        for shop in world.shops:
            if world.customers[shop]:
                person = world.chance.choice(world.customers[shop])
                subject = f"customer:{person.customer}"
                hold = legal_holds.place(shop=shop, subject=subject, principal=STAFF, reason="a dispute", now=world.now)
                self.holds.append((person, hold.id))
                self.kept += [file.id for file in _stored(world, person)]
                world.count("legal holds")
        work(world)

    def _release(self, world: World) -> None:
        for file in files.files_by_id(self.kept, consistent=True).values():
            if file.state not in (FileState.STORED, FileState.TRASHED):
                world.wrong.append(f"{world.now:%Y-%m-%d}: {file.id} is {file.state} under a legal hold")
        while self.holds:
            holds.release(id=self.holds.pop()[1], principal=STAFF, reason="settled", now=world.now)
        work(world)

    def _mistake(self, world: World) -> None:
        """One day instead of many: it waits for a person, who declines it and sets it right."""
        shop = world.shops[0]
        wrong = {"rules": [{"subject": "unused_file", "keep": "1d"}], "guard": {"percent": 1, "least": 1}}
        self._set_policy(world, shop, wrong)
        for run in queries.awaiting():
            operations.decline_run(id=run.id, reason="a typo", principal=STAFF, now=world.now)
            world.count("mistakes stopped")
        self._set_policy(world, shop, self.policy)

    def _set_policy(self, world: World, shop: str, policy: Policy) -> None:
        identity.set_policy(shop_id=shop, policy=policy, principal=STAFF, now=world.now, reason="by hand")
        work(world)

    def _erase(self, world: World) -> None:
        held = {person for person, _ in self.holds}
        for shop in world.shops:
            known = [person for person in world.customers[shop] if person not in held]
            if not known:
                continue
            gone = world.chance.choice(known)
            world.customers[shop].remove(gone)
            projects.erase_owner(
                shop=shop, owner=gone.owner, principal=STAFF, reason="asked for", now=world.now, kinds=ERASED_KINDS
            )
            world.count("erasures")
        work(world)


def _stored(world: World, person: Person) -> list[File]:
    found = files.files_by_id(world.photos.get(person, ()), consistent=True)
    return [file for file in found.values() if file.state == FileState.STORED]
