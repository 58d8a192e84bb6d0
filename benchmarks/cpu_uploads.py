"""CPU time of registering and confirming, beside a floor and the stock libraries, as `cpu` does it for reading."""

from io import BytesIO
from typing import Any
from unittest import mock

from PIL import Image

from benchmarks import floor, stock, world
from benchmarks.cpu import Ratio, side_by_side
from benchmarks.replay import record
from files import keys, operations, storage
from files.records import File, FileState
from imagestore.common import aws, clock

REPEATS = 50
OWNER = world.customer("uploads")


def compare(rounds: int) -> list[Ratio]:
    """Needs the shop of `benchmarks.world`."""
    return [_register(1, rounds), _register(100, rounds), _confirm(rounds)]


def _register(number: int, rounds: int) -> Ratio:
    """A place in the quota, rows, signed uploads. Ours and the stock's go through botocore, the floor does not."""
    signing_key = floor.signing_key("secret", ("20310506", "region", "s3", "aws4_request"))
    files: list[File] = []

    def ours() -> None:
        files[:] = world.register(OWNER, number)
        assert len(files) == number

    recording = record(aws.dynamodb(), ours)

    def least() -> None:
        floor.batches([_row(file) for file in files])
        for file in files:
            floor.read_url(signing_key, "/" + keys.object_key(file.shop, file.id), file.content_type, file.name)

    def stocks() -> None:
        stock.reserve(*keys.owner_row(world.SHOP, f"customer:{OWNER.customer}"), number)
        with stock.StockFile.batch_write() as batch:
            for file in files:
                batch.save(stock.StockFile(**_row(file)))
        for file in files:
            stock.upload_url(keys.object_key(file.shop, file.id), file.content_type, file.size, file.sha256)

    return side_by_side(f"register {number}", recording, least, ours, stocks, rounds=rounds)


def _row(file: File) -> dict[str, Any]:
    key, owner = keys.file_row(file.id), f"customer:{OWNER.customer}"
    return {
        "pk": key.pk, "sk": key.sk, "owner_key": keys.files_of_owner(file.shop, owner), "owner_sort": file.id,
        "due_bucket": "2031-05-06T00#0", "due_sort": f"2031-05-06T00:00:00#{file.shop}#file#{file.id}",
        "id": file.id, "shop": file.shop, "owner": owner, "state": FileState.REGISTERED, "name": file.name,
        "content_type": file.content_type, "sha256": file.sha256,
    }  # fmt: skip


def _confirm(rounds: int) -> Ratio:
    """The head is looked at and the row updated. Reading it from storage is the same call for all, and left out."""
    (registered,) = world.register(OWNER, 1)
    world.upload([registered])
    head = storage.arrived(registered.shop, registered.id)
    assert head is not None
    row = keys.file_row(registered.id)

    def once() -> None:
        file = operations.confirm_arrival(shop_id=registered.shop, id=registered.id, now=clock.now())
        assert file is not None
        assert file.state is FileState.STORED

    def ours() -> None:
        for _ in range(REPEATS):
            once()

    def least() -> None:
        for _ in range(REPEATS):
            width, height = floor.jpeg_size(head.head)
            floor.batches([{"pk": row.pk, "sk": row.sk, "width": str(width), "height": str(height)}])

    def stocks() -> None:
        for _ in range(REPEATS):
            with Image.open(BytesIO(head.head)) as image:
                image.getexif()
                size = image.size
            stock.confirm(row.pk, row.sk, *size)

    with mock.patch.object(storage, "arrived", return_value=head):
        recording = record(aws.dynamodb(), once)
        whole = side_by_side("confirm one", recording, least, ours, stocks, rounds=rounds)
    return Ratio(whole.work, whole.floor / REPEATS, whole.ours / REPEATS, whole.stock / REPEATS)
