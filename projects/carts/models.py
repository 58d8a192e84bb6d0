"""Rows of carts: an item per line of a cart, and a pin with a copy of the state for each time that it was put."""

from datetime import datetime

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import due
from imagestore.common.rows import InstantAttribute, Item
from projects.carts import keys, rules
from projects.carts.records import CartItem, Copy, Pin, PinState


class CartItemRow(Item):
    """A line of a cart, in its owner's partition. It is given another pin each time that it is put."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    owner = UnicodeAttribute()
    pin = UnicodeAttribute()
    project = UnicodeAttribute()
    version = NumberAttribute()
    name = UnicodeAttribute(null=True)
    cart = UnicodeAttribute()
    quantity = NumberAttribute()
    product = UnicodeAttribute(null=True)
    photos = NumberAttribute()
    put_at = InstantAttribute()
    touched_at = InstantAttribute()


class PinRow(Item):
    """Due while it is placed or taken back, and not while an item has it."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    state = UnicodeAttribute()
    created_at = InstantAttribute()
    placed_at = InstantAttribute(null=True)
    let_go_at = InstantAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    held_by = UnicodeSetAttribute(null=True)


class CopyRow(Item):
    """Beside its pin: put with it, and never changed."""

    uses = BinaryAttribute(legacy_encoding=False)
    content = BinaryAttribute(legacy_encoding=False, null=True)


def as_found(item: CartItem) -> Condition:
    """Neither put nor touched since it was read."""
    condition: Condition = (CartItemRow.pin == item.pin) & (CartItemRow.touched_at == item.touched_at)
    return condition


def no_more() -> Condition:
    """Nothing needs what a pin holds: it was taken back, or is forgotten altogether."""
    condition: Condition = PinRow.pk.does_not_exist() | PinRow.state.is_in(PinState.DELETING, PinState.GONE)
    return condition


def looked_at(due_at: datetime, *, now: datetime, item: CartItem) -> list[Action]:
    place = due.due(due_at, now=now, shop=item.shop, kind="cart-item", id=_id_of(item))
    return [CartItemRow.due_bucket.set(place.bucket), CartItemRow.due_sort.set(place.sort)]


def deleting(pin: str, shop: str, *, due_at: datetime, now: datetime) -> list[Action]:
    """Whoever finds it from `due_at` on releases it, should nobody have done so before."""
    place = due.due(due_at, now=now, shop=shop, kind="pin", id=pin)
    return [
        PinRow.state.set(PinState.DELETING),
        PinRow.due_bucket.set(place.bucket),
        PinRow.due_sort.set(place.sort),
    ]


def placed(now: datetime) -> list[Action]:
    return [
        PinRow.state.set(PinState.PLACED),
        PinRow.placed_at.set(now),
        PinRow.due_bucket.remove(),
        PinRow.due_sort.remove(),
    ]


def tombstone(now: datetime) -> list[Action]:
    return [
        PinRow.state.set(PinState.GONE),
        PinRow.expires_at.set(int((now + rules.TOMBSTONE).timestamp())),
        PinRow.owner.remove(),
        PinRow.due_bucket.remove(),
        PinRow.due_sort.remove(),
    ]


def put_again(item: CartItem) -> list[Action]:
    """What a put or touch gives an item that is there. Its due stays: whoever looks sends it on."""
    return [
        CartItemRow.pin.set(item.pin),
        CartItemRow.project.set(item.project),
        CartItemRow.version.set(item.version),
        CartItemRow.name.set(item.name),
        CartItemRow.cart.set(item.cart),
        CartItemRow.quantity.set(item.quantity),
        CartItemRow.product.set(item.product),
        CartItemRow.photos.set(item.photos),
        CartItemRow.put_at.set(item.put_at),
        CartItemRow.touched_at.set(item.touched_at),
    ]


def new_item(item: CartItem, due_at: datetime, now: datetime) -> CartItemRow:
    place = due.due(due_at, now=now, shop=item.shop, kind="cart-item", id=_id_of(item))
    return CartItemRow(
        *keys.item_row(item.shop, item.owner, item.id),
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=item.id,
        shop=item.shop,
        owner=item.owner,
        pin=item.pin,
        project=item.project,
        version=item.version,
        name=item.name,
        cart=item.cart,
        quantity=item.quantity,
        product=item.product,
        photos=item.photos,
        put_at=item.put_at,
        touched_at=item.touched_at,
    )


def new_pin(pin: Pin) -> PinRow:
    place = due.due(pin.created_at + rules.PLACED_WITHIN, now=pin.created_at, shop=pin.shop, kind="pin", id=pin.id)
    return PinRow(
        *keys.pin_row(pin.id),
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=pin.id,
        shop=pin.shop,
        state=pin.state,
        created_at=pin.created_at,
        owner=pin.owner,
    )


def new_copy(pin: str, copy: Copy) -> CopyRow:
    return CopyRow(*keys.copy_row(pin), uses=copy.uses, content=copy.content)


def _id_of(item: CartItem) -> str:
    return f"{item.owner}#{item.id}"
