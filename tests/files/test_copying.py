"""Copies with an object of their own, of photos that too many hold; on moto."""

from datetime import datetime, timedelta

import pytest

from files import keys, operations, queries, rules, storage
from files.errors import FilesUnusable, QuotaExceeded, SessionClosed
from files.models import FileRow
from files.records import File, FileState, Usage
from imagestore.common import due, objects, table
from imagestore.common.retention import Subject
from imagestore.identity import queries as shops
from tests.support.dying import each_call_failing
from tests.support.images import photo
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.visits import guest, usage
from tests.support.world import Sent, customer, make_shop

ANNA, BOB, SHARED = "customer:anna", "customer:bob", "project:SHARED"
CROWD = frozenset({SHARED, *(f"project:{number}" for number in range(rules.MOST_HOLDERS - 1))})


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


def known(id: str) -> File:
    return queries.files_by_id([id], consistent=True)[id]


def crowded(file: File, holders: frozenset[str] = CROWD) -> File:
    row = table.update(FileRow, keys.file_row(file.id), [FileRow.holders.set(set(holders))], None, File).row
    assert row is not None
    return row


@pytest.fixture
def original() -> File:
    (file,) = stored_photos(1, customer())
    return crowded(file)


def copies_of(*originals: File, now: datetime, owner: str = BOB) -> dict[str, str]:
    ids = [original.id for original in originals]
    return operations.own_copies(ids=ids, shop="acme", owner=owner, source=SHARED, now=now)


def objects_of(id: str) -> list[int]:
    return [version.size for version in objects.versions(keys.object_key("acme", id))]


def test_who_is_refused_for_too_many_holders_gets_a_copy_of_its_own_that_it_may_hold(
    original: File, now: datetime
) -> None:
    hold = {"holder": "project:BOB", "shop": "acme", "owner": BOB}
    with pytest.raises(FilesUnusable) as refused:
        operations.hold(ids=[original.id], source=SHARED, **hold)
    assert refused.value.crowded == {original.id}
    copy = copies_of(original, now=now)[original.id]
    assert copy != original.id
    operations.hold(ids=[copy], **hold)
    assert known(copy).holders == {"project:BOB"}
    assert known(original.id) == original


def test_the_copy_has_the_same_bytes_and_facts_and_tells_nothing_of_the_owner(original: File, now: datetime) -> None:
    copy = known(copies_of(original, now=now)[original.id])
    same = ("sha256", "size", "content_type", "width", "height", "orientation", "dpi", "color_profile", "decoded_at")
    assert [getattr(copy, fact) for fact in same] == [getattr(original, fact) for fact in same]
    assert (copy.owner, copy.state, copy.name) == (BOB, FileState.STORED, "photo.jpg")
    assert (copy.taken_at, copy.camera, copy.location) == (None, None, None)
    assert objects_of(copy.id) == [original.size]
    (version,) = objects.versions(keys.object_key("acme", copy.id))
    assert copy.object_version == version.version


def test_the_copy_is_charged_like_an_upload_and_listed(original: File, now: datetime) -> None:
    copy = copies_of(original, now=now)[original.id]
    assert usage("bob") == Usage(1, original.size)
    assert usage() == Usage(1, original.size)
    listing = queries.Listing(BOB)
    found, _ = queries.files_of_owner(principal=customer("bob"), wanted=listing, cursor=None, limit=5)
    assert [file.id for file in found] == [copy]


def test_a_repeat_is_answered_by_the_copy_that_is_there(original: File, now: datetime) -> None:
    assert copies_of(original, now=now) == copies_of(original, now=now)
    assert usage("bob") == Usage(1, original.size)


def test_a_copy_that_is_crowded_too_is_copied_again(original: File, now: datetime) -> None:
    first = copies_of(original, now=now)[original.id]
    crowded(known(first))
    assert copies_of(original, now=now)[original.id] not in (first, original.id)


def test_a_copy_that_nobody_holds_goes_like_a_photo_just_released(original: File, now: datetime) -> None:
    copy = known(copies_of(original, now=now)[original.id])
    assert copy.due_sort is not None
    grace = shops.known_shop("acme").policy.keep(Subject.RELEASED_FILE)
    assert due.parse(copy.due_sort).due_at - now <= grace + timedelta(seconds=1)
    report = operations.sweep_slice(row_keys=[keys.file_row(copy.id)], dry_run=False, now=now + grace)
    assert report.counts["trashed"] == 1


def test_a_copy_of_a_photo_nobody_has_looked_at_is_sent_to_be_decoded(now: datetime, sent: list[Sent]) -> None:
    (file,) = store_undecoded([photo(1)], customer())
    sent.clear()
    copy = copies_of(crowded(file), now=now)[file.id]
    assert known(copy).undecoded
    assert [(task.name, task.payload) for task in sent] == [("files.decode", {"ids": [copy]})]


def test_without_room_in_the_quota_nothing_is_copied(now: datetime) -> None:
    (file,) = stored_photos(1, customer())
    make_shop("tiny", byte_quota=file.size - 1)
    moved = [FileRow.shop.set("tiny"), FileRow.holders.set({SHARED})]
    table.update(FileRow, keys.file_row(file.id), moved, None, File)
    with pytest.raises(QuotaExceeded):
        operations.own_copies(ids=[file.id], shop="tiny", owner=BOB, source=SHARED, now=now)
    assert queries.owners([("tiny", "bob")]) == []


@pytest.mark.parametrize(
    ("state", "cause"),
    [(FileState.GONE, "unknown"), (FileState.REJECTED, "rejected"), (FileState.REGISTERED, "registered")],
)
def test_what_has_no_bytes_cannot_be_copied(original: File, now: datetime, state: FileState, cause: str) -> None:
    table.update(FileRow, keys.file_row(original.id), [FileRow.state.set(state)], None, File)
    with pytest.raises(FilesUnusable) as refused:
        copies_of(original, now=now)
    assert refused.value.causes == {original.id: cause}


def test_nobody_copies_what_the_source_does_not_hold(now: datetime) -> None:
    (foreign,) = stored_photos(1, customer())
    with pytest.raises(FilesUnusable) as refused:
        copies_of(foreign, now=now)
    assert refused.value.causes == {foreign.id: "unknown"}
    assert usage("bob") is None


def test_a_visit_that_is_over_gets_no_copies(original: File, now: datetime) -> None:
    operations.open_session(customer=None, principal=guest(), now=now)
    operations.end(id="V-1", principal=guest(), now=now)
    with pytest.raises(SessionClosed):
        copies_of(original, now=now, owner="session:V-1")


def test_an_original_whose_bytes_go_at_that_moment_is_unknown(
    original: File, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_original = storage.copy_original

    def too_late(file: File, copy: File) -> str | None:
        objects.remove(keys.object_key("acme", file.id))
        return copy_original(file, copy)

    monkeypatch.setattr(storage, "copy_original", too_late)
    with pytest.raises(FilesUnusable) as refused:
        copies_of(original, now=now)
    assert refused.value.causes == {original.id: "unknown"}


def test_a_copy_whose_answer_was_lost_is_found(original: File, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_new = objects.copy_new

    def told_twice(*place: str) -> str | None:
        copy_new(*place)
        raise objects.ObjectExists

    monkeypatch.setattr(objects, "copy_new", told_twice)
    copy = copies_of(original, now=now)[original.id]
    assert known(copy).object_version is not None
    assert objects_of(copy) == [original.size]


def test_whichever_call_fails_a_repeat_succeeds_and_the_sweep_leaves_nothing(
    original: File, now: datetime, every: int
) -> None:
    due.shard_count(now)
    number = 0
    for number, _ in each_call_failing("own copies", lambda: copies_of(original, now=now), every):
        kept = copies_of(original, now=now)[original.id]
        operations.hold(ids=[kept], holder="project:BOB", shop="acme", owner=BOB)
        for days in (100, 200, 300, 400):
            sweep(BOB, now + timedelta(days=days))
        left = [file for file in files_of(BOB) if file.state != FileState.GONE]
        assert [file.id for file in left] == [kept], f"call {number}"
    assert number > 4


def files_of(owner: str) -> list[File]:
    page = table.query_index("by_owner", keys.files_of_owner("acme", owner), limit=100)
    return list(table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True).values())


def sweep(owner: str, now: datetime) -> None:
    rows = [keys.file_row(file.id) for file in files_of(owner) if file.due_sort]
    report = operations.sweep_slice(row_keys=rows, dry_run=False, now=now)
    assert report.failures == []
