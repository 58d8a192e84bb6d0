"""The bytes that are known of an object: its head, and perhaps one more range."""

from files.probe.facts import BrokenImage


class Beyond(Exception):
    """Bytes from `start` are in the object, but were not read."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


class Source:
    def __init__(self, head: bytes, size: int, more: tuple[int, bytes] | None = None) -> None:
        self._ranges = [(0, head)] + ([more] if more else [])
        self.head = head
        self.size = size

    def read(self, start: int, length: int) -> bytes:
        """Exactly these bytes. Raises Beyond when they were not read, BrokenImage when the object ends before."""
        if start < 0 or start + length > self.size:
            raise BrokenImage("truncated", "The file ends too early; it may not have been copied completely.")
        for offset, known in self._ranges:
            if offset <= start and start + length <= offset + len(known):
                return known[start - offset : start - offset + length]
        raise Beyond(start)

    def number(self, start: int, length: int, order: str = "big") -> int:
        """An unsigned number, `order` "big" or "little"."""
        return int.from_bytes(self.read(start, length), "little" if order == "little" else "big")

    def known(self, start: int, length: int) -> bytes | None:
        """These bytes if they were read; for what is nice to know but not worth another read."""
        try:
            return self.read(start, length)
        except (Beyond, BrokenImage):
            return None
