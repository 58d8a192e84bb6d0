"""Building: all that a package holds streams from storage through a ZIP into storage, in constant memory.

One builds at a time: who claims the row has it until its lease is over, and each progress that it tells renews that.
A builder that died leaves a row that is due; the next one begins anew. Whatever is built of an input is the same in
every byte, so nobody who comes late can do harm.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from imagestore.common import archives, ids, table
from imagestore.common.archives import Entry
from imagestore.common.errors import DomainError, Unavailable
from imagestore.common.objects import ObjectDamaged, ObjectMissing
from imagestore.common.writing import Writer, Written
from projects import file_holds
from projects.orders.records import OrderedFile
from projects.packages import keys, models, rules, sources, storage
from projects.packages.contents import Contents, Member, contents_of
from projects.packages.errors import InputChanged, OriginalDamaged, OriginalMissing, TriesUsedUp
from projects.packages.models import PackageRow, leased_by
from projects.packages.operations import finishing
from projects.packages.operations.finishing import LeaseLost
from projects.packages.records import Package

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Told = Callable[[Package], object]


def build(*, id: str, clock: Clock, told: Told = lambda package: None) -> Package | None:
    """The package as it is afterwards: ready or failed. None when there is nothing to build, or somebody else does.

    `told` hears of each progress. Raises what another try may mend; the package stays due.
    """
    package = _claim(id, clock())
    if package is None:
        return None
    try:
        return finishing.ready(package, _write(package, _contents(package), clock, told), clock())
    except LeaseLost:
        log.warning("package %s is somebody else's to build by now", id)
        return None
    except Unavailable:
        finishing.let_go(package, clock())
        raise
    except DomainError as refused:
        return finishing.fail(package, refused, clock())
    except Exception:
        finishing.let_go(package, clock())
        raise


def _claim(id: str, now: datetime) -> Package | None:
    actions = [
        PackageRow.builder.set(ids.new_id(now)),
        PackageRow.lease_until.set(now + rules.LEASE),
        PackageRow.tries.add(1),
    ]
    won, package = table.update(PackageRow, keys.package_row(id), actions, models.unleased(now), Package)
    return package if won else None


def _contents(package: Package) -> Contents:
    """What was asked for. Raises TriesUsedUp, InputChanged, and what sources raise."""
    if package.tries > rules.MOST_TRIES:
        raise TriesUsedUp(f"The package could not be built in {rules.MOST_TRIES} tries. The log tells why.")
    contents = contents_of(sources.of_package(package))
    if contents.fingerprint != package.fingerprint:
        raise InputChanged("What was to be packed has changed since it was asked for. Ask for it again.")
    return contents


def _write(package: Package, contents: Contents, clock: Clock, told: Told) -> Written:
    if package.tries > 1:
        storage.abort_others(package)
    progress = _Progress(package, clock, told)
    entries = (Entry(member.name, member.size, progress.counted(member)) for member in contents.members)

    def make(into: Writer) -> None:
        archives.write(into, entries)
        progress.tell()

    return storage.write(package, make, contents.largest)


class _Progress:
    """How far a builder is. The row is told in steps, so that it is written a bounded number of times."""

    def __init__(self, package: Package, clock: Clock, told: Told) -> None:
        self._package, self._clock, self._told = package, clock, told
        self._step, self._untold = rules.step(package.bytes), 0
        self._files = self._bytes = 0

    def counted(self, member: Member) -> Iterator[bytes]:
        for piece in _verified(self._package, member.original) if member.original else [member.body]:
            yield piece
            self._bytes += len(piece)
            self._untold += len(piece)
            if self._untold >= self._step:
                self.tell()
        self._files += member.original is not None

    def tell(self) -> None:
        """Renews the lease. Raises LeaseLost."""
        actions = [
            PackageRow.lease_until.set(self._clock() + rules.LEASE),
            PackageRow.files_done.set(self._files),
            PackageRow.bytes_done.set(self._bytes),
        ]
        row = keys.package_row(self._package.id)
        won, package = table.update(PackageRow, row, actions, leased_by(self._package), Package)
        if not won or package is None:
            raise LeaseLost
        self._untold = 0
        self._told(package)


def _verified(package: Package, file: OrderedFile) -> Iterator[bytes]:
    """All bytes of an original. Raises OriginalMissing or OriginalDamaged, which name it."""
    digest, size = hashlib.sha256(), 0
    try:
        for piece in file_holds.read_original(shop=package.shop, id=file.id, version=file.object_version):
            digest.update(piece)
            size += len(piece)
            if size > file.size:
                break
            yield piece
    except ObjectMissing as missing:
        raise OriginalMissing(f"Storage has no bytes of {file.name} ({file.id}).") from missing
    except ObjectDamaged as damaged:
        raise OriginalDamaged(f"Storage keeps other bytes of {file.name} ({file.id}) than it got.") from damaged
    if size != file.size:
        raise OriginalDamaged(f"{file.name} ({file.id}) has not the {file.size} bytes that it had.")
    if digest.hexdigest() != file.sha256:
        raise OriginalDamaged(f"{file.name} ({file.id}) has other bytes than it had: its SHA-256 is another.")
