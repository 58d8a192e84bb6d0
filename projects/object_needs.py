"""Whether a row needs an object of its own: what is told of documents, copies, snapshots and packages."""

from enum import StrEnum
from typing import NamedTuple


class Need(StrEnum):
    """Whether an object has to be there. `must`: for a day at least. `may`: something is under way. `gone`: what it was
    of is no more, `none`: and never was as far as anybody knows.
    """

    MUST = "must"
    MAY = "may"
    GONE = "gone"
    NONE = "none"


class Stored(NamedTuple):
    """A row that may have an object of its own, by the object's id. `of`: the project of a save. `size`: if known."""

    id: str
    of: str = ""
    shop: str = ""
    size: int | None = None


class Needed(NamedTuple):
    need: Need
    shop: str = ""
    size: int | None = None
