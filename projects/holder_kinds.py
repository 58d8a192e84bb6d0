"""What stands beside projects and holds photos, told to the core: whose it is, and how a customer's ends."""

from projects.operations.holders import HolderKind

HOLDER_KINDS: tuple[HolderKind, ...] = ()
