"""Filters of lists. Each sets a condition that some list of the entity takes."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest

from imagestore.identity import queries


class ShopFilter(SimpleListFilter):
    """Lists are kept by shop; the first one is shown until another is chosen."""

    title = parameter_name = "shop"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(shop, shop) for shop in queries.shop_ids()]

    def value(self) -> str | None:
        return super().value() or next((shop for shop, _ in self.lookup_choices), None)

    def choices(self, changelist: Any) -> Any:
        for shop, title in self.lookup_choices:
            chosen = self.value() == shop
            remove = ["customer"]
            yield {
                "selected": chosen,
                "query_string": changelist.get_query_string({"shop": shop}, remove),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(shop=self.value())


class GivenFilter(SimpleListFilter):
    """A condition that links set; it is shown only while it holds, so that it can be taken off."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        given = super().value()
        return [(given, given)] if given else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class CustomerFilter(GivenFilter):
    title = parameter_name = "customer"


class SubjectFilter(GivenFilter):
    title = parameter_name = "subject"
