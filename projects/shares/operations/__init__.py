"""The verbs of shares: everything that changes them, or a project by one."""

from projects.shares.operations.saving import save
from projects.shares.operations.sharing import revoke, revoke_as_staff, share
from projects.shares.operations.unlocking import unlock
from projects.shares.operations.using import copy, look

__all__ = ["copy", "look", "revoke", "revoke_as_staff", "save", "share", "unlock"]
