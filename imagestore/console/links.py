"""Addresses of pages of this site."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, reverse

Link = tuple[str, str]
"""Address and words."""


def page(model: str, id: str) -> str | None:
    """The page of a row, `model` as in `files.file`; None where that domain is not deployed."""
    return _address(model, "change", quote(id))


def page_of_list(model: str, **conditions: str) -> str | None:
    address = _address(model, "changelist")
    return f"{address}?{urlencode(conditions)}" if address else None


def links(wanted: Iterable[tuple[str | None, str]]) -> list[Link]:
    """Those that lead somewhere."""
    return [(address, words) for address, words in wanted if address]


def _address(model: str, kind: str, *args: str) -> str | None:
    try:
        return reverse(f"admin:{model.replace('.', '_')}_{kind}", args=args)
    except NoReverseMatch:
        return None


def holds(ids: Iterable[str]) -> list[tuple[str | None, str]]:
    """Pages of legal holds."""
    return [(page("console.hold", id), f"Legal hold {id}") for id in sorted(ids)]
