"""The verbs of projects: everything that changes them."""

from projects.operations.creating import create
from projects.operations.handing import settle_visit
from projects.operations.pruning import prune_versions
from projects.operations.removing import trash
from projects.operations.saving import save
from projects.operations.sweeping import sweep_slice

__all__ = ["create", "prune_versions", "save", "settle_visit", "sweep_slice", "trash"]
