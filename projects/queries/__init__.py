"""Everything that only reads projects."""

from projects.queries.documents import need_of_document, stored_documents
from projects.queries.extending import ExtensionLink, extension_link, may_extend
from projects.queries.heads import (
    REMOVED,
    head_of,
    leaf_of_customer,
    leaf_of_shop,
    project_of,
    seen_by_staff,
)
from projects.queries.listing import Listing, projects_of_owner
from projects.queries.loading import FilesPage, Loaded, files_page, load, more_files, photos_seen_by_staff, tag_of
from projects.queries.printing import check_print
from projects.queries.purchases import policy_for, thing_of
from projects.queries.retention import explained, held, holds_on, holds_on_owner
from projects.queries.versions import (
    changes_between,
    changes_since,
    content_of,
    history,
    intents_of,
    photos_of_version,
    recent_steps,
    remember_photos,
    rows_numbered,
    version_of,
    version_rows,
    versions_page,
)

__all__ = [
    "REMOVED",
    "ExtensionLink",
    "FilesPage",
    "Listing",
    "Loaded",
    "changes_between",
    "changes_since",
    "check_print",
    "content_of",
    "explained",
    "extension_link",
    "files_page",
    "head_of",
    "held",
    "history",
    "holds_on",
    "holds_on_owner",
    "intents_of",
    "leaf_of_customer",
    "leaf_of_shop",
    "load",
    "may_extend",
    "more_files",
    "need_of_document",
    "photos_of_version",
    "photos_seen_by_staff",
    "policy_for",
    "project_of",
    "projects_of_owner",
    "recent_steps",
    "remember_photos",
    "rows_numbered",
    "seen_by_staff",
    "stored_documents",
    "tag_of",
    "thing_of",
    "version_of",
    "version_rows",
    "versions_page",
]
