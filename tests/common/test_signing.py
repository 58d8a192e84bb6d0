"""Signed urls are the bytes that botocore would have signed, at the same moment with the same credentials."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from imagestore.common import aws
from imagestore.common.aws import SigningIdentity
from imagestore.common.errors import Unavailable
from imagestore.common.signing import LONGEST_READ, LONGEST_UPLOAD, Signer, attachment

NOW = datetime(2031, 5, 6, 23, 59, 58, 700_000, tzinfo=UTC)
SIGNED_AT = NOW.replace(microsecond=0)
SHA256 = "9f" * 32
TOKEN = "IQoJb3JpZ2luX2VjEA//a+b/c=="
Bind = Callable[..., None]
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "cn-north-1")
KEYS = (
    "ab/acme/01J9ZQ6W0Z2V5T8K3M4N7P1R6S",
    "ab/ümläut & plus+/50% off?#x=1;,'()*!~",
    "日本/ space/..dots/",
    "a//b",
)


@pytest.fixture
def bind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bind]:
    """Binds the clients to a region, an endpoint (path style) and a session token, at the moment NOW."""
    for module in ("auth", "signers"):
        monkeypatch.setattr(f"botocore.{module}.get_current_datetime", lambda: NOW.replace(tzinfo=None), raising=False)

    def bind(region: str = "eu-central-1", endpoint: str = "", token: str = "") -> None:
        monkeypatch.setenv("AWS_REGION", region)
        for variable, value in (("AWS_ENDPOINT_URL", endpoint), ("AWS_SESSION_TOKEN", token)):
            monkeypatch.setenv(variable, value) if value else monkeypatch.delenv(variable, raising=False)
        aws.reset()

    yield bind
    aws.reset()


def by_botocore(operation: str, seconds: int, **params: Any) -> str:
    params = {"Bucket": "imagestore-test"} | params
    return aws.s3().generate_presigned_url(operation, Params=params, ExpiresIn=seconds)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4566"])
@pytest.mark.parametrize("region", REGIONS)
def test_an_upload_is_signed_as_botocore_signs_it(bind: Bind, region: str, endpoint: str, token: str, key: str) -> None:
    bind(region, endpoint, token)
    upload = Signer(NOW).upload(key, size=123, content_type="image/svg+xml; x=ü", sha256=SHA256)
    assert upload.url == by_botocore(
        "put_object",
        3600,
        Key=key,
        ContentLength=123,
        ContentType="image/svg+xml; x=ü",
        ChecksumSHA256=base64.b64encode(bytes.fromhex(SHA256)).decode(),
        IfNoneMatch="*",
    )


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4566"])
@pytest.mark.parametrize("region", REGIONS)
def test_a_read_is_signed_as_botocore_signs_it(bind: Bind, region: str, endpoint: str, token: str, key: str) -> None:
    bind(region, endpoint, token)
    disposition = attachment('Fähre "Östersjön" & 100%~.jpeg')
    read = Signer(NOW).read(key, content_type="image/jpeg", disposition=disposition)
    told = {"Key": key, "ResponseContentType": "image/jpeg", "ResponseContentDisposition": disposition}
    assert read.url == by_botocore("get_object", 900, **told)


@pytest.mark.parametrize("bucket", ["with.dots.in.it", "plain"])
def test_another_bucket_is_addressed_as_botocore_addresses_it(bind: Bind, bucket: str) -> None:
    bind()
    read = Signer(NOW, bucket).read("k", content_type="image/png", disposition="inline")
    assert read.url == by_botocore(
        "get_object", 900, Bucket=bucket, Key="k", ResponseContentType="image/png", ResponseContentDisposition="inline"
    )


def test_an_upload_names_the_headers_that_it_binds(bind: Bind) -> None:
    bind()
    upload = Signer(NOW).upload("k", size=5, content_type="image/png", sha256=SHA256)
    assert upload.method == "PUT"
    assert upload.headers == {
        "Content-Type": "image/png",
        "If-None-Match": "*",
        "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(SHA256)).decode(),
    }
    signed = parse_qs(urlsplit(upload.url).query)["X-Amz-SignedHeaders"][0].split(";")
    assert set(signed) == {"host", "content-length", *(name.lower() for name in upload.headers)}


@pytest.mark.parametrize(
    ("asked", "seconds"), [(timedelta(minutes=5), 300), (timedelta(hours=9), 3600), (timedelta(0), 1)]
)
def test_an_upload_lives_as_asked_but_never_beyond_an_hour(bind: Bind, asked: timedelta, seconds: int) -> None:
    bind()
    upload = Signer(NOW).upload("k", size=5, content_type="image/png", sha256=SHA256, lifetime=asked)
    assert parse_qs(urlsplit(upload.url).query)["X-Amz-Expires"] == [str(seconds)]
    assert upload.expires_at == SIGNED_AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(("left", "upload_seconds", "read_seconds"), [(200.5, 201, 201), (1200, 1200, 900)])
def test_no_url_outlives_the_credentials(
    bind: Bind, monkeypatch: pytest.MonkeyPatch, left: float, upload_seconds: int, read_seconds: int
) -> None:
    bind()
    identity = SigningIdentity("key", "secret", TOKEN, NOW + timedelta(seconds=left))
    monkeypatch.setattr(aws, "signing_identity", lambda: identity)
    signer = Signer(NOW)
    upload = signer.upload("k", size=5, content_type="image/png", sha256=SHA256, lifetime=LONGEST_UPLOAD)
    read = signer.read("k", content_type="image/png", disposition="inline", lifetime=LONGEST_READ)
    assert upload.expires_at == SIGNED_AT + timedelta(seconds=upload_seconds)
    assert read.expires_at == SIGNED_AT + timedelta(seconds=read_seconds)


def test_the_end_of_refreshable_credentials_is_known(bind: Bind, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.credentials import RefreshableCredentials

    bind()
    end = datetime.now(UTC) + timedelta(hours=6)
    lent = RefreshableCredentials("key", "secret", "token", end, dict, "test")
    monkeypatch.setattr(aws.s3(), "_get_credentials", lambda: lent, raising=False)
    assert aws.signing_identity() == SigningIdentity("key", "secret", "token", end)


def test_without_credentials_nothing_is_signed(bind: Bind, monkeypatch: pytest.MonkeyPatch) -> None:
    bind()
    monkeypatch.setattr(aws.s3(), "_get_credentials", lambda: None, raising=False)
    with pytest.raises(Unavailable):
        Signer(NOW)


def test_a_download_keeps_the_customers_name_for_it() -> None:
    assert attachment("Zoë's 1/2.jpg") == "attachment; filename*=UTF-8''Zo%C3%AB%27s%201%2F2.jpg"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4566"])
@pytest.mark.parametrize("size", [None, 8_388_608])
def test_a_part_is_signed_as_botocore_signs_it(
    bind: Bind, size: int | None, endpoint: str, token: str, key: str
) -> None:
    bind("eu-central-1", endpoint, token)
    upload_id = "VXBsb2FkIElE_for~6aWpb+mW.n/g=="
    part = Signer(NOW).part(key, upload_id=upload_id, number=10_000, size=size)
    told: dict[str, Any] = {} if size is None else {"ContentLength": size}
    assert part.url == by_botocore("upload_part", 3600, Key=key, UploadId=upload_id, PartNumber=10_000, **told)
    assert (part.method, part.headers) == ("PUT", {})
    assert part.expires_at == SIGNED_AT + timedelta(seconds=3600)
