"""What can go wrong with files, in words for the shop engineer and its customer."""

from collections.abc import Collection, Mapping

from imagestore.common.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, TooLarge

TOO_MANY_HOLDERS = "too many holders"


class FileNotFound(NotFound):
    code, title = "file-not-found", "There is no such file"


class FileHeld(Conflict):
    code, title = "file-held", "The file is in use"


class FileNotStored(Conflict):
    code, title = "file-not-stored", "The file is not stored"


class FileNotRenderable(Conflict):
    code, title = "file-not-renderable", "No picture can be made of the file"


class FileNotTrashed(Conflict):
    code, title = "file-not-trashed", "The file is not in the trash"


class FileNotVerifiable(Conflict):
    code, title = "file-not-verifiable", "The file is decided already"


class UploadClosed(Conflict):
    code, title = "upload-closed", "The file takes no upload any more"


class UploadMissing(Conflict):
    code, title = "upload-missing", "No bytes have arrived yet"


class UploadWhole(Conflict):
    code, title = "upload-whole", "The file is too small for an upload in parts"


class UploadNotBegun(Conflict):
    code, title = "upload-not-begun", "There is no upload in parts of this file"


class UploadNotFound(NotFound):
    code, title = "upload-not-found", "There is no such upload"


class UploadIncomplete(Conflict):
    """The parts do not make the file that was announced; others may still be sent."""

    code, title = "upload-incomplete", "The upload is not complete"


class FileTooLarge(TooLarge):
    code, title = "file-too-large", "The file is too large"


class PartsInvalid(Invalid):
    code, title = "parts-invalid", "The parts are not valid"


class QuotaExceeded(Conflict):
    code, title = "quota-exceeded", "The storage quota is used up"


class ShopQuotaExceeded(QuotaExceeded):
    """All customers of the shop together: `used` is a sum some minutes old."""

    code, title = "shop-quota-exceeded", "The shop's storage quota is used up"


class FileInvalid(Invalid):
    code, title = "file-invalid", "The file cannot be registered"


class NothingRegistered(Invalid):
    """Every file of the call was refused; `errors` lists each."""

    code, title = "nothing-registered", "No file could be registered"

    def __init__(self, refused: list[DomainError]) -> None:
        first = refused[0]
        listed = [{"field": error.field, "code": error.code, "text": error.text} for error in refused]
        super().__init__(first.text, first.field, errors=listed)


class FilesUnusable(Conflict):
    """Photos that a project cannot use: unknown, foreign, gone or rejected; `files` names each with its cause."""

    code, title = "files-unusable", "Some photos cannot be used"

    def __init__(self, causes: Mapping[str, str], tried: Collection[str] | None = None) -> None:
        """`causes` by id. `tried`: those of which some may be held by now; None: all."""
        files = [{"id": id, "cause": cause} for id, cause in causes.items()]
        super().__init__(f"{len(causes)} of the photos cannot be used.", "files", files=files)
        self.causes, self.tried = dict(causes), None if tried is None else frozenset(tried)

    @property
    def crowded(self) -> frozenset[str]:
        """The photos, if all that is wrong with them is that too many hold them already: a copy helps."""
        return frozenset(self.causes) if set(self.causes.values()) == {TOO_MANY_HOLDERS} else frozenset()


class HandoffNotFound(NotFound):
    code, title = "handoff-not-found", "There is no such handoff"


class VisitOver(Forbidden):
    code, title = "visit-over", "The visit is over"


class SessionNotFound(NotFound):
    code, title = "session-not-found", "There is no such upload session"


class SessionClosed(Conflict):
    """`state` says whether it was claimed or has ended."""

    code, title = "session-closed", "The upload session takes no more files"


class HandoffClosed(Conflict):
    """The sentence says whether the link was used up, revoked, or its visit is over."""

    code, title = "handoff-closed", "This link takes no more photos"


class HandoffInvalid(Invalid):
    code, title = "handoff-invalid", "The handoff cannot be made"
