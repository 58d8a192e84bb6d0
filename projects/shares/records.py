"""The nouns of shares."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imagestore.common.principal import Principal


class Mode(StrEnum):
    """What a share is for: each may do what those before it may."""

    VIEW = "view"
    COPY = "copy"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Share:
    """A link to a project, in one mode. Nothing here tells its token.

    `ends_at`: None for as long as the project is there. `uses`: counted at most once an hour, as `used_at` moves.
    """

    id: str
    shop: str
    project: str
    mode: Mode
    created_at: datetime
    label: str = ""
    password: str | None = field(default=None, repr=False)
    ends_at: datetime | None = None
    used_at: datetime | None = None
    uses: int = 0

    @property
    def has_password(self) -> bool:
        return self.password is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a share is to be."""

    mode: Mode
    label: str = ""
    password: str | None = field(default=None, repr=False)
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who comes by a link and is known. `owner` gets what is copied, and may add own photos to what is edited."""

    principal: Principal
    owner: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Passwords that were tried on a share, forgotten at `expires_at` (seconds since 1970).

    `number`: those that were wrong or are being looked at; `wrong`: those that were wrong.
    """

    number: int
    wrong: int
    expires_at: int
