"""Uploads in parts, on the real local AWS."""

from typing import Any

import pytest
from django.conf import settings

from imagestore.common import aws, multipart, objects
from imagestore.common.multipart import UploadedPart, UploadUnknown
from imagestore.common.objects import ObjectExists
from tests.support.ministack import LocalAws


@pytest.fixture(autouse=True)
def _bucket(real_aws: LocalAws) -> None:
    return None


def send(key: str, upload_id: str, number: int, body: bytes) -> None:
    place: Any = {"Bucket": settings.IMAGESTORE_BUCKET, "Key": key, "UploadId": upload_id}
    aws.s3().upload_part(**place, PartNumber=number, Body=body)


def test_parts_are_assembled_by_number_with_the_type_of_the_beginning() -> None:
    id = multipart.begin("k", "image/tiff")
    for number, body in ((2, b"second"), (1, b"first ")):
        send("k", id, number, body)
    parts = multipart.parts("k", id)
    assert [(part.number, part.size, '"' in part.etag) for part in parts] == [(1, 6, False), (2, 6, False)]
    multipart.complete("k", id, parts)
    whole = objects.read_part("k", 0, 100)
    assert whole is not None
    assert (whole.body, whole.content_type, whole.assembled) == (b"first second", "image/tiff", True)


def test_what_was_put_whole_is_not_assembled() -> None:
    objects.put_new("k", b"whole", "image/png")
    whole = objects.read_part("k", 0, 100)
    assert whole is not None
    assert not whole.assembled


def test_many_parts_are_listed_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    id = multipart.begin("k", "image/png")
    for number in range(1, 8):
        send("k", id, number, bytes(number))
    asked = aws.s3().list_parts
    monkeypatch.setattr(aws.s3(), "list_parts", lambda **told: asked(**told, MaxParts=3))
    assert [part.size for part in multipart.parts("k", id)] == list(range(1, 8))


def test_an_object_is_never_assembled_over_another() -> None:
    objects.put_new("k", b"whole", "image/png")
    id = multipart.begin("k", "image/png")
    send("k", id, 1, b"part")
    with pytest.raises(ObjectExists):
        multipart.complete("k", id, multipart.parts("k", id))
    assert objects.read("k") == b"whole"


def test_what_is_aborted_is_unknown_and_aborting_it_again_is_fine() -> None:
    id = multipart.begin("k", "image/png")
    send("k", id, 1, b"part")
    for _ in range(2):
        multipart.abort("k", id)
    with pytest.raises(UploadUnknown):
        multipart.parts("k", id)
    with pytest.raises(UploadUnknown):
        multipart.complete("k", id, [UploadedPart(1, "e" * 32, 4)])


def test_what_goes_wrong_otherwise_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise aws.AwsError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "any")

    for call in ("abort_multipart_upload", "complete_multipart_upload"):
        monkeypatch.setattr(aws.s3(), call, denied)
    with pytest.raises(aws.FAILURES):
        multipart.abort("k", "id")
    with pytest.raises(aws.FAILURES):
        multipart.complete("k", "id", [])
