"""ModelAdmin over the table: lists by cursor, pages that only show, deeds with a reason, history from the audit log."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from imagestore.audit import queries as audit
from imagestore.common import clock
from imagestore.common.browse import Window
from imagestore.common.errors import DomainError, Forbidden
from imagestore.common.principal import Principal
from imagestore.console.changelist import CursorChangeList
from imagestore.console.deeds import Deed, ReasonForm
from imagestore.console.listing import Row

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Row]
else:
    Base = admin.ModelAdmin
HISTORY = 100


class RowAdmin(Base):
    """`deeds`: what can be done on the page of a row; `subject`: how the audit log calls such a row.

    `about`: what its list shows; `search_condition`: which condition a word is that is no id.
    """

    deeds: tuple[Deed, ...] = ()
    subject = ""
    search_condition = ""
    about = ""
    list_per_page = 50
    actions = None
    sortable_by = ()
    search_fields = ("id",)
    search_help_text = "An id"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "console/row.html"
    object_history_template = "console/history.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Conditions come from filters alone."""
        return lookup in {getattr(part, "parameter_name", None) for part in self.list_filter}

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[CursorChangeList]:
        return CursorChangeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """An id has its own page; another word is a condition, and nothing is found where no list takes it."""
        if term := search_term.strip():
            queryset = queryset.filter(**{self.search_condition or "text": term})
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        term = request.GET.get("q", "").strip()
        if term and self.has_view_permission(request) and self.model.source.find(term) is not None:
            return HttpResponseRedirect(self.url_of(term))
        told = {"title": str(self.opts.verbose_name_plural).capitalize(), "subtitle": self.about}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> Any:
        return self.get_fields(request, obj)

    def get_fields(self, request: HttpRequest, obj: Row | None = None) -> Any:
        return self.fields or [field.name for field in self.model._meta.concrete_fields]

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """As Django's own, without the transaction of a database."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is not None:
            extra_context = {**(extra_context or {}), **self.page_of(request, row)}
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        raise PermissionDenied

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        """What the page of a row shows besides its fields."""
        scopes = principal_of(request).scopes
        offered = [deed for deed in self.deeds_for(row) if deed.role in scopes and deed.when(row.record)]
        address = self.url_of(row.pk, "deed", "-")[:-2]
        return {"deeds": offered, "deed_url": address, "timeline": timeline(row.record), "raw": raw(row.record)}

    def deeds_for(self, row: Row) -> Sequence[Deed]:
        """What can be done on the page of a row: `deeds`, unless it is about what belongs to the row."""
        return self.deeds

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        subject = f"{self.subject or self.opts.model_name}:{row.pk}"
        entries = audit.leaf_of_history(Window(limit=HISTORY), subject=subject).items
        template = str(self.object_history_template)
        return self._page_below(request, template, row, "History", title=f"History: {row}", entries=entries)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.deed_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_deed"
        return [path("<path:object_id>/deed/<slug:name>/", view, name=name), *super().get_urls()]

    @method_decorator([require_POST, csrf_protect])
    def deed_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """One call of the operation, which itself refuses a role that may not do it.

        A form that asks for more than a reason is shown again when it is refused, with what was told.
        """
        id = unquote(object_id)
        row = self.get_object(request, id)
        if row is None:
            raise PermissionDenied
        deed = next((deed for deed in self.deeds_for(row) if deed.name == name), None)
        if deed is None or deed.role not in principal_of(request).scopes:
            raise PermissionDenied
        form = attempt(request, deed, id=id)
        if form.errors and deed.asks_more:
            return self._page_below(
                request, "console/deed.html", row, deed.title, title=deed.title, deed=deed, form=form
            )
        say(request, deed, form)
        return HttpResponseRedirect(self.url_of(id))

    def _page_below(self, request: HttpRequest, template: str, row: Row, crumb: str, **told: Any) -> TemplateResponse:
        """A page about a row, below that of the row itself."""
        context = {**self.admin_site.each_context(request), "object": row, "opts": self.opts, "crumb": crumb, **told}
        return TemplateResponse(request, template, context)

    def url_of(self, id: str, page: str = "change", *more: str) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=(admin.utils.quote(id), *more))


def attempt(request: HttpRequest, deed: Deed, **about: str) -> ReasonForm:
    """Does it in the name of the staff member; the form tells what was refused, and at which of its fields."""
    form = deed.filled(request.POST)
    if not form.is_valid():
        return form
    try:
        deed.do(principal=principal_of(request), now=clock.now(), **form.cleaned_data, **about)
    except Forbidden as refused:
        raise PermissionDenied(refused.text) from refused
    except DomainError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.text)
    return form


def say(request: HttpRequest, deed: Deed, form: ReasonForm) -> None:
    """What came of it."""
    if form.errors:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    else:
        messages.success(request, deed.done)


def principal_of(request: HttpRequest) -> Principal:
    user: Any = request.user
    return cast(Principal, user.principal)


def raw(record: Any) -> str:
    """The row as it was read, without what a record does not print."""
    shown = {part.name: getattr(record, part.name) for part in dataclasses.fields(record) if part.repr}
    return json.dumps(shown, indent=2, default=_plain, ensure_ascii=False)


def timeline(record: Any) -> list[tuple[datetime, str]]:
    """The steps that a record remembers, in order: `stored_at` is the moment when it was stored."""
    instants = ((getattr(record, part.name), part.name) for part in dataclasses.fields(record))
    return sorted((at, name[:-3]) for at, name in instants if name.endswith("_at") and isinstance(at, datetime))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)
