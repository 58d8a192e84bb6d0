"""Shapes of requests and answers about carts. Times are UTC."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict

from imagestore.common import due
from imagestore.common.shapes import as_whole
from imagestore.identity import queries as shops
from projects.carts import rules
from projects.carts.queries import Loaded
from projects.carts.records import Cart, CartItem, Line
from projects.schemas import FilesOut, Id, PlacementOut, Shape, UsedFile, VersionNumber, placed

Quantity = Annotated[int, Field(strict=True, ge=1, le=rules.MOST_QUANTITY, examples=[2]), BeforeValidator(as_whole)]
Product = Annotated[
    str, Field(max_length=rules.LONGEST_PRODUCT, description="The shop's own word, a SKU.", examples=["book-a4-60"])
]
Version = VersionNumber


class CartItemIn(Schema):
    model_config = ConfigDict(extra="forbid")
    project: Id
    version: Version | None = Field(None, description="One of the project's versions; the current one unless given.")
    cart: Cart = Field(Cart.INTERNAL, description="`external`: it lies in the cart of another system.")
    quantity: Quantity = 1
    product: Product = ""

    def record(self) -> Line:
        return Line(self.project, self.version, self.cart, self.quantity, self.product)


class CartItemOut(Schema):
    """`id` is the shop's own of the line; `version` the state of the project that is kept."""

    id: str
    project: str
    version: int
    name: str
    cart: Cart
    quantity: int
    product: str
    photos: int
    put_at: datetime
    touched_at: datetime
    expires_at: datetime = Field(description="When it goes, if nobody touches it before.")

    @staticmethod
    def of(item: CartItem) -> Shape:
        policy = shops.known_shop(item.shop).policy
        told: Shape = {name: getattr(item, name, None) for name in CartItemOut.model_fields}
        return told | {"expires_at": rules.ending(item, policy).not_before(due.dated_to(item.due_sort))}


class CartItemPage(Schema):
    items: list[CartItemOut]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class CartItemLoaded(CartItemOut):
    """The project as it was when it was put, with the first 500 photos."""

    document: dict[str, Any]
    placements: list[PlacementOut]
    files: dict[str, UsedFile | None] = Field(description="By alias, the first 500; null for a photo that is gone.")
    files_cursor: str | None = Field(description="For `GET /cart-items/{id}/files`; null when these are all.")

    @staticmethod
    def of_loaded(loaded: Loaded) -> Shape:
        shape = CartItemOut.of(loaded.item) | FilesOut.of(loaded.page)
        shape["document"] = orjson.Fragment(loaded.content.document)
        shape["placements"] = [placed(one, loaded.page, loaded.item.shop) for one in loaded.content.placements]
        return shape
