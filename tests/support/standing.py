"""What must hold of cart items and orders: always, and once the sweep has come by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from files.models import FileRow
from files.records import File, FileState
from imagestore.common import objects
from imagestore.common.decode import Row, decoder
from imagestore.common.rows import Item
from projects import packing
from projects.carts import keys as cart_keys
from projects.carts.models import CartItemRow, CopyRow, PinRow
from projects.carts.records import CartItem, Copy, Pin, PinState
from projects.orders import keys as order_keys
from projects.orders import queries, rules
from projects.orders.models import OrderRow
from projects.orders.records import Order
from tests.support.ordering import copies

R = TypeVar("R")


@dataclass
class Standing:
    """All rows of one moment, in wire form."""

    rows: Sequence[Row]

    @cached_property
    def items(self) -> list[CartItem]:
        return self._read(CartItemRow, CartItem, cart_keys.ITEMS)

    @cached_property
    def pins(self) -> list[Pin]:
        return self._read(PinRow, Pin, "PIN")

    @cached_property
    def orders(self) -> list[Order]:
        return self._read(OrderRow, Order, "ORDER")

    @cached_property
    def files(self) -> dict[str, File]:
        return {file.id: file for file in self._read(FileRow, File, "FILE")}

    @cached_property
    def live_orders(self) -> list[Order]:
        return [order for order in self.orders if order.state in rules.LIVE]

    @cached_property
    def copies(self) -> dict[str, Copy]:
        """By pin."""
        decode = decoder(CopyRow, Copy)
        return {row["pk"]["S"].partition("#")[2]: decode(row) for row in self.rows if row["sk"]["S"] == "COPY"}

    def _read(self, model: type[Item], record: type[R], beginning: str) -> list[R]:
        decode = decoder(model, record)
        return [decode(row) for row in self.rows if row["sk"]["S"].startswith(beginning)]

    def not_whole(self) -> list[str]:
        """Items and orders that are there, but not whole; a photo that one needs and that could be purged."""
        return [*self._items_not_whole(), *self._orders_not_whole()]

    def _items_not_whole(self) -> Iterator[str]:
        states = {pin.id: pin.state for pin in self.pins}
        for item in self.items:
            copy = self.copies.get(item.pin)
            if states.get(item.pin) != PinState.PLACED or copy is None:
                yield f"the item {item.id} has the pin {item.pin}, which is {states.get(item.pin)}"
                continue
            if copy.content is None and objects.read(cart_keys.document_object(item.shop, item.pin)) is None:
                yield f"the item {item.id} has no document"
            yield from self._not_held(packing.files_in(copy.uses).values(), cart_keys.holder(item.pin))

    def _orders_not_whole(self) -> Iterator[str]:
        for order in self.live_orders:
            yield from self._not_held(queries.snapshot_of(order).files, order_keys.holder(order.id))

    def _not_held(self, used: Iterable[str], holder: str) -> Iterator[str]:
        for id in used:
            if holder not in self.files[id].holders or self.files[id].state != FileState.STORED:
                yield f"{id} is not kept for {holder}"

    def left_over(self) -> list[str]:
        """What is there in vain: held, stored, or waiting for nothing."""
        live = {item.pin for item in self.items} | {order.id for order in self.live_orders}
        known = live | {order.id for order in self.orders if order.state == "facts_only" and order.due_sort is None}
        holders = {holder for file in self.files.values() for holder in file.holders}
        own = {holder for holder in holders if holder.startswith(("cart:", "order:"))}
        places = {cart_keys.document_object(item.shop, item.pin) for item in self.items}
        places |= {order_keys.snapshot_object(order.shop, order.id) for order in self.live_orders}
        return [
            *(f"held in vain: {holder}" for holder in own if holder.partition(":")[2] not in live),
            *(f"the pin {pin.id} is {pin.state}" for pin in self.pins if pin.id not in live and pin.state != "gone"),
            *(
                f"{order.id} is {order.state}"
                for order in self.orders
                if not {order.id, order.state} & {*known, "gone"}
            ),
            *(f"an object of nobody: {key}" for key in set(copies()) - places),
            *(f"a part of nobody: {part}" for part in self._parts() - known),
        ]

    def _parts(self) -> set[str]:
        """Whose copies, contents and references there are."""
        found = {row["pk"]["S"].partition("#")[2] for row in self.rows if row["sk"]["S"] in ("COPY", "CONTENTS")}
        return found | {row["sk"]["S"] for row in self.rows if row["pk"]["S"].startswith("ORDER-REFERENCE#")}

    def never_to_go(self) -> list[str]:
        """Once everything has come to its end: photos that are held, or that nobody would look at."""
        return [
            f"{file.id}: {set(file.holders)}, {file.due_sort}"
            for file in self.files.values()
            if file.holders or not file.due_sort
        ]
