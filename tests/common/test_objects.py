"""Objects of a versioned bucket: ranged reads, writes that happen once, and removal of every version."""

import hashlib
from pathlib import Path

import pytest
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
