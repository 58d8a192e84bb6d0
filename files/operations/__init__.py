"""The verbs of files: everything that changes their state."""

from files.operations.archiving import archive_held
from files.operations.asking import ask_to_decode
from files.operations.completing import NamedPart, complete_upload
from files.operations.confirming import confirm_arrival, confirm_form, confirm_upload
from files.operations.copying import own_copies
from files.operations.counting import count_decided, count_uploads
from files.operations.decoding import decode, decode_file
from files.operations.erasing import end_visits, erase_files, forget_owner, remove_all_bytes
from files.operations.giving import files_of, give
from files.operations.handoffs import make_handoff, revoke
from files.operations.holding import hold, release
from files.operations.legal_holds import hold_file, settle_hold, settle_hold_part
from files.operations.linking import make_link
from files.operations.multipart import abort_upload, begin_upload, parts_of, register_in_parts, sign_parts
from files.operations.owning import customer, pages_of, visits_of
from files.operations.quota import note_customer
from files.operations.reconciling import compare, scrub
from files.operations.reconciling_usage import compare_usage, repair_usage
from files.operations.recounting import recount
from files.operations.redating import plan_redating, redate_slice
from files.operations.registering import register, register_form, sign_again
from files.operations.removing import purge, trash, trash_many
from files.operations.rendering import rendition_of
from files.operations.repairing import repair
from files.operations.restoring import restore, verify_again
from files.operations.rounds import recount_slice, sweep_usage
from files.operations.sessions import claim, end, open_session, owner_in_use, still_open
from files.operations.settling import settle, settle_slice
from files.operations.sweeping import sweep_slice
from files.operations.sweeping_renditions import sweep_renditions
from files.operations.usage import sum_shop

__all__ = [
    "NamedPart",
    "abort_upload",
    "archive_held",
    "ask_to_decode",
    "begin_upload",
    "claim",
    "compare",
    "compare_usage",
    "complete_upload",
    "confirm_arrival",
    "confirm_form",
    "confirm_upload",
    "count_decided",
    "count_uploads",
    "customer",
    "decode",
    "decode_file",
    "end",
    "end_visits",
    "erase_files",
    "files_of",
    "forget_owner",
    "give",
    "hold",
    "hold_file",
    "make_handoff",
    "make_link",
    "note_customer",
    "open_session",
    "own_copies",
    "owner_in_use",
    "pages_of",
    "parts_of",
    "plan_redating",
    "purge",
    "recount",
    "recount_slice",
    "redate_slice",
    "register",
    "register_form",
    "register_in_parts",
    "release",
    "remove_all_bytes",
    "rendition_of",
    "repair",
    "repair_usage",
    "restore",
    "revoke",
    "scrub",
    "settle",
    "settle_hold",
    "settle_hold_part",
    "settle_slice",
    "sign_again",
    "sign_parts",
    "still_open",
    "sum_shop",
    "sweep_renditions",
    "sweep_slice",
    "sweep_usage",
    "trash",
    "trash_many",
    "verify_again",
    "visits_of",
]
