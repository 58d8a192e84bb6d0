"""What can go wrong with packages."""

from imagestore.common.errors import Conflict, DomainError, Invalid, NotFound, TooLarge, TooMany, Unavailable


class PackageNotFound(NotFound):
    code, title = "package-not-found", "There is no such package"


class PagesInvalid(Invalid):
    code, title = "pages-invalid", "Nothing is placed on these pages"


class PhotosAwaited(Conflict):
    """`files` names those that are still uploading or being decoded."""

    code, title = "photos-awaited", "Some photos are not there yet"


class PackageTooLarge(TooLarge):
    code, title = "package-too-large", "The package would be too large"


class TooManyPackages(TooMany):
    """`limit` of one project; each goes after the policy's time."""

    code, title = "too-many-packages", "The project has too many packages"


class PackageBusy(Unavailable):
    code, title = "package-busy", "The package is being removed at this moment"


class PackageNotFailed(Conflict):
    code, title = "package-not-failed", "The package has not failed"


class Unbuildable(DomainError):
    """Trying again would not help: the package fails with this code and text, which its row then tells."""

    code, title = "package-unbuildable", "The package cannot be built"


class OriginalMissing(Unbuildable):
    code, title = "original-missing", "An original is missing from storage"


class OriginalDamaged(Unbuildable):
    code, title = "original-damaged", "An original is not what it was"


class InputChanged(Unbuildable):
    code, title = "input-changed", "What was to be packed has changed"


class TriesUsedUp(Unbuildable):
    code, title = "tries-used-up", "The package could not be built in several tries"
