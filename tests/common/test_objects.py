"""Objects of a versioned bucket: ranged reads, writes that happen once, and removal of every version."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import FlexibleChecksumError, ResponseStreamingError
from django.conf import settings

from imagestore.common import aws, objects


@pytest.fixture(autouse=True)
def _bucket(moto_aws: None) -> None:
    return None


def put(key: str, body: bytes = b"0123456789") -> None:
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=body, ContentType="image/png")


def test_a_part_tells_of_the_whole() -> None:
    put("a")
    part = objects.read_part("a", 2, 3)
    assert part is not None
    assert (part.body, part.size, part.content_type) == (b"234", 10, "image/png")
    assert part.version in {version.version for version in objects.versions("a")}


def test_a_part_may_reach_beyond_the_end() -> None:
    put("a")
    part = objects.read_part("a", 8, 1000)
    assert part is not None
    assert (part.body, part.size) == (b"89", 10)
    beyond = objects.read_part("a", 10, 5)
    assert beyond is not None
    assert (beyond.body, beyond.size, beyond.version) == (b"", 0, None)


def test_what_is_not_there_is_none() -> None:
    assert objects.read_part("none", 0, 10) is None
    assert objects.read("none") is None
    assert objects.remove("none") == 0


def test_what_goes_wrong_otherwise_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise aws.AwsError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    monkeypatch.setattr(aws.s3(), "get_object", denied)
    with pytest.raises(aws.FAILURES):
        objects.read_part("a", 0, 1)
    with pytest.raises(aws.FAILURES):
        objects.read("a")


def test_an_object_is_put_once() -> None:
    objects.put_new("new", b"first", "text/plain")
    with pytest.raises(aws.FAILURES, match="PreconditionFailed"):
        objects.put_new("new", b"second", "text/plain")
    assert objects.read("new") == b"first"


def test_every_version_and_marker_of_one_object_goes_and_its_neighbours_stay() -> None:
    for body in (b"1", b"22", b"333"):
        put("a", body)
    aws.s3().delete_object(Bucket=settings.IMAGESTORE_BUCKET, Key="a")
    put("ab")
    assert sorted(version.size for version in objects.versions("a") if version.key == "a") == [0, 1, 2, 3]
    assert objects.remove("a") == 4
    assert {version.key for version in objects.versions("a")} == {"ab"}


def test_versions_go_in_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def delete(Delete: dict[str, list[object]], **_: object) -> dict[str, object]:  # noqa: N803, the name on the wire
        sizes.append(len(Delete["Objects"]))
        return {"Errors": [{"Key": "stays", "Code": "InternalError"}, {"Key": "went", "Code": "NoSuchVersion"}]}

    monkeypatch.setattr(aws.s3(), "delete_objects", delete)
    failed = objects.remove_versions((f"k{number}", "v") for number in range(2001))
    assert sizes == [1000, 1000, 1]
    assert failed == ["stays"] * 3


def test_bytes_that_stay_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a")
    monkeypatch.setattr(objects, "remove_versions", lambda doomed: [key for key, _ in doomed])
    with pytest.raises(OSError, match="did not delete a"):
        objects.remove("a")


def test_one_version_is_saved_piece_by_piece_with_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PIECE", 3)
    put("a", b"first bytes")
    (first,) = objects.versions("a")
    put("a", b"second")
    with (tmp_path / "file").open("wb") as file:
        assert objects.save_to(file, "a", first.version) == hashlib.sha256(b"first bytes").hexdigest()
    assert (tmp_path / "file").read_bytes() == b"first bytes"
    with (tmp_path / "file").open("wb") as file:
        assert objects.save_to(file, "none", None) is None


def test_who_puts_an_object_that_is_there_gets_its_version() -> None:
    first = objects.put_once("new", b"first", "text/plain")
    assert objects.put_once("new", b"second", "text/plain") == first
    assert objects.read("new") == b"first"
    assert [version.version for version in objects.versions("new")] == [first]


def test_a_family_goes_and_its_neighbours_stay() -> None:
    for key in ("ab", "ab.small", "ab.large", "abc", "abc.small"):
        put(key)
    assert objects.remove_family("ab", itself=False) == 2
    assert objects.remove_family("ab") == 1
    assert {version.key for version in objects.versions("")} == {"abc", "abc.small"}


class Breaking:
    """A body whose connection ends after so many bytes."""

    def __init__(self, body: Any, after: int, error: Exception) -> None:
        self._body, self._after, self._error = body, after, error

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        yield self._body.read(self._after)
        raise self._error

    def close(self) -> None:
        self._body.close()


def break_reads(monkeypatch: pytest.MonkeyPatch, times: int, error: Exception) -> list[str | None]:
    """The first reads break after four bytes; answers the ranges that are asked for."""
    asked: list[str | None] = []
    get = aws.s3().get_object

    def get_object(**told: Any) -> Any:
        asked.append(told.get("Range"))
        answer: Any = get(**told)
        return {**answer, "Body": Breaking(answer["Body"], 4, error)} if len(asked) <= times else answer

    monkeypatch.setattr(aws.s3(), "get_object", get_object)
    return asked


def test_a_read_that_breaks_goes_on_where_it_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a")
    asked = break_reads(monkeypatch, 2, ResponseStreamingError(error="gone"))
    assert b"".join(objects.stream("a", None)) == b"0123456789"
    assert asked == [None, "bytes=4-", "bytes=8-"]


def test_a_read_that_breaks_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a", bytes(100))
    asked = break_reads(monkeypatch, 100, ResponseStreamingError(error="gone"))
    with pytest.raises(ResponseStreamingError):
        list(objects.stream("a", None))
    assert len(asked) == objects.TRIES


def test_bytes_that_storage_itself_finds_damaged_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a")
    break_reads(monkeypatch, 1, FlexibleChecksumError(error_msg="other bytes"))
    with pytest.raises(objects.ObjectDamaged):
        list(objects.stream("a", None))


def test_what_is_gone_is_missing() -> None:
    with pytest.raises(objects.ObjectMissing):
        list(objects.stream("none", None))
