"""What can go wrong with projects."""

from imagestore.common.errors import (
    Conflict,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unavailable,
)


class ProjectNotFound(NotFound):
    code, title = "project-not-found", "There is no such project"


class ProjectNotActive(Conflict):
    code, title = "project-not-active", "The project is in the trash"


class ProjectChanged(PreconditionFailed):
    """Someone saved in between: `current_version`, `saved_at` and `saved_by` name what is there now."""

    code, title = "project-changed", "The project was saved elsewhere"


class VersionWanted(PreconditionRequired):
    code, title = "if-match-required", "If-Match must name the version that was edited"


class VersionNotFound(NotFound):
    code, title = "version-not-found", "The project has no such version"


class DraftInvalid(Invalid):
    code, title = "project-invalid", "The project cannot be saved"


class ProjectBusy(Unavailable):
    code, title = "project-busy", "The project is being changed by too many at once"


class ProjectOfVisit(Conflict):
    code, title = "project-of-visit", "The project is a guest's"


class ProjectHeld(Conflict):
    """`holds` names the legal holds."""

    code, title = "project-held", "A legal hold keeps the project where it is"


class MoveInvalid(Invalid):
    code, title = "move-invalid", "The project cannot be moved so"


class ExtensionRefused(Conflict):
    code, title = "extension-refused", "The shop's rule does not let the project be extended so"


class ProjectExtended(Conflict):
    """`ends_at`: until when it is kept already."""

    code, title = "project-extended", "The project was extended already"


class ExtensionNotFound(NotFound):
    code, title = "extension-not-found", "There is no such link"


class CustomerUnknown(NotFound):
    code, title = "customer-unknown", "Nothing is known of the customer"
