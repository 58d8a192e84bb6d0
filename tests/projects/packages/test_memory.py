"""A package is built in constant memory, however large it is: by a process of its own, whose peak the kernel tells."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from files import keys as file_keys
from files.models import FileRow, new_row
from files.records import File, FileState
from imagestore.common import aws, clock, ids, objects, table
from projects.packages import keys
from projects.packages.records import Package, PackageState
from tests.support.ministack import LocalAws
from tests.support.packages import as_it_is, ask, project_of
from tests.support.world import make_shop

ROOT = Path(__file__).resolve().parents[3]
MEBIBYTE = 1024**2
PART = 32 * MEBIBYTE
MOST = 48
"""MiB: three parts of 8, and what else a transfer needs."""
CHILD = """
import sys
from pathlib import Path
import django
django.setup()
from imagestore.common import aws, clock
from projects.packages import operations

def peak():
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) // 1024

aws.s3(), aws.dynamodb()
before = peak()
operations.build(id=sys.argv[1], clock=clock.now)
print(before, peak())
"""


def original(size: int) -> tuple[str, str]:
    """Key and SHA-256 of an object of so many bytes that are all different enough; put in parts."""
    place: Any = {"Bucket": settings.IMAGESTORE_BUCKET, "Key": "original"}
    upload: Any = aws.s3().create_multipart_upload(**place)["UploadId"]
    digest, parts = hashlib.sha256(), list[Any]()
    for number, start in enumerate(range(0, size, PART), 1):
        body = os.urandom(min(PART, size - start))
        digest.update(body)
        etag = aws.s3().upload_part(**place, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    aws.s3().complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    return place["Key"], digest.hexdigest()


def copies(number: int, size: int) -> list[File]:
    """Stored files with the same bytes, each with an object of its own."""
    source, sha256 = original(size)
    return [_copy(source, sha256, size) for _ in range(number)]


def _copy(source: str, sha256: str, size: int) -> File:
    now = clock.now()
    file = File(
        id=ids.new_id(now),
        shop="acme",
        owner="customer:anna",
        state=FileState.STORED,
        size=size,
        created_at=now,
        name="panorama.tiff",
        content_type="image/tiff",
        sha256=sha256,
    )
    table.put_new(new_row(file, now))
    answer = aws.s3().copy_object(
        Bucket=settings.IMAGESTORE_BUCKET,
        Key=file_keys.object_key("acme", file.id),
        CopySource={"Bucket": settings.IMAGESTORE_BUCKET, "Key": source},
    )
    seen = [
        FileRow.decoded_at.set(now),
        FileRow.object_version.set(answer["VersionId"]),
        FileRow.width.set(30_000),
        FileRow.height.set(10_000),
    ]
    row = table.update(FileRow, file_keys.file_row(file.id), seen, None, File).row
    assert row is not None
    return row


def built_by_a_child(place: LocalAws, package: Package) -> tuple[int, int]:
    """MiB that it had before it began, and at most."""
    told = subprocess.run(
        [sys.executable, "-c", CHILD, package.id],
        cwd=ROOT,
        env={**os.environ, **place.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    before, peak = told.stdout.split()
    return int(before), int(peak)


def sha256_in_storage(package: Package) -> str:
    digest, key = hashlib.sha256(), keys.package_object("acme", package.id)
    for start in range(0, package.size or 0, 2 * PART):
        part = objects.read_part(key, start, 2 * PART)
        assert part is not None
        digest.update(part.body)
    return digest.hexdigest()


def build_in(place: LocalAws, number: int, size: int) -> tuple[Package, int, int]:
    make_shop()
    asked = ask(project_of(copies(number, size)))
    before, peak = built_by_a_child(place, asked)
    package = as_it_is(asked)
    assert package.state == PackageState.READY, package.cause
    assert (package.files_done, package.bytes_done) == (number, package.bytes)
    assert package.bytes > number * size
    assert package.sha256 == sha256_in_storage(package)
    return package, before, peak


def test_60_mb_take_no_more_memory_than_the_parts_on_their_way(real_aws: LocalAws) -> None:
    _, before, peak = build_in(real_aws, 4, 15 * MEBIBYTE)
    assert peak - before < MOST


@pytest.mark.proof
def test_3_gb_are_packed_within_300_mb(real_aws: LocalAws) -> None:
    package, before, peak = build_in(real_aws, 10, 300 * MEBIBYTE)
    assert package.size is not None
    assert package.size > 3_000_000_000
    assert peak < 300
    assert peak - before < MOST
