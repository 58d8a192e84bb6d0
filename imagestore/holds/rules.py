"""What a legal hold may stand on, and how it is told. Pure."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from imagestore.common import ids
from imagestore.common.principal import CUSTOMER, CUSTOMER_RULE
from imagestore.holds.errors import SubjectInvalid

DOMAINS: Mapping[str, tuple[str, ...]] = {
    "customer": ("files", "projects"),
    "file": ("files",),
    "project": ("projects",),
    "order": ("projects",),
}
"""Whose items a hold on each kind of subject marks."""
PLAN = "plan"
"""The part of a domain's work that finds out which parts there are."""
HELD_AGAIN = timedelta(days=1)
"""What is due and held is looked at again after so long; whatever was held has so much grace at most when released."""
TOLD_AGAIN = timedelta(minutes=15)
"""Domains that have not planned their marks by then are told again."""
PLANNED_AGAIN = timedelta(hours=6)
KEPT_FOR = timedelta(days=400)
"""A released hold, as long as the runs of its time."""


def check_subject(subject: str) -> None:
    """Raises SubjectInvalid."""
    kind, _, id = subject.partition(":")
    if kind not in DOMAINS or not id:
        kinds = ", ".join(f"{known}:ID" for known in DOMAINS)
        raise SubjectInvalid(f"{subject} is no subject of a hold; one is {kinds}.", "subject")
    if kind == "customer" and not CUSTOMER.fullmatch(id):
        raise SubjectInvalid(f"A customer's id has {CUSTOMER_RULE}.", "subject")
    if kind != "customer" and not ids.is_id(id):
        raise SubjectInvalid(f"{id} is not the id of a {kind}.", "subject")


def told(holds: Collection[str]) -> str:
    """For people who ask what happens to something; why it stands is for staff alone."""
    named = ", ".join(sorted(holds))
    keeps = "A legal hold" if len(holds) == 1 else "Legal holds"
    return f"{keeps} ({named}) {'keeps' if len(holds) == 1 else 'keep'} it until staff release it."


def holder(id: str) -> str:
    """How a hold stands among the holders of a file."""
    return f"hold:{id}"


def holds_in(holders: Collection[str]) -> frozenset[str]:
    """Ids of the holds among the holders of a file."""
    return frozenset(one.removeprefix("hold:") for one in holders if one.startswith("hold:"))


def only_holds(holders: Collection[str]) -> bool:
    """Whether nothing uses a file, and it is kept all the same."""
    return bool(holders) and all(one.startswith("hold:") for one in holders)
