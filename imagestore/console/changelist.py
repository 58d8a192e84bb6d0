"""Django's list page with cursors: its own page parameter `p` carries a signed place in the list."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.http import HttpRequest

from imagestore.common import paging
from imagestore.common.browse import Leaf, Window
from imagestore.common.paging import CursorInvalid
from imagestore.console.listing import RowQuerySet


class CursorChangeList(ChangeList):
    previous_url = next_url = ""

    def get_results(self, request: HttpRequest) -> None:
        """Counts nothing: a list is as long as one leafs through it."""
        rows: Any = self.queryset
        of = _list_of(rows)
        rows = rows.within(_window(request.GET.get(PAGE_VAR), of, self.list_per_page))
        self._link(rows.leaf, of)
        self.result_list = list(rows)
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.paginator = self.model_admin.get_paginator(request, self.result_list, self.list_per_page)

    def _link(self, leaf: Leaf[Any], of: str) -> None:
        if leaf.more_before and leaf.first:
            self.previous_url = self._url({"before": leaf.first}, of)
        if leaf.more_after and leaf.last:
            self.next_url = self._url({"after": leaf.last}, of)

    def _url(self, place: dict[str, str], of: str) -> str:
        return self.get_query_string({PAGE_VAR: paging.cursor(place, of)})


def _list_of(rows: RowQuerySet) -> str:
    return f"{rows.model._meta.label}:{sorted(rows.conditions.items())}"


def _window(cursor: str | None, of: str, limit: int) -> Window:
    try:
        return Window(limit=limit, **(paging.position(cursor, of) or {}))
    except CursorInvalid as error:
        raise IncorrectLookupParameters(error.text) from error
