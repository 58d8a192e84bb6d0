"""The verbs of backups."""

from imagestore.backup.operations.backing_up import back_up
from imagestore.backup.operations.drilling import bound_to, remove_drill, restore

__all__ = ["back_up", "bound_to", "remove_drill", "restore"]
