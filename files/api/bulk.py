"""Many files in one call."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from files import queries
from files.api.common import READ, Customer, owner_of
from files.schemas import LookupIn, LookupOut
from imagestore.common import answers
from imagestore.common.problems import responses

router = Router()


@router.post("/files/lookup", response={200: LookupOut, **responses(413, 415)}, summary="Which bytes are here already")
def look_up(request: HttpRequest, body: LookupIn, customer: Customer = None) -> HttpResponse:
    """Up to 500 SHA-256, looked for among the stored files of the same owner, never of another. Ask for many at once:
    it costs the same as for one. What was stored within the last second may be missing."""
    principal = answers.principal(request, READ)
    known = queries.known_files(shop=principal.shop, owner=owner_of(principal, customer), hashes=body.sha256)
    return answers.json(LookupOut.of(body.sha256, known))
