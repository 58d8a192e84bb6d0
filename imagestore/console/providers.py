"""What the site asks of domains that it does not know. Each registers itself in its `apps.py`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from imagestore.common.retention import Explained
from imagestore.console.deeds import Deed


class Hit(NamedTuple):
    """`model`: app label and model of the page, as in `files.file`; `words` tell what it is."""

    model: str
    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the dashboard. `points`: (label, value) in order, drawn as bars when there are any."""

    title: str
    value: str
    note: str = ""
    points: tuple[tuple[str, int], ...] = ()
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """`find`: what a pasted text may mean; `figures`: what the dashboard shows of this domain at a moment.

    `explain`: what happens to the item with an id, in capitals. `deeds`: what can be done to the whole system; their
    `when` is asked with None; `shop_deeds`: to a shop, whose `when` is asked with its record.
    """

    name: str
    find: Callable[[str], Iterable[Hit]] = lambda text: ()
    figures: Callable[[datetime], Iterable[Figure]] = lambda now: ()
    deeds: tuple[Deed, ...] = ()
    shop_deeds: tuple[Deed, ...] = ()
    explain: Callable[[str], Explained | None] = lambda id: None


_registered: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    _registered[provider.name] = provider


def deeds() -> list[Deed]:
    return [deed for provider in _registered.values() for deed in provider.deeds]


def shop_deeds() -> list[Deed]:
    return [deed for provider in _registered.values() for deed in provider.shop_deeds]


def find(text: str) -> list[Hit]:
    return [hit for provider in _registered.values() for hit in provider.find(text)]


def explain(id: str) -> list[tuple[str, Explained]]:
    """What it is, and what happens to it."""
    told = [(provider, provider.explain(id)) for provider in _registered.values()]
    return [(hit.words, found) for provider, found in told if found for hit in provider.find(id) if hit.id == id]


def figures(now: datetime) -> list[Figure]:
    return [figure for provider in _registered.values() for figure in provider.figures(now)]
