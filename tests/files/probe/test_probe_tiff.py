"""TIFF directories: both byte orders, wide and narrow, near and far; and raw files that look like TIFF."""

import struct
from typing import Any

import pytest

from files.probe import HEAD_BYTES, probe
from tests.support.headers import SRGB, drawn, exif, facts_and_reads, facts_of, refusal_of, seen_by_pillow

SHORT, LONG, UNDEFINED, LONG8 = 3, 4, 7, 16
FORMATS = {SHORT: "H", LONG: "I", LONG8: "Q"}
OPTIONS = [{}, {"big_tiff": True}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}]
ORDERS = {"II": "<", "MM": ">"}
Value = tuple[int, int]


def tiff(tags: dict[int, Value], *, order: str = "II", big: bool = False, gap: int = 0) -> bytes:
    """A TIFF of one directory, `gap` bytes behind its header. `tags`: kind and number by tag."""
    sign, room = ORDERS[order], 8 if big else 4
    entries = b""
    for tag, (kind, number) in tags.items():
        value = struct.pack(sign + FORMATS[kind], number).ljust(room, b"\x00")
        entries += struct.pack(sign + ("HHQ" if big else "HHI"), tag, kind, 1) + value
    start = (16 if big else 8) + gap
    header = struct.pack(sign + ("HHHQ" if big else "HI"), *((43, 8, 0, start) if big else (42, start)))
    count = struct.pack(sign + ("Q" if big else "H"), len(tags))
    return order.encode() + header + bytes(gap) + count + entries + bytes(room)


def photo(**options: Any) -> bytes:
    return tiff({256: (SHORT, 60), 257: (LONG, 40), 274: (SHORT, 6)}, **options)


@pytest.mark.parametrize("gap", [0, 60_000, HEAD_BYTES - 30, HEAD_BYTES, 3_000_000])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["II", "MM"])
def test_byte_orders_and_widths(order: str, big: bool, gap: int) -> None:
    facts, reads = facts_and_reads(photo(order=order, big=big, gap=gap))
    assert (facts.width, facts.height, facts.orientation) == (60, 40, 6)
    assert reads == (2 if gap > 60_000 else 1)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("size", [(60, 40), (700, 500)])
def test_kinds_of_tiff(size: tuple[int, int], options: dict[str, Any]) -> None:
    tags: dict[str, Any] = (
        {} if "compression" in options else {"exif": exif(8)}
    )  # Pillow's libtiff writer knows no EXIF
    body = drawn("TIFF", size=size, icc_profile=SRGB, **tags, **options)
    facts, reads = facts_and_reads(body)
    assert facts == seen_by_pillow(body)
    assert reads <= 2


def test_values_on_either_side_of_a_far_directory_come_with_it() -> None:
    body = drawn("TIFF", size=(700, 500), compression="tiff_lzw", icc_profile=SRGB)
    far = struct.unpack_from("<I", body, 4)[0]
    assert far > HEAD_BYTES
    assert facts_and_reads(body) == (seen_by_pillow(body), 2)


def test_the_first_page_counts() -> None:
    body = tiff({256: (SHORT, 60), 257: (SHORT, 40)})
    looped = body[:-4] + struct.pack("<I", 8)
    assert facts_of(looped).display_size == (60, 40)


@pytest.mark.parametrize(
    "tags",
    [
        {50706: (LONG, 0x0401)},
        {254: (LONG, 1), 330: (LONG, 5000)},
        {259: (SHORT, 34713)},
        {262: (SHORT, 32803)},
    ],
    ids=["DNG", "NEF", "Nikon", "filter array"],
)
def test_raw_files_are_called_by_their_name(tags: dict[int, Value]) -> None:
    refusal = refusal_of(tiff({256: (SHORT, 160), 257: (SHORT, 120), **tags}))
    assert refusal.code == "not-an-image"
    assert "raw file" in refusal.text


def test_a_canon_raw_file_is_called_by_its_name() -> None:
    body = bytearray(photo(gap=8))
    body[8:12] = b"CR\x02\x00"
    assert "raw file" in refusal_of(bytes(body)).text


def test_a_pyramid_of_a_photo_is_a_photo() -> None:
    assert facts_of(tiff({256: (SHORT, 60), 257: (SHORT, 40), 330: (LONG, 5000)})).display_size == (60, 40)


def test_a_directory_behind_the_end_is_cut_off() -> None:
    assert refusal_of(photo(gap=5000)[:4000]).code == "truncated"
    assert refusal_of(photo(gap=5000)[:-20]).code == "truncated"


@pytest.mark.parametrize("count", [b"\x00\x00", b"\xff\xff"])
def test_an_absurd_directory_is_broken(count: bytes) -> None:
    body = photo()
    assert refusal_of(body[:8] + count + body[10:]).code == "broken-header"


def test_no_width_is_no_dimensions() -> None:
    assert refusal_of(tiff({257: (SHORT, 40)})).code == "no-dimensions"


def test_a_range_that_came_back_empty_is_refused() -> None:
    body = photo(gap=100_000)
    with pytest.raises(Exception, match="Export the photo again"):
        probe(body[:HEAD_BYTES], len(body), (HEAD_BYTES, b""))
