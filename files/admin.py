"""Files and customers on the staff site."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from files import operations, queries, records, rules
from files.records import FileState
from imagestore.common import clock
from imagestore.common.retention import Explained
from imagestore.console.deeds import Deed, hold_deed
from imagestore.console.filters import CustomerFilter, ShopFilter
from imagestore.console.links import holds, links, page, page_of_list
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Figure, Hit
from imagestore.console.site import site
from imagestore.holds import operations as holding
from imagestore.holds import queries as legal_holds
from imagestore.holds.rules import holds_in
from imagestore.identity import queries as shops

FILES = Source(
    queries.seen_by_staff,
    {("shop",): queries.leaf_of_rejected, ("shop", "customer"): queries.leaf_of_customer},
)
CUSTOMERS = Source(queries.owner, {("shop",): queries.leaf_of_owners})
File = listed(records.File, FILES, app="files", name="File")
Customer = listed(records.Owner, CUSTOMERS, app="files", name="Customer")


@admin.register(File, site=site)
class FileAdmin(RowAdmin):
    about = "What was rejected, newest first; with a customer given, everything of that customer"
    list_display = ("id", "state", "name", "size", "created_at", "reason_text")
    fields = (
        "state", "name", "shop", "owner", "content_type", "size", "width", "height", "orientation", "color_profile",
        "taken_at", "camera", "dpi", "location", "decoded_at", "reason_code", "reason_text", "purge_after",
    )  # fmt: skip
    list_filter = (ShopFilter, CustomerFilter)
    search_condition = "customer"
    search_help_text = "The id of a file, or a customer of the shop"
    deeds = (
        Deed(
            name="restore",
            title="Restore from trash",
            done="The file is stored again.",
            role="support",
            do=operations.restore,
            when=lambda file: file.state == FileState.TRASHED,
        ),
        Deed(
            name="verify",
            title="Verify again",
            done="Storage was asked again.",
            role="support",
            do=operations.verify_again,
            when=lambda file: file.state in rules.VERIFIABLE,
        ),
        hold_deed(operations.hold_file, "The file", lambda file: file.state not in rules.REMOVED),
    )

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        file: records.File = row.record
        customer = file.owner.partition(":")[2]
        holders = [(holder.partition(":")[0], holder.partition(":")[2]) for holder in sorted(file.holders)]
        found = [
            (page("files.customer", f"{file.shop}/{customer}"), f"Customer {customer}"),
            (page_of_list("files.file", shop=file.shop, customer=customer), f"All files of {customer}"),
            *((page(f"projects.{kind}", id), f"Held by {kind} {id}") for kind, id in holders),
            *holds(holds_in(file.holders)),
        ]
        picture = queries.picture_of(file, clock.now())
        return {
            **super().page_of(request, row),
            "picture": picture,
            "links": links(found),
            "retention": queries.explained(file),
        }


def hold_customer(*, id: str, **deed: Any) -> None:
    shop, _, customer = id.partition("/")
    holding.place_on_customer(shop=shop, customer=customer, **deed)


@admin.register(Customer, site=site)
class CustomerAdmin(RowAdmin):
    fields = ("shop", "owner", "name", "email", "used_files", "used_bytes")
    list_display = ("id", "name", "email", "used_files", "used_bytes", "created_at")
    list_filter = (ShopFilter,)
    search_help_text = "shop/customer"
    deeds = (hold_deed(hold_customer, "Everything of the customer"),)

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        place = {"shop": row.record.shop, "customer": row.record.customer}
        found = [
            (page_of_list("files.file", **place), "Files"),
            (page_of_list("projects.project", **place), "Projects"),
            (page_of_list("projects.order", **place), "Orders"),
            *holds(legal_holds.on_owner(row.record.shop, row.record.owner)),
        ]
        return {**super().page_of(request, row), "links": links(found)}


def find(text: str) -> list[Hit]:
    """A file by its id, a customer by its own id at any shop: one read each."""
    file = queries.seen_by_staff(text.upper())
    found = [Hit("files.file", file.id, f"File {file.name}, {file.state}")] if file else []
    owners = queries.owners((shop, text) for shop in shops.shop_ids())
    return [
        *found,
        *(Hit("files.customer", owner.id, f"Customer {owner.customer} of {owner.shop}") for owner in owners),
    ]


def explain(id: str) -> Explained | None:
    file = queries.seen_by_staff(id)
    return queries.explained(file) if file else None


def figures(now: datetime) -> list[Figure]:
    totals = queries.totals(shops.shop_ids())
    bounded = "at least: only the first customers were counted" if totals.cut else "as reserved by customers"
    hours = queries.uploads_by_hour(now)
    stored, rejected = (
        tuple((f"{hour:%H}:00", getattr(counted, word)) for hour, counted in hours) for word in ("stored", "rejected")
    )
    size = filesizeformat(sum(counted.stored_bytes for _, counted in hours))
    return [
        Figure("Uploads", str(sum(number for _, number in stored)), f"stored in the last 24 hours, {size}", stored),
        Figure("Rejected", str(sum(number for _, number in rejected)), "in the last 24 hours", rejected),
        Figure("Files kept", str(totals.files), bounded),
        Figure("Bytes kept", filesizeformat(totals.bytes), bounded),
    ]
