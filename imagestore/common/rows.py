"""The base of every row: keys, index keys and the kinds of attributes, declared with PynamoDB."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from imagestore.common import clock

INDEXES = {
    "by_owner": ("owner_key", "owner_sort"),
    "by_due": ("due_bucket", "due_sort"),
    "by_attention": ("attention_key", "attention_sort"),
}


class Key(NamedTuple):
    pk: str
    sk: str


class InstantAttribute(Attribute[datetime]):
    """A UTC instant, stored as milliseconds since 1970 so that conditions can compare it."""

    attr_type = "N"

    def serialize(self, value: datetime) -> str:
        return str(clock.to_milliseconds(value))

    def deserialize(self, value: str) -> datetime:
        return clock.from_milliseconds(int(value))


class Item(Model):
    """One row. Index keys are set only while the row belongs in that index."""

    class Meta:
        table_name = "bound-late"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    owner_key = UnicodeAttribute(null=True)
    owner_sort = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_sort = UnicodeAttribute(null=True)
    attention_key = UnicodeAttribute(null=True)
    attention_sort = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    @property
    def key(self) -> Key:
        return Key(str(self.pk), str(self.sk))

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return connection(settings.IMAGESTORE_TABLE)


@cache
def connection(table_name: str) -> TableConnection:
    """Builds PynamoDB's expressions for the table of the moment; it sends nothing itself."""
    schema: dict[str, Any] = {
        "TableName": table_name,
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    }
    return TableConnection(table_name, region="unused", meta_table=MetaTable(schema))
