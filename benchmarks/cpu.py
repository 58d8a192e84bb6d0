"""CPU time of reading and signing, beside a hand-written floor and the stock libraries, on the same recorded bytes.

Only ratios mean something: the three take turns in one process, and the best of many rounds counts for each.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from benchmarks import floor, stock, world
from benchmarks.replay import Recording, record, replay
from files import keys, storage
from files import queries as file_queries
from files.records import File
from imagestore.common import aws, clock
from imagestore.common.signing import Signer, attachment
from projects import keys as project_keys
from projects import queries as project_queries
from projects.operations.saving import Saved

ROUNDS = 15
ALIKE = 1.2
"""Of two calls that are nearly all botocore's, each is sometimes the faster one."""
LISTED, PHOTOS, READS = 50, 200, 50
OWNER = world.customer("measured")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Seconds of CPU for one piece of work."""

    work: str
    floor: float
    ours: float
    stock: float

    @property
    def ok(self) -> bool:
        return self.ours <= ALIKE * self.stock


def compare(rounds: int = ROUNDS) -> list[Ratio]:
    """Needs the shop of `benchmarks.world`."""
    photos = world.store(OWNER, PHOTOS)
    saved = world.create(OWNER, photos)
    return [_get(photos[0], rounds), _list(rounds), _load(saved, photos, rounds), _sign(photos, rounds)]


def _get(photo: File, rounds: int) -> Ratio:
    row = keys.file_row(photo.id)

    def ours() -> None:
        for _ in range(READS):
            assert file_queries.file_of(OWNER, photo.id).id == photo.id

    recording = record(aws.dynamodb(), ours)
    (body, *_) = chain.from_iterable(recording.values())

    def least() -> None:
        for _ in range(READS):
            assert len(floor.rows(body)) == 1

    def stocks() -> None:
        for _ in range(READS):
            assert stock.StockFile.get(row.pk, row.sk).id == photo.id

    whole = side_by_side("get one file", recording, least, ours, stocks, rounds=rounds)
    return Ratio(whole.work, whole.floor / READS, whole.ours / READS, whole.stock / READS)


def _list(rounds: int) -> Ratio:
    partition = keys.files_of_owner(world.SHOP, f"customer:{OWNER.customer}")

    def ours() -> None:
        found, _ = file_queries.files_of_owner(
            principal=OWNER, wanted=file_queries.Listing(f"customer:{OWNER.customer}"), cursor=None, limit=LISTED
        )
        assert len(found) == LISTED

    recording = record(aws.dynamodb(), ours)
    bodies = list(chain.from_iterable(recording.values()))

    def least() -> None:
        assert len([floor.rows(body) for body in bodies][-1]) == LISTED

    def stocks() -> None:
        assert len(stock.list_files(partition, LISTED)) == LISTED

    return side_by_side(f"list {LISTED} files", recording, least, ours, stocks, rounds=rounds)


def _load(saved: Saved, photos: list[File], rounds: int) -> Ratio:
    head = project_keys.head_row(saved.id)
    row_keys = [tuple(keys.file_row(photo.id)) for photo in photos]
    signing_key = floor.signing_key("secret", ("20310506", "region", "s3", "aws4_request"))

    def ours() -> None:
        loaded = project_queries.load(id=saved.id, principal=OWNER, now=clock.now())
        assert len(loaded.page.urls) == PHOTOS

    recording = record(aws.dynamodb(), ours)

    def least() -> None:
        rows = [floor.rows(body) for body in chain.from_iterable(recording.values())]
        floor.unpacked(rows[1][0]["uses"])
        floor.content(rows[1][0]["content"])
        assert len([_least_url(signing_key, row) for page in rows[2:] for row in page]) == PHOTOS

    def stocks() -> None:
        for _ in range(2):
            stock.StockProject.get(head.pk, head.sk)
        files = list(stock.StockFile.batch_get(row_keys))
        assert len([_stock_url(file) for file in files]) == PHOTOS

    return side_by_side(f"load {PHOTOS} photos, signed", recording, least, ours, stocks, rounds=rounds)


def _sign(photos: list[File], rounds: int) -> Ratio:
    signing_key = floor.signing_key("secret", ("20310506", "region", "s3", "aws4_request"))
    rows = [
        {"shop": photo.shop, "id": photo.id, "content_type": photo.content_type, "name": photo.name} for photo in photos
    ]

    def least() -> None:
        for row in rows:
            _least_url(signing_key, row)

    def ours() -> None:
        signer = Signer(clock.now())
        for photo in photos:
            storage.sign_read(signer, photo)

    def stocks() -> None:
        for photo in photos:
            _stock_url(photo)

    whole = side_by_side("sign one url", {}, least, ours, stocks, rounds=rounds)
    return Ratio(whole.work, whole.floor / PHOTOS, whole.ours / PHOTOS, whole.stock / PHOTOS)


def _least_url(signing_key: bytes, row: floor.Plain) -> str:
    path = "/" + keys.object_key(row["shop"], row["id"])
    return floor.read_url(signing_key, path, row["content_type"], row["name"])


def _stock_url(file: "File | stock.StockFile") -> str:
    key = keys.object_key(str(file.shop), str(file.id))
    return stock.read_url(key, str(file.content_type), attachment(str(file.name)))


def side_by_side(
    work: str,
    recording: Recording,
    least: Callable[[], None],
    ours: Callable[[], None],
    stocks: Callable[[], None],
    *,
    rounds: int,
) -> Ratio:
    with (
        replay(aws.dynamodb(), recording),
        replay(stock.client_of(stock.StockFile), recording),
        replay(stock.client_of(stock.StockProject), recording),
    ):
        best = dict.fromkeys((least, ours, stocks), float("inf"))
        for _ in range(rounds):
            for do in best:
                best[do] = min(best[do], _seconds(do))
    return Ratio(work, *best.values())


def _seconds(do: Callable[[], None]) -> float:
    gc.collect()
    start = time.process_time()
    do()
    return time.process_time() - start
