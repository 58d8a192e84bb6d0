"""Work that is asked for by a message. Each message is a hint: what it asks for is due as well."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from files import rules
from files.operations.counting import Arrived, arrived
from files.records import File
from imagestore.common import tasks
from imagestore.common.batches import chunks

log = logging.getLogger(__name__)
DECODE = "files.decode"


def ask_to_decode(files: Iterable[File | None], stored_at: datetime | None = None) -> None:
    """Sends those that are undecoded, at most 25 in one message, which tells how many were stored at that moment."""
    undecoded = {file.id: file for file in files if file and file.undecoded}
    for chunk in chunks(undecoded.values(), rules.DECODED_PER_MESSAGE):
        new = arrived(chunk, stored_at) if stored_at else {}
        send_to_decode([file.id for file in chunk], **({"arrived": new} if new else {}))


def send_to_decode(ids: Sequence[str], **told: Arrived) -> None:
    """A queue that does not answer costs delay: the files are due in a quarter of an hour."""
    try:
        tasks.send(DECODE, ids=list(ids), **told)
    except Exception:
        log.exception("photos were not sent to be decoded; the sweep will do it")
