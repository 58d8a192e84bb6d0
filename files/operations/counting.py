"""Uploads by the hour, for the dashboard: one update for a whole batch, and none that could fail a confirmation.

By shop they are counted by who decodes them: the message that asks for it tells how many arrived, and no request
writes more than before.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from files import keys, rules
from files.models import UploadsRow
from files.records import File, FileState, Uploads
from imagestore.common import due, statistics, table

Arrived = dict[str, list[int]]
log = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=90)


def count_decided(files: Iterable[File], now: datetime) -> None:
    """`files` as confirmations at `now` answered them; those that were decided before are not counted again.

    Of a file that is told twice at once, only one confirmation wins, but both see it decided at `now`.
    """
    decided = {file.id: file for file in files if now in (file.stored_at, file.rejected_at)}.values()
    if not decided:
        return
    stored = [file for file in decided if file.state == FileState.STORED]
    actions = [
        UploadsRow.stored.add(len(stored)),
        UploadsRow.rejected.add(len(decided) - len(stored)),
        UploadsRow.stored_bytes.add(sum(file.size for file in stored)),
        UploadsRow.expires_at.set(int((now + KEPT_FOR).timestamp())),
    ]
    key = keys.decided_uploads(due.hour_of(now), secrets.randbelow(rules.COUNTER_SHARDS))
    try:
        table.update(UploadsRow, key, actions, None, Uploads)
    except Exception:
        # Whatever it is: raised from here it would repeat confirmations that are done.
        log.warning("%d uploads were not counted", len(decided), exc_info=True)


def arrived(files: Iterable[File], at: datetime) -> Arrived:
    """By shop: photos that were stored at this very moment, and their bytes."""
    found: Arrived = {}
    for file in files:
        if file.stored_at == at:
            number, size = found.get(file.shop, (0, 0))
            found[file.shop] = [number + 1, size + file.size]
    return found


def count_uploads(by_shop: Mapping[str, Sequence[int]], now: datetime) -> None:
    """As `arrived` told: one update for a shop."""
    for shop, (number, size) in by_shop.items():
        statistics.add(shop, {"uploads": number, "uploaded_bytes": size}, now)
