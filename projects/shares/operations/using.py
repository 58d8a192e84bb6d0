"""What whoever has a link does with it: a look, a copy, a save."""

from dataclasses import dataclass
from datetime import datetime

from imagestore.common import table, transaction
from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal
from projects import operations as projects
from projects import tags
from projects.errors import ProjectChanged, ProjectNotActive, ProjectNotFound
from projects.operations.saving import Proviso, Saved, changed
from projects.records import Draft, Head, SaveKind
from projects.shares import keys, queries, rules
from projects.shares.models import ShareRow, good_at, unnoted
from projects.shares.queries import Link, Shown
from projects.shares.records import Mode, Share


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who comes by a link and is known. `owner` gets what is copied, and may add own photos to what is edited."""

    principal: Principal
    owner: str


def look(*, link: Link, now: datetime) -> Shown:
    """The project as it is now. Raises ShareNotFound."""
    shown = queries.shown(link.share, now)
    _note_use(link, now)
    return shown


def copy(*, link: Link, recipient: Recipient, now: datetime, asked: Asked | None = None) -> Saved:
    """A project of the recipient, which holds its photos itself, whatever becomes of the one that was shared.

    Raises ShareNotFound, ShareForbids, FilesUnusable, SessionClosed.
    """
    head = _project_for(link.share, Mode.COPY, recipient)
    copied = projects.copy_of(
        head, owner=recipient.owner, principal=recipient.principal, now=now, name=head.name, asked=asked
    )
    _note_use(link, now)
    return copied


def save(
    *,
    link: Link,
    draft: Draft,
    if_match: str,
    recipient: Recipient | None,
    now: datetime,
    kind: SaveKind = SaveKind.MANUAL,
) -> Saved:
    """The next version of the shared project itself, while the share is good: who revokes it has the last word.

    Photos that the project holds may be used, and those of the recipient, if there is one. Raises as `projects.save`,
    ShareNotFound, ShareForbids.
    """
    share, head = link.share, _project_for(link.share, Mode.EDIT, recipient)
    if tags.seen(if_match, id=head.id, shop=head.shop, owner=head.owner) is None:
        raise _without_names(changed(head))
    still_good = transaction.check(ShareRow, keys.share_of_token(link.token), good_at(now))
    try:
        saved = projects.save(
            id=head.id,
            draft=draft,
            if_match=if_match,
            owner=head.owner,
            principal=rules.as_holder(share, recipient.owner if recipient else None),
            now=now,
            kind=kind,
            photos_of=recipient.owner if recipient else f"share:{share.id}",
            proviso=Proviso(still_good, queries.no_such_link()),
        )
    except ProjectChanged as refused:
        raise _without_names(refused) from None
    except (ProjectNotFound, ProjectNotActive) as gone:
        raise queries.no_such_link() from gone
    _note_use(link, now)
    return saved


def _project_for(share: Share, mode: Mode, recipient: Recipient | None) -> Head:
    """To a recipient of another shop it is not there."""
    if recipient and recipient.principal.shop != share.shop:
        raise queries.no_such_link()
    rules.check_mode(share, mode)
    return queries.project_of(share)


def _without_names(refused: ProjectChanged) -> ProjectChanged:
    """Who comes by a link is told what saved in between, not who: `customer`, `shop` or `share`."""
    who, _, _ = str(refused.facts["saved_by"]).partition(":")
    return ProjectChanged(refused.text, refused.field, **refused.facts | {"saved_by": who})


def _note_use(link: Link, now: datetime) -> None:
    """Of many who come at once one writes. A share that was revoked meanwhile stays so."""
    if rules.is_to_be_noted(link.share, now):
        noted = [ShareRow.used_at.set(now), ShareRow.uses.add(1)]
        table.update(ShareRow, keys.share_of_token(link.token), noted, unnoted(now), Share)
