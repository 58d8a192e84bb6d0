"""Shops, staff and the audit log: what belongs to no domain."""

from typing import Any

from django.contrib import admin

from imagestore.audit import queries as audit
from imagestore.audit.records import AuditEntry
from imagestore.console.deeds import Deed
from imagestore.console.filters import SubjectFilter
from imagestore.console.listing import Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from imagestore.identity import queries, records
from imagestore.identity.staff import operations as staff

Shop = listed(records.Shop, Source(queries.shop, {(): queries.leaf_of_shops}), app="identity", name="Shop")
Member = listed(
    records.StaffMember,
    Source(queries.staff_member, {(): queries.leaf_of_staff}),
    app="identity",
    name="StaffMember",
    key="name",
    title="staff member",
)
Entry = listed(
    AuditEntry,
    Source(audit.entry_of_id, {(): audit.recent, ("subject",): audit.leaf_of_history}),
    app="console",
    name="Entry",
    title="audit entry",
)


def end_sessions(*, id: str, **deed: Any) -> None:
    staff.sign_out_everywhere(name=id, **deed)


def forget_codes(*, id: str, **deed: Any) -> None:
    staff.remove_totp(name=id, **deed)


@admin.register(Shop, site=site)
class ShopAdmin(RowAdmin):
    list_display = ("id", "name", "demo", "file_quota", "byte_quota", "created_at")


@admin.register(Member, site=site)
class MemberAdmin(RowAdmin):
    subject = "staff"
    list_display = ("name", "role", "active", "created_at")
    search_fields = ("name",)
    deeds = (
        Deed("end-sessions", "End all sessions", "All sessions have ended.", "admin", end_sessions),
        Deed(
            name="forget-codes",
            title="Sign in without codes again",
            done="Signing in asks for no code until it is set up again.",
            role="admin",
            do=forget_codes,
            when=lambda member: member.totp is not None,
        ),
    )


@admin.register(Entry, site=site)
class EntryAdmin(RowAdmin):
    list_display = ("id", "at", "actor", "action", "subject", "reason")
    list_filter = (SubjectFilter,)
    search_condition = "subject"
    search_help_text = "An id, or a subject like file:… or shop:…"


def find(text: str) -> list[Hit]:
    shop, member = queries.shop(text), queries.staff_member(text)
    found = [Hit("identity.shop", shop.id, f"Shop {shop.name}")] if shop else []
    return [*found, *([Hit("identity.staffmember", member.name, f"Staff member {member.name}")] if member else [])]
