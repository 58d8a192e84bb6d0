"""Files that change hands, and what they are charged with; on moto."""

from collections.abc import Sequence
from datetime import datetime
from unittest import mock

import pytest

from files import keys, operations, queries
from files.models import FileRow, OwnerRow
from files.operations import giving
from files.records import File, FileState, Usage
from imagestore.common import principal, table, transaction
from imagestore.common.principal import Principal
from imagestore.identity import operations as identity
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in, usage
from tests.support.world import customer, make_shop

ANNA, BOB = "customer:anna", "customer:bob"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, customer())


def known(file: File) -> File:
    return queries.files_by_id([file.id], consistent=True)[file.id]


def listed(who: Principal) -> set[str]:
    owner = f"customer:{who.customer}"
    found, _ = queries.files_of_owner(principal=who, wanted=queries.Listing(owner), cursor=None, limit=50)
    return {file.id for file in found}


def size_of(files: Sequence[File]) -> int:
    return sum(file.size for file in files)


def tell_about(file: File) -> File:
    """What photos tell of people."""
    told = [
        FileRow.name.set("Anna's wedding.jpeg"),
        FileRow.taken_at.set("2026-06-01T12:00:00"),
        FileRow.camera.set("Anna's phone"),
        FileRow.location.set("64.14,-21.94"),
    ]
    row = table.update(FileRow, keys.file_row(file.id), told, None, File).row
    assert row is not None
    return row


def test_a_file_is_listed_read_and_charged_with_its_new_owner(photos: list[File], now: datetime) -> None:
    given = operations.give(files=photos[:2], owner=ANNA, heir=BOB, now=now)
    assert given == {photo.id for photo in photos[:2]}
    assert listed(customer("bob")) == given
    assert listed(customer()) == {photos[2].id}
    assert usage("bob") == Usage(2, size_of(photos[:2]))
    assert usage() == Usage(1, photos[2].size)
    assert queries.content_of(id=photos[0].id, principal=customer("bob"), now=now).url
    assert queries.visible_files(customer(), [photos[0].id]) == {}


def test_an_heir_who_never_uploaded_becomes_known_to_the_shop(photos: list[File], now: datetime) -> None:
    operations.give(files=photos, owner=ANNA, heir=BOB, now=now)
    (bob,) = queries.owners([("acme", "bob")])
    assert (bob.shop, bob.owner, bob.created_at) == ("acme", BOB, now)


def test_a_repeat_moves_and_counts_nothing(photos: list[File], now: datetime) -> None:
    operations.give(files=photos, owner=ANNA, heir=BOB, now=now)
    assert operations.give(files=photos, owner=ANNA, heir=BOB, now=now) == set()
    assert operations.files_of(ids=[photo.id for photo in photos], shop="acme", owner=ANNA, now=now) == []
    assert (usage("bob"), usage()) == (Usage(3, size_of(photos)), Usage(0, 0))


def test_a_file_that_was_held_meanwhile_stays_and_the_others_move(photos: list[File], now: datetime) -> None:
    operations.hold(ids=[photos[1].id], holder="project:P", shop="acme", owner=ANNA)
    given = operations.give(files=photos, owner=ANNA, heir=BOB, now=now)
    assert given == {photos[0].id, photos[2].id}
    assert known(photos[1]).owner == ANNA
    assert usage() == Usage(1, photos[1].size)


def test_a_held_file_keeps_its_holders(photos: list[File], now: datetime) -> None:
    operations.hold(ids=[photos[0].id], holder="project:P", shop="acme", owner=ANNA)
    assert operations.give(files=[known(photos[0])], owner=ANNA, heir=BOB, now=now)
    moved = known(photos[0])
    assert (moved.owner, moved.holders, moved.state) == (BOB, frozenset({"project:P"}), FileState.STORED)


def test_more_files_than_a_transaction_takes_move_in_several(photos: list[File], now: datetime) -> None:
    with mock.patch.object(giving, "MOST_GIVEN", 2):
        assert len(operations.give(files=photos, owner=ANNA, heir=BOB, now=now)) == 3
    assert (usage("bob"), usage()) == (Usage(3, size_of(photos)), Usage(0, 0))


def test_a_nameless_file_tells_nothing_of_who_had_it(photos: list[File], now: datetime) -> None:
    file = tell_about(photos[0])
    assert operations.give(files=[file], owner=ANNA, heir=BOB, now=now, nameless=True)
    moved = known(file)
    assert (moved.name, moved.taken_at, moved.camera, moved.location) == ("photo.jpg", None, None, None)
    printed = ("sha256", "size", "content_type", "width", "height", "orientation", "object_version", "decoded_at")
    assert [getattr(moved, fact) for fact in printed] == [getattr(file, fact) for fact in printed]


def test_what_is_charged_to_nobody_moves_without_a_charge(photos: list[File], now: datetime) -> None:
    uncharged = table.update(FileRow, keys.file_row(photos[0].id), [FileRow.charged.remove()], None, File).row
    assert uncharged is not None
    assert operations.give(files=[uncharged], owner=ANNA, heir=BOB, now=now)
    assert (usage("bob"), usage()) == (None, Usage(3, size_of(photos)))


def test_from_an_owner_whose_row_is_gone_nothing_is_subtracted(photos: list[File], now: datetime) -> None:
    table.delete(OwnerRow, keys.owner_row("acme", ANNA))
    assert len(operations.give(files=photos, owner=ANNA, heir=BOB, now=now)) == 3
    assert (usage("bob"), usage()) == (Usage(3, size_of(photos)), None)


def test_nobodys_quota_refuses_it(photos: list[File], now: datetime) -> None:
    identity.set_quotas(
        shop_id="acme",
        file_quota=1,
        byte_quota=1,
        shop_byte_quota=None,
        principal=principal.command("tests"),
        now=now,
        reason="a shop that became strict",
    )
    assert len(operations.give(files=photos, owner=ANNA, heir=BOB, now=now)) == 3


class TestVisits:
    @pytest.fixture
    def in_visit(self, now: datetime) -> File:
        operations.open_session(customer=None, principal=guest(), now=now)
        (photo,) = stored_photos(1, guest(), first=8)
        return photo

    def claim(self, now: datetime) -> None:
        with mock.patch("files.operations.settling.settle_now", side_effect=lambda session, now: session):
            operations.claim(id="V-1", customer="anna", principal=logged_in(), now=now)

    def test_a_file_that_was_claimed_and_not_handed_over_yet_is_the_customers(
        self, in_visit: File, now: datetime
    ) -> None:
        self.claim(now)
        (file,) = operations.files_of(ids=[in_visit.id], shop="acme", owner=ANNA, now=now)
        assert (file.owner, usage()) == (ANNA, Usage(1, in_visit.size))
        assert operations.give(files=[file], owner=ANNA, heir=BOB, now=now)
        assert (usage("bob"), usage()) == (Usage(1, in_visit.size), Usage(0, 0))

    def test_a_file_of_a_visit_that_nobody_claimed_is_no_customers(self, in_visit: File, now: datetime) -> None:
        assert operations.files_of(ids=[in_visit.id], shop="acme", owner=ANNA, now=now) == []

    def test_a_visit_may_inherit_and_its_customer_is_charged_after_the_login(
        self, in_visit: File, photos: list[File], now: datetime
    ) -> None:
        assert operations.give(files=photos[:1], owner=ANNA, heir="session:V-1", now=now)
        visit = queries.session_of(guest(), "V-1")
        assert (visit.used_files, visit.used_bytes) == (2, photos[0].size + in_visit.size)
        operations.claim(id="V-1", customer="bob", principal=logged_in(customer="bob"), now=now)
        assert usage("bob") == Usage(2, photos[0].size + in_visit.size)
        assert {known(photos[0]).owner, known(in_visit).owner} == {BOB}

    def test_a_visit_that_is_claimed_at_that_moment_inherits_for_its_customer(
        self, in_visit: File, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = transaction.commit

        def meanwhile(writes: list[transaction.Write]) -> None:
            monkeypatch.setattr(transaction, "commit", commit)
            operations.claim(id="V-1", customer="bob", principal=logged_in(customer="bob"), now=now)
            commit(writes)

        monkeypatch.setattr(transaction, "commit", meanwhile)
        assert operations.give(files=photos[:1], owner=ANNA, heir="session:V-1", now=now)
        assert usage("bob") == Usage(2, photos[0].size + in_visit.size)
        assert usage() == Usage(2, size_of(photos[1:]))
