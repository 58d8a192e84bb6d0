"""States of the table as values: taken from moto, compared, and put back, so that a search goes on from any of them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from django.conf import settings
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from imagestore.common import aws
from imagestore.common.decode import Row
from imagestore.common.rows import Key

State = tuple[tuple[Key, str], ...]
"""Every row's key and text, in order of keys."""


class Table:
    """The table of this process's moto. `load` builds only the rows that differ from what is there."""

    def __init__(self) -> None:
        self._backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][str(aws.dynamodb().meta.region_name)]
        self._known: dict[str, dict[str, Any]] = {}
        self._decoded: dict[Key, str] = {}

    def keep(self, *prefixes: str) -> State:
        """Forgets every row of other partitions: a small table is quickly searched."""
        for hash_key in [key for key in self._rows if not key.value.startswith(prefixes)]:
            del self._rows[hash_key]
        return self.state()

    def state(self) -> State:
        self._decoded = {}
        for key, attributes in self._items():
            text = repr(sorted(attributes.items()))
            self._known.setdefault(text, deepcopy(attributes))
            self._decoded[key] = text
        return tuple(sorted(self._decoded.items()))

    def load(self, state: State) -> None:
        wanted = dict(state)
        for key in self._decoded.keys() - wanted.keys():
            self._rows[DynamoType({"S": key.pk})].pop(DynamoType({"S": key.sk}), None)
        for key, text in wanted.items():
            if self._decoded.get(key) != text:
                hash_key, range_key = DynamoType({"S": key.pk}), DynamoType({"S": key.sk})
                self._rows[hash_key][range_key] = Item(hash_key, range_key, deepcopy(self._known[text]))
        self._decoded = wanted

    def row(self, text: str) -> Row:
        """A row of a state in the wire form that the client answers."""
        return self._known[text]

    @property
    def _rows(self) -> Any:
        """Looked up each time: a refused transaction puts another table in the place of the one before."""
        return self._backend.tables[settings.IMAGESTORE_TABLE].items

    def _items(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        for pk, by_range in self._rows.items():
            for sk, item in by_range.items():
                yield Key(pk.value, sk.value), {name: _wire(cell) for name, cell in item.attrs.items()}


def _wire(cell: DynamoType) -> dict[str, Any]:
    """Sets in order; binary values as the text that travels."""
    if cell.is_set():
        return {cell.type: sorted(cell.value)}
    return cell.to_json()
