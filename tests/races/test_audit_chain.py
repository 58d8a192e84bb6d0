"""Writers who record at the same moment: nothing is lost, and the chain stays whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from imagestore.audit import operations, queries
from imagestore.audit.records import AuditEntry
from imagestore.common import principal, switches, table, transaction
from imagestore.common.rows import Key
from tests.support.ministack import LocalAws

WRITERS = 16
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def test_sixteen_writers_at_once(local_aws: LocalAws) -> None:
    start = Barrier(WRITERS)

    def write(number: int) -> AuditEntry:
        start.wait(timeout=30)
        return operations.record(
            [transaction.put(switches.Switch(f"SWITCH#race-{number}", "SWITCH", paused=True))],
            action="switch.made",
            subject="switch:race",
            principal=principal.command(f"writer-{number}"),
            reason="race",
            now=NOW,
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        entries = list(pool.map(write, range(WRITERS)))
    assert sorted(entry.number for entry in entries) == list(range(1, WRITERS + 1))
    assert queries.verify("2026-11-23") == WRITERS
    assert len(queries.history("switch:race").items) == WRITERS
    for number in range(WRITERS):
        key = Key(f"SWITCH#race-{number}", "SWITCH")
        assert table.get(switches.Switch, key, switches.Paused, consistent=True)
