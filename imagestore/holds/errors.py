"""What can go wrong with legal holds."""

from imagestore.common.errors import Conflict, Invalid, NotFound


class HoldUnknown(NotFound):
    code, title = "hold-unknown", "There is no such legal hold"


class SubjectInvalid(Invalid):
    code, title = "hold-subject-invalid", "A legal hold cannot stand on this"


class SubjectUnknown(NotFound):
    code, title = "hold-subject-unknown", "There is nothing that the hold could stand on"


class CustomerHeld(Conflict):
    """`holds` names them."""

    code, title = "customer-held", "A legal hold keeps everything of the customer"
