"""Signed urls of S3 (Signature Version 4, query form): one key derivation per batch, one HMAC per url.

The same bytes as botocore's `generate_presigned_url` for the same moment and credentials.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import quote, urlsplit

from django.conf import settings

from imagestore.common import aws

LONGEST_UPLOAD = timedelta(minutes=60)
LONGEST_READ = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """`headers` must be sent exactly as given, with `size` bytes of body; storage refuses anything else."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A POST of `multipart/form-data`: exactly these fields, and last the file, named `file`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedRead:
    url: str
    expires_at: datetime


class Signer:
    """Signs for one moment, a whole second. Make one per batch."""

    def __init__(self, now: datetime, bucket: str | None = None) -> None:
        self._now = now.replace(microsecond=0)
        self._identity = aws.signing_identity()
        self._region = aws.s3().meta.region_name
        self._bucket = bucket or settings.IMAGESTORE_BUCKET
        self._base = aws.object_url_base(self._bucket)
        self._host = urlsplit(self._base).netloc
        self._path = urlsplit(self._base).path
        self._timestamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._scope = f"{self._timestamp[:8]}/{self._region}/s3/aws4_request"

    def upload(
        self, key: str, *, size: int, content_type: str, sha256: str, lifetime: timedelta = LONGEST_UPLOAD
    ) -> SignedUpload:
        """A PUT of exactly these bytes (`sha256` hexadecimal), once: `If-None-Match: *` refuses a second."""
        headers = {
            "Content-Type": content_type,
            "If-None-Match": "*",
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode(),
        }
        expires = self._seconds(min(lifetime, LONGEST_UPLOAD))
        signed = {name.lower(): value for name, value in headers.items()} | {"content-length": str(size)}
        url = self._sign("PUT", key, "", signed, expires)
        return SignedUpload(url, "PUT", headers, self._now + timedelta(seconds=expires))

    def part(
        self, key: str, *, upload_id: str, number: int, size: int | None, lifetime: timedelta = LONGEST_UPLOAD
    ) -> SignedUpload:
        """A PUT of one part of a multipart upload: of exactly `size` bytes, or of any number. May be repeated."""
        expires = self._seconds(min(lifetime, LONGEST_UPLOAD))
        signed = {} if size is None else {"content-length": str(size)}
        url = self._sign("PUT", key, f"uploadId={_quote(upload_id)}&partNumber={number}&", signed, expires)
        return SignedUpload(url, "PUT", {}, self._now + timedelta(seconds=expires))

    def form(self, key: str, *, content_type: str, most_bytes: int, lifetime: timedelta = LONGEST_UPLOAD) -> SignedForm:
        """A POST under this very key, of this type and from 1 to `most_bytes`. Storage takes a second one, too."""
        expires_at = self._now + timedelta(seconds=self._seconds(min(lifetime, LONGEST_UPLOAD)))
        fields = {"success_action_status": "201", "Content-Type": content_type, "key": key}
        conditions: list[dict[str, str] | list[str | int]] = [
            {"success_action_status": "201"},
            {"Content-Type": content_type},
            ["content-length-range", 1, most_bytes],
            {"bucket": self._bucket},
            {"key": key},
        ]
        signed = {
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": f"{self._identity.access_key}/{self._scope}",
            "x-amz-date": self._timestamp,
        }
        if self._identity.token:
            signed["x-amz-security-token"] = self._identity.token
        conditions += [{name: value} for name, value in signed.items()]
        policy = {"expiration": expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": conditions}
        told = base64.b64encode(json.dumps(policy).encode()).decode()
        signature = hmac.digest(self._signing_key, told.encode(), "sha256").hex()
        return SignedForm(self._base, fields | signed | {"policy": told, "x-amz-signature": signature}, expires_at)

    def read(self, key: str, *, content_type: str, disposition: str, lifetime: timedelta = LONGEST_READ) -> SignedRead:
        """A GET that answers with this content type and disposition, whatever the object says."""
        expires = self._seconds(min(lifetime, LONGEST_READ))
        query = f"response-content-type={_quote(content_type)}&response-content-disposition={_quote(disposition)}&"
        return SignedRead(self._sign("GET", key, query, {}, expires), self._now + timedelta(seconds=expires))

    def _seconds(self, lifetime: timedelta) -> int:
        """Never longer than the credentials live."""
        if self._identity.expires_at is not None:
            lifetime = min(lifetime, self._identity.expires_at - self._now)
        return max(1, int(lifetime.total_seconds()))

    def _sign(self, method: str, key: str, query: str, headers: dict[str, str], expires: int) -> str:
        names = ";".join(sorted([*headers, "host"]))
        query += f"{self._credential_query}&X-Amz-Expires={expires}"
        query += f"&X-Amz-SignedHeaders={_quote(names)}{self._token_query}"
        path = f"{self._path}{quote(key, safe='/~')}"
        lines = [f"{name}:{value}" for name, value in sorted((headers | {"host": self._host}).items())]
        sorted_query = "&".join(sorted(query.split("&")))
        request = "\n".join([method, path, sorted_query, *lines, "", names, "UNSIGNED-PAYLOAD"])
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self._timestamp}\n{self._scope}\n{digest}"
        signature = hmac.digest(self._signing_key, text.encode(), "sha256").hex()
        return f"{self._base}{quote(key, safe='/~')}?{query}&X-Amz-Signature={signature}"

    @cached_property
    def _credential_query(self) -> str:
        credential = _quote(f"{self._identity.access_key}/{self._scope}")
        return f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={self._timestamp}"

    @cached_property
    def _token_query(self) -> str:
        return f"&X-Amz-Security-Token={_quote(self._identity.token)}" if self._identity.token else ""

    @cached_property
    def _signing_key(self) -> bytes:
        key = f"AWS4{self._identity.secret_key}".encode()
        for part in (self._timestamp[:8], self._region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def _quote(text: str) -> str:
    return quote(text, safe="-_.~")


def attachment(name: str) -> str:
    """A Content-Disposition that saves under `name`, whatever characters it has (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
