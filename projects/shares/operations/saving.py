"""Saving by a link: the next version of the shared project itself, by the rules of every save."""

from datetime import datetime

from projects import operations as projects
from projects import tags
from projects.errors import ProjectChanged, ProjectNotActive, ProjectNotFound
from projects.operations.saving import Saved, changed
from projects.records import Draft, SaveKind
from projects.shares import queries, rules
from projects.shares.operations.using import note_use, project_for, while_good
from projects.shares.queries import Link
from projects.shares.records import Mode, Recipient


def save(
    *,
    link: Link,
    draft: Draft,
    if_match: str,
    recipient: Recipient | None,
    now: datetime,
    kind: SaveKind = SaveKind.MANUAL,
) -> Saved:
    """Not if the share is revoked before the version is there. Photos that the project holds may be used, and those of
    the recipient, if there is one. Raises as `projects.save` does, and ShareNotFound, ShareForbids.
    """
    share, head = link.share, project_for(link.share, Mode.EDIT, recipient)
    if tags.seen(if_match, id=head.id, shop=head.shop, owner=head.owner) is None:
        raise _without_names(changed(head))
    known = recipient.owner if recipient else None
    try:
        saved = projects.save(
            id=head.id,
            draft=draft,
            if_match=if_match,
            owner=head.owner,
            principal=rules.as_holder(share, known),
            now=now,
            kind=kind,
            photos_of=known or f"share:{share.id}",
            proviso=while_good(link, now),
        )
    except ProjectChanged as refused:
        raise _without_names(refused) from None
    except (ProjectNotFound, ProjectNotActive) as gone:
        raise queries.no_such_link() from gone
    note_use(link, now)
    return saved


def _without_names(refused: ProjectChanged) -> ProjectChanged:
    """Who comes by a link is told what saved in between, not who: `customer`, `shop` or `share`."""
    who, _, _ = str(refused.facts["saved_by"]).partition(":")
    return ProjectChanged(refused.text, refused.field, **refused.facts | {"saved_by": who})
