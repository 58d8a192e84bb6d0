"""When an undecoded file is looked at, and what the sweep does with it, on moto."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files import operations
from files.records import File, FileState
from imagestore.common.principal import command
from tests.support.decoding import ANNA, QUARTER, about, decode, due_at, hold, meanwhile, release, row, sweep
from tests.support.images import photo
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.world import Sent, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def file() -> File:
    return store_undecoded([photo(1)], ANNA)[0]


class TestDue:
    """An undecoded file is looked at soon, whatever happens to it; `purge_after` is what it always was."""

    def test_stored(self, file: File, now: datetime) -> None:
        assert about(due_at(file), now + QUARTER)
        assert about(row(file).purge_after, now + timedelta(days=90))
        decode(file)
        assert about(due_at(file), now + timedelta(days=90))
        assert about(row(file).purge_after, now + timedelta(days=90))

    def test_held(self, file: File, now: datetime) -> None:
        hold(file)
        assert about(due_at(file), now + QUARTER)
        assert row(file).purge_after is None
        decode(file)
        assert (due_at(file), row(file).purge_after) == (None, None)

    def test_released(self, file: File, now: datetime) -> None:
        hold(file)
        release(file, now)
        assert about(due_at(file), now + QUARTER)
        assert about(row(file).purge_after, now + timedelta(days=30))
        decode(file)
        assert about(due_at(file), now + timedelta(days=30))

    def test_trashed_and_held_again(self, file: File, now: datetime) -> None:
        operations.trash(id=file.id, principal=ANNA, now=now)
        assert about(due_at(file), now + QUARTER)
        assert about(row(file).purge_after, now + timedelta(days=30))
        hold(file)
        assert about(due_at(file), now + QUARTER)
        decode(file)
        assert (row(file).printable, due_at(file)) == (True, None)

    def test_trashed(self, file: File, now: datetime) -> None:
        operations.trash(id=file.id, principal=ANNA, now=now)
        decode(file)
        assert about(due_at(file), now + timedelta(days=30))
        assert row(file).state == FileState.TRASHED

    def test_restored_by_staff(self, file: File, now: datetime) -> None:
        operations.trash(id=file.id, principal=ANNA, now=now)
        operations.restore(id=file.id, principal=command("ops"), reason="asked", now=now)
        assert about(due_at(file), now + QUARTER)
        assert about(row(file).purge_after, now + timedelta(days=30))

    @pytest.mark.parametrize("event", ["hold", "release", "trash", "sweep"])
    def test_what_happens_while_the_decoder_works(
        self, event: str, file: File, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "hold": lambda: hold(file),
            "release": lambda: release(file, now),
            "trash": lambda: operations.trash(id=file.id, principal=ANNA, now=now),
            "sweep": lambda: sweep(file, now + QUARTER),
        }
        if event == "release":
            hold(file)
        with meanwhile(monkeypatch, deeds[event]):
            decode(file)
        found = row(file)
        assert found.decoded_at is not None
        if event == "hold":
            assert (found.due_sort, found.purge_after) == (None, None)
        else:
            days = 90 if event == "sweep" else 30
            assert about(found.purge_after, now + timedelta(days=days))
            assert about(due_at(file), found.purge_after or now)


class TestTheSweep:
    @pytest.mark.parametrize("held", [False, True])
    def test_sends_a_photo_again_whose_message_was_lost(
        self, held: bool, file: File, sent: list[Sent], now: datetime
    ) -> None:
        if held:
            hold(file)
        sent.clear()
        for age in (QUARTER, 2 * QUARTER, 4 * QUARTER):
            at = now + age + timedelta(seconds=5)
            assert sweep(file, at) == {"sent_to_decode": 1}
            assert about(due_at(file), now + 2 * age)
        assert sent == [Sent("files.decode", {"ids": [file.id]})] * 3

    def test_looks_at_least_once_a_day(self, file: File, now: datetime) -> None:
        sweep(file, now + timedelta(days=10))
        assert about(due_at(file), now + timedelta(days=11))

    def test_trashes_and_purges_what_could_never_be_decoded(self, file: File, now: datetime) -> None:
        assert sweep(file, now + timedelta(days=91)) == {"trashed": 1}
        assert sweep(file, now + timedelta(days=122)) == {"purged": 1}
        assert row(file).state == FileState.GONE

    def test_never_trashes_a_held_one(self, file: File, now: datetime) -> None:
        hold(file)
        assert sweep(file, now + timedelta(days=91)) == {"sent_to_decode": 1}

    def test_says_in_a_dry_run_what_it_would_do(self, file: File, sent: list[Sent], now: datetime) -> None:
        before = row(file)
        sent.clear()
        assert sweep(file, now + QUARTER, dry_run=True) == {"sent_to_decode": 1}
        assert (row(file), sent) == (before, [])

    def test_sends_a_released_photo_on_to_its_date(self, now: datetime) -> None:
        (decoded,) = stored_photos(1, ANNA)
        hold(decoded)
        hold(decoded, "project:Q")
        release(decoded, now)
        release(decoded, now + timedelta(days=10), "project:Q")
        assert about(due_at(decoded), now + timedelta(days=30))
        assert sweep(decoded, now + timedelta(days=31)) == {"re_dated": 1}
        assert about(due_at(decoded), now + timedelta(days=40))
        assert sweep(decoded, now + timedelta(days=41)) == {"trashed": 1}
