"""Legal holds. They belong to no domain, so their pages are the site's own; they are placed where their subject is."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from imagestore.console.deeds import Deed
from imagestore.console.filters import ShopFilter
from imagestore.console.links import links, page
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from imagestore.holds import operations, queries, records

HOLDS = Source(queries.find_hold, {("shop",): queries.leaf_of_shop})
Hold = listed(records.Hold, HOLDS, app="console", name="Hold", title="legal hold")
PAGES = {"customer": "files.customer", "file": "files.file", "project": "projects.project", "order": "projects.order"}


@admin.register(Hold, site=site)
class HoldAdmin(RowAdmin):
    about = "Newest first; one is placed on the page of a customer, project, order or file"
    list_display = ("id", "subject", "state", "reason", "placed_by", "placed_at", "released_at")
    fields = (
        "shop", "subject", "state", "reason", "placed_by", "placed_at", "released_by", "released_at", "release_reason",
    )  # fmt: skip
    list_filter = (ShopFilter,)
    deeds = (
        Deed(
            name="release",
            title="Release the hold",
            done="It is released: what it stood on goes by its rules again, after a day of grace.",
            role="admin",
            do=operations.release,
            when=lambda hold: hold.stands,
        ),
    )

    @admin.display(description="State")
    def state(self, row: Row) -> str:
        state: str = row.record.state
        return state

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        hold: records.Hold = row.record
        id = f"{hold.shop}/{hold.of}" if hold.kind == "customer" else hold.of
        found = [(page(PAGES[hold.kind], id), f"On {hold.kind} {hold.of}")]
        return {**super().page_of(request, row), "links": links(found)}


def find(text: str) -> list[Hit]:
    hold = queries.find_hold(text.upper())
    return [Hit("console.hold", hold.id, f"Legal hold on {hold.subject}, {hold.state}")] if hold else []
