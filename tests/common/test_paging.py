"""Cursors come back as they were given, for the list they were given for, or not at all."""

import pytest

from imagestore.common import paging

POSITION = {"pk": "FILE#1", "sk": "FILE", "owner_key": "FILES#acme#anna", "owner_sort": "1"}


def test_a_cursor_leads_back_to_its_position() -> None:
    cursor = paging.cursor(POSITION, "FILES#acme#anna")
    assert paging.position(cursor, "FILES#acme#anna") == POSITION


def test_the_end_has_no_cursor_and_no_cursor_is_the_beginning() -> None:
    assert paging.cursor(None, "list") is None
    assert paging.position(None, "list") is None
    assert paging.position("", "list") is None


@pytest.mark.parametrize("changed", ["{0}A", "A{0}", "{0};", "ü", ":", "{0}:{0}"])
def test_a_changed_cursor_is_refused(changed: str) -> None:
    cursor = paging.cursor(POSITION, "list")
    with pytest.raises(paging.CursorInvalid) as refusal:
        paging.position(changed.format(cursor), "list")
    assert refusal.value.field == "cursor"


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(paging.CursorInvalid):
        paging.position(paging.cursor(POSITION, "FILES#acme#bob"), "FILES#acme#anna")
