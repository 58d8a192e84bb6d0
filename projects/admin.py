"""Projects on the staff site."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from imagestore.common import clock
from imagestore.common.retention import Explained, Extension
from imagestore.console.deeds import Deed, ReasonForm, hold_deed
from imagestore.console.filters import CustomerFilter, ShopFilter
from imagestore.console.links import holds, links, page, page_of_list
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from projects import operations, queries
from projects.holder_kinds import HOLDER_KINDS
from projects.records import LIVING, Head, VersionStep
from projects.shares import operations as sharing
from projects.shares import queries as shares
from projects.shares.records import Share

PROJECTS = Source(
    queries.seen_by_staff, {("shop",): queries.leaf_of_shop, ("shop", "customer"): queries.leaf_of_customer}
)
Project = listed(Head, PROJECTS, app="projects", name="Project")


class MoveForm(ReasonForm):
    customer = forms.CharField(
        max_length=128,
        label="The customer's id at the shop",
        error_messages={"required": "Say who gets the project."},
    )


@admin.register(Project, site=site)
class ProjectAdmin(RowAdmin):
    list_display = ("id", "name", "state", "version", "owner", "saved_at")
    fields = ("name", "state", "shop", "owner", "version", "kind", "saved_by", "purge_after")
    list_filter = (ShopFilter, CustomerFilter)
    search_condition = "customer"
    search_help_text = "The id of a project, or a customer of the shop"
    deeds = (
        Deed(
            name="move",
            title="Move to another customer",
            done="The project is that customer's, with the photos that nothing else of its former owner needs.",
            role="operator",
            do=partial(operations.move, kinds=HOLDER_KINDS),
            when=lambda head: head.state in LIVING and head.customer is not None,
            form=MoveForm,
        ),
        Deed(
            name="extend",
            title="Keep it longer",
            done="It is kept longer, by as much as the shop's rule lets staff.",
            role="support",
            do=operations.extend_as_staff,
            when=lambda head: queries.may_extend(head, Extension.STAFF),
        ),
        hold_deed(operations.hold_project, "The project", lambda head: head.state in LIVING),
    )

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        head: Head = row.record
        photos = queries.photos_seen_by_staff(head)
        steps = queries.recent_steps(head)
        shared = shares.good_shares(head.id, clock.now())
        found = [
            *(_about_customer(head.shop, head.customer) if head.customer else []),
            *holds(head.held_by),
            *((page("files.file", id), f"Photo {alias}: {id}") for alias, id in sorted(photos.items())),
        ]
        facts = [(f"Version {step.version}, {step.kind}", _told(step)) for step in steps]
        facts += [(f"Share to {share.mode}, {share.label or share.id}", _told_share(share)) for share in shared]
        return {
            **super().page_of(request, row),
            "links": links(found),
            "facts": facts,
            "retention": queries.explained(head),
        }

    def deeds_for(self, row: Row) -> list[Deed]:
        shared = shares.good_shares(row.record.id, clock.now())
        return [*super().deeds_for(row), *(_revocation(share) for share in shared)]


def _revocation(share: Share) -> Deed:
    return Deed(
        name=f"revoke-{share.id}",
        title=f"Revoke the share to {share.mode}, {share.label or share.id}",
        done="The link opens nothing any more.",
        role="support",
        do=partial(sharing.revoke_as_staff, share_id=share.id),
    )


def _told_share(share: Share) -> str:
    ends = f"until {share.ends_at:%d %b %Y %H:%M} UTC" if share.ends_at else "without an end"
    used = f"last used {share.used_at:%d %b %Y %H:%M} UTC" if share.used_at else "never used"
    password = ", with a password" if share.has_password else ""
    return f"since {share.created_at:%d %b %Y %H:%M} UTC, {ends}{password}; {used}"


def _told(step: VersionStep) -> str:
    changed = f"{step.photos} photos, {step.photos_added} new, {step.photos_removed} taken out"
    return f"{step.saved_at:%d %b %Y %H:%M} UTC by {step.saved_by}: {changed}"


def _about_customer(shop: str, customer: str) -> list[tuple[str | None, str]]:
    return [
        (page("files.customer", f"{shop}/{customer}"), f"Customer {customer}"),
        (page_of_list("projects.project", shop=shop, customer=customer), f"All projects of {customer}"),
    ]


def find(text: str) -> list[Hit]:
    head = queries.seen_by_staff(text.upper())
    return [Hit("projects.project", head.id, f"Project {head.name}, {head.state}")] if head else []


def explain(id: str) -> Explained | None:
    head = queries.seen_by_staff(id)
    return queries.explained(head) if head else None
