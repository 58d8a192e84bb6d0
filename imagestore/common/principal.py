"""Who acts. Made at the edge from a verified token or an operator's name, and passed to every operation."""

import re
from dataclasses import dataclass
from typing import Literal

from imagestore.common.errors import Forbidden

Kind = Literal["customer", "shop", "share", "staff", "clock", "command"]
CUSTOMER = re.compile(r"[A-Za-z0-9._~@+|:=-]{1,128}")
"""What a shop may call its customer, wherever it does."""
CUSTOMER_RULE = "1 to 128 letters, digits or . _ ~ @ + | : = -"
ROLES = ("viewer", "support", "operator", "admin")
"""Of staff; each may do what those before it may."""


class ScopeMissing(Forbidden):
    code, title = "scope-missing", "The token lacks a scope"


class RoleMissing(Forbidden):
    code, title = "role-missing", "Your role does not allow this"


@dataclass(frozen=True, slots=True)
class Principal:
    """`shop` is empty for those who act for no shop; `customer` is the shop's own id of its customer.

    `scopes` are what a token allows; of staff, the roles that they hold.
    """

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

    def require_role(self, role: str) -> None:
        """Staff need at least this role. Who has a shell on the system, and the clock, are asked for none."""
        if self.kind in ("command", "clock"):
            return
        if self.kind != "staff" or role not in self.scopes:
            raise RoleMissing(f"This needs the role {role}.", role=role)

    @property
    def label(self) -> str:
        """Names the actor in rows and the audit log."""
        return ":".join(part for part in (self.kind, self.shop, self.customer or self.name) if part)


def clock() -> Principal:
    return Principal(kind="clock")


def is_customer(owner: str) -> bool:
    """Of an owner, as rows name one: who is none is a visit."""
    return owner.startswith("customer:")


def staff(name: str, role: str) -> Principal:
    return Principal(kind="staff", name=name, scopes=frozenset(ROLES[: ROLES.index(role) + 1]))


def command(user: str) -> Principal:
    return Principal(kind="command", name=user)
