"""Who decodes at once, who dies at work, and what a purge waits for, on moto."""

import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from files import operations, queries, rules, scanner
from files.errors import FileNotVerifiable
from files.operations.examining import FOLDER, examine
from files.records import File, FileState
from imagestore.common import clock, objects
from imagestore.common.principal import command
from tests.support.decoding import (
    ANNA,
    EXAMINE,
    QUARTER,
    about,
    decode,
    due_at,
    meanwhile,
    object_names,
    row,
    sweep,
)  # fmt: skip
from tests.support.images import photo
from tests.support.uploads import store_undecoded
from tests.support.world import make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def file() -> File:
    return store_undecoded([photo(1)], ANNA)[0]


class TestClaims:
    def test_two_do_not_decode_the_same_photo(self, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[File] = []

        def count(one: File, *_: Any) -> Any:
            seen.append(one)
            decode(file)
            return examine(one, rules.FIRST_RENDITIONS)

        monkeypatch.setattr(EXAMINE, count)
        decode(file)
        assert len(seen) == 1
        assert row(file).printable

    def test_who_died_at_work_is_followed_by_another(
        self, file: File, monkeypatch: pytest.MonkeyPatch, now: datetime
    ) -> None:
        def die(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as dying:
            dying.setattr(EXAMINE, die)
            with pytest.raises(KeyboardInterrupt):
                decode(file)
        decode(file)
        assert not row(file).printable
        monkeypatch.setattr(clock, "now", lambda: now + QUARTER)
        decode(file)
        assert row(file).printable

    def test_who_died_after_the_renditions_left_none_that_nobody_knows(
        self, file: File, monkeypatch: pytest.MonkeyPatch, now: datetime
    ) -> None:
        with monkeypatch.context() as dying:
            dying.setattr("files.operations.decoding._settle", lambda *_: None)
            decode(file)
        assert object_names() == {"", "thumbnail.webp", "preview.webp"}
        with monkeypatch.context() as later:
            later.setattr(clock, "now", lambda: now + QUARTER)
            decode(file)
        assert row(file).printable
        assert len(list(objects.versions(""))) == 3

    def test_who_took_too_long_writes_nothing(self, file: File, now: datetime) -> None:
        moments = iter([now, now + rules.CLAIM, now + rules.CLAIM])
        operations.decode(ids=[file.id], clock=lambda: next(moments))
        assert object_names() == {""}
        assert not row(file).printable

    def test_who_was_killed_leaves_no_bytes_on_the_disk(
        self, file: File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        old, new, foreign = (tmp_path / name for name in (f"{FOLDER}old", f"{FOLDER}new", "old"))
        for folder in (old, new, foreign):
            folder.mkdir()
            (folder / "original").write_bytes(b"somebody's photo")
        for folder in (old, foreign):
            os.utime(folder, (0, 0))
        decode(file)
        assert set(tmp_path.iterdir()) == {new, foreign}


class TestPurge:
    @pytest.fixture
    def later(self, now: datetime) -> datetime:
        return now + timedelta(days=31)

    def test_takes_the_renditions_too(self, file: File, now: datetime, later: datetime) -> None:
        decode(file)
        operations.trash(id=file.id, principal=ANNA, now=now)
        assert sweep(file, later) == {"purged": 1}
        assert list(objects.versions("")) == []
        assert (row(file).state, row(file).renditions) == (FileState.GONE, frozenset())

    def test_takes_renditions_that_nobody_noted(
        self, file: File, now: datetime, later: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("files.operations.decoding._settle", lambda *_: None)
        decode(file)
        operations.trash(id=file.id, principal=ANNA, now=now)
        assert sweep(file, later) == {"purged": 1}
        assert list(objects.versions("")) == []

    def test_waits_for_who_may_still_be_writing(
        self, file: File, now: datetime, later: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The writer dies right after its renditions came too late."""
        operations.trash(id=file.id, principal=ANNA, now=now)
        monkeypatch.setattr(clock, "now", lambda: later)
        with monkeypatch.context() as dying:
            dying.setattr("files.operations.decoding._settle", lambda *_: None)
            with meanwhile(dying, lambda: sweep(file, later)):
                decode(file)
        assert row(file).state == FileState.DELETING
        assert object_names() == {"thumbnail.webp", "preview.webp"}
        assert sweep(file, later + rules.CLAIM) == {"purged": 1}
        assert list(objects.versions("")) == []

    def test_is_cleaned_up_after_by_a_writer_that_lives(
        self, file: File, now: datetime, later: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        operations.trash(id=file.id, principal=ANNA, now=now)
        monkeypatch.setattr(clock, "now", lambda: later)
        with meanwhile(monkeypatch, lambda: sweep(file, later)):
            decode(file)
        assert list(objects.versions("")) == []
        assert sweep(file, later + rules.CLAIM) == {"purged": 1}


class TestScanner:
    @pytest.fixture
    def says(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
        def scan(said: object) -> None:
            def answer(_: object) -> object:
                if isinstance(said, Exception):
                    raise said
                return said

            monkeypatch.setattr(scanner, "scan", answer)

        return scan

    def test_what_it_finds_is_quarantined(self, file: File, says: Callable[[object], None]) -> None:
        says("Eicar-Test")
        decode(file)
        found = row(file)
        assert (found.state, found.reason_code) == (FileState.REJECTED, "quarantined")
        assert "Eicar-Test" in str(found.reason_text)
        assert object_names() == {""}
        assert queries.signed_reads([found], clock.now()) == {}

    def test_nobody_makes_it_readable_again(self, file: File, says: Callable[[object], None], now: datetime) -> None:
        says("Eicar-Test")
        decode(file)
        with pytest.raises(FileNotVerifiable, match="quarantined"):
            operations.verify_again(id=file.id, principal=command("ops"), reason="asked", now=now)

    def test_whose_failure_leaves_the_photo_due(
        self, file: File, says: Callable[[object], None], now: datetime
    ) -> None:
        says(scanner.ScannerFailed("no answer"))
        decode(file)
        assert (row(file).state, row(file).decoded_at) == (FileState.STORED, None)
        assert about(due_at(file), now + QUARTER)
        says(None)
        decode(file)
        assert row(file).printable
