"""Expected against seen, one line for each number. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from imagestore.demo.records import Visit

NOT_SEEN = "not seen"
REJECTED = "  rejected, and told why"


class Check(NamedTuple):
    what: str
    expected: str
    seen: str

    @property
    def holds(self) -> bool:
        return self.expected == self.seen


def checks(visit: Visit) -> list[Check]:
    return [*_of_uploads(visit), *_of_project(visit), *_of_end(visit)]


def succeeded(visit: Visit) -> bool:
    return not visit.stopped and all(check.holds for check in checks(visit))


def why_rejected(visit: Visit) -> list[str]:
    return [
        f"{upload.photo.name}: {upload.reason or 'no reason was told'}" for upload in visit.uploads if upload.rejected
    ]


def _of_uploads(visit: Visit) -> list[Check]:
    genuine = _count(upload.photo.genuine for upload in visit.uploads)
    rejected = [upload for upload in visit.uploads if upload.rejected]
    told = _count(bool(upload.reason) for upload in rejected)
    described = _count(upload.described for upload in visit.stored)
    return [
        Check("Photos in, and decided", f"{len(visit.uploads)}", f"{len(visit.stored) + len(rejected)}"),
        Check("  stored", f"{genuine}", f"{len(visit.stored)}"),
        Check("  with width, height and orientation", f"{genuine}", f"{described}"),
        Check(REJECTED, f"{len(visit.uploads) - genuine}", f"{told}"),
    ]


def _of_project(visit: Visit) -> list[Check]:
    photos, version = len(visit.stored), visit.version or None
    right = f"{visit.right_urls} of {len(visit.urls)}"
    return [
        Check("Project saved twice: its version", "2", _told(version)),
        Check("  loaded: urls with the right bytes", f"{photos} of {photos}", right),
        Check("  deleting a photo in use answers", "409", _told(visit.held_delete)),
        Check("  saving over a newer version answers", "412", _told(visit.stale_save)),
    ]


def _of_end(visit: Visit) -> list[Check]:
    """A rejected file goes without a stay in the trash."""
    trashed = _count(upload.trashed for upload in visit.stored)
    purged = _count(upload.purged for upload in visit.with_row)
    size = sum(upload.photo.size for upload in visit.stored)
    left = visit.left
    return [
        Check("Bytes in the bucket while in use", f"{size}", _told(visit.kept_bytes)),
        Check("Trashed: projects + files", f"1 + {len(visit.stored)}", f"{int(visit.project_trashed)} + {trashed}"),
        Check("Purged: projects + files", f"1 + {len(visit.with_row)}", f"{int(visit.project_purged)} + {purged}"),
        Check("Read urls of before that still work", "0", _told(visit.living_urls)),
        Check("Bytes left in the bucket", "0", _told(left and left.bytes)),
        Check("Versions left in the bucket", "0", _told(left and left.versions)),
    ]


def _told(number: int | None) -> str:
    return NOT_SEEN if number is None else f"{number}"


def _count(facts: Iterable[bool]) -> int:
    return sum(facts)
