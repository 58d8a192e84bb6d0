"""The phone's page: behind the QR code of a handoff, with the right in its address and in nothing else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from files import queries
from files.errors import HandoffClosed
from imagestore.common import clock
from imagestore.common.errors import DomainError, Unauthenticated
from imagestore.identity import issued


@csrf_exempt
@require_safe
@never_cache
def phone(request: HttpRequest, token: str) -> HttpResponse:
    """A link that was used up, revoked, has expired or was never one says so in words, and takes nothing."""
    now = clock.now()
    try:
        queries.check_handoff(issued.read(token, use="handoff", now=now), now, room=1)
    except (HandoffClosed, Unauthenticated) as refused:
        response = render(request, "files/phone.html", {"closed": _words(refused)}, status=410)
    else:
        response = render(request, "files/phone.html", {"token": token})
    # The address is the right: no other site is told of it.
    response["Referrer-Policy"] = "no-referrer"
    return response


def _words(refused: DomainError) -> str:
    if isinstance(refused, HandoffClosed):
        return refused.text
    return "This link has expired or is not complete. Scan the code on the other screen again."


urlpatterns = [path("h/<str:token>", phone, name="phone")]
