"""Projects on the staff site."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from imagestore.console.filters import CustomerFilter, ShopFilter
from imagestore.console.links import links, page, page_of_list
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from projects import queries
from projects.records import Head

PROJECTS = Source(
    queries.seen_by_staff, {("shop",): queries.leaf_of_shop, ("shop", "customer"): queries.leaf_of_customer}
)
Project = listed(Head, PROJECTS, app="projects", name="Project")


@admin.register(Project, site=site)
class ProjectAdmin(RowAdmin):
    list_display = ("id", "name", "state", "version", "customer", "saved_at")
    fields = ("name", "state", "shop", "customer", "version", "oldest", "saved_by", "purge_after")
    list_filter = (ShopFilter, CustomerFilter)
    search_condition = "customer"
    search_help_text = "The id of a project, or a customer of the shop"

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        head: Head = row.record
        place = {"shop": head.shop, "customer": head.customer}
        photos = queries.photos_seen_by_staff(head)
        found = [
            (page("files.customer", f"{head.shop}/{head.customer}"), f"Customer {head.customer}"),
            (page_of_list("projects.project", **place), f"All projects of {head.customer}"),
            *((page("files.file", id), f"Photo {alias}: {id}") for alias, id in sorted(photos.items())),
        ]
        return {**super().page_of(request, row), "links": links(found)}


def find(text: str) -> list[Hit]:
    head = queries.seen_by_staff(text.upper())
    return [Hit("projects.project", head.id, f"Project {head.name}, {head.state}")] if head else []
