"""What legal holds keep, asked before anything goes. A hold on a customer is read by every slice, and marks no file yet
that came after it; a mark on the file itself is among its holders, and refuses by itself.
"""

from collections.abc import Iterable

from files import queries, rules
from files.errors import FileHeld
from files.records import File, UploadSession
from imagestore.holds import queries as holds
from imagestore.holds.rules import holder, holds_in

Held = holds.HeldOwners


def held_customers(files: Iterable[File]) -> Held:
    return Held((file.shop, file.owner) for file in files)


def is_kept(file: File, visit: UploadSession | None, held: Held) -> bool:
    """Whether its customer is held: what has no bytes yet, or is on its way out, is not kept for it.

    `visit`: the session that owns it. One of a customer costs a read.
    """
    if file.state in (*rules.AWAITED, *rules.REMOVED):
        return False
    if visit and visit.customer:
        return bool(holds.on_owner(file.shop, rules.owner_of(visit.customer)))
    return (file.shop, file.owner) in held


def require_unheld(file: File) -> None:
    """Before something goes that nobody could restore. Raises FileHeld."""
    if found := holds_of(file):
        raise FileHeld("The file has to be kept.", holders=sorted(map(holder, found)))


def holds_of(file: File) -> frozenset[str]:
    """Ids of the holds that keep a file: its own, and those on its customer."""
    visit = queries.visit_of(file)
    customer = rules.owner_of(visit.customer) if visit and visit.customer else file.owner
    return holds_in(file.holders) | holds.on_owner(file.shop, customer)
