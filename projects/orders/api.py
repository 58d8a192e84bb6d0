"""REST routes of orders: parse, one call, shape the answer."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, Customer, IdempotencyKey
from imagestore.common.problems import responses
from imagestore.common.retention_answers import RetentionOut
from projects.answers import READ, WRITE
from projects.orders import operations, queries
from projects.orders.records import Event, Order, OrderState
from projects.orders.schemas import OrderIn, OrderOut, OrderPage, OrderSummary, ReportIn, Visible

router = Router(tags=["orders"])


@router.post("/orders", response={201: OrderOut, **responses(404, 409, 413, 415)}, summary="Place an order")
def place_order(
    request: HttpRequest, body: OrderIn, customer: Customer = None, key: IdempotencyKey = None
) -> HttpResponse:
    """Keeps the states of projects that its items name, as they are: whatever becomes of the projects, a lab can
    produce the order from it. 409 names each photo that cannot be printed, with its item and alias, and the cause."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    order = operations.place(
        wanted=body.record(),
        owner=owner,
        principal=principal,
        now=clock.now(),
        asked=answers.asked(request, key, shop=principal.shop, owner=owner),
    )
    return _answer(order, 201)


@router.get("/orders", response={200: OrderPage, **responses()}, summary="List orders, newest first")
def list_orders(
    request: HttpRequest,
    state: Annotated[list[Visible], Query([], description="Only those in one of these states.")],
    customer: Customer = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """Whoever asks for states may get fewer than `limit`, and a cursor that goes on from there."""
    principal = answers.principal(request, READ)
    found, following = queries.orders_of_owner(
        principal=principal,
        owner=answers.owner_of(principal, customer),
        states=frozenset(map(OrderState, state)),
        cursor=cursor,
        limit=limit,
    )
    return answers.json({"items": [OrderSummary.of(order) for order in found], "next_cursor": following})


@router.get("/orders/{order_id}", response={200: OrderOut, **responses(404)}, summary="One order")
def get_order(request: HttpRequest, order_id: str) -> HttpResponse:
    return _answer(queries.order_of(answers.principal(request, READ), order_id))


@router.get(
    "/orders/{order_id}/retention", response={200: RetentionOut, **responses(404)}, summary="How long it is kept"
)
def get_retention(request: HttpRequest, order_id: str) -> HttpResponse:
    """What happens to it, when, by which rule, and because of what."""
    order = queries.order_of(answers.principal(request, READ), order_id)
    return answers.json(RetentionOut.of(queries.explained(order)))


@router.post("/orders/{order_id}/cancel", response={200: OrderOut, **responses(404, 409)}, summary="Cancel an order")
def cancel_order(request: HttpRequest, order_id: str) -> HttpResponse:
    """By its customer or the shop, before the lab has it. A repeat changes nothing."""
    return _answer(operations.cancel(id=order_id, principal=answers.principal(request, WRITE), now=clock.now()))


@router.post(
    "/orders/{order_id}/reports",
    response={200: OrderOut, **responses(404, 409, 413, 415)},
    summary="Tell what became of an order",
)
def report_order(request: HttpRequest, order_id: str, body: ReportIn) -> HttpResponse:
    """For the shop's own server. A repeat changes nothing; 409 names the state that does not allow it."""
    order = operations.report(
        id=order_id,
        event=Event(body.event),
        at=body.at,
        principal=answers.principal(request, WRITE),
        now=clock.now(),
    )
    return _answer(order)


@router.post(
    "/orders/{order_id}/resubmit", response={200: OrderOut, **responses(404, 409)}, summary="Produce an order again"
)
def resubmit_order(request: HttpRequest, order_id: str) -> HttpResponse:
    """For the shop's own server: back to `paid` or `placed`, to be packaged again from the same snapshot."""
    return _answer(operations.resubmit(id=order_id, principal=answers.principal(request, WRITE), now=clock.now()))


def _answer(order: Order, status: int = 200) -> HttpResponse:
    headers = {"Location": f"/api/v1/orders/{order.id}"} if status == 201 else {}
    return answers.json(OrderOut.of_order(order, queries.lines_of(order)), status, headers)
