"""Real operations as actors that stop at every call of AWS.

An operation decides by nothing but its arguments and the answers that it gets. So the same answers lead it to the
same next call: an actor that has had some answers is brought there by running it again with them, and whoever
searches over interleavings need not keep any thread waiting.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from imagestore.common import aws, ids

READS = {"get_item", "batch_get_item", "query"}
TOKENED = {"transact_write_items"}
"""The client sends a token with these, so that a call which it repeats has its effect once."""


@dataclass(frozen=True)
class Actor:
    """`may_raise`: how the operation may end when others come first. One that is not `mortal` neither dies nor has
    its answers lost."""

    name: str
    operation: Callable[[], object]
    may_raise: tuple[type[Exception], ...] = ()
    mortal: bool = True


@dataclass(frozen=True)
class Request:
    """One call that an actor is about to make: an atomic step."""

    service: str
    call: str
    arguments: dict[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return self.call


@dataclass(frozen=True)
class Answer:
    """What a call gave, or the error response that it raised."""

    text: str
    value: Any = field(hash=False, compare=False)
    refused: bool = False


@dataclass(frozen=True)
class Outcome:
    """How an operation ended; `value` is its result or the exception. Those that read alike are alike."""

    text: str
    value: object = field(default=None, compare=False)


History = tuple[Answer, ...]


class _Reached(BaseException):
    """Ends a run at the first call without an answer. No operation catches it."""

    def __init__(self, request: Request) -> None:
        self.request = request


class _Client:
    """Stands where an operation expects an AWS client."""

    def __init__(self, service: str, answers: Iterator[Answer]) -> None:
        self._service, self._answers = service, answers

    def __getattr__(self, call: str) -> Callable[..., Any]:
        def ask(**arguments: Any) -> Any:
            answer = next(self._answers, None)
            if answer is None:
                raise _Reached(Request(self._service, call, arguments))
            if answer.refused:
                raise ClientError(answer.value, call)
            return answer.value

        return ask


def follow(actor: Actor, number: int, history: History) -> Request | Outcome:
    """The actor's next call after these answers, or its end. The ids that it mints carry its number."""
    answers = iter(history)
    minted = iter(range(1_000_000))
    with pytest.MonkeyPatch.context() as seat:
        seat.setattr(aws, "dynamodb", lambda: _Client("dynamodb", answers))
        seat.setattr(aws, "s3", lambda: _Client("s3", answers))
        seat.setattr(ids, "new_id", lambda now: f"7{number:02d}{next(minted):023d}")
        try:
            result = actor.operation()
            return Outcome(repr(result), result)
        except _Reached as reached:
            return reached.request
        except Exception as error:
            return Outcome(repr(error), error)


def perform(client: Any, request: Request) -> Answer:
    """Sends the call. Bytes are not part of the model: storage agrees to everything."""
    if request.service != "dynamodb":
        return Answer("{}", {})
    try:
        answer = getattr(client, request.call)(**request.arguments)
    except ClientError as error:
        refusal = {name: part for name, part in error.response.items() if name != "ResponseMetadata"}
        return Answer(repr(refusal), refusal, refused=True)
    answer.pop("ResponseMetadata", None)
    return Answer(repr(answer), answer)
