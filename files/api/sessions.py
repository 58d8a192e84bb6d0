"""Upload sessions and their handoffs to phones."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Body, Path, Router

from files import operations, queries, visits
from files.api.common import READ, WRITE
from files.records import UploadSession
from files.schemas import HandoffIn, HandoffOut, SessionIn, SessionOut
from imagestore.common import answers, clock
from imagestore.common.answers import Customer, IdempotencyKey
from imagestore.common.principal import Principal
from imagestore.common.problems import responses
from imagestore.identity import claims, issued
from imagestore.identity.auth import Bearer
from imagestore.identity.issued import Issued

router = Router(auth=Bearer())
"""A visit that is over may still be looked at."""
NO_CUSTOMER = SessionIn(customer=None)
SessionId = Annotated[str, Path(max_length=64)]


@router.post("/sessions", response={201: SessionOut, **responses(409, 413, 415)}, summary="Open an upload session")
def open_session(
    request: HttpRequest, body: Annotated[SessionIn, Body()] = NO_CUSTOMER, key: IdempotencyKey = None
) -> HttpResponse:
    """A visit that owns what is uploaded before a login. With a guest's token: the visit that the token names."""
    principal = answers.principal(request, WRITE)
    customer = principal.customer if body.customer is None else answers.customer_of(principal, body.customer)
    asked = answers.asked(request, key, shop=principal.shop, owner=answers.caller(principal))
    session = operations.open_session(customer=customer, principal=principal, now=clock.now(), asked=asked)
    token = _guest_token(session) if principal.kind == "shop" else None
    return answers.json(SessionOut.of(session, token), 201, {"Location": f"/api/v1/sessions/{session.id}"})


@router.get("/sessions/{session_id}", response={200: SessionOut, **responses(404)}, summary="One upload session")
def get_session(request: HttpRequest, session_id: SessionId) -> HttpResponse:
    return answers.json(SessionOut.of(queries.session_of(answers.principal(request, READ), session_id)))


@router.post(
    "/sessions/{session_id}/claim",
    response={200: SessionOut, **responses(404, 409)},
    summary="Give the session's files to a customer",
)
def claim_session(request: HttpRequest, session_id: SessionId, customer: Customer = None) -> HttpResponse:
    """A login: with a token that names both customer and session, or the shop's own and `?customer=`. Decided at
    once, also for photos that are still uploading; many files follow within moments (`settled_at`)."""
    principal = answers.principal(request, WRITE)
    claimed = operations.claim(
        id=session_id, customer=answers.customer_of(principal, customer), principal=principal, now=clock.now()
    )
    return answers.json(SessionOut.of(claimed))


@router.delete("/sessions/{session_id}", response={204: None, **responses(404)}, summary="End an upload session")
def end_session(request: HttpRequest, session_id: SessionId) -> HttpResponse:
    """A logout: what nobody claimed or holds goes. A claimed session is left as it is."""
    operations.end(id=session_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.empty()


@router.post(
    "/sessions/{session_id}/handoffs",
    response={201: HandoffOut, **responses(404, 409, 413, 415)},
    summary="Let a phone add photos",
)
def make_handoff(
    request: HttpRequest, session_id: SessionId, body: HandoffIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Show the QR code; photos that the phone adds appear in `GET /files` of the session or its customer."""
    principal = answers.principal(request, WRITE)
    handoff, token = operations.make_handoff(
        session_id=session_id,
        wanted=body.record(),
        principal=principal,
        now=clock.now(),
        asked=answers.asked(request, key, shop=principal.shop, owner=answers.caller(principal)),
    )
    url = f"{answers.public_base(request)}/h/{token}"
    shape = {name: getattr(handoff, name) for name in ("id", "ends_at", "most_files", "keep_until")}
    # Drawn seldom: the API starts without it.
    import segno

    drawn = segno.make(url, error="l").svg_inline(scale=4, border=4, light="white", title="Scan to add photos")
    return answers.json(shape | {"url": url, "token": token, "qr_svg": drawn}, 201)


@router.delete(
    "/sessions/{session_id}/handoffs/{handoff_id}", response={204: None, **responses(404)}, summary="Revoke a handoff"
)
def revoke_handoff(
    request: HttpRequest, session_id: SessionId, handoff_id: Annotated[str, Path(max_length=64)]
) -> HttpResponse:
    principal = answers.principal(request, WRITE)
    operations.revoke(session_id=session_id, id=handoff_id, principal=principal, now=clock.now())
    return answers.empty()


def _guest_token(session: UploadSession) -> str:
    """Lives as long as the session may slide; whether that still takes files is asked of its row."""
    guest = Principal(kind="customer", shop=session.shop, session=session.id, scopes=claims.CUSTOMER_SCOPES)
    return issued.issue(Issued("guest", guest, session.created_at + visits.LONGEST), now=session.created_at)
