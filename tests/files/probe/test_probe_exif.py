"""EXIF inside photos: what counts, and that nothing in it spoils a photo."""

import struct

import pytest

from tests.support.headers import drawn, exif, facts_of

MARK = b"Exif\x00\x00"
Entry = tuple[int, int, int, int]


def block(entries: list[Entry], *, order: str = "<", count: int | None = None, rest: bytes = b"") -> bytes:
    """EXIF of one directory; an entry is tag, kind, count, number. `count`: what it claims to have."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    body = b""
    for tag, kind, values, number in entries:
        body += struct.pack(order + "HHI" + ("H2x" if kind == 3 else "I"), tag, kind, values, number)
    claimed = len(entries) if count is None else count
    return MARK + mark + struct.pack(order + "IH", 8, claimed) + body + rest


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
def test_orientation_in_either_order_and_width(order: str, kind: int) -> None:
    assert facts_of(drawn("JPEG", exif=block([(0x0112, kind, 1, 7)], order=order))).orientation == 7


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_absurd_orientations_are_none(value: int) -> None:
    assert facts_of(drawn("JPEG", exif=block([(0x0112, 3, 1, value)]))).orientation == 1


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ("2024:07:14 16:20:05", "2024-07-14T16:20:05"),
        ("2024-07-14 16:20:05", "2024-07-14T16:20:05"),
        ("2024:02:29 00:00:00", "2024-02-29T00:00:00"),
        ("2023:02:29 00:00:00", None),
        ("0000:00:00 00:00:00", None),
        ("2024:13:40 99:00:00", None),
        ("2024:07:14 24:00:00", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("\x00" * 19, None),
        ("", None),
    ],
)
def test_the_moment_in_iso_or_none(taken: str, expected: str | None) -> None:
    facts = facts_of(drawn("JPEG", exif=exif(6, taken)))
    assert (facts.taken_at, facts.orientation) == (expected, 6)


ABSURD = {
    "empty": MARK,
    "no header": MARK + b"nonsense",
    "far directory": MARK + b"MM\x00*\xff\xff\xff\xff" + b"\xff" * 500,
    "directory of itself": MARK + b"II*\x00\x00\x00\x00\x00",
    "date of far away": block([(0x8769, 4, 1, 2**32 - 1)]),
    "date directory is the first": block([(0x8769, 4, 1, 8)]),
    "date without end": block([(0x8769, 4, 1, 26)], rest=struct.pack("<HHHII", 1, 0x9003, 2, 2**32 - 1, 0)),
}


@pytest.mark.parametrize("absurd", ABSURD.values(), ids=ABSURD)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_absurd_exif_does_not_spoil_a_photo(form: str, absurd: bytes) -> None:
    facts = facts_of(drawn(form, exif=absurd))
    assert (facts.orientation, facts.taken_at, facts.display_size) == (1, None, (60, 40))


def test_what_was_read_before_the_damage_counts() -> None:
    facts = facts_of(drawn("JPEG", exif=block([(0x0112, 3, 1, 6)], count=40)))
    assert facts.orientation == 6
