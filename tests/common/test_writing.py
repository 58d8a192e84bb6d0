"""Objects that are written while they are being made, on the real local AWS."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from imagestore.common import account, aws, multipart, objects, writing
from imagestore.common.objects import ObjectExists
from imagestore.common.writing import Writer
from tests.support.failing import failing
from tests.support.ministack import LocalAws
from tests.support.parts import left, left_bytes

PART = 5 * 1024**2
BODY = bytes(range(256)) * (3 * PART // 256 + 7)


@pytest.fixture(autouse=True)
def _bucket(real_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PART", PART)


def in_pieces(body: bytes, size: int) -> Callable[[Writer], None]:
    def make(into: Writer) -> None:
        for start in range(0, len(body), size):
            into.write(body[start : start + size])

    return make


@pytest.mark.parametrize("size", [1_000_003, PART, len(BODY)], ids=["small", "a part", "all"])
def test_pieces_of_any_size_make_one_object(size: int) -> None:
    with account.measure() as work:
        written = writing.write("k", "application/zip", in_pieces(BODY, size), most=len(BODY))
    assert (written.size, written.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    assert objects.read("k") == BODY
    part = objects.read_part("k", 0, 1)
    assert part is not None
    assert (part.version, part.content_type, part.assembled) == (written.version, "application/zip", True)
    assert work.requests["s3:UploadPart"] == 4


@pytest.mark.parametrize("body", [b"", b"one", BODY[:PART], BODY[: 2 * PART]], ids=["empty", "small", "one", "two"])
def test_the_last_part_may_have_any_size(body: bytes) -> None:
    assert writing.write("k", "application/zip", in_pieces(body, 1_000_000), most=len(body)).size == len(body)
    assert objects.read("k") == body


def test_what_fails_while_it_is_being_made_leaves_nothing() -> None:
    def make(into: Writer) -> None:
        into.write(BODY)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.write("k", "application/zip", make, most=len(BODY))
    assert (left(), left_bytes()) == ([], [])


def test_whichever_call_fails_nothing_half_is_there() -> None:
    for number in range(1, 7):
        with failing(number), pytest.raises(aws.FAILURES):
            writing.write("k", "application/zip", in_pieces(BODY, PART), most=len(BODY))
        assert (left(), left_bytes()) == ([], []), f"call {number} failed"


def test_an_upload_that_could_not_be_aborted_is_aborted_by_the_next_who_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise aws.AwsError({"Error": {"Code": "InternalError", "Message": "no"}}, "any")

    with monkeypatch.context() as away:
        away.setattr(aws.s3(), "abort_multipart_upload", denied)
        away.setattr(aws.s3(), "upload_part", denied)
        with pytest.raises(aws.FAILURES):
            writing.write("k", "application/zip", in_pieces(b"x", 1), most=1)
    multipart.begin("kk", "application/zip")
    assert len(left()) == 2
    assert multipart.abort_all("k") == 1
    assert len(left()) == 1


def test_who_comes_second_with_the_same_bytes_gets_the_object_that_is_there() -> None:
    first = writing.write("k", "application/zip", in_pieces(BODY, PART), most=len(BODY))
    assert writing.write("k", "application/zip", in_pieces(BODY, PART), most=len(BODY)) == first
    assert (left(), left_bytes()) == ([], ["k"])


def test_an_object_of_another_size_is_not_taken_for_it() -> None:
    objects.put_new("k", b"other", "application/zip")
    with pytest.raises(ObjectExists):
        writing.write("k", "application/zip", in_pieces(BODY, PART), most=len(BODY))
    assert (objects.read("k"), left()) == (b"other", [])


def test_a_completion_whose_answer_was_lost_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    complete = multipart.complete

    def twice(*told: Any) -> str | None:
        complete(*told)
        return complete(*told)

    monkeypatch.setattr(multipart, "complete", twice)
    assert writing.write("k", "application/zip", in_pieces(b"whole", 5), most=5).size == 5
    assert objects.read("k") == b"whole"


@pytest.mark.parametrize(
    ("size", "mebibytes"), [(0, 5), (10_000 * PART, 5), (10_000 * PART + 1, 6), (500 * 1024**3, 52)]
)
def test_parts_are_as_large_as_their_number_asks_for(size: int, mebibytes: int) -> None:
    assert writing.part_size(size) == mebibytes * 1024**2
