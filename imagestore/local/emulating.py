"""The local AWS as a program. It parses an expression once, and not again for each row that it is held against.

That is most of the CPU of a query of many rows, and so of the tests.
"""

from functools import lru_cache

from ministack.app import main
from ministack.services import dynamodb

PURE = ("_tokenize", "_condition_syntax_error")
"""Functions of the text of an expression alone, whose results are only read."""


def parse_once() -> None:
    for name in PURE:
        setattr(dynamodb, name, lru_cache(maxsize=1024)(getattr(dynamodb, name)))


if __name__ == "__main__":
    parse_once()
    main()
