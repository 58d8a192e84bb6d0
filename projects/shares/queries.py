"""Everything that only reads shares."""

from dataclasses import dataclass
from datetime import datetime

from imagestore.common import table
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedRead
from imagestore.identity import issued
from imagestore.identity.errors import TokenExpired, TokenInvalid
from projects import file_holds
from projects import keys as project_keys
from projects import queries as projects
from projects.errors import ProjectNotFound
from projects.models import SharesRow
from projects.queries import FilesPage, Loaded
from projects.records import Head, ProjectState, Shares
from projects.shares import keys, rules, tokens
from projects.shares.errors import PasswordWanted, ShareNotFound
from projects.shares.models import ShareRow
from projects.shares.records import Share


@dataclass(frozen=True, slots=True)
class Link:
    """A share that is good at this moment, and the token that found it."""

    token: str
    share: Share


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """Photos of a shared project, with a preview and a thumbnail of each for which they are made."""

    page: FilesPage
    thumbnails: dict[str, SignedRead]


@dataclass(frozen=True, slots=True)
class Shown:
    loaded: Loaded
    files: SharedFiles


def link(token: str, now: datetime) -> Link:
    """One read, and consistent: a revoked share is not there. Raises ShareNotFound, also for no token of ours."""
    share = share_of_digest(keys.digest(token)) if tokens.TOKEN.fullmatch(token) else None
    if share is None or not rules.is_good(share, now):
        raise no_such_link()
    return Link(token, share)


def project_of(share: Share) -> Head:
    """Raises ShareNotFound while the project is in the trash, and for ever after."""
    head = projects.head_of(share.project)
    if head is None or head.state != ProjectState.ACTIVE:
        raise no_such_link()
    return head


def check_access(share: Share, access: str | None, now: datetime) -> None:
    """`access`: what was issued to who knew the password, if there is one. Raises PasswordWanted."""
    if not share.has_password:
        return
    try:
        known = issued.read(access or "", use="share", now=now).id == share.id
    except (TokenInvalid, TokenExpired):
        known = False
    if not known:
        raise PasswordWanted("Tell the password at …/unlock, and send what that answers as Share-Access.")


def shown(share: Share, now: datetime) -> Shown:
    """What the project is now, as `load` reads it. Raises ShareNotFound."""
    try:
        loaded = projects.load(id=share.project, principal=_reader(share), now=now, urls="preview")
    except ProjectNotFound as gone:
        raise no_such_link() from gone
    if loaded.head.state != ProjectState.ACTIVE:
        raise no_such_link()
    return Shown(loaded, _files(loaded.page, now))


def more_files(share: Share, cursor: str, now: datetime) -> SharedFiles:
    """The photos after those that were shown. Raises ShareNotFound, VersionNotFound."""
    head = project_of(share)
    page = projects.more_files(id=head.id, principal=_reader(share), cursor=cursor, now=now, urls="preview")
    return _files(page, now)


def _reader(share: Share) -> Principal:
    """Reads the one project that the share leads to, whosever it is by now."""
    return Principal(kind="shop", shop=share.shop)


def _files(page: FilesPage, now: datetime) -> SharedFiles:
    return SharedFiles(page, file_holds.urls_of(page.facts.values(), "thumbnail", now))


def shares_of_project(*, project_id: str, principal: Principal, now: datetime) -> list[Share]:
    """Three reads. Raises ProjectNotFound."""
    return good_shares(projects.project_of(principal, project_id).id, now)


def good_shares(project: str, now: datetime) -> list[Share]:
    """Newest first, for who may see the project."""
    rows = table.batch_get(ShareRow, map(project_keys.share_of_entry, entries_of(project)), Share, consistent=True)
    good = (share for share in rows.values() if rules.is_good(share, now))
    return sorted(good, key=lambda share: share.id, reverse=True)


def entries_of(project: str) -> frozenset[str]:
    """Which shares a project has, also those that have ended since."""
    found = table.get(SharesRow, project_keys.shares_row(project), Shares, consistent=True)
    return found.shares if found else frozenset()


def share_of_digest(digest: str) -> Share | None:
    return table.get(ShareRow, project_keys.share_row(digest), Share, consistent=True)


def no_such_link() -> ShareNotFound:
    return ShareNotFound("This link was closed, has run out, or is not complete.")
