"""Small pictures that a rule of the shop ends, with the clock in the test's hand, on moto."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import EndpointConnectionError

from files import keys, operations, queries, rules
from files.decoding.answers import PrintFacts
from files.models import FileRow, RenditionsRow
from files.operations import claiming
from files.operations.examining import Examined
from files.operations.reconciling import Seen
from files.records import DatedRenditions, File, FileState
from imagestore.common import due, objects, table, transaction
from imagestore.common.contracts import GUARDED, SWEEP_SLICES, SliceReport
from imagestore.common.principal import command
from imagestore.common.switches import pause_deletion
from imagestore.holds import operations as holds
from tests.support.decoding import hold, object_names, row
from tests.support.expiring import change_policy
from tests.support.failing import failing
from tests.support.images import photo
from tests.support.uploads import store_undecoded
from tests.support.world import customer, keeping, make_shop

ANNA, DAY = customer(), timedelta(days=1)
RULE = keeping(rendition="90d")
WEBP = {"thumbnail.webp", "preview.webp"}


@pytest.fixture
def policy() -> dict[str, Any]:
    return RULE


@pytest.fixture(autouse=True)
def _shop(moto_aws: None, policy: dict[str, Any]) -> None:
    make_shop(policy=policy)


@pytest.fixture(autouse=True)
def _drawn() -> Iterator[None]:
    """Pictures without a decoder."""

    def examined(file: File, wanted: Any, *_: object) -> Examined:
        return Examined(PrintFacts(8, 8, 1), file.sha256, {name: name.encode() for name in wanted})

    with (
        mock.patch("files.operations.decoding.examine", examined),
        mock.patch("files.operations.rendering.examine", examined),
    ):
        yield


def decoded(at: datetime, number: int = 1) -> File:
    (file,) = store_undecoded([photo(number)], ANNA)
    found = operations.decode_file(id=file.id, clock=lambda: at)
    assert found is not None
    return found


@pytest.fixture
def file(now: datetime) -> File:
    return decoded(now)


def ask(file: File, at: datetime, name: str = "thumbnail.webp") -> str:
    return operations.rendition_of(id=file.id, name=name, principal=ANNA, clock=lambda: at).url


def dated(file: File) -> DatedRenditions | None:
    return table.get(RenditionsRow, keys.renditions_row(file.id), DatedRenditions, consistent=True)


def due_at(file: File) -> datetime | None:
    found = dated(file)
    return due.dated_to(found.due_sort) if found else None


def swept(file: File, at: datetime, *, dry_run: bool = False) -> SliceReport:
    return operations.sweep_renditions(row_keys=[keys.renditions_row(file.id)], dry_run=dry_run, now=at)


def sweep(file: File, at: datetime, *, dry_run: bool = False) -> str:
    """The word for what was done."""
    (word,) = [word for word, number in swept(file, at, dry_run=dry_run).counts.items() if number]
    return word


def redate(at: datetime, *, dry_run: bool = False) -> dict[str, int]:
    report = operations.redate_slice(shop="acme", customers=["anna"], dry_run=dry_run, now=at)
    return {word: number for word, number in report.counts.items() if number and word != "unchanged"}


def near(found: datetime | None, wanted: datetime) -> bool:
    return found is not None and abs(found - wanted) <= timedelta(seconds=1)


def told(file: File) -> list[str]:
    return [one for one in queries.explained(row(file)).because if "small pictures" in one]


class TestTheyGo:
    def test_after_their_time_and_the_photo_stays_as_it_is(self, file: File, now: datetime) -> None:
        before = row(file)
        assert sweep(file, now + 89 * DAY) == "re_dated"
        assert object_names() == {"", *WEBP}
        assert sweep(file, now + 91 * DAY) == "purged_renditions"
        after = row(file)
        assert (object_names(), after.renditions, after.claimed_until) == ({""}, frozenset(), None)
        assert (after.due_sort, after.purge_after) == (before.due_sort, before.purge_after)
        assert dated(file) is None
        assert sweep(file, now + 92 * DAY) == "skipped"

    def test_though_a_project_uses_the_photo(self, file: File, now: datetime) -> None:
        hold(file)
        assert sweep(file, now + 91 * DAY) == "purged_renditions"
        assert row(file).holders == {"project:P"}

    def test_so_long_after_one_was_made_last(self, file: File, now: datetime) -> None:
        ask(file, now + 80 * DAY, "preview.jpeg")
        assert sweep(file, now + 91 * DAY) == "re_dated"
        assert near(due_at(file), now + 170 * DAY)
        assert sweep(file, now + 171 * DAY) == "purged_renditions"
        assert object_names() == {""}

    def test_and_are_made_again_for_who_wants_one(self, file: File, now: datetime) -> None:
        sweep(file, now + 91 * DAY)
        ask(file, now + 100 * DAY)
        assert object_names() == {"", "thumbnail.webp"}
        assert near(due_at(file), now + 190 * DAY)

    def test_as_the_reconciler_finds_right(self, file: File, now: datetime) -> None:
        sweep(file, now + 91 * DAY)
        assert list(operations.compare(now + 95 * DAY, Seen())) == []

    def test_while_the_reconciler_is_at_work(self, file: File, now: datetime) -> None:
        """It has read the table, and not yet the bucket."""
        real = objects.listing

        def late(*prefix: str) -> Any:
            sweep(file, now + 91 * DAY)
            return real(*prefix)

        with mock.patch("imagestore.common.objects.listing", late):
            assert list(operations.compare(now + 95 * DAY, Seen())) == []
        assert object_names() == {""}

    def test_only_by_a_run_that_is_real(self, file: File, now: datetime) -> None:
        assert sweep(file, now + 91 * DAY, dry_run=True) == "purged_renditions"
        assert object_names() == {"", *WEBP}
        assert near(due_at(file), now + 90 * DAY)

    def test_not_while_deletion_is_paused(self, file: File, now: datetime) -> None:
        transaction.commit([pause_deletion(True, "acme")])
        assert sweep(file, now + 91 * DAY) == "skipped"
        assert object_names() == {"", *WEBP}

    def test_not_while_a_legal_hold_stands_on_the_photo(self, file: File, now: datetime) -> None:
        operations.hold_file(id=file.id, principal=command("tests"), reason="a claim", now=now)
        assert sweep(file, now + 91 * DAY) == "held"
        assert near(due_at(file), now + 92 * DAY)
        assert object_names() >= WEBP

    def test_not_while_one_stands_on_its_customer(self, file: File, now: datetime) -> None:
        holds.place_on_customer(shop="acme", customer="anna", principal=command("tests"), reason="x", now=now)
        assert sweep(file, now + 91 * DAY) == "held"
        assert object_names() >= WEBP

    def test_again_later_when_storage_does_not_delete_them(self, file: File, now: datetime) -> None:
        at = now + 91 * DAY
        with mock.patch("imagestore.common.objects.remove_versions", lambda doomed: [key for key, _ in doomed]):
            (failure,) = swept(file, at).failures
        assert failure["key"] == list(keys.renditions_row(file.id))
        assert row(file).renditions == frozenset()
        assert sweep(file, at + 2 * rules.CLAIM) == "purged_renditions"
        assert object_names() == {""}

    def test_with_the_photo_if_that_goes_before(self, file: File, now: datetime) -> None:
        operations.trash(id=file.id, principal=ANNA, now=now)
        operations.sweep_slice(row_keys=[keys.file_row(file.id)], dry_run=False, now=now + 31 * DAY)
        assert row(file).state == FileState.GONE
        assert sweep(file, now + 91 * DAY) == "released"
        assert (dated(file), list(objects.versions(""))) == (None, [])

    def test_by_a_kind_of_their_own_that_no_guard_counts(self, file: File) -> None:
        found = dated(file)
        assert found is not None
        assert due.parse(str(found.due_sort)).kind == "rendition"
        assert SWEEP_SLICES["rendition"] == "files.sweep_renditions"
        assert "rendition" not in GUARDED


class TestRulesChange:
    def test_a_longer_one_holds_as_soon_as_the_sweep_comes(self, file: File, now: datetime) -> None:
        change_policy(keeping(rendition="120d"))
        assert sweep(file, now + 91 * DAY) == "re_dated"
        assert near(due_at(file), now + 120 * DAY)

    def test_without_one_they_stay(self, file: File, now: datetime) -> None:
        change_policy({"rules": []})
        assert sweep(file, now + 91 * DAY) == "released"
        assert (dated(file), object_names()) == (None, {"", *WEBP})

    def test_a_shorter_one_holds_after_the_run_redate(self, file: File, now: datetime) -> None:
        change_policy(keeping(rendition="30d"))
        assert redate(now, dry_run=True) == {"renditions_dated": 1}
        assert near(due_at(file), now + 90 * DAY)
        assert redate(now) == {"renditions_dated": 1}
        assert near(due_at(file), now + 30 * DAY)
        assert redate(now) == {}


class TestWithoutARule:
    @pytest.fixture
    def policy(self) -> dict[str, Any]:
        return {"rules": []}

    def test_nothing_is_dated_or_told(self, file: File, now: datetime) -> None:
        ask(file, now, "preview.jpeg")
        assert (dated(file), told(file)) == (None, [])

    def test_what_is_there_is_dated_by_the_run_redate_once_there_is_one(self, file: File, now: datetime) -> None:
        change_policy(RULE)
        assert ["have no date yet" in one for one in told(file)] == [True]
        assert redate(now + 200 * DAY, dry_run=True)["renditions_dated"] == 1
        assert dated(file) is None
        redate(now + 20 * DAY)
        assert near(due_at(file), now + 90 * DAY)
        assert sweep(file, now + 91 * DAY) == "purged_renditions"


def test_it_is_told_when_they_go(file: File, now: datetime) -> None:
    (sentence,) = told(file)
    assert f"go 90d after they were made: {now + 90 * DAY:%Y-%m-%d}" in sentence
    assert sentence.endswith("they are made again when somebody asks for one.")
    sweep(file, now + 91 * DAY)
    assert told(file) == []


class TestRaces:
    def test_who_makes_more_at_this_moment_wins(self, file: File, now: datetime) -> None:
        claimed, _ = claiming.claim(file.id, now + 91 * DAY, FileRow.decoded_at.exists())
        assert claimed
        assert sweep(file, now + 91 * DAY) == "skipped"
        assert object_names() == {"", *WEBP}

    def test_who_begins_between_reading_and_removing_wins(self, file: File, now: datetime) -> None:
        at = now + 91 * DAY
        real = queries.files_by_id

        def read(*args: Any, **kwargs: Any) -> Any:
            found = real(*args, **kwargs)
            with mock.patch.object(queries, "files_by_id", real):
                ask(file, at, "preview.jpeg")
            return found

        with mock.patch.object(queries, "files_by_id", read):
            assert sweep(file, at) == "skipped"
        assert {entry.partition("=")[0] for entry in row(file).renditions} == {*WEBP, "preview.jpeg"}
        assert near(due_at(file), at + 90 * DAY)

    def test_a_legal_hold_that_comes_in_between_keeps_them(self, file: File, now: datetime) -> None:
        real = queries.files_by_id

        def read(*args: Any, **kwargs: Any) -> Any:
            found = real(*args, **kwargs)
            hold(file, "hold:H")
            return found

        with mock.patch.object(queries, "files_by_id", read):
            assert sweep(file, now + 91 * DAY) == "skipped"
        assert sweep(file, now + 91 * DAY) == "held"
        assert len(row(file).renditions) == 2

    def test_what_a_dead_sweep_left_is_not_taken_for_new(self, file: File, now: datetime) -> None:
        at = now + 91 * DAY
        with (
            mock.patch("files.storage.remove_renditions_of", side_effect=KeyboardInterrupt),
            suppress(KeyboardInterrupt),
        ):
            swept(file, at)
        old = {version.version for version in objects.versions("")}
        later = at + 2 * rules.CLAIM
        ask(file, later)
        assert object_names() == {"", "thumbnail.webp"}
        (entry,) = row(file).renditions
        assert entry.partition("=")[2] not in old
        assert sweep(file, later) == "re_dated"
        assert sweep(file, later + 91 * DAY) == "purged_renditions"
        assert object_names() == {""}

    def test_what_a_dead_maker_left_goes_too(self, file: File, now: datetime) -> None:
        claimed = claiming.claim(file.id, now, FileRow.decoded_at.exists()).row
        assert claimed is not None
        claiming.put_renditions(claimed, {"preview.jpeg": b"small"}, now)
        assert "preview.jpeg" in object_names()
        assert sweep(file, now + 91 * DAY) == "purged_renditions"
        assert object_names() == {""}


def test_whichever_call_of_the_sweep_fails_a_repeat_finishes_it(now: datetime, every: int) -> None:
    at = now + 91 * DAY
    for number in range(1, 100, every):
        file = decoded(now, number)
        with failing(number) as calls, suppress(EndpointConnectionError):
            swept(file, at)
        names = {entry.partition("=")[0] for entry in row(file).renditions}
        assert names <= {name.partition(".")[2] for name in _names(file)}, "its row names what is not there"
        swept(file, at + 2 * rules.CLAIM)
        assert (_names(file), dated(file)) == ({file.id}, None), number
        assert row(file).renditions == frozenset()
        if calls.made < number:
            return


def test_whichever_call_of_making_fails_none_is_there_that_is_not_dated(now: datetime, every: int) -> None:
    for number in range(1, 100, every):
        (file,) = store_undecoded([photo(number)], ANNA)
        with failing(number) as calls, suppress(EndpointConnectionError):
            operations.decode_file(id=file.id, clock=lambda: now)
        assert len(_names(file)) == 1 or dated(file) is not None, number
        if calls.made < number:
            return


def _names(file: File) -> set[str]:
    versions = objects.versions(keys.object_key(file.shop, file.id))
    return {version.key.rpartition("/")[2] for version in versions}
