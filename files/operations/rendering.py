"""Renditions for who wants to see one now: signed if it is made, made if it is not."""

from files import keys, models, rules, storage
from files.decoding.process import Busy, Unsettled
from files.errors import FileNotFound, FileNotRenderable, FileNotStored
from files.models import FileRow, claimed_by, in_state
from files.operations import claiming
from files.operations.decoding import Clock, decode_file
from files.operations.examining import examine
from files.probe import BrokenImage
from files.queries import file_of
from files.records import File, FileState
from imagestore.common import table
from imagestore.common.errors import Unavailable
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedRead, Signer

PATIENCE = 5.0
"""Seconds that a request waits for the decoder."""


def rendition_of(*, id: str, name: str, principal: Principal, clock: Clock) -> SignedRead:
    """A url of a rendition ("preview.webp" …). Raises FileNotFound, FileNotStored, FileNotRenderable, and Unavailable
    while somebody else is making it.
    """
    file = file_of(principal, id)
    _check_readable(file)
    if file.rendition(name) is None:
        file = _made(file, name, clock)
    return storage.sign_rendition(Signer(clock()), file, name)


def _check_readable(file: File) -> None:
    if file.state == FileState.REJECTED:
        raise FileNotRenderable(file.reason_text or "The file was rejected.", reason=file.reason_code)
    if file.state not in rules.READABLE:
        raise FileNotStored(f"The file is {file.state}; only a stored file has renditions.", state=file.state)


def _made(file: File, name: str, clock: Clock) -> File:
    try:
        found = decode_file(id=file.id, clock=clock, patience=PATIENCE) if file.undecoded else file
        if found is not None and not found.undecoded and found.rendition(name) is None:
            found = _render(found, name, clock)
    except (Busy, Unsettled, claiming.ClaimOver) as error:
        raise Unavailable("The photo cannot be rendered at the moment. Try again shortly.") from error
    if found is None or found.state in rules.REMOVED:
        raise FileNotFound("There is no file with this id.")
    _check_readable(found)
    if found.rendition(name) is None:
        raise Unavailable("The rendition is being made. Try again shortly.")
    return found


def _render(file: File, name: str, clock: Clock) -> File | None:
    """One more rendition of a decoded file; the row as it is when somebody else is at work on it."""
    claimed, row = claiming.claim(file.id, clock(), models.decoded())
    if not claimed or row is None:
        return row
    try:
        found = examine(row, [name], PATIENCE)
        entries = claiming.put_renditions(row, found.renditions, clock())
    except Exception as error:
        claiming.let_go(row)
        if isinstance(error, BrokenImage):
            raise FileNotRenderable(error.text, reason=error.code) from error
        raise
    actions = [FileRow.renditions.add(entries), FileRow.claimed_until.remove()]
    condition = in_state(*rules.READABLE) & claimed_by(row)
    won, now_there = table.update(FileRow, keys.file_row(file.id), actions, condition, File)
    if not won:
        claiming.lost(row, now_there)
    return now_there
