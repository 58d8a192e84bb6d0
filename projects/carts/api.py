"""REST routes of carts: parse, one call, shape the answer."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, Customer
from imagestore.common.problems import responses
from imagestore.common.retention_answers import RetentionOut
from projects.answers import READ, WRITE, Urls
from projects.carts import operations, queries, rules
from projects.carts.schemas import CartItemIn, CartItemLoaded, CartItemOut, CartItemPage
from projects.schemas import FilesOut

router = Router(tags=["carts"])
ItemId = Annotated[str, Path(pattern=f"^{rules.ID}$", description=f"The shop's own of the cart line: {rules.ID_RULE}.")]


@router.get("/cart-items", response={200: CartItemPage, **responses()}, summary="List what lies in a cart, by its ids")
def list_cart_items(
    request: HttpRequest,
    customer: Customer = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    principal = answers.principal(request, READ)
    items, following = queries.items_of_owner(
        principal=principal, owner=answers.owner_of(principal, customer), cursor=cursor, limit=limit
    )
    return answers.json({"items": [CartItemOut.of(item) for item in items], "next_cursor": following})


@router.put(
    "/cart-items/{cart_item}",
    response={200: CartItemOut, 201: CartItemOut, **responses(404, 409, 413, 415)},
    summary="Put a project into a cart",
)
def put_cart_item(request: HttpRequest, cart_item: ItemId, body: CartItemIn, customer: Customer = None) -> HttpResponse:
    """Keeps a version of the project under the shop's own id of the line. Saving the project afterwards changes nothing
    here until it is put again. Putting the same version again keeps it longer. 409 names photos that cannot be used."""
    principal = answers.principal(request, WRITE)
    put = operations.put(
        id=cart_item,
        line=body.record(),
        owner=answers.owner_of(principal, customer),
        principal=principal,
        now=clock.now(),
    )
    status, headers = (201, {"Location": f"/api/v1/cart-items/{cart_item}"}) if put.created else (200, {})
    return answers.json(CartItemOut.of(put.item), status, headers)


@router.get("/cart-items/{cart_item}", response={200: CartItemLoaded, **responses(404)}, summary="Load a cart item")
def load_cart_item(
    request: HttpRequest, cart_item: ItemId, urls: Urls = "original", customer: Customer = None
) -> HttpResponse:
    """As it was put, whatever became of the project since, with the first 500 photos."""
    principal = answers.principal(request, READ)
    owner = answers.owner_of(principal, customer)
    loaded = queries.load(principal=principal, owner=owner, id=cart_item, urls=urls, now=clock.now())
    return answers.json(CartItemLoaded.of_loaded(loaded))


@router.get(
    "/cart-items/{cart_item}/files", response={200: FilesOut, **responses(404)}, summary="The photos of a cart item"
)
def load_more_files(
    request: HttpRequest, cart_item: ItemId, cursor: Cursor = None, urls: Urls = "original", customer: Customer = None
) -> HttpResponse:
    """500 at a time, by alias; with a `files_cursor` those that follow. 422 when the item was put again since."""
    principal = answers.principal(request, READ)
    owner = answers.owner_of(principal, customer)
    page = queries.more_files(principal=principal, owner=owner, id=cart_item, cursor=cursor, urls=urls, now=clock.now())
    return answers.json(FilesOut.of(page))


@router.get(
    "/cart-items/{cart_item}/retention", response={200: RetentionOut, **responses(404)}, summary="How long it is kept"
)
def get_retention(request: HttpRequest, cart_item: ItemId, customer: Customer = None) -> HttpResponse:
    """What happens to it, when, by which rule, and because of what."""
    principal = answers.principal(request, READ)
    item = queries.item_of(principal, answers.owner_of(principal, customer), cart_item)
    return answers.json(RetentionOut.of(queries.explained(item)))


@router.post(
    "/cart-items/{cart_item}/touch", response={200: CartItemOut, **responses(404)}, summary="Keep a cart item longer"
)
def touch_cart_item(request: HttpRequest, cart_item: ItemId, customer: Customer = None) -> HttpResponse:
    """Its time begins anew."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    item = operations.touch(id=cart_item, owner=owner, principal=principal, now=clock.now())
    return answers.json(CartItemOut.of(item))


@router.delete("/cart-items/{cart_item}", response={204: None, **responses(404)}, summary="Take out of the cart")
def remove_cart_item(request: HttpRequest, cart_item: ItemId, customer: Customer = None) -> HttpResponse:
    """The project stays as it is; photos that nothing else uses go in their time."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    operations.remove(id=cart_item, owner=owner, principal=principal, now=clock.now())
    return answers.empty()
