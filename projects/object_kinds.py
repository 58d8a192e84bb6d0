"""What else has objects beside saved documents, told to the core: which rows, and how what is lost is made again."""

from projects.carts import queries as pins
from projects.operations.own_objects import ObjectKind
from projects.orders import queries as orders
from projects.packages import operations as packages
from projects.packages import queries as zips

OBJECT_KINDS = (
    ObjectKind("c", "cart copy", pins.stored_copies, pins.need_of_copy),
    ObjectKind("o", "order snapshot", orders.stored_snapshots, orders.need_of_snapshot),
    ObjectKind("z", "package", zips.stored_packages, zips.need_of_package, packages.build_lost_again),
)
