"""Every key of the scheduler, each named after what it finds. Pure."""

from datetime import datetime

from imagestore.common import contracts
from imagestore.common.rows import Key

CHECKPOINT = Key("SWEEP#checkpoint", "CHECKPOINT")
RECENT_RUNS = "RUNS"
SLICES = "SLICE#"
GUARDS = "GUARDS"
REMOVED = "REMOVED#"
PAUSED = "deletion.paused"
"""As the audit log calls it."""


def run(id: str) -> Key:
    return Key(f"RUN#{id}", "RUN")


def slice_row(run_id: str, number: int) -> Key:
    return Key(f"RUN#{run_id}", f"{SLICES}{number:06d}")


def slices_of(run_id: str) -> str:
    return f"RUN#{run_id}"


def job(name: str, dry_run: bool) -> Key:
    """A dry run never stands in the way of a real one: each has a standing of its own."""
    return Key(f"JOB#{name}", "DRY" if dry_run else "JOB")


def guard(shop: str, job: str) -> Key:
    return Key(contracts.guards_of(shop), f"{contracts.GUARD_OF_JOB}{job}")


def removed_in(shop: str, hour: datetime) -> Key:
    return Key(contracts.guards_of(shop), f"{REMOVED}{hour:%Y-%m-%dT%H}")


def switched(shop: str | None) -> str:
    """How the audit log calls whose deletion is paused and resumed: a shop's, or that of all."""
    return f"shop:{shop}" if shop else "switch:deletion"
