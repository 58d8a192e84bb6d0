"""The bytes that are known of an object: its head, and perhaps one more range."""

from typing import Literal

from files.probe.facts import truncated

Order = Literal["big", "little"]


class Beyond(Exception):
    """Bytes from `start` are in the object, but were not read."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


class Source:
    """`last`: no further range will be read, so what is optional must do without."""

    def __init__(self, head: bytes, size: int, more: tuple[int, bytes] | None = None) -> None:
        self.head = head
        self.size = size
        self.last = more is not None
        start, rest = more or (0, b"")
        if start <= len(head) < start + len(rest):
            self._ranges = [(0, head[:start] + rest)]
        else:
            self._ranges = [(0, head), (start, rest)]

    def read(self, start: int, length: int) -> bytes:
        """These bytes. Raises Beyond when they were not read, BrokenImage when the object ends earlier."""
        if start + length > self.size:
            raise truncated()
        known = self.peek(start, length)
        if len(known) < length:
            raise Beyond(start + len(known))
        return known

    def peek(self, start: int, length: int) -> bytes:
        """As many of these bytes as were read, from the first on; for what is not worth another read."""
        for offset, known in self._ranges:
            if offset <= start < offset + len(known):
                return known[start - offset : start - offset + length]
        return b""

    def number(self, start: int, length: int, order: Order = "big") -> int:
        """An unsigned number. Raises as `read` does."""
        return int.from_bytes(self.read(start, length), order)
