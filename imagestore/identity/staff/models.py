"""Rows of signed-in staff. Both kinds end by themselves: TTL removes them, and readers check it."""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from imagestore.common.rows import Item


class SessionRow(Item):
    data = UnicodeAttribute()


class FailuresRow(Item):
    number = NumberAttribute()


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())
