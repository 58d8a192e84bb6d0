"""The one table with its three sparse indexes, as the infrastructure template makes it on AWS."""

from contextlib import suppress
from typing import TYPE_CHECKING

from imagestore.common import aws
from imagestore.common.rows import INDEXES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        GlobalSecondaryIndexTypeDef,
        KeySchemaElementTypeDef,
    )

TTL_ATTRIBUTE = "expires_at"


def ensure_table(name: str) -> None:
    """Creates the table unless it exists; raises nothing if it does."""
    client = aws.dynamodb()
    with suppress(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_key("pk", "sk"),
            AttributeDefinitions=_attributes(),
            GlobalSecondaryIndexes=[_index(index, *keys) for index, keys in INDEXES.items()],
        )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    _ensure_ttl(name)


def _ensure_ttl(name: str) -> None:
    client = aws.dynamodb()
    described = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    # Enabling what is enabled is an error on AWS.
    if described.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
        )


def _attributes() -> "list[AttributeDefinitionTypeDef]":
    names = ["pk", "sk", *(name for keys in INDEXES.values() for name in keys)]
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def _index(name: str, partition: str, sort: str) -> "GlobalSecondaryIndexTypeDef":
    return {
        "IndexName": name,
        "KeySchema": _key(partition, sort),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def _key(partition: str, sort: str) -> "list[KeySchemaElementTypeDef]":
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
