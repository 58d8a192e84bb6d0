"""Places beside the store itself, like those of backups and inventories: a folder, or a prefix in a bucket."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

from imagestore.common import aws, objects
from imagestore.common.errors import Invalid, NotFound

IN_BUCKET, NO_BUCKET = "s3://", "NoSuchBucket"


class VaultInvalid(Invalid):
    code, title = "vault-invalid", "This is no place to keep something"


class NotInVault(NotFound):
    code, title = "not-in-vault", "It is not there"


class Vault(Protocol):
    """Named things, each put whole. `bucket`: empty where there is none."""

    bucket: str

    def check(self) -> None:
        """Raises VaultInvalid: it cannot be used."""
        ...

    def key(self, name: str) -> str: ...

    def has(self, name: str) -> bool: ...

    def put(self, name: str, file: IO[bytes]) -> None: ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """Raises NotInVault."""
        ...


def vault(place: str) -> Vault:
    """`s3://bucket/prefix`, or the path of a folder. Raises VaultInvalid."""
    if not place.startswith(IN_BUCKET):
        return Folder(Path(place))
    bucket, _, prefix = place.removeprefix(IN_BUCKET).partition("/")
    if not bucket:
        raise VaultInvalid(f"{place} names no bucket; write s3://BUCKET/PREFIX.")
    return Prefix(bucket, prefix.strip("/"))


def check_bucket(name: str) -> None:
    """Raises VaultInvalid: there is none, or it is not open to these credentials."""
    try:
        aws.s3().head_bucket(Bucket=name)
    except aws.AwsError as error:
        if aws.error_code(error) in {*objects.MISSING, NO_BUCKET}:
            raise VaultInvalid(f"There is no bucket {name}.") from error
        raise VaultInvalid(f"The bucket {name} cannot be used: storage answers {aws.error_code(error)}.") from error


@contextmanager
def opened(place: Vault, name: str) -> Iterator[IO[bytes]]:
    """All of it, read from a temporary file: whoever reads slowly keeps no connection waiting. Raises NotInVault."""
    with TemporaryFile() as file:
        for piece in place.pieces(name):
            file.write(piece)
        file.seek(0)
        yield file


class Digest(Protocol):
    def update(self, piece: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def digest_of(file: IO[bytes], digest: Digest) -> str:
    """Of all its bytes; it is read from its beginning to its end, and is at its beginning afterwards."""
    file.seek(0)
    while piece := file.read(objects.PIECE):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


class Folder:
    bucket = ""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        there = next(path for path in (self._path, *self._path.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise VaultInvalid(f"{there} is no folder that can be written to.")

    def key(self, name: str) -> str:
        return str(self._path / name)

    def has(self, name: str) -> bool:
        return (self._path / name).is_file()

    def put(self, name: str, file: IO[bytes]) -> None:
        """Under another name until it is whole."""
        target = self._path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.partial")
        with partial.open("wb") as into:
            shutil.copyfileobj(file, into)
        os.replace(partial, target)

    def pieces(self, name: str) -> Iterator[bytes]:
        try:
            with (self._path / name).open("rb") as file:
                while piece := file.read(objects.PIECE):
                    yield piece
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotInVault(f"There is no {self._path / name}.") from error


class Prefix:
    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket, self._prefix = bucket, prefix

    def check(self) -> None:
        check_bucket(self.bucket)

    def key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def has(self, name: str) -> bool:
        try:
            aws.s3().head_object(Bucket=self.bucket, Key=self.key(name))
        except aws.AwsError as error:
            if aws.error_code(error) in objects.MISSING:
                return False
            raise
        return True

    def put(self, name: str, file: IO[bytes]) -> None:
        aws.s3().put_object(Bucket=self.bucket, Key=self.key(name), Body=file)

    def pieces(self, name: str) -> Iterator[bytes]:
        try:
            yield from objects.stream(self.key(name), None, self.bucket)
        except objects.ObjectMissing as missing:
            raise NotInVault(f"There is no {IN_BUCKET}{self.bucket}/{self.key(name)}.") from missing
        except aws.AwsError as error:
            if aws.error_code(error) == NO_BUCKET:
                raise VaultInvalid(f"There is no bucket {self.bucket}.") from error
            raise
