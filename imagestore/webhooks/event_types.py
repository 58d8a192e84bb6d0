"""The types of events, with what each tells. docs/webhooks.md has the same table, and a test sees to that."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

Data = Mapping[str, Any]
TEST = "endpoint.test"
"""Sent when a shop asks for it, whatever types its endpoint wants."""


class EventType(StrEnum):
    FILE_REJECTED = "file.rejected"
    PROJECT_SAVED = "project.saved"
    PROJECT_SHARED = "project.shared"
    PROJECT_EXPIRING = "project.expiring"
    PROJECT_EXTENDED = "project.extended"
    ORDER_PLACED = "order.placed"
    ORDER_PACKAGED = "order.packaged"


class Told(NamedTuple):
    """`example`: its names are all names that the data of such an event have, no more and no fewer."""

    about: str
    example: Data


_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"
REGISTRY: Mapping[str, Told] = {
    EventType.FILE_REJECTED: Told(
        "A photo cannot be used; the reason is one that a customer can read.",
        {
            "file_id": _ID,
            "owner": "customer:anna",
            "reason": {"code": "truncated", "text": "The photo's file is not complete. Send it again."},
        },
    ),
    EventType.PROJECT_SAVED: Told(
        "A project has a new version.",
        {"project_id": _ID, "owner": "customer:anna", "version": 8, "kind": "manual"},
    ),
    EventType.PROJECT_SHARED: Told(
        "Somebody made a link to a project.",
        {"project_id": _ID, "owner": "customer:anna", "share_id": _ID, "mode": "view"},
    ),
    EventType.PROJECT_EXPIRING: Told(
        "A project goes into the trash at the moment that is told, unless it is saved or extended before.",
        {
            "project_id": _ID,
            "owner": "customer:anna",
            "action": "trash",
            "ends_at": "2026-12-24T18:00:00.000Z",
            "before": "14d",
            "extend_url": "https://photos.example/extend/eyJhbGciOiJIUzI1NiJ9.eyJ1c2UiOiJl.1kOa",
        },
    ),
    EventType.PROJECT_EXTENDED: Told(
        "Of a project that was told to expire: it is kept until the moment that is told now, or for ever (null).",
        {"project_id": _ID, "owner": "customer:anna", "ends_at": "2027-03-24T18:00:00.000Z"},
    ),
    EventType.ORDER_PLACED: Told(
        "An order is there whole, and stays as it is.",
        {"order_id": _ID, "owner": "customer:anna", "sha256": "9f" * 32},
    ),
    EventType.ORDER_PACKAGED: Told(
        "The lab package of an order can be fetched.",
        {"order_id": _ID, "package_id": _ID, "bytes": 2_183_204, "sha256": "9f" * 32},
    ),
    TEST: Told("Somebody wants to see whether events arrive.", {"endpoint_id": _ID}),
}


def check(type: str, data: Data) -> None:
    """That events are what their table says. Raises ValueError: a mistake of who announces."""
    if type not in REGISTRY:
        raise ValueError(f"{type} is no type of events")
    if data.keys() != (names := REGISTRY[type].example.keys()):
        raise ValueError(f"{type} tells {', '.join(names)}, and not {', '.join(data)}")
