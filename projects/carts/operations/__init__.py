"""The verbs of carts: everything that changes them."""

from projects.carts.operations.handing import settle_visit
from projects.carts.operations.putting import put, touch
from projects.carts.operations.releasing import release
from projects.carts.operations.removing import erase_owner, remove
from projects.carts.operations.sweeping import sweep_slice

__all__ = ["erase_owner", "put", "release", "remove", "settle_visit", "sweep_slice", "touch"]
