"""What can go wrong with the audit log."""

from imagestore.common.errors import Conflict


class ChainBroken(Conflict):
    """`facts`: `day` and `number` of the first entry that was changed, removed or put in between."""

    code, title = "audit-chain-broken", "The audit log was changed"
