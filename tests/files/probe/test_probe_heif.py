"""HEIC, HEIF and AVIF containers, real ones and ones built by hand."""

import io
import struct
import time
from itertools import product

import pytest
from PIL import Image, ImageOps

from files.probe import HEAD_BYTES, BrokenImage, probe
from tests.support.headers import drawn, exif, facts_and_reads, facts_of, refusal_of, seen_by_pillow

CONTAINERS = ["HEIF", "AVIF"]


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + kind + content


def ftyp(*brands: bytes) -> bytes:
    return box(b"ftyp", brands[0], bytes(4), *brands[1:])


def ispe(width: int, height: int) -> bytes:
    return box(b"ispe", struct.pack(">III", 0, width, height))


def irot(turns: int) -> bytes:
    return box(b"irot", bytes([turns]))


def imir(mode: int) -> bytes:
    """0: top and bottom change places; 1: left and right."""
    return box(b"imir", bytes([mode]))


def clap(across: int, across_by: int, down: int, down_by: int) -> bytes:
    return box(b"clap", struct.pack(">8I", across, across_by, down, down_by, 0, 1, 0, 1))


def ipma(*items: tuple[int, int]) -> bytes:
    """Items that each have the first so many properties."""
    rows = [struct.pack(">HB", item, count) + bytes(range(1, count + 1)) for item, count in items]
    return box(b"ipma", bytes(4), struct.pack(">I", len(items)), *rows)


def heic(*properties: bytes, more: bytes = b"") -> bytes:
    """An image whose primary item, number 7, has these properties."""
    iprp = box(b"iprp", box(b"ipco", *properties), ipma((3, 0), (7, len(properties))), more)
    meta = box(b"meta", bytes(4), box(b"pitm", bytes(4), struct.pack(">H", 7)), iprp)
    return ftyp(b"heic", b"mif1", b"heic") + meta + box(b"mdat", bytes(100))


def pushed(body: bytes, distance: int) -> bytes:
    """The same container with its `meta` box so much farther from the beginning."""
    first = struct.unpack_from(">I", body)[0]
    return body[:first] + box(b"free", bytes(distance - 8)) + body[first:]


@pytest.mark.parametrize("form", CONTAINERS)
@pytest.mark.parametrize("size", [(2, 2), (63, 65), (515, 386)])
def test_sizes_that_are_no_whole_blocks(form: str, size: tuple[int, int]) -> None:
    body = drawn(form, size=size, exif=exif(6), quality=20)
    assert facts_of(body) == seen_by_pillow(body)


@pytest.mark.parametrize("form", CONTAINERS)
def test_a_large_photo_takes_one_read(form: str) -> None:
    body = drawn(form, size=(1200, 900), quality=95, exif=exif(6))
    assert len(body) > 2 * HEAD_BYTES
    facts, reads = facts_and_reads(body)
    assert (facts.display_size, reads) == ((900, 1200), 1)


@pytest.mark.parametrize("distance", [100, HEAD_BYTES - 300, HEAD_BYTES, 5_000_000])
@pytest.mark.parametrize("form", CONTAINERS)
def test_a_far_or_cut_meta_box_takes_one_more_read(form: str, distance: int) -> None:
    facts, reads = facts_and_reads(pushed(drawn(form, exif=exif(6)), distance))
    assert (facts.display_size, reads) == ((40, 60), 1 if distance == 100 else 2)


STEPS = [irot(0), irot(1), irot(2), irot(3), imir(0), imir(1)]
MOVES = [
    lambda image: image,
    lambda image: image.transpose(Image.Transpose.ROTATE_90),
    lambda image: image.transpose(Image.Transpose.ROTATE_180),
    lambda image: image.transpose(Image.Transpose.ROTATE_270),
    ImageOps.flip,
    ImageOps.mirror,
]


@pytest.mark.parametrize(("first", "second"), list(product(range(6), repeat=2)))
def test_turns_and_mirrors_apply_in_their_own_order(first: int, second: int) -> None:
    stored = Image.frombytes("L", (3, 2), bytes(range(6)))
    shown = MOVES[second](MOVES[first](stored))
    facts = facts_of(heic(ispe(3, 2), STEPS[first], STEPS[second]))
    stored.getexif()[0x0112] = facts.orientation
    again = ImageOps.exif_transpose(stored)
    assert (again.size, again.tobytes()) == (shown.size, shown.tobytes())
    assert facts.display_size == shown.size


def test_the_containers_own_turn_counts_and_not_that_of_exif() -> None:
    body = drawn("HEIF", exif=exif(6))
    turned = body.replace(b"irot\x03", b"irot\x00")
    assert turned != body
    assert facts_of(turned).orientation == 1


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (clap(61, 1, 41, 1), (61, 41)),
        (clap(122, 2, 41, 1), (61, 41)),
        (clap(65, 1, 41, 1), (64, 48)),
        (clap(61, 0, 41, 0), (64, 48)),
        (clap(0, 1, 41, 1), (64, 48)),
    ],
)
def test_a_window_counts_where_it_lies_inside(window: bytes, expected: tuple[int, int]) -> None:
    facts = facts_of(heic(ispe(64, 48), window))
    assert (facts.width, facts.height) == expected


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        ((b"heic", b"mif1"), "image/heic"),
        ((b"heix", b"mif1"), "image/heic"),
        ((b"mif1", b"heic"), "image/heic"),
        ((b"mif1", b"miaf", b"avif"), "image/avif"),
        ((b"avis", b"msf1", b"avif"), "image/avif"),
        ((b"mif1", b"miaf"), "image/heif"),
    ],
)
def test_the_type_by_brands(brands: tuple[bytes, ...], expected: str) -> None:
    body = heic(ispe(64, 48))
    assert facts_of(ftyp(*brands) + body[struct.unpack_from(">I", body)[0] :]).content_type == expected


def test_a_photo_without_size_or_container_is_refused() -> None:
    assert refusal_of(heic(irot(1))).code == "no-dimensions"
    assert refusal_of(heic(ispe(0, 48))).code == "no-dimensions"
    assert refusal_of(ftyp(b"heic") + box(b"mdat", bytes(50))).code == "broken-header"
    assert refusal_of(ftyp(b"heic") + box(b"meta", bytes(50))).code == "broken-header"
    too_short = struct.pack(">I", 3) + b"iprp"
    assert refusal_of(ftyp(b"heic") + box(b"meta", bytes(4), too_short)).code == "broken-header"


def test_a_box_inside_another_that_claims_more_is_broken() -> None:
    body = heic(ispe(64, 48)).replace(b"\x00\x00\x00\x14ispe", b"\x00\x0f\x00\x14ispe")
    assert refusal_of(body).code == "broken-header"


def test_a_box_as_large_as_the_rest_and_one_of_wide_length() -> None:
    body = heic(ispe(64, 48))
    first = struct.unpack_from(">I", body)[0]
    wide = struct.pack(">I4sQ", 1, b"free", 116) + bytes(100)
    endless = body[first:].replace(box(b"mdat", bytes(100)), bytes(4) + b"mdat" + bytes(100))
    assert facts_of(body[:first] + wide + endless).display_size == (64, 48)


def test_absurd_exif_does_not_spoil_a_photo() -> None:
    body = drawn("HEIF", exif=exif(6))
    for mark in (b"iinf", b"iloc", b"Exif\x00\x00"):
        at = body.rindex(mark) + 4
        damaged = body[:at] + b"\xff" * 12 + body[at + 12 :]
        facts = facts_of(damaged)
        assert (facts.display_size, facts.taken_at) == ((40, 60), None)


def test_a_table_in_thousands_of_copies_costs_no_time() -> None:
    claims = box(b"ipma", bytes(4), b"\xff\xff\xff\xff") * 4000
    body = heic(irot(1), more=claims)
    before = time.process_time()
    with pytest.raises(BrokenImage):
        facts_of(body)
    assert time.process_time() - before < 2


def test_what_pillow_shows_of_a_turned_heic_is_the_display_size() -> None:
    body = drawn("HEIF", exif=exif(6))
    found = probe(body[:HEAD_BYTES], len(body))
    assert getattr(found, "display_size", None) == Image.open(io.BytesIO(body)).size
