"""What lies in a package, told from its input alone."""

import hashlib
from dataclasses import replace
from typing import Any

import orjson
import pytest

from projects.packages import rules, sources
from projects.packages.contents import Contents, contents_of
from projects.packages.errors import PackageTooLarge, PagesInvalid
from projects.records import Crop, Placement
from tests.support.packages import DOCUMENT, a_photo, a_snapshot, an_item

BEACH, CLIFF, DUNES = a_photo("B", "beach.jpg"), a_photo("C", "cliff.jpg", b"cliff"), a_photo("D", "dunes.jpg")
BOOK = an_item(
    {"b": "B", "c": "C", "cover": "B", "d": "D"},
    [Placement("b", 1, 254, 127), Placement("c", 2, 100, 100), Placement("cover", 3, 254, 254, Crop(0, 0, 0.5, 1))],
)
ORDER = a_snapshot(BOOK, files=[BEACH, CLIFF, DUNES])


def contents(*pages: int, **changes: Any) -> Contents:
    return contents_of(sources.of_snapshot(replace(ORDER, **changes), pages))


def names(told: Contents) -> list[str]:
    return [member.name for member in told.members]


def manifest(told: Contents) -> Any:
    return orjson.loads(told.members[0].body)


def test_the_manifest_comes_first_then_each_item_with_its_document_and_originals() -> None:
    print_ = an_item({"one": "D"}, number=2, name="", product="print-10x15", quantity=30)
    told = contents(items=(BOOK, print_))
    assert names(told) == [
        "manifest.json",
        "01-Iceland/document.json",
        "01-Iceland/0001-beach.jpg",
        "01-Iceland/0002-cliff.jpg",
        "01-Iceland/0003-dunes.jpg",
        "02/document.json",
        "02/0001-dunes.jpg",
    ]
    assert (told.files, told.missing) == (4, 0)
    assert told.size == sum(member.size for member in told.members)
    assert [(item["product"], item["quantity"]) for item in manifest(told)["items"]] == [("", 1), ("print-10x15", 30)]


def test_the_manifest_tells_of_the_order_and_of_each_file() -> None:
    told = manifest(contents())
    assert told["order"] == {"id": "O", "reference": "2026-17", "placed_at": "2026-05-06T10:30:00+00:00"}
    (item,) = told["items"]
    assert (item["project"], item["version"], item["name"]) == ("P", 3, "Iceland")
    assert item["document"] == {
        "name": "01-Iceland/document.json",
        "bytes": len(DOCUMENT),
        "sha256": hashlib.sha256(DOCUMENT).hexdigest(),
    }
    beach = item["files"][0]
    assert (beach["id"], beach["original_name"], beach["bytes"]) == ("B", "beach.jpg", 5)
    assert (beach["sha256"], beach["content_type"]) == (hashlib.sha256(b"photo").hexdigest(), "image/jpeg")
    assert (beach["width"], beach["height"], beach["orientation"]) == (3000, 2000, 1)
    assert beach["aliases"] == ["b", "cover"]


def test_placements_stand_at_their_photo_with_the_effective_resolution() -> None:
    beach, cliff, dunes = manifest(contents())["items"][0]["files"]
    assert [(place["page"], place["effective_dpi"]) for place in beach["placements"]] == [(1, 300), (3, 150)]
    assert beach["placements"][1]["crop"] == {"left": 0, "top": 0, "width": 0.5, "height": 1}
    assert (cliff["placements"][0]["width_mm"], cliff["placements"][0]["crop"]) == (100, None)
    assert dunes["placements"] == []


def test_chosen_pages_bring_what_is_placed_on_them_under_the_same_names() -> None:
    told = contents(2, 3)
    assert names(told)[1:] == ["01-Iceland/document.json", "01-Iceland/0001-beach.jpg", "01-Iceland/0002-cliff.jpg"]
    assert manifest(told)["pages"] == [2, 3]
    assert [place["page"] for place in manifest(told)["items"][0]["files"][0]["placements"]] == [3]
    assert manifest(contents())["pages"] is None


def test_items_without_anything_on_the_chosen_pages_are_left_out() -> None:
    other = an_item({"c": "C"}, [Placement("c", 9, 10, 10)], number=2)
    assert [item["number"] for item in manifest(contents(9, items=(BOOK, other)))["items"]] == [2]


def test_pages_on_which_nothing_is_placed_are_refused() -> None:
    with pytest.raises(PagesInvalid):
        contents(4)


def test_a_photo_that_is_missing_is_named_and_not_packed() -> None:
    told = contents(files={"B": BEACH, "D": DUNES})
    assert manifest(told)["items"][0]["missing"] == [{"id": "C", "aliases": ["c"]}]
    assert (told.files, told.missing) == (2, 1)
    assert names(told)[2:] == ["01-Iceland/0001-beach.jpg", "01-Iceland/0003-dunes.jpg"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("beach.jpg", "beach.jpg"),
        ("Über den Wolken (2).JPG", "_ber_den_Wolken_2_.JPG"),
        ("照片.jpeg", "_.jpeg"),
        ("CON", "CON"),
        ("trailing...", "trailing"),
        ("-rf *", "-rf_"),
        ("x" * 200 + ".tiff", "x" * 75 + ".tiff"),
    ],
)
def test_names_are_safe_everywhere_and_the_same_for_ever(name: str, safe: str) -> None:
    assert rules.safe_name(name) == safe
    assert len(safe) <= rules.LONGEST_NAME


def test_the_same_input_has_the_same_fingerprint_and_another_has_another() -> None:
    same = contents(files=dict(reversed(list(ORDER.files.items()))))
    assert same.members == contents().members
    assert same.fingerprint == contents().fingerprint
    others = [
        contents(1),
        contents(reference="2026-18"),
        contents(files={**ORDER.files, "C": replace(CLIFF, sha256="0" * 64)}),
        contents(items=(replace(BOOK, document=b"{}"),)),
    ]
    assert len({contents().fingerprint, *(other.fingerprint for other in others)}) == 5


def test_the_manifest_is_written_as_it_always_was() -> None:
    """A change of it makes another ZIP of every order that was packed before: then count up its format."""
    assert contents().fingerprint == "4b3b38a21aca18da26aa40940554114c9d52f158afb283979934ac747e964750"


def test_a_package_may_not_be_larger_than_a_builder_can_handle() -> None:
    large = replace(BEACH, size=rules.LARGEST)
    with pytest.raises(PackageTooLarge):
        rules.check_size(contents(files={**ORDER.files, "B": large}).largest)
    rules.check_size(contents().largest)
