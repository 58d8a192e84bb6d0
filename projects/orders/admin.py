"""Orders on the staff site."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from imagestore.common.retention import Explained
from imagestore.console.deeds import hold_deed
from imagestore.console.filters import CustomerFilter, GivenFilter, ShopFilter
from imagestore.console.links import holds, links, page, page_of_list
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from imagestore.identity import queries as shops
from projects.orders import operations, queries, records, rules

MOST_PHOTOS = 100
ORDERS = Source(
    queries.seen_by_staff,
    {
        ("shop",): queries.leaf_of_shop,
        ("shop", "customer"): queries.leaf_of_customer,
        ("shop", "reference"): queries.leaf_of_reference,
    },
)
Order = listed(records.Order, ORDERS, app="projects", name="Order")


class ReferenceFilter(GivenFilter):
    title = parameter_name = "reference"


@admin.register(Order, site=site)
class OrderAdmin(RowAdmin):
    about = "Newest first; a shop's reference finds its orders"
    list_display = ("id", "reference", "state", "owner", "photos", "placed_at", "changed_at")
    fields = (
        "state", "shop", "reference", "owner", "items", "photos", "bytes", "sha256", "resubmits", "placed_at",
        "changed_at",
    )  # fmt: skip
    list_filter = (ShopFilter, CustomerFilter, ReferenceFilter)
    search_condition = "reference"
    search_help_text = "The id of an order, or a shop's reference"
    deeds = (hold_deed(operations.hold_order, "The order", lambda order: order.state in rules.LIVE),)

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        order: records.Order = row.record
        photos = queries.photos_of(order)
        found = [
            *(_about_customer(order.shop, order.customer) if order.customer else []),
            *holds(order.held_by),
            *(
                (page("projects.project", line["project"]), f"{line['number']}: {line['quantity']} × {_words(line)}")
                for line in queries.lines_of(order)
            ),
            *((page("files.file", id), f"Photo {id}") for id in photos[:MOST_PHOTOS]),
        ]
        return {**super().page_of(request, row), "links": links(found), "retention": queries.explained(order)}


def _about_customer(shop: str, customer: str) -> list[tuple[str | None, str]]:
    return [
        (page("files.customer", f"{shop}/{customer}"), f"Customer {customer}"),
        (page_of_list("projects.order", shop=shop, customer=customer), f"All orders of {customer}"),
    ]


def _words(line: records.ItemLine) -> str:
    return f"{line['product'] or 'product'}, project {line['name'] or line['project']}, version {line['version']}"


def find(text: str) -> list[Hit]:
    """By its id, or by a reference at any shop: one read, and a query for each shop."""
    order = queries.seen_by_staff(text.upper())
    found = [order] if order else queries.orders_with_reference(shops.shop_ids(), text)
    return [Hit("projects.order", one.id, f"Order {one.reference or one.id}, {one.state}") for one in found]


def explain(id: str) -> Explained | None:
    order = queries.seen_by_staff(id)
    return queries.explained(order) if order else None
