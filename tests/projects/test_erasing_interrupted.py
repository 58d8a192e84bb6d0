"""An erasure that dies at any of its calls: others' copies work all the while, and a repeat ends it; on moto."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.records import File, FileState
from imagestore.common import due, objects
from imagestore.common.principal import command
from projects import keys, operations, queries
from projects.certificates import counts_in
from projects.records import Erasure, ProjectState
from tests.support.dying import each_call_failing
from tests.support.hands import charged, create, known, loaded, owners
from tests.support.images import photo
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.visits import usage
from tests.support.world import customer, make_shop

FEW = 20
CERTIFIED = {"files": 1, "projects": 1, "versions": 1, "files_handed_over": 1}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None, now: datetime) -> None:
    make_shop()
    due.shard_count(now)


def erase(now: datetime) -> Erasure:
    return operations.erase_owner(
        shop="acme", owner="customer:anna", principal=command("tests"), reason="she asked for it", now=now
    )


def put_back(file: File) -> None:
    """The table is put back row by row; the bytes that an earlier try removed are, here."""
    objects.put_new(file_keys.object_key("acme", file.id), photo(1).body, file.content_type)


@pytest.mark.parametrize("left_to", ["a repeat", "the sweep and a repeat"])
def test_whichever_call_fails_the_end_is_the_same(now: datetime, left_to: str, every: int) -> None:
    # Of a photo that nobody has decoded every version is looked for, so also those that this test puts.
    photos = [*stored_photos(1, customer()), *store_undecoded([photo(1)], customer())]
    project = create(now, *photos)
    copied = create(now, photos[0], who="bob", source=project)
    number, certified = 0, certificates()
    for number, _ in each_call_failing("erasing", lambda: erase(now), every):
        loaded(copied, now, "bob")
        if left_to != "a repeat":
            sweep(photos, project.id, now)
            loaded(copied, now, "bob")
        assert erase(now + timedelta(minutes=20)).complete, f"call {number}"
        head = queries.head_of(project.id)
        assert head is not None
        assert (head.state, owners(photos)) == (ProjectState.GONE, ["bob", ""]), f"call {number}"
        assert (known(photos[0]).state, known(photos[0]).name) == (FileState.STORED, "photo.jpg"), f"call {number}"
        assert known(photos[1]).state == FileState.GONE, f"call {number}"
        assert usage("bob") == charged(photos[0]), f"call {number}"
        assert file_queries.owners([("acme", "anna")]) == [], f"call {number}"
        assert bytes_of(photos) == [True, False], f"call {number}"
        assert counted(certificates() - certified) == CERTIFIED, f"call {number}"
        certified = certificates()
        put_back(photos[1])
    assert number > FEW


def certificates() -> set[str]:
    return {one.key for one in objects.listing("ledger/certificates/")}


def counted(keys: set[str]) -> dict[str, int]:
    """All that these certificates tell: a second one of the same tries tells of nothing."""
    counts = Counter[str]()
    for key in keys:
        body = objects.read(key)
        assert body is not None
        counts.update(counts_in(body))
    return {word: number for word, number in counts.items() if number and word != "bytes"}


def bytes_of(photos: list[File]) -> list[bool]:
    """Of which there are any."""
    return [any(objects.versions(file_keys.object_key("acme", file.id))) for file in photos]


def sweep(photos: list[File], project: str, now: datetime) -> None:
    """What is due of it by then."""
    done = operations.sweep_slice(row_keys=[keys.head_row(project)], dry_run=False, now=now)
    row_keys = [file_keys.file_row(file.id) for file in photos]
    purged = files.sweep_slice(row_keys=row_keys, dry_run=False, now=now)
    assert (done.failures, purged.failures) == ([], [])
