"""Making and revoking shares.

A project's row of shares changes together with each share of it: their number holds exactly, and a purge finds all.
"""

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.hashers import make_password
from pynamodb.expressions.condition import size

from imagestore.audit import operations as audit
from imagestore.common import idempotency, ids, table, transaction
from imagestore.common.idempotency import HEADER, Asked, Record
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from projects import keys as project_keys
from projects.errors import ProjectBusy, ProjectNotActive
from projects.models import ProjectRow, SharesRow, active_of
from projects.queries import project_of
from projects.records import Head, ProjectState, Shares
from projects.shares import keys, queries, rules, tokens
from projects.shares.errors import ShareNotFound, SharesFull, ShareUntold
from projects.shares.models import ShareRow, new_share
from projects.shares.records import Share, Wanted

TRIES = 5


def share(
    *, project_id: str, wanted: Wanted, principal: Principal, now: datetime, asked: Asked | None = None
) -> tuple[Share, str]:
    """The share and its token, which is told here alone. Raises ProjectNotFound, ProjectNotActive, ShareInvalid,
    SharesFull.

    With `asked` a repeat answers the same share and token. Raises KeyReused, ShareUntold.
    """
    if asked:
        asked = replace(asked, digest=tokens.sealed(asked.digest))
        if idempotency.was_recorded(asked, now):
            return _first_made(idempotency.recorded(asked))
    rules.check_wanted(wanted, now)
    password = make_password(wanted.password) if wanted.password is not None else None
    for _ in range(TRIES):
        head = _active_project(principal, project_id)
        made = _new(head, wanted, password, now)
        token = tokens.derived(made.id) if asked else tokens.new()
        try:
            first = _put(made, token, head, asked, now)
        except TransactionLost:
            _make_room(head.id, now)
            continue
        return _first_made(first) if first else (made, token)
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def revoke(*, project_id: str, share_id: str, principal: Principal, now: datetime) -> None:
    """From now on its link opens nothing. Raises ProjectNotFound, ShareNotFound."""
    head = project_of(principal, project_id)
    try:
        transaction.commit(_revoking(head.id, share_id))
    except TransactionLost as lost:
        raise _no_share() from lost


def revoke_as_staff(*, id: str, share_id: str, principal: Principal, reason: str, now: datetime) -> None:
    """`id`: the project's. Raises RoleMissing, ShareNotFound."""
    principal.require_role("support")
    told = {"action": "share.revoked", "subject": f"project:{id}", "details": {"share": share_id}}
    try:
        audit.record(_revoking(id, share_id), principal=principal, reason=reason, now=now, **told)  # type: ignore[arg-type]
    except TransactionLost as lost:
        raise _no_share() from lost


def _active_project(principal: Principal, id: str) -> Head:
    head = project_of(principal, id)
    if head.state != ProjectState.ACTIVE:
        raise ProjectNotActive("The project is in the trash; restore it before sharing it.", state=head.state)
    return head


def _new(head: Head, wanted: Wanted, password: str | None, now: datetime) -> Share:
    return Share(
        id=ids.new_id(now),
        shop=head.shop,
        project=head.id,
        mode=wanted.mode,
        created_at=now,
        label=wanted.label,
        password=password,
        ends_at=wanted.ends_at,
    )


def _put(made: Share, token: str, head: Head, asked: Asked | None, now: datetime) -> Record | None:
    """What an earlier call made with this key; None after this one has made the share."""
    digest = keys.digest(token)
    named = [SharesRow.shares.add({keys.entry(made.id, digest)})]
    has_room = SharesRow.shares.does_not_exist() | (size(SharesRow.shares) < rules.MOST_SHARES)
    writes = [
        transaction.check(ProjectRow, project_keys.head_row(head.id), active_of(head.owner)),
        transaction.update(SharesRow, project_keys.shares_row(head.id), named, has_room),
        transaction.put(new_share(made, digest)),
    ]
    told = _event(made, head, now)
    if asked:
        first = idempotency.once(asked, now, [made.id, digest], [*writes, *told])
    else:
        transaction.commit([*writes, *told])
        first = None
    webhooks.send(() if first else told)
    return first


def _event(made: Share, head: Head, now: datetime) -> list[Write]:
    data = {"project_id": head.id, "owner": head.owner, "share_id": made.id, "mode": made.mode}
    return webhooks.announce(
        shop=head.shop, type=EventType.PROJECT_SHARED, subject=f"project:{head.id}", data=data, now=now
    )


def _first_made(first: Record) -> tuple[Share, str]:
    id, digest = first.ids
    made, token = queries.share_of_digest(digest), tokens.derived_before(id, digest)
    if made is None or token is None:
        raise ShareUntold("It was revoked, or the secret key was changed. Share with another key.", field=HEADER)
    return made, token


def _make_room(project: str, now: datetime) -> None:
    """Forgets shares that have ended, if the project has as many as it may. Raises SharesFull."""
    entries = queries.entries_of(project)
    if len(entries) < rules.MOST_SHARES:
        return
    good = {share.id for share in queries.good_shares(project, now)}
    ended = {entry for entry in entries if keys.id_of_entry(entry) not in good}
    if not ended:
        limit = rules.MOST_SHARES
        raise SharesFull(f"A project has at most {limit} shares; revoke one that is not needed.", limit=limit)
    row, forget = project_keys.shares_row(project), [SharesRow.shares.delete(ended)]
    table.update(SharesRow, row, forget, SharesRow.pk.exists(), Shares)


def _revoking(project: str, id: str) -> list[Write]:
    """Raises ShareNotFound."""
    entry = next((entry for entry in queries.entries_of(project) if keys.id_of_entry(entry) == id), None)
    if entry is None:
        raise _no_share()
    named = SharesRow.shares.contains(entry)
    return [
        transaction.update(SharesRow, project_keys.shares_row(project), [SharesRow.shares.delete({entry})], named),
        transaction.delete(ShareRow, project_keys.share_of_entry(entry)),
    ]


def _no_share() -> ShareNotFound:
    return ShareNotFound("The project has no share with this id.")
