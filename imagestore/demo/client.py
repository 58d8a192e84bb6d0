"""HTTP as a shop's editor would speak it, with what each call cost the product."""

from collections import defaultdict
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple

import orjson
import urllib3

CONNECTIONS = 6
WORK = "Imagestore-Work"
"""Header of development servers: `dynamodb=2;s3=0;rcu=1;wcu=3`."""
TIMEOUT = urllib3.Timeout(connect=5, read=30)
http = urllib3.PoolManager(maxsize=CONNECTIONS, block=True, retries=False, timeout=TIMEOUT)


class Unreachable(Exception):
    """Nobody answers there."""


class Refused(Exception):
    """An answer that the demo cannot go on with."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Tally:
    """What calls cost: HTTP calls, requests to DynamoDB and S3, capacity units."""

    def __init__(self) -> None:
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._lock = Lock()

    def add(self, told: str) -> None:
        costs = dict(part.split("=", 1) for part in told.split(";") if "=" in part)
        with self._lock:
            self._sums["calls"] += 1
            for name, cost in costs.items():
                self._sums[name] += float(cost)

    def __getitem__(self, name: str) -> float:
        return self._sums[name]


class Api:
    """The REST API as one customer. `job` counts what the visit asks, `waiting` what only looks again."""

    def __init__(self, url: str, token: str) -> None:
        self._base = f"{url}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}
        self.job, self.waiting = Tally(), Tally()

    def ask(self, method: str, path: str, body: object = None, *, if_match: str = "", again: bool = False) -> Answer:
        """Any status is an answer. `again`: a look that repeats until something happened. Raises Unreachable."""
        headers = dict(self._headers)
        if if_match:
            headers["If-Match"] = if_match
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else orjson.dumps(body)
        answer = call(method, f"{self._base}{path}", content, headers)
        (self.waiting if again else self.job).add(answer.headers.get(WORK, ""))
        return answer

    def get(self, path: str, *, again: bool = False) -> Any:
        return expect(self.ask("GET", path, again=again), 200, f"GET {path}").json()


def expect(answer: Answer, status: int, what: str) -> Answer:
    """Raises Refused with the problem that the product tells."""
    if answer.status == status:
        return answer
    try:
        problem = answer.json()
        told = f"{problem.get('title', '')}: {problem.get('detail', '')}"
    except (ValueError, AttributeError):
        told = answer.body[:200].decode(errors="replace")
    raise Refused(f"{what} answered {answer.status} instead of {status}. {told}")


def call(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """One exchange, signed urls included. Raises Unreachable."""
    try:
        answer = http.request(method, url, body=body, headers=dict(headers or {}), redirect=False)
    except urllib3.exceptions.HTTPError as error:
        where = urllib3.util.parse_url(url)
        raise Unreachable(f"Nothing answers at {where.scheme}://{where.netloc} ({type(error).__name__}).") from error
    return Answer(answer.status, answer.headers, answer.data)
