"""The answers of every `…/retention` route, and of what keeps something longer."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from imagestore.common.retention import Action, Explained, rule_json


class RuleOut(Schema):
    """As it stands in the policy."""

    subject: str = Field(examples=["draft_project"])
    since: str = Field(examples=["saved"])
    keep: str = Field(description="Like `90d`, `36h`, `600s`, or `for ever`.", examples=["365d"])
    then: Action
    product: str | None = None
    extend: list[str] = Field(default_factory=list)
    extend_by: str | None = None
    warn: list[str] = Field(default_factory=list)
    own: bool = Field(description="The shop's; otherwise the default.")


EMPTY: dict[str, Any] = {"product": None, "extend": [], "extend_by": None, "warn": []}


class RetentionOut(Schema):
    """What happens to it, when, by which rule and because of what. Times are UTC."""

    next: Action | None = Field(description="What is done with it at `at`; null: nothing.")
    at: datetime | None
    rule: RuleOut | None = Field(description="Null while no rule decides: something uses it.")
    because: list[str] = Field(
        description="Sentences for people; the decisive one comes first.",
        examples=[["By the default rule, draft_project is kept 365d from saved: 2026-01-05 10:00 UTC."]],
    )
    held_by: list[str] = Field(description="What needs it, by kind and id.", examples=[["project:01J9…"]])
    extended_until: datetime | None = Field(description="If its customer or staff extended it.")
    warned_at: datetime | None = Field(description="When its customer was last warned of what is next.")
    warns_at: datetime | None = Field(description="When its customer is warned next.")
    held_back: list[str] = Field(
        description="Why nothing of the shop goes at this moment, whatever is due; empty: nothing is held back.",
        examples=[["Deletion is paused for this shop: nothing goes until it is resumed."]],
    )

    @staticmethod
    def of(told: Explained) -> dict[str, Any]:
        rule = EMPTY | rule_json(told.rule) | {"own": told.rule.own} if told.rule else None
        return {
            "next": told.next,
            "at": told.at,
            "rule": rule,
            "because": list(told.because),
            "held_by": list(told.held_by),
            "extended_until": told.extended_until,
            "warned_at": told.warned_at,
            "warns_at": told.warns_at,
            "held_back": list(told.held_back),
        }


class ExtendedOut(Schema):
    id: str
    ends_at: datetime | None = Field(description="When it goes now; null: never.")

    @staticmethod
    def of(id: str, ends_at: datetime | None) -> dict[str, Any]:
        return {"id": id, "ends_at": ends_at}


class ExtensionOut(Schema):
    """What a link in a warning does, before it is done."""

    name: str
    ends_at: datetime | None = Field(description="When it goes as things are; null: never.")
    extends_to: datetime | None = Field(description="Until when it would be kept; null: nothing needs to be done.")

    @staticmethod
    def of(name: str, ends_at: datetime | None, extends_to: datetime | None) -> dict[str, Any]:
        return {"name": name, "ends_at": ends_at, "extends_to": extends_to}
