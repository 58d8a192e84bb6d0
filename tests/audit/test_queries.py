"""Reading the log, and seeing that it was changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from imagestore.audit import keys, operations, queries
from imagestore.audit.errors import ChainBroken
from imagestore.audit.records import AuditEntry
from imagestore.common import aws, principal

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = "2026-11-23"


@pytest.fixture
def recorded(moto_aws: None) -> list[AuditEntry]:
    """Five entries about two shops, a minute apart."""
    return [
        operations.record(
            [],
            action="shop.policy-set",
            subject=f"shop:{'ab'[number % 2]}",
            principal=principal.command("ann"),
            reason=f"reason {number}",
            now=NOW + timedelta(minutes=number),
            details={"number": number},
        )
        for number in range(5)
    ]


def row(number: int) -> dict[str, Any]:
    pk, sk = keys.entry(DAY, number)
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def tamper(key: dict[str, Any], attribute: str, value: dict[str, str]) -> None:
    """As somebody with access to the table, past all operations."""
    aws.dynamodb().update_item(
        TableName=settings.IMAGESTORE_TABLE,
        Key=key,
        UpdateExpression="SET #a = :v",
        ExpressionAttributeNames={"#a": attribute},
        ExpressionAttributeValues={":v": value},
    )


def test_entries_come_in_order_and_by_pages(recorded: list[AuditEntry]) -> None:
    assert queries.entries(DAY).items == recorded
    assert queries.entries(DAY, descending=True).items == recorded[::-1]
    first = queries.entries(DAY, limit=3)
    rest = queries.entries(DAY, limit=3, start=first.next)
    assert first.items + rest.items == recorded
    assert rest.next is None


def test_the_history_of_a_subject_is_newest_first(recorded: list[AuditEntry]) -> None:
    assert queries.history("shop:a").items == recorded[::2][::-1]
    first = queries.history("shop:a", limit=2)
    assert first.items + queries.history("shop:a", limit=2, start=first.next).items == recorded[::2][::-1]
    assert queries.history("shop:c").items == []


def test_a_whole_chain_is_counted(recorded: list[AuditEntry]) -> None:
    assert queries.verify(DAY) == 5
    assert queries.verify("2026-11-22") == 0


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("reason", {"S": "another reason"}),
        ("actor", {"S": "command:bob"}),
        ("action", {"S": "shop.created"}),
        ("subject", {"S": "shop:c"}),
        ("details", {"S": '{"number":7}'}),
        ("at", {"N": "0"}),
        ("number", {"N": "7"}),
        ("day", {"S": "2026-11-22"}),
        ("hash", {"S": "0" * 64}),
        ("previous", {"S": "0" * 64}),
    ],
)
def test_a_changed_entry_is_named(recorded: list[AuditEntry], attribute: str, value: dict[str, str]) -> None:
    tamper(row(3), attribute, value)
    with pytest.raises(ChainBroken) as broken:
        queries.verify(DAY)
    assert broken.value.facts == {"day": DAY, "number": 3}


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_entry_is_named(recorded: list[AuditEntry], number: int) -> None:
    aws.dynamodb().delete_item(TableName=settings.IMAGESTORE_TABLE, Key=row(number))
    with pytest.raises(ChainBroken) as broken:
        queries.verify(DAY)
    assert broken.value.facts["number"] == number


def test_a_removed_head_is_noticed(recorded: list[AuditEntry]) -> None:
    pk, sk = keys.head(DAY)
    aws.dynamodb().delete_item(TableName=settings.IMAGESTORE_TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    with pytest.raises(ChainBroken):
        queries.verify(DAY)


def test_a_head_that_points_elsewhere_is_noticed(recorded: list[AuditEntry]) -> None:
    pk, sk = keys.head(DAY)
    tamper({"pk": {"S": pk}, "sk": {"S": sk}}, "hash", {"S": "0" * 64})
    with pytest.raises(ChainBroken):
        queries.verify(DAY)


def test_more_than_a_page_is_followed(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(120):
        operations.record([], action="a", subject="s", principal=principal.clock(), reason=str(number), now=NOW)
    assert queries.verify(DAY) == 120
