"""The one admin site, mounted at /staff/."""

from typing import Any, NoReturn

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, path

from imagestore.console.forms import SignInForm
from imagestore.identity.staff.rules import REMEMBERED


class ConsoleSite(admin.AdminSite):
    site_header = site_title = "imagestore staff"
    index_title = "Overview"
    site_url = None
    login_form = SignInForm
    index_template = "console/index.html"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Views know the site by their own imports.
        from imagestore.console import views

        own = [
            path(address, self.admin_view(view), name=name)
            for address, view, name in (
                ("search/", views.search, "search"),
                ("figures/", views.figures, "figures"),
                ("one-time-codes/", views.one_time_codes, "one_time_codes"),
                ("sign-out-everywhere/", views.sign_out_everywhere, "sign_out_everywhere"),
                ("deed/<slug:name>/", views.deed, "deed"),
            )
        ]
        # Nothing here is shown elsewhere, and Django would look for it in a database.
        return [*own, *(route for route in super().get_urls() if getattr(route, "name", None) != "view_on_site")]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The overview, with what can be done to the whole system."""
        from imagestore.console import views

        return super().index(request, {**(extra_context or {}), **views.deeds_of_system(request)})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().login(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if form is not None and form.has_error(NON_FIELD_ERRORS, code="throttled"):
            response.status_code = 429
            response["Retry-After"] = str(int(REMEMBERED.total_seconds()))
        return response

    def get_log_entries(self, request: HttpRequest) -> Any:
        """Django's own log is not kept: the audit log is."""
        return ()

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        raise Http404


site = ConsoleSite(name="admin")
