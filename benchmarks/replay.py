"""Answers of a real table, recorded once and given again without any network: what is left is CPU."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from typing import Any

from botocore.awsrequest import AWSResponse

Recording = Mapping[str, list[bytes]]
"""Bodies by operation name, in the order in which they came."""


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def record(client: Any, do: Callable[[], object]) -> Recording:
    """What DynamoDB answers while `do` runs."""
    bodies: dict[str, list[bytes]] = defaultdict(list)

    def keep(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
        bodies[operation_model.name].append(response_dict["body"])

    client.meta.events.register("before-parse.dynamodb", keep)
    try:
        do()
    finally:
        client.meta.events.unregister("before-parse.dynamodb", keep)
    return bodies


@contextmanager
def replay(client: Any, recording: Recording) -> Iterator[None]:
    """The client sends nothing and is answered from the recording, over and over."""
    following = {name: cycle(bodies) for name, bodies in recording.items()}

    def answer(request: Any, event_name: str, **_: object) -> AWSResponse:
        body = next(following[event_name.rpartition(".")[2]])
        headers = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(body))}
        return AWSResponse(request.url, 200, headers, _Body(body))  # type: ignore[arg-type]

    client.meta.events.register("before-send.dynamodb", answer)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.dynamodb", answer)
