"""Archives: the same bytes each time, readable by everyone, of any size."""

import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagestore.common import archives
from imagestore.common.archives import Entry

MEBIBYTE = 1024**2
ZEROS = bytes(MEBIBYTE)
ENTRIES = [("manifest.json", [b"{}"]), ("01-Iceland/0001-a.jpeg", [b"first ", b"photo"]), ("02/empty", [])]
SHA256 = "1daa65e9bcc64c8b5fc199513d115b99d06eed1da8e58e7cdcaaed409af07f97"

READERS = [
    (sys.executable, "-m", "zipfile", "-t"),
    *(reader for reader in (("unzip", "-t"), ("7z", "t"), ("bsdtar", "-tf")) if shutil.which(reader[0])),
]
"""Those that this machine has."""


class Counted(io.RawIOBase):
    """Keeps nothing of what is written but its number and its end."""

    def __init__(self) -> None:
        self.size, self.end = 0, b""

    def write(self, piece: Any) -> int:
        self.size += len(piece)
        self.end = (self.end + bytes(piece[-4096:]))[-4096:]
        return len(piece)

    def writable(self) -> bool:
        return True


def entries() -> list[Entry]:
    return [Entry(name, sum(map(len, pieces)), pieces) for name, pieces in ENTRIES]


def archive() -> bytes:
    into = io.BytesIO()
    archives.write(_Unseekable(into), entries())
    return into.getvalue()


class _Unseekable(io.RawIOBase):
    def __init__(self, into: io.BytesIO) -> None:
        self._into = into

    def write(self, piece: Any) -> int:
        return self._into.write(piece)

    def writable(self) -> bool:
        return True


def zeros(size: int) -> Iterator[bytes]:
    for start in range(0, size, MEBIBYTE):
        yield ZEROS[: size - start]


def test_what_was_written_is_read_back_in_its_order() -> None:
    with zipfile.ZipFile(io.BytesIO(archive())) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [name for name, _ in ENTRIES]
        assert [opened.read(name) for name in opened.namelist()] == [b"".join(pieces) for _, pieces in ENTRIES]
        assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}


def test_the_bytes_are_what_they_always_were() -> None:
    """Whatever changes them (another Python too) would make another ZIP of an order than its lab has already."""
    assert archive() == archive()
    assert hashlib.sha256(archive()).hexdigest() == SHA256


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: Path(reader[0]).name)
def test_other_readers_find_no_fault(reader: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "package.zip").write_bytes(archive())
    told = subprocess.run([*reader, tmp_path / "package.zip"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("number", [0, 1, 100, 66_000])
def test_an_archive_is_never_larger_than_was_said(number: int) -> None:
    into = Counted()
    archives.write(into, (Entry(f"photo {index:06d}.jpeg", 1, [b"x"]) for index in range(number)))
    assert into.size <= archives.largest((f"photo {index:06d}.jpeg", 1) for index in range(number))


def test_entries_and_archives_above_4_gib_need_zip64_and_have_it() -> None:
    large = 4 * 1024 * MEBIBYTE + 1
    into = Counted()
    archives.write(into, [Entry("large.tiff", large, zeros(large)), Entry("behind.jpeg", 4, [b"last"])])
    assert large < into.size <= archives.largest([("large.tiff", large), ("behind.jpeg", 4)])
    directory = zipfile.ZipFile(io.BytesIO(into.end))
    sizes = {entry.filename: entry.file_size for entry in directory.infolist()}
    assert sizes == {"large.tiff": large, "behind.jpeg": 4}
    assert directory.getinfo("behind.jpeg").header_offset + into.size - len(into.end) > large


def test_entries_are_asked_for_one_by_one() -> None:
    written = Counted()
    seen = []

    def made() -> Iterator[Entry]:
        for name in ("a", "b"):
            seen.append(written.size)
            yield Entry(name, 1000, [bytes(1000)])

    archives.write(written, made())
    assert seen[1] >= 1000
