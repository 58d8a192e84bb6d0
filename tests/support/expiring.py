"""Projects of a shop that warns, and what it was told of them. Days are counted from when a project was made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imagestore.common import clock, due, principal
from imagestore.common.browse import Window
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks import queries as deliveries
from imagestore.webhooks.records import Draft as NewEndpoint
from projects import keys, operations, queries
from projects.operations.saving import Saved
from projects.records import Draft, Head
from tests.support.world import customer, shop_server

ANNA, DAY = customer(), timedelta(days=1)
WARNS = {
    "subject": "draft_project", "since": "created", "keep": "90d", "warn": ["14d", "3d"],
    "extend": ["customer", "staff"], "extend_by": "90d",
}  # fmt: skip
"""Warned on the days 76 and 87, trashed on day 90; once a customer may add 90 days."""
EXPIRING, EXTENDED = "project.expiring", "project.extended"


def of(**changes: Any) -> dict[str, Any]:
    """A policy of that rule, changed; what is None is left out."""
    return {"rules": [{name: value for name, value in (WARNS | changes).items() if value is not None}]}


def open_endpoint(*types: str) -> str:
    draft = NewEndpoint("http://127.0.0.1:9/", frozenset(types))
    return webhooks.create(draft=draft, principal=shop_server(), now=clock.now()).endpoint.id


def change_policy(policy: dict[str, Any]) -> None:
    identity.set_policy(
        shop_id="acme", policy=policy, principal=principal.command("tests"), now=clock.now(), reason="a test"
    )
    shops.forget()


def events(endpoint: str, *types: str) -> list[dict[str, Any]]:
    """What the shop was told, in order; types: only of these."""
    listed = deliveries.leaf_of_deliveries(Window(limit=100), endpoint=endpoint).items
    found = sorted(listed, key=lambda delivery: delivery.id)
    return [{"type": one.type, **one.data} for one in found if not types or one.type in types]


@dataclass
class Book:
    """A project of Anna's. `born`: when it was made."""

    saved: Saved
    born: datetime

    @classmethod
    def create(cls, now: datetime) -> "Book":
        draft = Draft("Iceland", b"{}", {})
        return cls(operations.create(draft=draft, owner="customer:anna", principal=ANNA, now=now), now)

    @property
    def id(self) -> str:
        return self.saved.id

    @property
    def head(self) -> Head:
        found = queries.head_of(self.id)
        assert found is not None
        return found

    def on(self, day: float) -> datetime:
        return self.born + day * DAY

    def day(self, moment: datetime | str | None) -> float | None:
        """The day of a moment, to the minute."""
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return round((found - self.born) / DAY, 3) if found else None

    @property
    def due_on(self) -> float | None:
        return self.day(due.dated_to(self.head.due_sort))

    def sweep(self, day: float, *, dry_run: bool = False) -> str:
        """The word for what was done."""
        # Whole seconds of the index are rounded up.
        at = self.on(day) + timedelta(seconds=1)
        report = operations.sweep_slice(row_keys=[keys.head_row(self.id)], dry_run=dry_run, now=at)
        assert report.failures == []
        (word,) = [word for word, number in report.counts.items() if number]
        return word

    def save(self, day: float, document: bytes = b'{"saved":true}') -> None:
        draft = Draft("Iceland", document, {})
        self.saved = operations.save(
            id=self.id,
            draft=draft,
            if_match=self.saved.tag,
            owner="customer:anna",
            principal=ANNA,
            now=self.on(day),
        )
