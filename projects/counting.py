"""Which saves ask for pruning, and how saves are counted by these. Pure."""

from zlib import crc32

PRUNED_EACH = 10
"""Versions after which pruning is asked for."""


def asks_to_prune(id: str, number: int) -> bool:
    """Once in ten versions, and of each project at another of them: so ten times the number of these versions is about
    the number of all, also where projects have few.
    """
    return (number + crc32(id.encode())) % PRUNED_EACH == 0
