"""Statistics: the counters of each day become one row of the shop."""

from collections.abc import Mapping
from datetime import date, datetime

from imagestore.common import statistics
from imagestore.common.contracts import SliceReport


def fold_statistics(*, shops: Mapping[str, str], until: date, now: datetime) -> SliceReport:
    """Idempotent: a day that is folded stays as it is. `shops`: the first day to look at, by shop."""
    return statistics.count_days(shops=shops, until=until, name="uploads", count=statistics.counted, now=now)
