"""What can go wrong with cart items."""

from imagestore.common.errors import NotFound, Unavailable


class CartItemNotFound(NotFound):
    code, title = "cart-item-not-found", "There is no such cart item"


class CartItemBusy(Unavailable):
    code, title = "cart-item-busy", "The cart item is being changed by too many at once"
