"""The verbs of files: everything that changes their state."""

from files.operations.confirming import confirm_arrival, confirm_upload
from files.operations.counting import count_decided
from files.operations.holding import hold, release
from files.operations.registering import register, sign_again
from files.operations.removing import purge, trash
from files.operations.restoring import restore, verify_again
from files.operations.sweeping import sweep_slice

__all__ = [
    "confirm_arrival",
    "confirm_upload",
    "count_decided",
    "hold",
    "purge",
    "register",
    "release",
    "restore",
    "sign_again",
    "sweep_slice",
    "trash",
    "verify_again",
]
