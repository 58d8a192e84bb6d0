"""The verbs of projects: everything that changes them."""

from projects.operations.certifying import is_being_erased
from projects.operations.copying import copy, copy_of, create_beside
from projects.operations.creating import create
from projects.operations.erasing import erase_owner
from projects.operations.extending import extend, extend_as_staff, extend_by_link
from projects.operations.handing import settle_visit
from projects.operations.legal_holds import hold_project
from projects.operations.moving import move, sweep_moves
from projects.operations.opening import load
from projects.operations.own_objects import compare_objects, repair_object
from projects.operations.pruning import keep_current_version, prune_versions
from projects.operations.reconciling import compare_holders, repair_holder
from projects.operations.removing import restore, trash
from projects.operations.replaying import replay_erasures
from projects.operations.restoring import restore_version
from projects.operations.saving import save
from projects.operations.sweeping import sweep_slice

__all__ = [
    "compare_holders",
    "compare_objects",
    "copy",
    "copy_of",
    "create",
    "create_beside",
    "erase_owner",
    "extend",
    "extend_as_staff",
    "extend_by_link",
    "hold_project",
    "is_being_erased",
    "keep_current_version",
    "load",
    "move",
    "prune_versions",
    "repair_holder",
    "repair_object",
    "replay_erasures",
    "restore",
    "restore_version",
    "save",
    "settle_visit",
    "sweep_moves",
    "sweep_slice",
    "trash",
]
