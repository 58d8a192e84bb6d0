"""Requests and capacity units of each operation, against the budgets of the design (section 8).

A budget without units is one of requests alone; what was used is told in any case.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from benchmarks import world
from files import operations as files
from files import queries as file_queries
from files.events import confirm_uploads
from files.keys import file_row
from files.records import File
from files.rules import FIRST_RENDITIONS, MOST_PER_CALL
from imagestore.common import account, clock
from imagestore.common.account import Work
from projects import queries as project_queries

LATER = timedelta(days=31)
"""After this, what is trashed now may be purged."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests of each service, and DynamoDB's units: None in a budget that does not limit them."""

    dynamodb: int
    s3: int
    wcu: float | None = None
    rcu: float | None = None

    def within(self, budget: "Cost") -> bool:
        pairs = ((self.dynamodb, budget.dynamodb), (self.s3, budget.s3), (self.wcu, budget.wcu), (self.rcu, budget.rcu))
        return all(limit is None or (used is not None and used <= limit) for used, limit in pairs)


@dataclass(frozen=True, slots=True)
class Line:
    operation: str
    budget: Cost
    used: Cost

    @property
    def ok(self) -> bool:
        return self.used.within(self.budget)


@dataclass(frozen=True, slots=True)
class Sizes:
    registered: int = 100
    confirmed: int = 50
    listed: int = 50
    photos: int = 200
    added: int = 20
    due: int = 25


def cost_of(do: Callable[[], object]) -> Cost:
    with account.measure() as work:
        do()
    return _cost(work)


def _cost(work: Work) -> Cost:
    return Cost(work.dynamodb_requests, work.s3_requests, work.wcu, work.rcu)


def measure(sizes: Sizes) -> list[Line]:
    """On an empty table and bucket."""
    world.open_shop()
    return [
        registering(1),
        registering(sizes.registered),
        registering(MOST_PER_CALL),
        confirming_a_batch(sizes.confirmed),
        registering_with_a_key(1),
        registering_with_a_key(sizes.registered),
        repeating(sizes.registered),
        confirming(sizes.confirmed),
        decoding(sizes.confirmed),
        reading(),
        listing(sizes.listed),
        polling(sizes.listed),
        looking_up(sizes.listed),
        loading(sizes.photos),
        creating_with_a_key(sizes.added),
        saving(),
        saving_a_large_document(),
        saving_with_photos(sizes.added),
        deleting(sizes.due),
        *sweeping(sizes.due),
    ]


def registering(number: int) -> Line:
    """The reservation, and rows in batches of 25; each row stands in two indexes."""
    owner = world.customer(f"registers-{number}")
    world.register(owner, 1)
    used = cost_of(lambda: world.register(owner, number))
    return Line(f"register {number}", Cost(1 + ceil(number / 25), 0, wcu=1 + 3 * number), used)


def confirming_a_batch(number: int) -> Line:
    """As S3 tells it: one update more counts the whole batch, for the staff site."""
    registered = world.register(world.customer("confirms-a-batch"), number)
    world.upload(registered)
    told = world.told_by_storage(registered)

    def confirm() -> None:
        assert confirm_uploads(told, None) == {"batchItemFailures": []}

    return Line(f"confirm a batch of {number}", Cost(number + 1, number, wcu=3 * number + 1), cost_of(confirm))


def registering_with_a_key(number: int) -> Line:
    """The record joins the reservation, in one transaction; rows are put where there are none, 100 at a time.

    A transaction takes two units for each kilobyte: for the record, the reservation and, of several files, each row.
    """
    owner = world.customer(f"registers-once-{number}")
    world.register(owner, 1)
    used = cost_of(lambda: world.register(owner, number, key="k"))
    rows = 3 if number == 1 else 4 * number
    record = 2 * ceil((200 + 30 * number) / 1024)
    return Line(f"register {number} with a key", Cost(1 + ceil(number / 100), 0, wcu=2 + record + rows), used)


def repeating(number: int) -> Line:
    """The transaction that is refused, the record, and a batch read per 100."""
    owner = world.customer("repeats")
    first = world.register(owner, number, key="k")

    def repeat() -> None:
        assert [file.id for file in world.register(owner, number, key="k")] == [file.id for file in first]

    return Line(f"register {number}, repeated", Cost(2 + ceil(number / 100), 0), cost_of(repeat))


def confirming(number: int) -> Line:
    """Each row is under 1 KB, and its entry in `by_due` moves: one unit and two."""
    registered = world.register(world.customer("confirms"), number)
    world.upload(registered)

    def confirm() -> None:
        for file in registered:
            confirmed = files.confirm_arrival(shop_id=file.shop, id=file.id, now=clock.now())
            assert confirmed is not None
            assert confirmed.stored_at is not None

    return Line(f"confirm {number} signed PUTs", Cost(number, number, wcu=3 * number), cost_of(confirm))


def decoding(number: int) -> Line:
    """A claim, and the row with its entry in `by_due`; two renditions are put. Reading the original is one more."""
    registered = world.register(world.customer("decodes"), number)
    world.upload(registered)
    for file in registered:
        files.confirm_arrival(shop_id=file.shop, id=file.id, now=clock.now())

    def decode() -> None:
        with world.examined(FIRST_RENDITIONS):
            for file in registered:
                world.decode(file)

    return Line(f"decode {number} photos", Cost(2 * number, 2 * number, wcu=4 * number), cost_of(decode))


def reading() -> Line:
    owner = world.customer("reads")
    (file,) = world.store(owner, 1)
    used = cost_of(lambda: file_queries.file_of(owner, file.id))
    return Line("read one file", Cost(1, 0, wcu=0, rcu=1), used)


def listing(number: int) -> Line:
    """The index, and one batch read."""
    owner = world.customer("lists")
    world.register(owner, number)

    def page() -> None:
        found, _ = file_queries.files_of_owner(
            principal=owner, wanted=file_queries.Listing(f"customer:{owner.customer}"), cursor=None, limit=number
        )
        assert len(found) == number

    return Line(f"list {number} files", Cost(2, 0, wcu=0), cost_of(page))


def polling(number: int) -> Line:
    """A page that looks for what a phone added, and finds nothing: one query, whatever is there already."""
    owner = world.customer("polls")
    newest = max(file.id for file in world.register(owner, number))

    def poll() -> None:
        found, _ = file_queries.files_of_owner(
            principal=owner,
            wanted=file_queries.Listing(f"customer:{owner.customer}", after=newest),
            cursor=None,
            limit=number,
        )
        assert found == []

    return Line(f"look again after {number} files", Cost(1, 0, wcu=0, rcu=0.5), cost_of(poll))


def looking_up(number: int) -> Line:
    """One query of the owner's list, and the row of each match. The stored photos are all alike here."""
    owner = world.customer("looks-up")
    world.store(owner, 1)
    world.register(owner, number)
    hashes = [world.SHA256, *(f"{index:064x}" for index in range(499))]

    def look_up() -> None:
        known = file_queries.known_files(shop=world.SHOP, owner=f"customer:{owner.customer}", hashes=hashes)
        assert len(known) <= 1

    return Line(f"look up 500 hashes among {number} files", Cost(2, 0, wcu=0), cost_of(look_up))


def loading(photos: int) -> Line:
    owner = world.customer("loads")
    saved = world.create(owner, world.store(owner, photos))

    def load() -> None:
        loaded = project_queries.load(id=saved.id, principal=owner, now=clock.now())
        assert len(loaded.page.urls) == photos

    return Line(f"load a project, {photos} photos", Cost(2 + ceil(photos / 100), 1, wcu=0), cost_of(load))


def creating_with_a_key(photos: int) -> Line:
    """As without: version, intent and record together; an update for each photo; head and intent together."""
    owner = world.customer("creates-once")
    stored = world.store(owner, photos)
    used = cost_of(lambda: world.create(owner, stored, key="k"))
    return Line(f"create a project, {photos} photos, with a key", Cost(2 + photos, 0), used)


def saving() -> Line:
    owner = world.customer("saves")
    photos = world.store(owner, 10)
    saved = world.create(owner, photos)
    used = cost_of(lambda: world.save(owner, saved, world.draft(photos, b'{"pages":[]}')))
    return Line("save, no photo added", Cost(2, 0, wcu=2), used)


def saving_a_large_document() -> Line:
    """What does not compress below the inline limit lies in one object."""
    owner = world.customer("saves-much")
    photos = world.store(owner, 2)
    saved = world.create(owner, photos)
    document = b'{"pages":"%s"}' % random.Random(1).randbytes(20_000).hex().encode()
    used = cost_of(lambda: world.save(owner, saved, world.draft(photos, document)))
    return Line("save, 40 KB document", Cost(2, 1, wcu=2), used)


def saving_with_photos(added: int) -> Line:
    owner = world.customer("adds")
    photos = world.store(owner, 10 + added)
    saved = world.create(owner, photos[:10])
    used = cost_of(lambda: world.save(owner, saved, world.draft(photos)))
    return Line(f"save, {added} photos added", Cost(2 + added, 0), used)


def deleting(number: int) -> Line:
    """One batch read per 100, and each row's update, whose entry in `by_due` moves."""
    owner = world.customer("deletes")
    ids = [file.id for file in world.store(owner, number)]
    used = cost_of(lambda: files.trash_many(ids=ids, principal=owner, now=clock.now()))
    return Line(f"delete {number} files", Cost(ceil(number / 100) + number, 0, wcu=3 * number), used)


def sweeping(due: int) -> list[Line]:
    """Twice the items cost at most twice, and rows that are not due cost nothing."""
    once, twice = _purging("once", due), _purging("twice", 2 * due)
    world.register(world.customer("beside"), 4 * due)
    beside = _purging("again", due)
    return [
        Line(f"sweep {2 * due} due files", _times(once, 2), twice),
        Line(f"sweep {due}, {4 * due} more rows", once, beside),
    ]


def _purging(name: str, number: int) -> Cost:
    owner = world.customer(f"sweeps-{name}")
    trashed = [_trash(file, name) for file in world.store(owner, number)]
    later = clock.now() + LATER

    def sweep() -> None:
        report = files.sweep_slice(row_keys=[file_row(file.id) for file in trashed], dry_run=False, now=later)
        assert report.counts["purged"] == number, report

    return cost_of(sweep)


def _trash(file: File, name: str) -> File:
    return files.trash(id=file.id, principal=world.customer(f"sweeps-{name}"), now=clock.now())


def _times(cost: Cost, factor: int) -> Cost:
    """DeleteObjects takes a thousand at once, so that its number stays."""
    return Cost(factor * cost.dynamodb, cost.s3, wcu=factor * (cost.wcu or 0), rcu=factor * (cost.rcu or 0))
