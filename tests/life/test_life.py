"""Anything that customers, shops and the clock can do, in any order: what is used is held, what is not may go.

A hypothesis state machine over saves, restores, deletes, share copies, carts, orders, cancellations, time and the
sweep; the invariants are looked at after every step. `make proof` lets it live longer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import orjson
import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from files import operations as files
from files.records import FileState
from imagestore.common import clock
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from imagestore.local.bootstrap import bootstrap
from imagestore.local.emulator import Emulator
from projects import operations, queries
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.errors import ProjectChanged
from projects.orders import operations as orders
from projects.orders.records import Event, WantedItem, WantedOrder
from projects.records import Draft, SaveKind
from projects.shares import operations as shares
from projects.shares import queries as share_queries
from projects.shares.records import Mode, Recipient, Wanted
from tests.life.world import LIVING, OWNERS, World
from tests.support.ministack import LocalAws
from tests.support.uploads import stored_photos
from tests.support.world import ALL_SCOPES, Sent, customer, make_shop

PHOTOS, STAGES = 4, 8
SHOP = Principal(kind="shop", shop="acme", scopes=ALL_SCOPES)
LINES = ("line-1", "line-2")
owners = st.sampled_from(OWNERS)
choices = st.sets(st.integers(0, PHOTOS - 1), max_size=3)


class Life(RuleBasedStateMachine):
    """`ids` are projects, own or copied; `placed` are orders."""

    settle: ClassVar[Callable[..., object]] = staticmethod(lambda: None)
    ids = Bundle("ids")
    placed = Bundle("placed")

    @initialize()
    def open(self) -> None:
        self.seat = pytest.MonkeyPatch()
        cache.clear()
        shops.forget()
        self.settle()
        bootstrap()
        make_shop(policy={"kept_autosaves": 1})
        self.world = World(
            clock.now(), {who: stored_photos(PHOTOS, customer(who), first=n * 50) for n, who in enumerate(OWNERS)}
        )
        self.seat.setattr(clock, "now", lambda: self.world.now)
        self.number = 0

    def draft(self, owner: str, chosen: set[int]) -> Draft:
        self.number += 1
        used = [self.world.photos[owner][index] for index in sorted(chosen)]
        document = orjson.dumps({"number": self.number})
        return Draft("Book", document, {f"p{index}": photo.id for index, photo in enumerate(used)})

    @rule(target=ids, owner=owners, chosen=choices)
    def create(self, owner: str, chosen: set[int]) -> Any:
        draft = self.draft(owner, chosen)
        try:
            saved = operations.create(
                draft=draft, owner=f"customer:{owner}", principal=customer(owner), now=self.world.now
            )
        except DomainError:
            return multiple()  # A photo of the choice is gone by now.
        return self.made(saved.id, owner, saved.tag, draft.document)

    def made(self, id: str, owner: str, tag: str, document: bytes) -> str:
        self.world.projects[id], self.world.tags[id] = owner, tag
        self.world.kept[id, 1] = document
        return id

    @rule(id=ids, chosen=choices, kind=st.sampled_from(SaveKind))
    def save(self, id: str, chosen: set[int], kind: SaveKind) -> None:
        owner = self.world.projects[id]
        draft = self.draft(owner, chosen)
        with self.refused():
            saved = operations.save(
                id=id, draft=draft, if_match=self.world.tags[id], owner=f"customer:{owner}",
                principal=customer(owner), now=self.world.now, kind=kind,
            )  # fmt: skip
            self.world.tags[id] = saved.tag
            if kind == SaveKind.MANUAL:
                self.world.kept[id, saved.version] = draft.document

    @rule(id=ids, chosen=choices)
    def save_from_a_stale_tab(self, id: str, chosen: set[int]) -> None:
        """The tag of another state: told, and nothing is changed."""
        owner, head = self.world.projects[id], queries.head_of(id)
        if head is None or head.state not in LIVING or head.version < 2:
            return
        with pytest.raises(ProjectChanged):
            operations.save(
                id=id, draft=self.draft(owner, chosen), if_match='"stale"', owner=f"customer:{owner}",
                principal=customer(owner), now=self.world.now,
            )  # fmt: skip
        assert queries.head_of(id) == head

    @rule(id=ids, which=st.integers(0, 5))
    def restore_version(self, id: str, which: int) -> None:
        owner, numbers = self.world.projects[id], [number for kept, number in self.world.kept if kept == id]
        number = numbers[which % len(numbers)]
        with self.refused():
            saved = operations.restore_version(
                id=id, number=number, if_match=self.world.tags[id], owner=f"customer:{owner}",
                principal=customer(owner), now=self.world.now,
            )  # fmt: skip
            self.world.tags[id] = saved.tag
            self.world.kept[id, saved.version] = self.world.kept[id, number]

    @rule(id=ids)
    def prune(self, id: str) -> None:
        operations.prune_versions(id=id, now=self.world.now)

    @rule(id=ids)
    def trash(self, id: str) -> None:
        with self.refused():
            operations.trash(id=id, principal=customer(self.world.projects[id]), now=self.world.now)

    @rule(id=ids)
    def restore(self, id: str) -> None:
        with self.refused():
            operations.restore(id=id, principal=customer(self.world.projects[id]), now=self.world.now)

    @rule(target=ids, id=ids, owner=owners)
    def copy_by_a_share(self, id: str, owner: str) -> Any:
        recipient = Recipient(customer(owner), f"customer:{owner}")
        try:
            _, token = shares.share(
                project_id=id, wanted=Wanted(Mode.COPY), principal=customer(self.world.projects[id]), now=self.world.now
            )
            saved = shares.copy(link=share_queries.link(token, self.world.now), recipient=recipient, now=self.world.now)
        except DomainError:
            return multiple()
        head = queries.head_of(saved.id)
        assert head is not None
        return self.made(saved.id, owner, saved.tag, queries.content_of(head, queries.version_of(head, 1)).document)

    @rule(id=ids, line=st.sampled_from(LINES))
    def put_into_the_cart(self, id: str, line: str) -> None:
        owner = self.world.projects[id]
        with self.refused():
            head = queries.project_of(customer(owner), id)
            carts.put(id=line, line=Line(id), owner=f"customer:{owner}", principal=customer(owner), now=self.world.now)
            content = queries.content_of(head, queries.version_of(head, head.version))
            self.world.lines[owner, line] = content.document

    @rule(owner=owners, line=st.sampled_from(LINES))
    def take_out_of_the_cart(self, owner: str, line: str) -> None:
        with self.refused():
            carts.remove(id=line, owner=f"customer:{owner}", principal=customer(owner), now=self.world.now)

    @rule(target=placed, id=ids)
    def order_a_project(self, id: str) -> Any:
        return self.order(self.world.projects[id], WantedItem(project=id))

    @rule(target=placed, owner=owners, line=st.sampled_from(LINES))
    def order_from_the_cart(self, owner: str, line: str) -> Any:
        return self.order(owner, WantedItem(cart_item=line))

    def order(self, owner: str, item: WantedItem) -> Any:
        try:
            order = orders.place(
                wanted=WantedOrder((item,)), owner=f"customer:{owner}", principal=customer(owner), now=self.world.now
            )
        except DomainError:
            return multiple()
        self.world.orders[order.id] = (owner, order.sha256)
        return order.id

    @rule(id=placed)
    def cancel(self, id: str) -> None:
        with self.refused():
            orders.cancel(id=id, principal=customer(self.world.orders[id][0]), now=self.world.now)

    @rule(id=placed, event=st.sampled_from([Event.PAID, Event.SENT_TO_LAB, Event.CONFIRMED, Event.FAILED]))
    def report(self, id: str, event: Event) -> None:
        with self.refused():
            orders.report(id=id, event=event, at=None, principal=SHOP, now=self.world.now)

    @rule(owner=owners, index=st.integers(0, PHOTOS - 1))
    def delete_a_photo(self, owner: str, index: int) -> None:
        with self.refused():
            files.trash(id=self.world.photos[owner][index].id, principal=customer(owner), now=self.world.now)

    @rule(days=st.sampled_from([1, 10, 31, 100, 400]))
    def time_passes_and_the_sweep_comes(self, days: int) -> None:
        self.world.pass_time(days)
        self.world.sweep()

    @invariant()
    def nothing_used_may_go(self) -> None:
        if hasattr(self, "world"):
            self.world.assert_nothing_used_may_go()
            self.world.assert_kept_as_told()

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Refused in words is as good as done: what matters is what is there afterwards."""
        try:
            yield
        except DomainError:
            return

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            # Each thing lets go of the next: an item of its pin, a project of its photos, a photo of its bytes.
            for _ in range(STAGES):
                self.world.pass_time(800)
                self.world.sweep()
            assert {file.state for file in self.world.files().values()} <= {FileState.GONE}
        finally:
            self.seat.undo()


@pytest.fixture
def settle(
    ministack: Emulator, bind: Callable[[str], LocalAws], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each life has a place of its own on the local AWS; messages are lost, and the sweep does everything."""
    monkeypatch.setattr(Life, "settle", staticmethod(lambda: bind(ministack.url)))


def live(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_short_lives(settle: None) -> None:
    live(examples=3, steps=20)


@pytest.mark.proof
def test_many_long_lives(settle: None) -> None:
    live(examples=60, steps=50)
