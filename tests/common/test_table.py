"""The one table: rows are put once, changed by conditions, and asked for again when the table sheds load."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from imagestore.common import account, aws, table
from imagestore.common.errors import Unavailable
from imagestore.common.rows import Item, Key


class Jar(Item):
    label = UnicodeAttribute()
    jam = NumberAttribute(null=True)
    lid = BinaryAttribute(legacy_encoding=False, null=True)


@dataclass(frozen=True, slots=True)
class Lid:
    lid: bytes


@dataclass(frozen=True, slots=True)
class Jam:
    label: str
    jam: int = 0


Call = Callable[..., Any]
PLUM = Key("JAR#plum", "JAR")


@pytest.fixture(autouse=True)
def _table(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "back_off", lambda attempt: None)


def jar(number: int) -> Jar:
    return Jar(f"JAR#{number}", "JAR", label=f"jar {number}", jam=number)


def failing(code: str, times: int, call: Call) -> Call:
    """`call`, after `times` refusals."""
    left = iter(range(times))

    def answer(**kwargs: Any) -> Any:
        if next(left, None) is not None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, call.__name__)
        return call(**kwargs)

    return answer


def stub(monkeypatch: pytest.MonkeyPatch, name: str, wrap: Callable[[Call], Call]) -> None:
    monkeypatch.setattr(aws.dynamodb(), name, wrap(getattr(aws.dynamodb(), name)))


def test_a_row_is_put_once() -> None:
    assert table.put_new(Jar(*PLUM, label="first"))
    assert not table.put_new(Jar(*PLUM, label="second"))
    assert table.get(Jar, PLUM, Jam) == Jam("first")
    assert table.get(Jar, Key("JAR#none", "JAR"), Jam) is None


def test_the_winner_sees_the_new_row_and_the_loser_the_one_that_refused() -> None:
    table.put_new(Jar(*PLUM, label="plum", jam=1))
    first = table.update(Jar, PLUM, [Jar.jam.set(2)], Jar.jam == 1, Jam)
    assert first == (True, Jam("plum", 2))
    assert table.update(Jar, PLUM, [Jar.jam.set(3)], Jar.jam == 1, Jam) == (False, Jam("plum", 2))
    assert table.update(Jar, Key("JAR#none", "JAR"), [Jar.jam.set(3)], Jar.jam == 1, Jam) == (False, None)


def test_a_winner_may_see_what_it_took_away() -> None:
    table.put_new(Jar(*PLUM, label="plum", jam=7))
    taken = table.update(Jar, PLUM, [Jar.jam.remove()], Jar.jam.exists(), Jam, answer_old=True)
    assert taken == (True, Jam("plum", 7))
    again = table.update(Jar, PLUM, [Jar.jam.remove()], Jar.jam.exists(), Jam, answer_old=True)
    assert again == (False, Jam("plum"))


def test_without_a_condition_an_update_makes_the_row() -> None:
    assert table.update(Jar, PLUM, [Jar.label.set("new")], None, Jam).row == Jam("new")


def test_a_delete_may_have_a_condition() -> None:
    table.put_new(Jar(*PLUM, label="plum", jam=1))
    assert not table.delete(Jar, PLUM, Jar.jam == 2)
    assert table.delete(Jar, PLUM, Jar.jam == 1)
    assert table.delete(Jar, PLUM)
    assert table.get(Jar, PLUM, Jam) is None


@pytest.mark.parametrize("name", ["put_item", "update_item", "delete_item"])
def test_a_write_waits_for_a_transaction_at_work_on_its_row(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    writes: dict[str, Callable[[], object]] = {
        "put_item": lambda: table.put_new(Jar(*PLUM, label="plum")),
        "update_item": lambda: table.update(Jar, PLUM, [Jar.label.set("plum")], None, Jam).won,
        "delete_item": lambda: table.delete(Jar, PLUM),
    }
    stub(monkeypatch, name, lambda call: failing("TransactionConflictException", table.ATTEMPTS - 1, call))
    assert writes[name]() is True
    stub(monkeypatch, name, lambda call: failing("TransactionConflictException", table.ATTEMPTS, call))
    with pytest.raises(Unavailable):
        writes[name]()


def test_any_other_refusal_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, "put_item", lambda call: failing("ThrottlingException", 1, call))
    with pytest.raises(aws.FAILURES, match="ThrottlingException"):
        table.put_new(Jar(*PLUM, label="plum"))


def test_many_rows_are_written_in_batches_of_25_and_read_in_batches_of_100() -> None:
    with account.measure() as work:
        table.put_batch([jar(number) for number in range(101)])
        rows = table.batch_get(Jar, [*(jar(number).key for number in range(101)), PLUM, jar(1).key], Jam)
    assert rows == {jar(number).key: Jam(f"jar {number}", number) for number in range(101)}
    assert work.requests == {"dynamodb:BatchWriteItem": 5, "dynamodb:BatchGetItem": 2}


def test_rows_that_the_table_left_unwritten_are_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def only_ten(call: Call) -> Call:
        def answer(RequestItems: Any) -> Any:  # noqa: N803, the name on the wire
            ((name, requests),) = RequestItems.items()
            sizes.append(len(requests))
            call(RequestItems={name: requests[:10]})
            return {"UnprocessedItems": {name: requests[10:]} if requests[10:] else {}}

        return answer

    stub(monkeypatch, "batch_write_item", only_ten)
    table.put_batch([jar(number) for number in range(25)])
    assert sizes == [25, 15, 5]
    assert len(table.batch_get(Jar, [jar(number).key for number in range(25)], Jam)) == 25


def test_binary_values_are_sent_again_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer has them as base64 text, as it comes over the wire."""

    def none_at_first(call: Call) -> Call:
        refusals = iter([True])

        def answer(RequestItems: Any) -> Any:  # noqa: N803, the name on the wire
            if not next(refusals, False):
                return call(RequestItems=RequestItems)
            ((name, ((request,))),) = RequestItems.items()
            item = request["PutRequest"]["Item"]
            told = item | {"lid": {"B": base64.b64encode(item["lid"]["B"]).decode()}}
            return {"UnprocessedItems": {name: [{"PutRequest": {"Item": told}}]}}

        return answer

    stub(monkeypatch, "batch_write_item", none_at_first)
    table.put_batch([Jar(*PLUM, label="plum", lid=b"\x00round\xff")])
    assert table.get(Jar, PLUM, Lid) == Lid(b"\x00round\xff")


def test_rows_that_the_table_left_unread_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    table.put_batch([jar(number) for number in range(9)])

    def only_four(call: Call) -> Call:
        def answer(RequestItems: Any) -> Any:  # noqa: N803, the name on the wire
            ((name, wanted),) = RequestItems.items()
            assert wanted["ConsistentRead"]
            found = call(RequestItems={name: wanted | {"Keys": wanted["Keys"][:4]}})
            left = wanted["Keys"][4:]
            return found | {"UnprocessedKeys": {name: {"Keys": left, "ConsistentRead": True}} if left else {}}

        return answer

    stub(monkeypatch, "batch_get_item", only_four)
    assert len(table.batch_get(Jar, [jar(number).key for number in range(9)], Jam, consistent=True)) == 9


def test_a_table_that_never_takes_the_rest_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(**request: Any) -> Any:
        return {
            "Responses": {},
            "UnprocessedKeys": request["RequestItems"],
            "UnprocessedItems": request["RequestItems"],
        }

    stub(monkeypatch, "batch_write_item", lambda call: nothing)
    stub(monkeypatch, "batch_get_item", lambda call: nothing)
    with pytest.raises(Unavailable):
        table.put_batch([jar(1)])
    with pytest.raises(Unavailable):
        table.batch_get(Jar, [jar(1).key], Jam)


def test_a_partition_is_read_in_order_page_by_page() -> None:
    for number in range(5):
        table.put_new(Jar("SHELF#1", f"JAR#{number}", label=str(number)))
    table.put_new(Jar("SHELF#1", "SHELF", label="the shelf"))
    first = table.query(Jar, "SHELF#1", Jam, "JAR#", limit=3)
    rest = table.query(Jar, "SHELF#1", Jam, "JAR#", limit=3, start=first.next, consistent=True)
    assert [jam.label for jam in first.items + rest.items] == list("01234")
    assert rest.next is None
    backwards = table.query(Jar, "SHELF#1", Jam, "JAR#", limit=2, descending=True)
    assert [jam.label for jam in backwards.items] == ["4", "3"]
    assert [jam.label for jam in table.query(Jar, "SHELF#1", Jam).items][-1] == "the shelf"


def test_an_index_answers_keys_between_two_sorts_page_by_page() -> None:
    for number in range(6):
        table.put_new(Jar(f"JAR#{number}", "JAR", label="", owner_key="ANNA", owner_sort=str(number)))
    table.put_new(Jar(*PLUM, label="", owner_key="BOB", owner_sort="3"))
    first = table.query_index("by_owner", "ANNA", low="1", high="4", limit=3)
    rest = table.query_index("by_owner", "ANNA", low="1", high="4", limit=3, start=first.next)
    assert [entry.sort for entry in first.items + rest.items] == ["1", "2", "3", "4"]
    assert first.items[0].key == ("JAR#1", "JAR")
    assert table.query_index("by_owner", "ANNA", descending=True).items[0].sort == "5"
