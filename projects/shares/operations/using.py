"""What whoever has a link does with it: a look, a copy; and what a save by it needs."""

from datetime import datetime

from imagestore.common import table, transaction
from imagestore.common.idempotency import Asked
from projects import operations as projects
from projects.operations.saving import Proviso, Saved
from projects.records import Head
from projects.shares import keys, queries, rules
from projects.shares.models import ShareRow, good_at, unnoted
from projects.shares.queries import Link, Shown
from projects.shares.records import Mode, Recipient, Share


def look(*, link: Link, now: datetime) -> Shown:
    """The project as it is now. Raises ShareNotFound."""
    shown = queries.shown(link.share, now)
    note_use(link, now)
    return shown


def copy(*, link: Link, recipient: Recipient, now: datetime, asked: Asked | None = None) -> Saved:
    """A project of the recipient, which holds its photos itself, whatever becomes of the one that was shared.

    Raises ShareNotFound, ShareForbids, FilesUnusable, SessionClosed.
    """
    head = project_for(link.share, Mode.COPY, recipient)
    copied = projects.copy_of(
        head, owner=recipient.owner, principal=recipient.principal, now=now, name=head.name, asked=asked
    )
    note_use(link, now)
    return copied


def project_for(share: Share, mode: Mode, recipient: Recipient | None) -> Head:
    """To a recipient of another shop it is not there. Raises ShareNotFound, ShareForbids."""
    if recipient and recipient.principal.shop != share.shop:
        raise queries.no_such_link()
    rules.check_mode(share, mode)
    return queries.project_of(share)


def while_good(link: Link, now: datetime) -> Proviso:
    """Who revokes the share has the last word."""
    return Proviso(transaction.check(ShareRow, keys.share_of_token(link.token), good_at(now)), queries.no_such_link())


def note_use(link: Link, now: datetime) -> None:
    """Of many who come at once one writes. A share that was revoked meanwhile stays so."""
    if rules.is_to_be_noted(link.share, now):
        noted = [ShareRow.used_at.set(now), ShareRow.uses.add(1)]
        table.update(ShareRow, keys.share_of_token(link.token), noted, unnoted(now), Share)
