"""Giving back what a file was charged with. Only the update that took `charged` from the row may call this."""

from files import keys
from files.models import OwnerRow
from files.records import File, Usage
from imagestore.common import table


def give_back(file: File) -> None:
    """`file` as it was when its charge was removed; nothing to do when it had none any more."""
    if file.charged is None or not file.owner:
        return
    table.update(
        OwnerRow,
        keys.owner_row(file.shop, file.owner),
        [OwnerRow.used_files.add(-1), OwnerRow.used_bytes.add(-file.charged)],
        OwnerRow.pk.exists(),
        Usage,
    )
