"""Records as Django's admin wants them: an unmanaged model, and a QuerySet whose conditions become key queries.

`listed` makes the model of a record; its `Source` says how one is found and which lists there are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar, get_type_hints

from django.db import models

from imagestore.common.browse import Leaf, Window

R = TypeVar("R")
FIELDS: dict[Any, Any] = {
    bool: models.BooleanField,
    int: models.BigIntegerField,
    int | None: models.BigIntegerField,
    datetime: models.DateTimeField,
    datetime | None: models.DateTimeField,
}


@dataclass(frozen=True, slots=True)
class Source(Generic[R]):
    """`find`: one by its id. `lists`: by the names of their conditions, functions of a window and those conditions."""

    find: Callable[[str], R | None]
    lists: Mapping[tuple[str, ...], Callable[..., Leaf[R]]] = field(default_factory=dict)


class RowQuerySet(models.QuerySet["Row"]):
    """Conditions are exact and few: the list that takes just these answers. Its order is its own."""

    conditions: dict[str, str]
    window: Window
    _leaf: Leaf[Any] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conditions, self.window = {}, Window()

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.conditions, clone.window = dict(self.conditions), self.window
        return clone

    def _filter_or_exclude(self, negate: bool, args: tuple[models.Q, ...], conditions: dict[str, Any]) -> Self:
        if negate or any(args):
            raise NotImplementedError("a list takes exact conditions only")
        clone = self._clone()
        clone.conditions |= {name.removesuffix("__exact"): str(value) for name, value in conditions.items()}
        return clone

    def order_by(self, *names: Any) -> Self:
        return self._clone()

    def within(self, window: Window) -> Self:
        clone = self._clone()
        clone.window = window
        return clone

    @property
    def leaf(self) -> Leaf[Any]:
        """The page of records; an empty one when no list takes these conditions."""
        if self._leaf is None:
            names = tuple(sorted(self.conditions))
            lists = {tuple(sorted(key)): answer for key, answer in self.model.source.lists.items()}
            self._leaf = lists[names](self.window, **self.conditions) if names in lists else Leaf([])
        return self._leaf

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._result_cache = [self.model.of(record) for record in self.leaf.items]

    def count(self) -> int:
        return len(self)

    def get(self, *args: Any, **wanted: Any) -> "Row":
        (id,) = wanted.values()
        record = self.model.source.find(str(id))
        if record is None:
            raise self.model.DoesNotExist
        return self.model.of(record)


class Row(models.Model):
    """One record; `record` is what a domain's query answered."""

    record: Any
    source: ClassVar[Source[Any]]
    objects = RowQuerySet.as_manager()

    class Meta:
        abstract = True
        managed = False

    @classmethod
    def of(cls, record: Any) -> Self:
        row = cls(**{field.attname: getattr(record, field.attname) for field in cls._meta.concrete_fields})
        row.record = record
        return row

    def __str__(self) -> str:
        return str(self.pk)


def listed(record: type[R], source: Source[R], *, app: str, name: str, key: str = "id", title: str = "") -> type[Row]:
    """The unmanaged model of a record. Fields that the record does not print (`repr=False`) stay out of sight."""
    hints = get_type_hints(record)
    shown = {part.name: hints[part.name] for part in fields(record) if part.repr and part.name != key}  # type: ignore[arg-type]
    columns: dict[str, Any] = {name: FIELDS.get(hint, models.TextField)() for name, hint in shown.items()}
    title = title or name.lower()
    plural = f"{title[:-1]}ies" if title.endswith("y") else f"{title}s"
    words = {"verbose_name": title, "verbose_name_plural": plural}
    meta = type("Meta", (Row.Meta,), {"app_label": app, "abstract": False, **words})
    body = {key: models.CharField(primary_key=True, max_length=300), **columns}
    return type(name, (Row,), {**body, "Meta": meta, "source": source, "__module__": __name__})
