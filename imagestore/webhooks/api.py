"""REST routes of webhooks, for a shop's own server: its token has the scope `shop:admin`."""

from datetime import timedelta
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, IdempotencyKey
from imagestore.common.principal import Principal
from imagestore.common.problems import responses
from imagestore.identity.claims import SHOP_ADMIN
from imagestore.webhooks import operations, queries
from imagestore.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    EndpointIn,
    EndpointList,
    EndpointOut,
    EndpointPatch,
    EndpointTold,
    ReplayedOut,
    ReplayIn,
    RotateIn,
)

router = Router(tags=["webhooks"])
Failing = Annotated[bool, Query(False, description="Only those that failed and are not delivered (yet).")]
A_DAY = RotateIn(overlap_hours=24)


@router.post("/webhooks", response={201: EndpointTold, **responses(409, 413, 415)}, summary="Make an endpoint")
def create_endpoint(request: HttpRequest, body: EndpointIn, key: IdempotencyKey = None) -> HttpResponse:
    """Told of everything that happens from a minute later on. The answer tells the secret, this once."""
    principal = _shop(request)
    asked = answers.asked(request, key, shop=principal.shop, owner="shop")
    told = operations.create(draft=body.record(), principal=principal, now=clock.now(), asked=asked)
    headers = {"Location": f"/api/v1/webhooks/{told.endpoint.id}"}
    return answers.json(EndpointTold.of_told(told, clock.now()), 201, headers)


@router.get("/webhooks", response={200: EndpointList, **responses()}, summary="List the shop's endpoints")
def list_endpoints(request: HttpRequest) -> HttpResponse:
    """At most 5, oldest first."""
    found = queries.endpoints_of_shop(_shop(request).shop)
    return answers.json({"items": [EndpointOut.of(endpoint, clock.now()) for endpoint in found]})


@router.get("/webhooks/{endpoint_id}", response={200: EndpointOut, **responses(404)}, summary="One endpoint")
def get_endpoint(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    return answers.json(EndpointOut.of(queries.endpoint_of(_shop(request), endpoint_id), clock.now()))


@router.patch(
    "/webhooks/{endpoint_id}",
    response={200: EndpointOut, **responses(404, 409, 413, 415)},
    summary="Change an endpoint",
)
def update_endpoint(request: HttpRequest, endpoint_id: str, body: EndpointPatch) -> HttpResponse:
    """A new url is used at once, other types everywhere within a minute."""
    changed = operations.update(id=endpoint_id, changes=body.changes(), principal=_shop(request), now=clock.now())
    return answers.json(EndpointOut.of(changed, clock.now()))


@router.delete("/webhooks/{endpoint_id}", response={204: None, **responses(404, 409)}, summary="Remove an endpoint")
def remove_endpoint(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """What waits for it is not delivered any more. To keep that for later, disable it."""
    operations.remove(id=endpoint_id, principal=_shop(request), now=clock.now())
    return answers.empty()


@router.post(
    "/webhooks/{endpoint_id}/secret",
    response={200: EndpointTold, **responses(404, 409, 413, 415)},
    summary="Rotate the secret",
)
def rotate_secret(request: HttpRequest, endpoint_id: str, body: Annotated[RotateIn, Body()] = A_DAY) -> HttpResponse:
    """The answer tells the new one, this once. Until the one before it ends both sign: verify with either."""
    overlap = timedelta(hours=body.overlap_hours)
    told = operations.rotate(id=endpoint_id, overlap=overlap, principal=_shop(request), now=clock.now())
    return answers.json(EndpointTold.of_told(told, clock.now()))


@router.post(
    "/webhooks/{endpoint_id}/test", response={202: DeliveryOut, **responses(404, 409)}, summary="Send a test event"
)
def send_test(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """Of type `endpoint.test`, whatever types are wanted. What came of it stands among the deliveries."""
    delivery = operations.send_test(endpoint_id=endpoint_id, principal=_shop(request), now=clock.now())
    return answers.json(DeliveryOut.of(delivery), 202)


@router.post(
    "/webhooks/{endpoint_id}/replay",
    response={202: ReplayedOut, **responses(404, 409, 413, 415)},
    summary="Send again what failed",
)
def replay_failing(request: HttpRequest, endpoint_id: str, body: ReplayIn) -> HttpResponse:
    """After an outage: what was given up, and what waits for its next try. Each keeps its `webhook-id`."""
    replayed = operations.replay_failing(
        endpoint_id=endpoint_id, since=body.since, principal=_shop(request), now=clock.now()
    )
    return answers.json(ReplayedOut.of(replayed), 202)


@router.get(
    "/webhooks/{endpoint_id}/deliveries",
    response={200: DeliveryPage, **responses(404)},
    summary="List deliveries and their attempts, newest first",
)
def list_deliveries(
    request: HttpRequest,
    endpoint_id: str,
    failing: Failing = False,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """Kept for 30 days. A cursor goes with the filter that it was given for."""
    found, following = queries.deliveries_of(
        principal=_shop(request), endpoint_id=endpoint_id, failing=failing, cursor=cursor, limit=limit
    )
    return answers.json({"items": [DeliveryOut.of(delivery) for delivery in found], "next_cursor": following})


@router.get(
    "/webhooks/{endpoint_id}/deliveries/{delivery_id}",
    response={200: DeliveryOut, **responses(404)},
    summary="One delivery",
)
def get_delivery(request: HttpRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
    endpoint = queries.endpoint_of(_shop(request), endpoint_id)
    return answers.json(DeliveryOut.of(queries.delivery_of(endpoint.id, delivery_id)))


@router.post(
    "/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay",
    response={202: DeliveryOut, **responses(404, 409)},
    summary="Send one event again",
)
def replay(request: HttpRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
    """Whatever became of it. It keeps its `webhook-id`."""
    delivery = operations.replay(endpoint_id=endpoint_id, id=delivery_id, principal=_shop(request), now=clock.now())
    return answers.json(DeliveryOut.of(delivery), 202)


def _shop(request: HttpRequest) -> Principal:
    return answers.principal(request, SHOP_ADMIN)
