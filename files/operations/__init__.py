"""The verbs of files: everything that changes their state."""

from files.operations.asking import ask_to_decode
from files.operations.confirming import confirm_arrival, confirm_upload
from files.operations.counting import count_decided
from files.operations.decoding import decode, decode_file
from files.operations.holding import hold, release
from files.operations.registering import register, sign_again
from files.operations.removing import purge, trash
from files.operations.rendering import rendition_of
from files.operations.restoring import restore, verify_again
from files.operations.sweeping import sweep_slice

__all__ = [
    "ask_to_decode",
    "confirm_arrival",
    "confirm_upload",
    "count_decided",
    "decode",
    "decode_file",
    "hold",
    "purge",
    "register",
    "release",
    "rendition_of",
    "restore",
    "sign_again",
    "sweep_slice",
    "trash",
    "verify_again",
]
