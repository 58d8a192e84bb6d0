"""Customers' projects and photos, for tests of what changes hands."""

from datetime import datetime

from files import queries as file_queries
from files.records import File, Usage
from imagestore.common.principal import staff
from projects import keys, operations, queries
from projects.operations.holders import HolderKind
from projects.operations.saving import Saved
from projects.records import Draft
from tests.support.world import customer

OTTO = staff("otto", "operator")
WHY = "she designed in her sister's account"


def draft(*photos: File, document: bytes = b"{}") -> Draft:
    return Draft("Iceland", document, {f"p{number}": photo.id for number, photo in enumerate(photos)})


def create(now: datetime, *photos: File, who: str = "anna", source: Saved | None = None) -> Saved:
    """`source`: a project whose photos it may use, as a copy of a share does."""
    return operations.create(
        draft=draft(*photos),
        owner=f"customer:{who}",
        principal=customer(who),
        now=now,
        source=keys.holder(source.id) if source else None,
    )


def save(on: Saved, now: datetime, *photos: File, who: str = "anna") -> Saved:
    return operations.save(
        id=on.id,
        draft=draft(*photos, document=b'{"pages":[1]}'),
        if_match=on.tag,
        owner=f"customer:{who}",
        principal=customer(who),
        now=now,
    )


def move(project: Saved, now: datetime, to: str = "bob", kinds: tuple[HolderKind, ...] = ()) -> int:
    return operations.move(id=project.id, customer=to, principal=OTTO, reason=WHY, now=now, kinds=kinds)


def loaded(project: Saved, now: datetime, who: str) -> Saved:
    """As a client that builds on what it loads; every photo shows."""
    found = queries.load(id=project.id, principal=customer(who), now=now)
    assert set(found.page.facts) == set(found.page.urls) == set(found.content.files.values())
    return Saved(project.id, found.head.version, found.head.saved_at, found.tag)


def projects_of(who: str) -> list[str]:
    wanted = queries.Listing(f"customer:{who}")
    found, _ = queries.projects_of_owner(principal=customer(who), wanted=wanted, cursor=None, limit=50)
    return [head.id for head in found]


def known(photo: File) -> File:
    return file_queries.files_by_id([photo.id], consistent=True)[photo.id]


def owners(photos: list[File]) -> list[str]:
    return [known(photo).owner.partition(":")[2] for photo in photos]


def charged(*photos: File) -> Usage:
    return Usage(len(photos), sum(photo.size for photo in photos))
