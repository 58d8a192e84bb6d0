"""An S3 Inventory of the bucket as it is, as AWS would have written it."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import orjson
from django.conf import settings

from imagestore.common import aws, clock
from imagestore.common.batches import chunks
from imagestore.common.vaults import Vault, vault

ALL = ("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag")
NEWEST = ("Bucket", "Key", "Size", "LastModifiedDate")


def write(place: str | Path, at: datetime, columns: Sequence[str] = ALL, per_file: int = 5, **changes: Any) -> str:
    """The manifest's place. `changes`: of members of the manifest."""
    into = vault(str(place))
    rows = [row for row in _rows() if columns == ALL or (row["IsLatest"] == "true" and row["Size"])]
    # In no order.
    files = [_put(into, number, columns, chunk) for number, chunk in enumerate(chunks(rows[::-1], per_file))]
    manifest = {
        "sourceBucket": settings.IMAGESTORE_BUCKET,
        "destinationBucket": "arn:aws:s3:::inventories",
        "version": "2016-11-30",
        "creationTimestamp": str(clock.to_milliseconds(at)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(columns),
        "files": files,
    }
    name = "2026-11-27T01-00Z/manifest.json" if into.bucket else "manifest.json"
    into.put(name, io.BytesIO(orjson.dumps(manifest | changes)))
    return f"{place}/{name}"


def _rows() -> Iterator[dict[str, str]]:
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=settings.IMAGESTORE_BUCKET)
    for page in pages:
        entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        for entry in entries:
            yield {
                "Bucket": settings.IMAGESTORE_BUCKET,
                "Key": quote_plus(entry["Key"], safe="/"),
                "VersionId": entry["VersionId"],
                "IsLatest": "true" if entry["IsLatest"] else "false",
                "IsDeleteMarker": "false" if "Size" in entry else "true",
                "Size": str(entry.get("Size", "")),
                "LastModifiedDate": entry["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "ETag": entry.get("ETag", "").strip('"'),
            }


def _put(into: Vault, number: int, columns: Sequence[str], rows: list[dict[str, str]]) -> dict[str, Any]:
    text = io.StringIO()
    lines = csv.writer(text, quoting=csv.QUOTE_ALL)
    lines.writerows([row[column] for column in columns] for row in rows)
    packed = gzip.compress(text.getvalue().encode())
    into.put(f"data/{number}.csv.gz", io.BytesIO(packed))
    digest = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    key = into.key(f"data/{number}.csv.gz") if into.bucket else f"a/prefix/data/{number}.csv.gz"
    return {"key": key, "size": len(packed), "MD5checksum": digest}
