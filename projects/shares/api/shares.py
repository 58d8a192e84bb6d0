"""What the owner of a project does with its shares."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from imagestore.common import answers, clock
from imagestore.common.answers import IdempotencyKey
from imagestore.common.problems import responses
from projects.answers import READ, WRITE
from projects.shares import operations, queries
from projects.shares.schemas import NewShareOut, ShareIn, ShareOut, SharesOut

router = Router()


@router.post(
    "/projects/{project_id}/shares",
    response={201: NewShareOut, **responses(404, 409, 413, 415)},
    summary="Share a project by a link",
)
def make_share(request: HttpRequest, project_id: str, body: ShareIn, key: IdempotencyKey = None) -> HttpResponse:
    """Whoever has the url opens the project, until it expires or is revoked. A project has at most 100 shares."""
    principal = answers.principal(request, WRITE)
    share, token = operations.share(
        project_id=project_id,
        wanted=body.record(),
        principal=principal,
        now=clock.now(),
        asked=answers.asked(request, key, shop=principal.shop, owner=answers.caller(principal)),
    )
    return answers.json(NewShareOut.of_new(share, token, answers.public_base(request)), 201)


@router.get(
    "/projects/{project_id}/shares", response={200: SharesOut, **responses(404)}, summary="The shares of a project"
)
def list_shares(request: HttpRequest, project_id: str) -> HttpResponse:
    """Those that are good at this moment. Their urls are not told again."""
    principal = answers.principal(request, READ)
    shares = queries.shares_of_project(project_id=project_id, principal=principal, now=clock.now())
    return answers.json({"items": [ShareOut.of(share) for share in shares]})


@router.delete(
    "/projects/{project_id}/shares/{share_id}", response={204: None, **responses(404)}, summary="Revoke a share"
)
def revoke_share(request: HttpRequest, project_id: str, share_id: str) -> HttpResponse:
    """At once: from now on its link opens nothing, and what is being saved by it is not. Copies stay."""
    principal = answers.principal(request, WRITE)
    operations.revoke(project_id=project_id, share_id=share_id, principal=principal, now=clock.now())
    return answers.empty()
