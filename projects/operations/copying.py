"""Copies: a project of its own from a state of another, or from work that a faster save left behind."""

from datetime import datetime

from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal
from projects import keys, rules
from projects.operations.creating import create
from projects.operations.saving import Saved
from projects.queries import content_of, project_of, version_of
from projects.records import Draft, Head


def create_beside(
    *, id: str, draft: Draft, owner: str, principal: Principal, now: datetime, asked: Asked | None = None
) -> Saved:
    """Work on a project that somebody else saved meanwhile, kept as a new project. Raises as `create` does."""
    head = project_of(principal, id)
    return create(draft=draft, owner=owner, principal=principal, now=now, asked=asked, source=keys.holder(head.id))


def copy(
    *,
    id: str,
    owner: str,
    principal: Principal,
    now: datetime,
    name: str | None = None,
    number: int | None = None,
    asked: Asked | None = None,
) -> Saved:
    """The current state, or version `number`, as a new project that holds its photos itself.

    Raises ProjectNotFound, VersionNotFound, FilesUnusable, SessionClosed.
    """
    head = project_of(principal, id)
    title = rules.name_of_copy(head.name) if name is None else name
    return copy_of(head, owner=owner, principal=principal, now=now, name=title, number=number, asked=asked)


def copy_of(
    head: Head,
    *,
    owner: str,
    principal: Principal,
    now: datetime,
    name: str,
    number: int | None = None,
    asked: Asked | None = None,
) -> Saved:
    """For whoever may see the project. Raises VersionNotFound, FilesUnusable, SessionClosed."""
    content = content_of(head, version_of(head, head.version if number is None else number))
    draft = Draft(name, content.document, content.files, content.placements)
    return create(draft=draft, owner=owner, principal=principal, now=now, asked=asked, source=keys.holder(head.id))
