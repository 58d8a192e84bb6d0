"""What becomes of a photo when its project moves, or its owner is erased: decided by what holds it. Pure."""

from collections.abc import Collection, Mapping

from projects.records import Fate
from projects.rules import id_of, kind_of


def moves_along(holders: Collection[str], owners: Mapping[str, str], project: str, owner: str) -> bool:
    """Whether a photo goes with its project: not when anything else needs it that is its owner's, or may be.

    `owners`: whose each holder is that is known; `project`: how the project stands among the holders.
    """
    return all(owners.get(other, owner) != owner for other in holders if other != project)


def is_undecided(holders: Collection[str], owners: Mapping[str, str]) -> bool:
    """Whether something that holds a photo is only being made, or removed: in a while it has an owner, or lets go."""
    return any(kind_of(holder) != "hold" and holder not in owners for holder in holders)


def fate_of(
    holders: Collection[str], owners: Mapping[str, str], erased: Collection[str], spared: Collection[str] = ()
) -> Fate:
    """What the law keeps stays; else the oldest project of somebody else inherits, then the oldest of anything else.

    `erased`: the customer and its visits, as owners. `spared`: holders of theirs that the law keeps.
    """
    for holder in sorted(holders):
        of_order = kind_of(holder) == "order" and owners.get(holder) in erased
        if kind_of(holder) == "hold" or holder in spared or of_order:
            return Fate(kept_for=holder)
    others = [holder for holder in holders if owners.get(holder, "") not in ("", *erased)]
    # Ids sort by birth.
    oldest = min(others, key=lambda holder: (kind_of(holder) != "project", id_of(holder)), default=None)
    return Fate(heir=owners[oldest]) if oldest else Fate()
