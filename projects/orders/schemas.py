"""Shapes of requests and answers about orders. Times are UTC, sizes bytes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime, ConfigDict, StringConstraints

from projects.carts.rules import ID as CART_ITEM
from projects.carts.schemas import Product, Quantity, Version
from projects.orders import rules
from projects.orders.records import ItemLine, Order, WantedItem, WantedOrder
from projects.schemas import Id, Shape

Visible = Literal["placed", "paid", "packaged", "sent_to_lab", "confirmed", "failed", "cancelled", "facts_only"]
Reported = Literal["paid", "sent_to_lab", "confirmed", "failed", "delivered"]
CartItemId = Annotated[str, StringConstraints(pattern=f"^{CART_ITEM}$")]


class OrderItemIn(Schema):
    """Either a cart item or a version of a project."""

    model_config = ConfigDict(extra="forbid")
    cart_item: CartItemId | None = Field(None, description="The shop's own id of a cart line.", examples=["line-1"])
    project: Id | None = None
    version: Version | None = Field(None, description="Of the project; the current one unless given.")
    quantity: Quantity | None = Field(None, description="As the cart item says, else 1.")
    product: Product | None = Field(None, description="As the cart item says.")

    def record(self) -> WantedItem:
        return WantedItem(self.cart_item, self.project, self.version, self.quantity, self.product)


class OrderIn(Schema):
    model_config = ConfigDict(extra="forbid")
    items: list[OrderItemIn] = Field(min_length=1, max_length=rules.MOST_ITEMS)
    reference: str = Field(
        "",
        max_length=rules.LONGEST_REFERENCE,
        pattern=r"^[^\x00-\x1f\x7f#]*$",
        description="The shop's own number of the order, by which staff find it.",
        examples=["A-1001"],
    )

    def record(self) -> WantedOrder:
        return WantedOrder(tuple(item.record() for item in self.items), self.reference)


class ReportIn(Schema):
    model_config = ConfigDict(extra="forbid")
    event: Reported
    at: AwareDatetime | None = Field(None, description="When it was, with its offset from UTC; now unless given.")


class OrderSummary(Schema):
    """`sha256`: of the canonical JSON of all that was ordered, documents, placements and facts of photos."""

    id: str
    state: Visible
    reference: str
    customer: str | None = Field(description="Null for a guest's.")
    sha256: str
    item_count: int
    photo_count: int
    bytes: int = Field(description="Of all photos together.")
    placed_at: datetime
    changed_at: datetime
    paid_at: datetime | None
    packaged_at: datetime | None
    sent_to_lab_at: datetime | None
    confirmed_at: datetime | None
    failed_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    let_go_at: datetime | None = Field(description="When its photos and documents went; null while they are there.")
    resubmits: int = Field(description="How often it was sent back to be packaged again.")

    @staticmethod
    def of(order: Order) -> Shape:
        told: Shape = {name: getattr(order, name, None) for name in OrderSummary.model_fields}
        return told | {"item_count": order.items, "photo_count": order.photos}


class OrderStepOut(Schema):
    state: str
    at: datetime
    by: str


class OrderItemOut(Schema):
    number: int = Field(description="From 1, in the order of the call.")
    project: str
    version: int
    name: str
    product: str
    quantity: int
    photos: int


class OrderOut(OrderSummary):
    items: list[OrderItemOut]
    steps: list[OrderStepOut]

    @staticmethod
    def of_order(order: Order, lines: Sequence[ItemLine]) -> Shape:
        return OrderSummary.of(order) | {"items": lines, "steps": order.steps}


class OrderPage(Schema):
    items: list[OrderSummary]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")
