"""What can go wrong with orders."""

from imagestore.common.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class OrderNotFound(NotFound):
    code, title = "order-not-found", "There is no such order"


class ReportInvalid(Invalid):
    code, title = "report-invalid", "The report cannot be taken"


class OrderInvalid(Invalid):
    code, title = "order-invalid", "The order cannot be placed"


class PhotosNotPrintable(Conflict):
    """`files` names each photo by its item and alias, with the cause."""

    code, title = "photos-not-printable", "Some photos cannot be printed"


class StepRefused(Conflict):
    """`state` is the one that the order is in."""

    code, title = "order-state", "The order's state does not allow this"


class ShopOnly(Forbidden):
    code, title = "shop-only", "Only the shop's own server may do this"


class OrderBusy(Unavailable):
    code, title = "order-busy", "The order is being changed by too many at once"


class SnapshotDamaged(Exception):
    """The snapshot in storage is missing, or not the one that was ordered."""
