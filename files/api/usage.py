"""What an owner uses of its quota."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from files import queries
from files.api.common import READ
from files.schemas import UsageOut
from imagestore.common import answers
from imagestore.common.answers import Customer
from imagestore.common.problems import responses

router = Router()


@router.get("/usage", response={200: UsageOut, **responses()}, summary="What is stored and reserved, and the limits")
def get_usage(request: HttpRequest, customer: Customer = None) -> HttpResponse:
    principal = answers.principal(request, READ)
    used, limit = queries.usage(principal=principal, owner=answers.owner_of(principal, customer))
    return answers.json(UsageOut.of(used, limit))
