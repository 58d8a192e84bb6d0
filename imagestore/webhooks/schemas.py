"""Shapes of requests and answers. Times are UTC."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from imagestore.common.shapes import Instant, Whole
from imagestore.webhooks import addresses, event_types, rules
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.operations.endpoints import Told
from imagestore.webhooks.operations.replaying import Replayed
from imagestore.webhooks.records import Attempt, Delivery, DeliveryState, Draft, Endpoint, Secret

Shape = dict[str, Any]
Url = Annotated[
    str,
    StringConstraints(max_length=addresses.LONGEST_URL),
    Field(
        description="https, to a public address, on port 443 or one from 1024 on; in ASCII (xn--…), without a user "
        "name. In development http and this machine will do.",
        examples=["https://hooks.photobooks.example/imagestore"],
        json_schema_extra={"format": "uri"},
    ),
]
Types = Annotated[
    list[EventType] | None,
    Field(max_length=len(EventType), description="Which events it wants; null or none named: all, new ones too."),
]
Description = Annotated[
    str, StringConstraints(max_length=rules.LONGEST_DESCRIPTION), Field(description="For people.", examples=["ERP"])
]
Enabled = Annotated[bool, Field(strict=True)]


class EndpointIn(Schema):
    model_config = ConfigDict(extra="forbid")
    url: Url
    types: Types = None
    description: Description = ""
    enabled: Enabled = True

    def record(self) -> Draft:
        return Draft(self.url, frozenset(self.types or ()), self.description, self.enabled)


class EndpointPatch(Schema):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")
    url: Url = ""
    types: Types = None
    description: Description = ""
    enabled: Enabled = True

    def changes(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in self.model_fields_set}
        return named | ({"types": frozenset(self.types or ())} if "types" in named else {})


class SecretOut(Schema):
    """When it was made, and until when it signs if a newer one took its place."""

    created_at: datetime
    ends_at: datetime | None

    @staticmethod
    def of(secret: Secret) -> Shape:
        return {"created_at": secret["created_at"], "ends_at": secret.get("ends_at")}


class EndpointOut(Schema):
    id: str
    url: str
    types: list[str] | None = Field(description="null: all.")
    description: str
    enabled: bool
    disabled_because: str | None = Field(description="Who or what disabled it; `410 Gone` as an answer does.")
    created_at: datetime
    secrets: list[SecretOut] = Field(description="Those that sign, the newest first.")

    @staticmethod
    def of(endpoint: Endpoint, now: datetime) -> Shape:
        shape = {name: getattr(endpoint, name) for name in _SAME}
        shape["types"] = sorted(endpoint.types) or None
        shape["secrets"] = [SecretOut.of(secret) for secret in rules.active(endpoint.secrets, now)]
        return shape


_SAME = [name for name in EndpointOut.model_fields if name not in ("types", "secrets")]


class EndpointTold(EndpointOut):
    secret: str = Field(
        description="Verifies what we send. Told only now: keep it like a password.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    @staticmethod
    def of_told(told: Told, now: datetime) -> Shape:
        return {**EndpointOut.of(told.endpoint, now), "secret": told.secret}


class EndpointList(Schema):
    items: list[EndpointOut]


class RotateIn(Schema):
    model_config = ConfigDict(extra="forbid")
    overlap_hours: Whole = Field(
        24,
        ge=0,
        le=int(rules.LONGEST_OVERLAP / timedelta(hours=1)),
        description="So long the secret of before signs beside the new one; 0 when it leaked.",
    )


class AttemptOut(Schema):
    at: datetime
    milliseconds: int
    status: int | None = Field(description="Of the HTTP answer, if one came.", examples=[500])
    cause: str | None = Field(description="Why there was none.", examples=["timeout"])
    text: str | None = Field(description="That in words, or how the body of an answer begins that is no success.")

    @staticmethod
    def of(attempt: Attempt) -> Shape:
        return {name: attempt.get(name) for name in AttemptOut.model_fields}


class DeliveryOut(Schema):
    id: str = Field(description="The event's, in `webhook-id`: the same at each attempt and each endpoint.")
    type: str = Field(examples=[EventType.FILE_REJECTED])
    subject: str = Field(
        description="Events of one subject arrive in order.", examples=["file:01J9ZQ6W0Z2V5T8K3M4N7P1R6S"]
    )
    state: DeliveryState
    created_at: datetime
    next_at: datetime | None = Field(description="Not tried before; null unless it waits.")
    delivered_at: datetime | None
    given_up_at: datetime | None
    replayed_at: datetime | None
    data: dict[str, Any] = Field(examples=[event_types.REGISTRY[EventType.FILE_REJECTED].example])
    attempts: list[AttemptOut] = Field(description="The last 20, oldest first.")

    @staticmethod
    def of(delivery: Delivery) -> Shape:
        shape = {name: getattr(delivery, name) for name in DeliveryOut.model_fields}
        shape["next_at"] = delivery.next_at if delivery.state == DeliveryState.WAITING else None
        shape["attempts"] = [AttemptOut.of(attempt) for attempt in delivery.attempts]
        return shape


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class ReplayIn(Schema):
    model_config = ConfigDict(extra="forbid")
    since: Instant = Field(description="Of events made from then on.", examples=["2026-11-23T08:30:00Z"])


class ReplayedOut(Schema):
    """They are sent within minutes, each after those of its subject before it."""

    replayed: int
    more: bool = Field(description="One call takes 1,000: ask again when those are delivered.")

    @staticmethod
    def of(replayed: Replayed) -> Shape:
        return {"replayed": replayed.number, "more": replayed.more}
