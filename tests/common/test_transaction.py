"""Several conditional writes happen together or not at all."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute

from imagestore.common import aws, table, transaction
from imagestore.common.rows import Item, Key

FIRST, SECOND, THIRD, FOURTH = (Key(f"CUP#{number}", "CUP") for number in range(4))


class Cup(Item):
    tea = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Tea:
    tea: int


@pytest.fixture(autouse=True)
def _table(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "back_off", lambda attempt: None)


def tea(key: Key) -> int | None:
    found = table.get(Cup, key, Tea, consistent=True)
    return found.tea if found else None


def test_all_kinds_of_writes_happen_together() -> None:
    for key in (SECOND, THIRD, FOURTH):
        table.put_new(Cup(*key, tea=1))
    transaction.commit(
        [
            transaction.put(Cup(*FIRST, tea=9)),
            transaction.update(Cup, SECOND, [Cup.tea.add(4)], Cup.tea == 1),
            transaction.delete(Cup, THIRD, Cup.tea == 1),
            transaction.check(Cup, FOURTH, Cup.tea == 1),
        ]
    )
    assert [tea(key) for key in (FIRST, SECOND, THIRD, FOURTH)] == [9, 5, None, 1]


def test_nothing_happens_when_one_condition_fails_and_the_loser_learns_which() -> None:
    table.put_new(Cup(*FIRST, tea=1))
    with pytest.raises(transaction.TransactionLost) as lost:
        transaction.commit(
            [
                transaction.put(Cup(*FIRST, tea=9)),
                transaction.update(Cup, SECOND, [Cup.tea.set(4)], None),
                transaction.check(Cup, THIRD, Cup.pk.exists()),
            ]
        )
    assert lost.value.failed == {0, 2}
    assert [tea(FIRST), tea(SECOND)] == [1, None]


class Refusals:
    """Cancels with the given reasons, call by call, before it lets a commit through."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *reasons: str, code: str = "TransactionCanceledException"
    ) -> None:
        self.calls, self._reasons, self._code = 0, reasons, code
        self._send = aws.dynamodb().transact_write_items
        monkeypatch.setattr(aws.dynamodb(), "transact_write_items", self)

    def __call__(self, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls > len(self._reasons):
            return self._send(**kwargs)
        reasons = [{"Code": "None"}, {"Code": self._reasons[self.calls - 1]}]
        answer: Any = {"Error": {"Code": self._code, "Message": "no"}, "CancellationReasons": reasons}
        raise ClientError(answer, "TransactWriteItems")


PASSING = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")


def test_what_passes_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = Refusals(monkeypatch, *PASSING)
    transaction.commit([transaction.put(Cup(*FIRST, tea=9))])
    assert refusals.calls == len(PASSING) + 1
    assert tea(FIRST) == 9


def test_a_clash_that_never_ends_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = Refusals(monkeypatch, *["TransactionConflict"] * 50)
    with pytest.raises(aws.FAILURES):
        transaction.commit([transaction.put(Cup(*FIRST, tea=9))])
    assert refusals.calls == table.ATTEMPTS


@pytest.mark.parametrize(
    ("reason", "code"),
    [("ItemCollectionSizeLimitExceeded", "TransactionCanceledException"), ("None", "ThrottlingException")],
)
def test_what_does_not_pass_is_raised_at_once(monkeypatch: pytest.MonkeyPatch, reason: str, code: str) -> None:
    refusals = Refusals(monkeypatch, reason, code=code)
    with pytest.raises(aws.FAILURES):
        transaction.commit([transaction.put(Cup(*FIRST, tea=9))])
    assert refusals.calls == 1


@pytest.mark.parametrize("number", [1, 2, 150])
def test_missing_rows_are_put_and_those_that_are_there_stay(number: int) -> None:
    keys = [Key(f"MUG#{index:03}", "CUP") for index in range(number)]
    there = keys[:: max(1, number // 3)]
    for key in there:
        table.put_new(Cup(*key, tea=7))
    transaction.put_missing([Cup(*key, tea=1) for key in keys])
    assert {key: tea(key) for key in keys} == {key: 7 if key in there else 1 for key in keys}
    transaction.put_missing([])


def test_guarded_writes_leave_out_those_that_refuse_and_say_how_many_there_were() -> None:
    table.put_new(Cup(*FIRST, tea=1))
    guard = transaction.check(Cup, FIRST, Cup.tea == 1)
    cups = [Key(f"CUP#{number}", "CUP") for number in range(10, 130)]
    for key in cups[::2]:
        table.put_new(Cup(*key, tea=1))
    writes = [transaction.update(Cup, key, [Cup.tea.add(1)], Cup.tea == 1) for key in cups]
    assert transaction.commit_guarded(guard, writes) == 60
    assert [tea(key) for key in cups[:4]] == [2, None, 2, None]
    assert transaction.commit_guarded(guard, writes) == 0


def test_guarded_writes_end_where_the_guard_refuses() -> None:
    guard = transaction.check(Cup, FIRST, Cup.tea == 1)
    table.put_new(Cup(*SECOND, tea=1))
    with pytest.raises(transaction.TransactionLost):
        transaction.commit_guarded(guard, [transaction.update(Cup, SECOND, [Cup.tea.add(1)], None)])
    assert tea(SECOND) == 1
