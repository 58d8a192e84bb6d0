"""A project's history: the chain of saves back from its current state, and what leaves it. Pure."""

from collections.abc import Collection, Iterable, Sequence

from imagestore.common.retention import RetentionPolicy
from projects.records import Head, ProjectState, SaveKind, Version

PRUNE_SLACK = 10
"""Autosaves above the kept number before the oldest are pruned together."""
MOST_PRUNED = 100


def kept_versions(head: Head | None, rows: Iterable[Version]) -> list[Version]:
    """The history, newest first: the chain back from the current state. Lost and pruned saves are not in it."""
    if head is None or head.state in (ProjectState.DELETING, ProjectState.GONE):
        return []
    by_save = {row.save_id: row for row in rows}
    chain: list[Version] = []
    save = head.current
    while (row := by_save.get(save)) is not None:
        chain.append(row)
        save = row.previous
    return chain


def is_whole(history: Sequence[Version]) -> bool:
    """Whether the history was read to its beginning; pruning may have moved it while it was read."""
    return bool(history) and not history[-1].previous


def to_prune(history: Sequence[Version], policy: RetentionPolicy) -> list[Version]:
    """Autosaves that leave the history, once enough have come together; at most 100, the oldest."""
    autosaves = [row for row in history if row.kind == SaveKind.AUTOSAVE]
    if len(autosaves) <= policy.kept_autosaves + PRUNE_SLACK:
        return []
    return autosaves[policy.kept_autosaves :][-MOST_PRUNED:]


def relinked(history: Sequence[Version], dropped: Collection[str]) -> list[tuple[Version, str]]:
    """Each kept version whose predecessor is dropped, with the kept save that comes before it from now on."""
    moved: list[tuple[Version, str]] = []
    kept_before = ""
    for row in reversed(history):
        if row.save_id in dropped:
            continue
        if row.previous in dropped:
            moved.append((row, kept_before))
        kept_before = row.save_id
    return moved
