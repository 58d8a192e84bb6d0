"""The customer's page, and the one thing that a shop's own server does for it: signing the customer's token.

Development only, like the demo shop whose private key lies beside the local state.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from imagestore.common import clock, ids, problems
from imagestore.identity import claims, key_files, signing

SHOP = "demo"
COOKIE = "demo-visitor"
A_MONTH = 30 * 24 * 3600


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    doors = settings.IMAGESTORE_DOORS
    return render(request, "demo/page.html", {"api": "api" in doors, "staff": "staff" in doors})


@never_cache
# Nothing is changed, and no page of another origin can read the answer.
@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A browser is one customer of the demo shop; a private window is another."""
    try:
        key = key_files.read(key_files.local_file(SHOP))
    except (OSError, ValueError):
        return problems.of_status(503, "There is no demo shop here. `make run` makes one.")
    now = clock.now()
    visitor = request.get_signed_cookie(COOKIE, default="") or ids.new_id(now)
    signed = signing.sign(
        key,
        shop=SHOP,
        now=now,
        customer=f"visitor-{visitor}",
        scopes=sorted(claims.CUSTOMER_SCOPES),
        name="Demo visitor",
    )
    response = JsonResponse({"token": signed})
    response.set_signed_cookie(COOKIE, visitor, max_age=A_MONTH, httponly=True, samesite="Strict")
    return response
