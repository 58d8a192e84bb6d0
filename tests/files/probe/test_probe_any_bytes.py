"""Whatever the bytes, the probe answers facts, asks once, or refuses in words."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from files.probe import HEAD_BYTES, BrokenImage, ImageFacts, NeedRange, probe
from tests.support.headers import FORMATS, MOST_MORE, SRGB, drawn, exif

CODES = {"empty-file", "not-an-image", "truncated", "broken-header", "no-dimensions"}
TAGGED = [drawn(form, exif=exif(6), icc_profile=SRGB) for form in FORMATS if form != "GIF"]
PLAIN = [drawn(form) for form in FORMATS] + [drawn("TIFF", big_tiff=True), drawn("WEBP", lossless=True)]
PHOTOS = TAGGED + PLAIN
SHORT = st.sampled_from([0, 1, 2, 8, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
NUMBERS = st.one_of(
    st.binary(min_size=1, max_size=8),
    SHORT.map(lambda number: struct.pack(">I", number)),
    SHORT.map(lambda number: struct.pack("<I", number)),
)
DAMAGE = st.lists(st.tuples(st.integers(0, 1500), NUMBERS), max_size=12)
QUICK = settings(max_examples=600, deadline=None, derandomize=True)


def answer(head: bytes, size: int, more: tuple[int, bytes] | None = None) -> ImageFacts | NeedRange | None:
    """None for a refusal. Nothing else may come out, and no absurd answer either."""
    try:
        found = probe(head, size, more)
    except BrokenImage as error:
        refusal = error
    else:
        return checked(found, head, size, more)
    assert refusal.code in CODES
    assert refusal.text.endswith(".")
    return None


def checked(
    found: ImageFacts | NeedRange, head: bytes, size: int, more: tuple[int, bytes] | None
) -> ImageFacts | NeedRange:
    if isinstance(found, ImageFacts):
        assert found.width > 0
        assert found.height > 0
        assert 1 <= found.orientation <= 8
        assert len(found.color_profile or "") <= 64
    else:
        assert more is None
        assert 0 <= len(head) <= found.start
        assert 0 < found.length <= MOST_MORE
        assert found.start + found.length <= size
    return found


def ask(body: bytes) -> None:
    found = answer(body[:HEAD_BYTES], len(body))
    if isinstance(found, NeedRange):
        answer(body[:HEAD_BYTES], len(body), (found.start, body[found.start : found.start + found.length]))


@QUICK
@given(st.sampled_from(PHOTOS), DAMAGE, st.integers(0, 3000))
def test_a_damaged_photo(photo: bytes, damage: list[tuple[int, bytes]], missing: int) -> None:
    body = bytearray(photo)
    for at, by in damage:
        body[at : at + len(by)] = by
    ask(bytes(body[: len(body) - missing] if missing < 2000 else body))


@QUICK
@given(st.sampled_from(PHOTOS), st.integers(0, 3000), st.integers(0, 10**7), st.integers(0, 1000), DAMAGE)
def test_a_photo_whose_end_was_not_read(
    photo: bytes, known: int, missing: int, distance: int, damage: list[tuple[int, bytes]]
) -> None:
    head = photo[:known]
    size = len(head) + missing
    found = answer(head, size)
    if isinstance(found, NeedRange):
        rest = b"".join(by for _, by in damage)
        answer(head, size, (found.start, (photo[known:] + rest)[: found.length]))
        answer(head, size, (found.start + distance, rest))


@QUICK
@given(st.sampled_from([photo[:16] for photo in PHOTOS]), st.binary(max_size=400), st.integers(0, 10**10))
def test_any_bytes_behind_a_known_beginning(beginning: bytes, rest: bytes, missing: int) -> None:
    head = beginning + rest
    found = answer(head, len(head) + missing)
    if isinstance(found, NeedRange):
        answer(head, len(head) + missing, (found.start, rest))


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    ask(body)
