"""Shops, staff and the audit log: what belongs to no domain."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from imagestore.audit import queries as audit
from imagestore.audit.records import AuditEntry
from imagestore.common import clock
from imagestore.common.retention import PolicyInvalid, deciding, parse_policy, written
from imagestore.console import charts, providers, statistics
from imagestore.console.deeds import Deed, ReasonForm
from imagestore.console.filters import SubjectFilter
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Hit
from imagestore.console.site import site
from imagestore.identity import operations, queries, records
from imagestore.identity.staff import operations as staff

Shop = listed(records.Shop, Source(queries.seen_by_staff, {(): queries.leaf_of_shops}), app="identity", name="Shop")
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


class PolicyForm(ReasonForm):
    """`revision`: of the shop whose policy the person saw."""

    field_order = ("policy", "reason")
    policy = forms.CharField(
        max_length=50_000,
        label="All rules of the shop, as JSON",
        widget=forms.Textarea(attrs={"rows": 16, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Say what the policy is; {} leaves everything to the defaults."},
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_policy(self) -> dict[str, object]:
        try:
            return parse_policy(self.cleaned_data["policy"])
        except PolicyInvalid as refused:
            raise ValidationError(refused.text) from refused


def set_policy(*, id: str, **deed: Any) -> None:
    """What is refused stands in one field here, wherever in the policy it is."""
    try:
        operations.set_policy(shop_id=id, **deed)
    except PolicyInvalid as refused:
        raise PolicyInvalid(f"{refused.field}: {refused.text}", field="policy") from refused


@admin.register(Shop, site=site)
class ShopAdmin(RowAdmin):
    list_display = ("id", "name", "demo", "file_quota", "byte_quota", "created_at")
    fields = (*list_display[1:], "shop_byte_quota", "allowed_origins", "keep_gps", "least_dpi", "revision", "keys")

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        policy = row.record.policy
        drawn = [(figure, charts.bars(figure)) for figure in statistics.figures(row.pk, clock.now())]
        told = {"policy": policy, "deciding": deciding(policy), "figures": drawn}
        return {**super().page_of(request, row), **told}

    def deeds_for(self, row: Row) -> list[Deed]:
        shop: records.Shop = row.record
        return [
            Deed(
                name="set-policy",
                title="Set the retention policy",
                done="The policy holds; servers know it within a minute.",
                role="operator",
                do=set_policy,
                form=PolicyForm,
                initial={"policy": written(shop.rules), "revision": shop.revision},
            ),
            *providers.shop_deeds(),
        ]


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
