"""Many files in one call."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from files import operations, queries
from files.api.common import READ, WRITE
from files.schemas import DeletedItem, DeletedOut, DeleteIn, LookupIn, LookupOut
from imagestore.common import answers, clock
from imagestore.common.answers import Customer
from imagestore.common.problems import responses

router = Router()


@router.post("/files/lookup", response={200: LookupOut, **responses(413, 415)}, summary="Which bytes are here already")
def look_up(request: HttpRequest, body: LookupIn, customer: Customer = None) -> HttpResponse:
    """Up to 500 SHA-256, looked for among the stored files of the same owner, never of another. Ask for many at once:
    it costs the same as for one. What was stored within the last second may be missing."""
    principal = answers.principal(request, READ)
    known = queries.known_files(shop=principal.shop, owner=answers.owner_of(principal, customer), hashes=body.sha256)
    return answers.json(LookupOut.of(body.sha256, known))


@router.post("/files/delete", response={200: DeletedOut, **responses(413, 415)}, summary="Put many into the trash")
def delete_files(request: HttpRequest, body: DeleteIn) -> HttpResponse:
    """Up to 500; each on its own, in the order asked: trashed, or why not. A file in use names its holders."""
    principal, now = answers.principal(request, WRITE), clock.now()
    outcomes = operations.trash_many(ids=body.ids, principal=principal, now=now)
    return answers.json({"items": [DeletedItem.of(id, outcome) for id, outcome in outcomes.items()]})
