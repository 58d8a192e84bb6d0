"""Pages that belong to no entity: search, figures, one-time codes, what is done to the whole system."""

from typing import Any

import pyotp
import segno
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST, require_safe

from imagestore.common import clock
from imagestore.common.errors import DomainError
from imagestore.console import charts, providers
from imagestore.console.forms import CodeForm
from imagestore.console.pages import attempt, principal_of, say
from imagestore.console.site import site
from imagestore.identity.staff import operations

LONGEST_TEXT = 200


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A text that means one thing leads right to it."""
    text = request.GET.get("text", "").strip()[:LONGEST_TEXT]
    hits = [(_page(hit), hit.words) for hit in providers.find(text)] if text else []
    if len(hits) == 1:
        return HttpResponseRedirect(hits[0][0])
    return _page_of(request, "console/search.html", title="Search", text=text, hits=hits)


def _page(hit: providers.Hit) -> str:
    from django.contrib.admin.utils import quote

    return reverse(f"admin:{hit.model.replace('.', '_')}_change", args=(quote(hit.id),))


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """A piece of the first page, asked for again while that is open; a page of its own without scripts."""
    drawn = [(figure, charts.bars(figure)) for figure in providers.figures(clock.now())]
    if "HX-Request" in request.headers:
        return TemplateResponse(request, "console/figures.html", {"figures": drawn})
    return _page_of(request, "console/figures_page.html", title="Figures of the moment", figures=drawn)


def one_time_codes(request: HttpRequest) -> HttpResponse:
    """Shows a secret until a code proves that it was understood; only then does signing in ask for codes."""
    name = principal_of(request).name or ""
    secret = request.session.setdefault("totp_secret", pyotp.random_base32())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            code = form.cleaned_data["code"]
            operations.set_totp(name=name, secret=secret, code=code, principal=principal_of(request), now=clock.now())
        except DomainError as refused:
            form.add_error("code", refused.text)
        else:
            del request.session["totp_secret"]
            messages.success(request, "From now on signing in takes a one-time code.")
            return HttpResponseRedirect(reverse("admin:index"))
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="imagestore")
    # Made here from our own secret, nothing of it is a person's input.
    picture = mark_safe(segno.make(address).svg_inline(scale=5, light="white", border=4))  # noqa: S308
    return _page_of(
        request, "console/one_time_codes.html", title="One-time codes", form=form, picture=picture, secret=secret
    )


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    operations.sign_out_everywhere(
        name=principal.name or "", principal=principal, reason="asked for on the staff site", now=clock.now()
    )
    logout(request)
    return HttpResponseRedirect(reverse("admin:login"))


def deeds_of_system(request: HttpRequest) -> dict[str, Any]:
    scopes = principal_of(request).scopes
    offered = [deed for deed in providers.deeds() if deed.role in scopes and deed.when(None)]
    return {"deeds": offered, "deed_url": reverse("admin:deed", args=["-"])[:-2]}


@require_POST
def deed(request: HttpRequest, name: str) -> HttpResponse:
    wanted = next((deed for deed in providers.deeds() if deed.name == name), None)
    if wanted is None:
        raise PermissionDenied
    say(request, wanted, attempt(request, wanted))
    return HttpResponseRedirect(reverse("admin:index"))


def _page_of(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), **context})
