"""Endpoints of shops and what is delivered to them. They belong to no domain, so their pages are the site's own."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import Principal
from imagestore.console.deeds import Deed
from imagestore.console.filters import GivenFilter
from imagestore.console.links import links, page, page_of_list
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from imagestore.webhooks import operations, queries, records, rules
from imagestore.webhooks.records import Attempt

SHOWN = 20


def leaf_of_failing(window: Window, *, failing: str) -> Leaf[records.Delivery]:
    """`failing`: the endpoint whose deliveries failed."""
    return queries.leaf_of_failing(window, endpoint=failing)


ENDPOINTS = Source(queries.seen_by_staff, {(): queries.leaf_of_endpoints, ("shop",): queries.leaf_of_shop})
DELIVERIES = Source(queries.find_delivery, {("endpoint",): queries.leaf_of_deliveries, ("failing",): leaf_of_failing})
Endpoint = listed(records.Endpoint, ENDPOINTS, app="webhooks", name="Endpoint")
Delivery = listed(records.Delivery, DELIVERIES, app="webhooks", name="Delivery", key="place")


class ShopGiven(GivenFilter):
    title = parameter_name = "shop"


class EndpointFilter(GivenFilter):
    title = parameter_name = "endpoint"


class FailingFilter(GivenFilter):
    title = parameter_name = "failing"


def replay_failing(*, id: str, principal: Principal, reason: str, now: datetime) -> None:
    since = now - rules.KEPT_FOR
    operations.replay_failing(endpoint_id=id, since=since, principal=principal, reason=reason, now=now)


def replay(*, id: str, **deed: Any) -> None:
    endpoint, _, event = id.partition(".")
    operations.replay(endpoint_id=endpoint, id=event, **deed)


@admin.register(Endpoint, site=site)
class EndpointAdmin(RowAdmin):
    list_display = ("id", "shop", "address", "enabled", "wanted", "created_at")
    fields = ("shop", "address", "wanted", "description", "enabled", "disabled_because", "created_at", "revision")
    list_filter = (ShopGiven,)
    search_condition = "shop"
    search_help_text = "The id of an endpoint, or a shop"
    deeds = (
        Deed(
            name="replay",
            title="Send again what failed",
            done="What failed in the last 30 days is due again: it is sent within minutes.",
            role="support",
            do=replay_failing,
            when=lambda endpoint: endpoint.enabled,
        ),
        Deed(
            name="disable",
            title="Disable",
            done="Nothing is sent to this endpoint any more.",
            role="operator",
            do=operations.disable,
            when=lambda endpoint: endpoint.enabled,
        ),
        Deed(
            name="enable",
            title="Enable",
            done="Events are sent to this endpoint again.",
            role="operator",
            do=operations.enable,
            when=lambda endpoint: not endpoint.enabled,
        ),
    )

    @admin.display(description="Address")
    def address(self, row: Row) -> str:
        address: str = row.record.address
        return address

    @admin.display(description="Wants")
    def wanted(self, row: Row) -> str:
        return ", ".join(sorted(row.record.types)) or "all"

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        latest = queries.leaf_of_deliveries(Window(limit=SHOWN), endpoint=row.pk).items
        failing = queries.leaf_of_failing(Window(limit=SHOWN), endpoint=row.pk).items
        found = [
            (page("identity.shop", row.record.shop), f"Shop {row.record.shop}"),
            (page_of_list("webhooks.delivery", endpoint=row.pk), "All that was sent in the last 30 days"),
            (page_of_list("webhooks.delivery", failing=row.pk), "What failed and is not delivered"),
            *((page("webhooks.delivery", one.place), f"Failed: {one.type} of {one.subject}") for one in failing),
        ]
        facts = [(f"{one.created_at:%Y-%m-%d %H:%M:%S} {one.type}", str(one.state)) for one in latest]
        return {**super().page_of(request, row), "links": links(found), "facts": facts}


@admin.register(Delivery, site=site)
class DeliveryAdmin(RowAdmin):
    about = "Of one endpoint, newest first: choose it on the page of the endpoint"
    list_display = ("place", "type", "subject", "state", "tries", "created_at")
    fields = ("type", "subject", "state", "shop", "endpoint", "data", "created_at", "next_at", "tries", "replayed_at")
    list_filter = (EndpointFilter, FailingFilter)
    search_fields = ("place",)
    search_condition = "endpoint"
    search_help_text = "The id of an endpoint"
    deeds = (Deed("replay", "Send again", "It is due again.", "support", replay),)

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        found = [(page("webhooks.endpoint", row.record.endpoint), f"Endpoint {row.record.endpoint}")]
        facts = [_told(attempt) for attempt in row.record.attempts]
        return {**super().page_of(request, row), "links": links(found), "facts": facts}


def _told(attempt: Attempt) -> tuple[str, str]:
    came = attempt.get("status") or attempt.get("cause")
    return attempt["at"], f"{came} after {attempt['milliseconds']} ms. {attempt.get('text', '')}"


def find(text: str) -> list[Hit]:
    endpoint = queries.seen_by_staff(text.upper())
    return [Hit("webhooks.endpoint", endpoint.id, f"Endpoint of {endpoint.shop}")] if endpoint else []
