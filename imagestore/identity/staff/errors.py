"""What can go wrong at the door of the staff site."""

from imagestore.common.errors import Conflict, Invalid, NotFound


class StaffUnknown(NotFound):
    code, title = "staff-unknown", "There is no such staff member"


class StaffChanged(Conflict):
    code, title = "staff-changed", "The staff member was changed at this moment"


class CodeWrong(Invalid):
    code, title = "code-wrong", "The one-time code is not right"


class LastAdmin(Conflict):
    code, title = "last-admin", "Somebody must be left who can do everything"
