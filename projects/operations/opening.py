"""Opening a project: loading it, and noting that somebody did where a rule of the shop asks for it."""

from datetime import datetime

from imagestore.common import table
from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from projects import keys, queries, rules
from projects.file_holds import UrlKind
from projects.models import ProjectRow, unnoted
from projects.operations import warning
from projects.queries import Loaded
from projects.records import Head


def load(*, id: str, principal: Principal, now: datetime, urls: UrlKind = "original") -> Loaded:
    """The current state. Raises ProjectNotFound."""
    loaded = queries.load(id=id, principal=principal, now=now, urls=urls)
    _note(loaded.head, now)
    return loaded


def _note(head: Head, now: datetime) -> None:
    """Of many who come at once one writes; what was trashed meanwhile stays so."""
    if not rules.is_to_be_noted(head, shops.known_shop(head.shop).policy, now):
        return
    actions = [ProjectRow.accessed_at.set(now)]
    won, row = table.update(ProjectRow, keys.head_row(head.id), actions, unnoted(head, now), Head)
    if won and row:
        warning.take_back(row, now)
