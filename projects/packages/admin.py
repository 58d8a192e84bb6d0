"""Packages on the staff site."""

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
from projects.packages import operations, queries, records
from projects.packages.records import PackageState

PACKAGES = Source(queries.seen_by_staff, {("shop",): queries.leaf_of_shop})
Package = listed(records.Package, PACKAGES, app="projects", name="Package")


@admin.register(Package, site=site)
class PackageAdmin(RowAdmin):
    about = "ZIPs of orders and projects, newest first"
    list_display = ("id", "kind", "state", "name", "files_done", "files", "bytes_done", "bytes", "created_at", "cause")
    fields = (
        "kind", "source", "version", "pages", "state", "name", "shop", "owner", "files_done", "files", "bytes_done",
        "bytes", "missing", "tries", "lease_until", "size", "sha256", "code", "cause", "purge_after",
    )  # fmt: skip
    list_filter = (ShopFilter,)
    deeds = (
        Deed(
            name="build-again",
            title="Build again",
            done="It is being built again.",
            role="support",
            do=operations.build_again,
            when=lambda package: package.state == PackageState.FAILED,
        ),
    )

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        package: records.Package = row.record
        found = [(page(f"projects.{package.kind}", package.source), f"Of {package.kind} {package.source}")]
        return {**super().page_of(request, row), "links": links(found)}


def find(text: str) -> list[Hit]:
    package = queries.seen_by_staff(text.upper())
    return [Hit("projects.package", package.id, f"Package {package.name}, {package.state}")] if package else []
