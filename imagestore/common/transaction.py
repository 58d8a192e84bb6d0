"""Several conditional writes that happen together or not at all."""

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import aws
from imagestore.common.batches import chunks
from imagestore.common.rows import Item, Key
from imagestore.common.table import ATTEMPTS, back_off, put_new

MOST_WRITES = 100
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
Write = dict[str, dict[str, Any]]


class TransactionLost(Exception):
    """A condition did not hold. `failed`: positions of the writes whose condition refused."""

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions failed at {sorted(failed)}")
        self.failed = failed


def put(item: Item) -> Write:
    """The row must not exist yet."""
    return {"Put": item.get_save_kwargs_from_instance(condition=Item.pk.does_not_exist())}


def update(model: type[Item], key: Key, actions: Sequence[Action], condition: Condition | None) -> Write:
    return {"Update": _kwargs(model, key, actions=actions, condition=condition)}


def delete(model: type[Item], key: Key, condition: Condition | None = None) -> Write:
    return {"Delete": _kwargs(model, key, condition=condition)}


def check(model: type[Item], key: Key, condition: Condition) -> Write:
    return {"ConditionCheck": _kwargs(model, key, condition=condition)}


def _kwargs(model: type[Item], key: Key, **parts: Any) -> dict[str, Any]:
    return model._get_connection().get_operation_kwargs(key.pk, range_key=key.sk, **parts)


def commit(writes: Sequence[Write]) -> None:
    """All or nothing. A clash with another transaction is tried again; raises TransactionLost on a condition."""
    items: Any = list(writes)
    for attempt in range(ATTEMPTS):
        try:
            aws.dynamodb().transact_write_items(TransactItems=items)
            return
        except aws.AwsError as error:
            if attempt + 1 == ATTEMPTS or not _passing(error):
                raise
        back_off(attempt)


def commit_guarded(guard: Write, writes: Sequence[Write]) -> int:
    """Those whose conditions hold, 99 at a time together with the guard; answers how many.

    A repeat finishes what was interrupted. Raises TransactionLost when the guard refuses.
    """
    done = 0
    for chunk in chunks(writes, MOST_WRITES - 1):
        left = chunk
        while left:
            try:
                commit([guard, *left])
                done += len(left)
                break
            except TransactionLost as lost:
                if 0 in lost.failed:
                    raise
                left = [write for position, write in enumerate(left, 1) if position not in lost.failed]
    return done


def put_missing(items: Sequence[Item]) -> None:
    """Puts the rows that are not there yet, 100 at a time: for those that someone else may be putting too."""
    for chunk in chunks(items, MOST_WRITES):
        left = chunk
        if len(left) == 1:
            put_new(left.pop())
        while left:
            try:
                commit([put(item) for item in left])
                break
            except TransactionLost as lost:
                left = [item for position, item in enumerate(left) if position not in lost.failed]


def _passing(error: aws.AwsError) -> bool:
    if aws.error_code(error) != "TransactionCanceledException":
        return False
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = [reason.get("Code") for reason in reasons]
    if failed := frozenset(index for index, code in enumerate(codes) if code == "ConditionalCheckFailed"):
        raise TransactionLost(failed) from error
    return any(code in PASSING for code in codes)
