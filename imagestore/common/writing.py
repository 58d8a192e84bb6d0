"""Writing a large object while it is being made: in parts, in constant memory, and there only once it is whole."""

import contextvars
import hashlib
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from io import RawIOBase
from typing import Any, NamedTuple

from imagestore.common import aws, multipart, objects
from imagestore.common.multipart import UploadedPart, UploadUnknown
from imagestore.common.objects import ObjectExists

log = logging.getLogger(__name__)
MEBIBYTE = 1024 * 1024
PART = 8 * MEBIBYTE
MOST_PARTS = 10_000
AT_ONCE = 2
"""Parts on their way while the next one is being made: so many and one more are in memory."""


class Written(NamedTuple):
    """`sha256` is of all bytes, as they were written."""

    size: int
    sha256: str
    version: str | None


def part_size(size: int) -> int:
    """For an object of at most `size` bytes: no more parts than storage takes."""
    return max(PART, -(-size // (MOST_PARTS * MEBIBYTE)) * MEBIBYTE)


class Writer(RawIOBase):
    """A file that only grows. What fills a part goes to storage while the next one is being made."""

    def __init__(self, key: str, upload_id: str, size: int, pool: ThreadPoolExecutor) -> None:
        self._key, self._upload_id, self._part_size, self._pool = key, upload_id, size, pool
        self._part = bytearray()
        self._sent: deque[Future[UploadedPart]] = deque()
        self._arrived: list[UploadedPart] = []
        self._digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._digest.update(piece)
        left = memoryview(piece)
        while left:
            room = self._part_size - len(self._part)
            self._part += left[:room]
            left = left[room:]
            if len(self._part) == self._part_size:
                self._send()
        self.size += len(piece)
        return len(piece)

    def finish(self) -> list[UploadedPart]:
        """All parts, in order, after the last one has arrived."""
        if self._part or not self.size:
            self._send()
        while self._sent:
            self._arrived.append(self._sent.popleft().result())
        return self._arrived

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _send(self) -> None:
        if len(self._sent) == AT_ONCE:
            self._arrived.append(self._sent.popleft().result())
        number = len(self._arrived) + len(self._sent) + 1
        put = contextvars.copy_context().run
        self._sent.append(self._pool.submit(put, multipart.put_part, self._key, self._upload_id, number, self._part))
        self._part = bytearray()


def write(key: str, content_type: str, make: Callable[[Writer], object], *, most: int) -> Written:
    """What `make` writes, at most `most` bytes, becomes the object. Whatever is raised, no part of it stays.

    Only for a key under which everyone writes the same: an object that is there already is as good as this one.
    """
    upload_id = multipart.begin(key, content_type, checked=True)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            writer = Writer(key, upload_id, part_size(most), pool)
            make(writer)
            parts = writer.finish()
        version = _complete(key, upload_id, parts, writer.size)
    except BaseException:
        _give_up(key, upload_id)
        raise
    return Written(writer.size, writer.sha256, version)


def _complete(key: str, upload_id: str, parts: list[UploadedPart], size: int) -> str | None:
    """The object's version: of this upload, or of one whose answer was lost, or of somebody who was faster."""
    try:
        return multipart.complete(key, upload_id, parts)
    except (ObjectExists, UploadUnknown):
        there = objects.read_part(key, 0, 1)
        if there is None or there.size != size:
            raise
        multipart.abort(key, upload_id)
        return there.version


def _give_up(key: str, upload_id: str) -> None:
    try:
        multipart.abort(key, upload_id)
    except aws.FAILURES:
        log.exception("an upload to %s was left open; whoever writes it again aborts it", key)
