"""Who acts. Made at the edge from a verified token or an operator's name, and passed to every operation."""

from dataclasses import dataclass
from typing import Literal

from imagestore.common.errors import Forbidden

Kind = Literal["customer", "shop", "staff", "clock", "command"]


class ScopeMissing(Forbidden):
    code, title = "scope-missing", "The token lacks a scope"


@dataclass(frozen=True, slots=True)
class Principal:
    """`shop` is empty for those who act for no shop; `customer` is the shop's own id of its customer."""

    kind: Kind
    shop: str = ""
    customer: str | None = None
    scopes: frozenset[str] = frozenset()
    session: str | None = None
    email: str | None = None
    name: str | None = None

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise ScopeMissing(f"The token needs the scope {scope}.", scope=scope)

    @property
    def label(self) -> str:
        """Names the actor in rows and the audit log."""
        return ":".join(part for part in (self.kind, self.shop, self.customer or self.name) if part)


def clock() -> Principal:
    return Principal(kind="clock")


def command(user: str) -> Principal:
    return Principal(kind="command", name=user)
