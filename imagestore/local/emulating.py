"""The local AWS as a program. It parses an expression once, and not again for each row that it is held against.

That is most of the CPU of a query of many rows, and so of the tests. What else a request does not need is left out:
a write to the socket for the head of an answer alone, and looking for garbage among all that is stored.
"""

import gc
from functools import lru_cache
from typing import Any

import h11
from hypercorn import protocol
from hypercorn.events import Event, RawData
from hypercorn.protocol.h11 import H11Protocol
from ministack.app import main
from ministack.services import dynamodb

PURE = ("_tokenize", "_condition_syntax_error")
"""Functions of the text of an expression alone, whose results are only read."""
RARELY = 100_000, 50, 100
"""Of how many new objects garbage is looked for, where Python itself does of 700: hardly any has cycles."""


def parse_once() -> None:
    for name in PURE:
        setattr(dynamodb, name, lru_cache(maxsize=1024)(getattr(dynamodb, name)))


class _Whole(H11Protocol):
    """The head of an answer waits for what comes next, and both are written at once."""

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self._write, self.send = self.send, self._send_whole
        self._is_head, self._head = False, b""

    async def _send_h11_event(self, event: Any) -> None:
        self._is_head = isinstance(event, h11.Response)
        await super()._send_h11_event(event)

    async def _send_whole(self, event: Event) -> None:
        if isinstance(event, RawData):
            self._head, event = b"", RawData(data=self._head + event.data)
            if self._is_head:
                self._head = event.data
                return
        await self._write(event)


if __name__ == "__main__":
    parse_once()
    vars(protocol)["H11Protocol"] = _Whole
    gc.freeze()
    gc.set_threshold(*RARELY)
    main()
