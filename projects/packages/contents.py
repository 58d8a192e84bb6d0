"""What lies in a package, under which name and in which order. Pure: the same input says the same in every byte.

So the manifest tells nothing of its own making: no moment, no id of the package, no version of this software. It comes
first, so that whoever reads the archive as it arrives knows what follows and can check each file.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from imagestore.common import archives
from projects import print_facts
from projects.orders.records import OrderedFile, OrderedItem
from projects.packages import rules
from projects.packages.errors import PagesInvalid
from projects.packages.records import Input
from projects.records import Placement

FORMAT = 1
MANIFEST, DOCUMENT = "manifest.json", "document.json"


class Member(NamedTuple):
    """A file of the archive: `body`, or the bytes of an `original`."""

    name: str
    size: int
    body: bytes = b""
    original: OrderedFile | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """`members` in their order; `files`: how many originals. `missing`: photos that could not be packed."""

    members: tuple[Member, ...]
    fingerprint: str
    files: int
    missing: int

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.members)

    @property
    def largest(self) -> int:
        """Bytes of the archive, at most."""
        return archives.largest((member.name, member.size) for member in self.members)


class _Photo(NamedTuple):
    """A photo of an item. `number`: its place among all of the item, whichever pages were chosen."""

    number: int
    id: str
    aliases: list[str]
    placements: list[Placement]


def contents_of(wanted: Input) -> Contents:
    """Raises PagesInvalid when nothing is placed on the chosen pages."""
    told, packed, missing = [], list[Member](), 0
    for item in wanted.items:
        photos = list(_photos(item, wanted.pages))
        if wanted.pages and not photos:
            continue
        members = [_document(item), *(_original(item, photo, wanted) for photo in photos if photo.id in wanted.files)]
        missing += len(photos) + 1 - len(members)
        packed += members
        told.append(_item(item, photos, wanted))
    if not told:
        raise PagesInvalid("No photo is placed on any of these pages.", "pages")
    manifest = orjson.dumps(
        {"format": FORMAT, **wanted.facts, "pages": list(wanted.pages) or None, "items": told},
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )
    originals = sum(member.original is not None for member in packed)
    first = Member(MANIFEST, len(manifest), manifest)
    return Contents((first, *packed), hashlib.sha256(manifest).hexdigest(), originals, missing)


def _photos(item: OrderedItem, pages: tuple[int, ...]) -> Iterator[_Photo]:
    """Each photo once, in the order of its first alias; with pages, those that are placed on one of them."""
    aliases, placed = dict[str, list[str]](), dict[str, list[Placement]]()
    for alias, id in sorted(item.files.items()):
        aliases.setdefault(id, []).append(alias)
    for place in item.placements:
        if place.alias in item.files and (not pages or place.page in pages):
            placed.setdefault(item.files[place.alias], []).append(place)
    for number, (id, names) in enumerate(aliases.items(), start=1):
        if id in placed or not pages:
            yield _Photo(number, id, names, placed.get(id, []))


def _folder(item: OrderedItem) -> str:
    return f"{item.number:02d}-{rules.safe_name(item.name)}" if item.name else f"{item.number:02d}"


def _document(item: OrderedItem) -> Member:
    return Member(f"{_folder(item)}/{DOCUMENT}", len(item.document), item.document)


def _original(item: OrderedItem, photo: _Photo, wanted: Input) -> Member:
    file = wanted.files[photo.id]
    return Member(f"{_folder(item)}/{photo.number:04d}-{rules.safe_name(file.name)}", file.size, original=file)


def _item(item: OrderedItem, photos: list[_Photo], wanted: Input) -> dict[str, Any]:
    document = _document(item)
    return {
        "number": item.number,
        "project": item.project,
        "version": item.version,
        "name": item.name,
        "product": item.product,
        "quantity": item.quantity,
        "document": {
            "name": document.name,
            "bytes": document.size,
            "sha256": hashlib.sha256(document.body).hexdigest(),
        },
        "files": [_file(item, photo, wanted) for photo in photos if photo.id in wanted.files],
        "missing": [{"id": photo.id, "aliases": photo.aliases} for photo in photos if photo.id not in wanted.files],
    }


def _file(item: OrderedItem, photo: _Photo, wanted: Input) -> dict[str, Any]:
    file = wanted.files[photo.id]
    return {
        "name": _original(item, photo, wanted).name,
        "id": file.id,
        "original_name": file.name,
        "bytes": file.size,
        "sha256": file.sha256,
        "content_type": file.content_type,
        "width": file.width,
        "height": file.height,
        "orientation": file.orientation,
        "aliases": photo.aliases,
        "placements": [_placement(place, file) for place in photo.placements],
    }


def _placement(place: Placement, file: OrderedFile) -> dict[str, Any]:
    return {
        "alias": place.alias,
        "page": place.page,
        "width_mm": place.width_mm,
        "height_mm": place.height_mm,
        "crop": place.crop._asdict() if place.crop else None,
        "effective_dpi": print_facts.dpi_of(place, file),
    }
