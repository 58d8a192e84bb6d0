"""Work that is asked for by a message. Each message is a hint: what it asks for is due as well."""

import logging
from collections.abc import Iterable

from files import rules
from files.records import File
from imagestore.common import tasks
from imagestore.common.batches import chunks

log = logging.getLogger(__name__)
DECODE = "files.decode"


def ask_to_decode(files: Iterable[File | None]) -> None:
    """Sends those that are undecoded, at most 25 in one message."""
    send_to_decode(file.id for file in files if file and file.undecoded)


def send_to_decode(ids: Iterable[str]) -> None:
    """A queue that does not answer costs delay: the files are due in a quarter of an hour."""
    try:
        for chunk in chunks(dict.fromkeys(ids), rules.DECODED_PER_MESSAGE):
            tasks.send(DECODE, ids=chunk)
    except Exception:
        log.exception("photos were not sent to be decoded; the sweep will do it")
