"""Endpoints that do not answer, as this process has met them: they shall not keep it from the others' deliveries.

After three attempts in a row that nobody answered, an endpoint is not asked for a minute: what is due for it then
counts as tried. An answer of any kind ends that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

MOST = 10_000
IN_A_ROW = 3
REST = timedelta(minutes=1)


@dataclass(slots=True)
class _Met:
    unanswered: int
    rests_until: datetime | None = None


_met: dict[str, _Met] = {}
_lock = Lock()


def rests(endpoint: str, now: datetime) -> bool:
    met = _met.get(endpoint)
    return met is not None and met.rests_until is not None and now < met.rests_until


def answered(endpoint: str) -> None:
    with _lock:
        _met.pop(endpoint, None)


def unanswered(endpoint: str, now: datetime) -> None:
    with _lock:
        if len(_met) >= MOST:
            _met.clear()
        met = _met.setdefault(endpoint, _Met(0))
        met.unanswered += 1
        if met.unanswered >= IN_A_ROW:
            met.rests_until = now + REST


def forget() -> None:
    with _lock:
        _met.clear()
