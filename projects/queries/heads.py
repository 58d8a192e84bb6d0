"""Projects by their heads."""

from imagestore.common import browse, ids, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import Principal
from projects import keys, rules
from projects.errors import ProjectNotFound
from projects.models import ProjectRow
from projects.records import Head, ProjectState

REMOVED = (ProjectState.DELETING, ProjectState.GONE)


def head_of(id: str) -> Head | None:
    """As it is now, in whatever state."""
    return table.get(ProjectRow, keys.head_row(id), Head, consistent=True)


def project_of(principal: Principal, id: str) -> Head:
    """Raises ProjectNotFound for an unknown, removed or foreign id alike."""
    head = head_of(id) if ids.is_id(id) else None
    if head is None or head.state in REMOVED or not rules.may_see(principal, head):
        raise ProjectNotFound("There is no project with this id.")
    return head


def seen_by_staff(id: str) -> Head | None:
    """A project of any shop, in any state."""
    return head_of(id) if ids.is_id(id) else None


def leaf_of_shop(window: Window, *, shop: str) -> Leaf[Head]:
    """Newest first."""
    return browse.leaf(ProjectRow, Head, "by_attention", keys.all_projects_of_shop(shop), window)


def leaf_of_customer(window: Window, *, shop: str, customer: str) -> Leaf[Head]:
    return browse.leaf(ProjectRow, Head, "by_owner", [keys.projects_of_owner(shop, f"customer:{customer}")], window)
