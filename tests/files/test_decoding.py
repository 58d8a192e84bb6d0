"""Decoding by its doors: who asks for it, and what becomes of good and bad photos, on moto."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from files import events, keys, operations, rules
from files.decoding.process import Unsettled
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, Usage
from imagestore.common import aws, clock, objects
from imagestore.common.principal import command
from tests.support import hostile
from tests.support.decoding import (
    ANNA,
    DAY,
    EXAMINE,
    QUARTER,
    about,
    broken,
    decode,
    due_at,
    event,
    hold,
    object_names,
    row,
    set_sha256,
    sweep,
    taken_somewhere,
    usage,
)  # fmt: skip
from tests.support.images import photo
from tests.support.uploads import store_undecoded
from tests.support.world import Sent, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def file() -> File:
    return store_undecoded([photo(1)], ANNA)[0]


class TestWhoAsks:
    def test_a_client_that_confirms_sends_its_photo_to_be_decoded(self, file: File, sent: list[Sent]) -> None:
        assert sent == [Sent("files.decode", {"ids": [file.id], "arrived": {"acme": [1, file.size]}})]

    def test_a_batch_of_events_sends_one_message(self, sent: list[Sent]) -> None:
        wanted = [NewFile(**photo(number).announcement) for number in range(3)]  # type: ignore[arg-type]
        items = operations.register(wanted=wanted, owner="customer:anna", principal=ANNA, now=clock.now())
        ids = [item.file.id for item in items if isinstance(item, Registered)]
        for number, id in enumerate(ids):
            objects.put_new(keys.object_key("acme", id), photo(number).body, "image/jpeg")
        records = [event(keys.object_key("acme", id)) for id in ids]
        assert events.confirm_uploads({"Records": records}, None) == {"batchItemFailures": []}
        (message,) = sent
        assert (message.name, set(message.payload["ids"])) == ("files.decode", set(ids))

    def test_a_message_has_at_most_25_photos(self, sent: list[Sent]) -> None:
        files = store_undecoded([photo(number) for number in range(30)], ANNA)
        sent.clear()
        operations.ask_to_decode(files)
        assert [len(message.payload["ids"]) for message in sent] == [25, 5]

    def test_events_of_renditions_change_nothing(self, file: File, sent: list[Sent]) -> None:
        before = row(file)
        key = keys.rendition_key("acme", file.id, "preview.webp")
        assert keys.file_of_object(key) is None
        sent.clear()
        assert events.confirm_uploads({"Records": [event(key)]}, None) == {"batchItemFailures": []}
        assert (row(file), sent) == (before, [])

    def test_a_queue_that_does_not_answer_spoils_no_confirmation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ConnectionError

        monkeypatch.setattr("files.operations.asking.tasks.send", fail)
        (stored,) = store_undecoded([photo(2)], ANNA)
        assert stored.state == FileState.STORED

    def test_a_batch_that_takes_too_long_sends_its_rest_again(
        self, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = store_undecoded([photo(number) for number in range(3)], ANNA)
        sent.clear()
        monkeypatch.setattr("files.operations.decoding.BATCH_SECONDS", -1)
        decode(*files)
        assert [row(file).printable for file in files] == [True, False, False]
        assert sent == [Sent("files.decode", {"ids": [files[1].id, files[2].id]})]


class TestAGoodPhoto:
    def test_is_printable_with_its_renditions(self, file: File) -> None:
        assert not file.printable
        decode(file)
        found = row(file)
        assert found.printable
        assert found.decoded_at is not None
        assert found.claimed_until is None
        assert object_names() == {"", "thumbnail.webp", "preview.webp"}
        assert all(found.rendition(name) for name in rules.FIRST_RENDITIONS)

    def test_is_decoded_once(self, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
        decode(file)
        before = row(file)
        monkeypatch.setattr(EXAMINE, lambda *_: pytest.fail("decoded again"))
        decode(file)
        assert row(file) == before

    def test_tells_where_it_was_taken_only_in_shops_that_keep_it(self) -> None:
        make_shop("nosy", keep_gps=True)
        told = {}
        for shop in ("acme", "nosy"):
            (stored,) = store_undecoded([taken_somewhere()], customer(shop=shop))
            decode(stored)
            told[shop] = row(stored).location
        assert told == {"acme": None, "nosy": "52.50000,13.25000"}

    def test_gets_the_checksum_that_nobody_announced(self, file: File) -> None:
        announced = file.sha256
        set_sha256(file, None)
        decode(file)
        assert row(file).sha256 == announced

    def test_is_the_version_that_was_confirmed(self, file: File) -> None:
        aws.s3().put_object(
            Bucket=settings.IMAGESTORE_BUCKET, Key=keys.object_key("acme", file.id), Body=b"something else"
        )
        decode(file)
        assert row(file).printable


class TestABadPhoto:
    def test_is_rejected_in_words_and_gives_its_quota_back_once(self) -> None:
        bad = broken()
        assert usage().used_files == 1
        decode(bad)
        decode(bad)
        found = row(bad)
        assert (found.state, found.reason_code, usage()) == (FileState.REJECTED, "truncated", Usage())
        assert str(found.reason_text).endswith(".")

    def test_whose_bytes_are_not_the_announced_ones_is_rejected(self) -> None:
        (stored,) = store_undecoded([photo(1)], ANNA)
        set_sha256(stored, "0" * 64)
        decode(stored)
        assert row(stored).reason_code == "checksum-mismatch"

    def test_keeps_its_holders(self) -> None:
        bad = broken()
        hold(bad)
        decode(bad)
        assert (row(bad).state, row(bad).holders) == (FileState.REJECTED, frozenset({"project:P"}))

    def test_harms_nothing_else_in_its_batch(self, file: File) -> None:
        bad = [broken(), broken(hostile.claimed_jpeg(60_000, 60_000, progressive=True)[:2000])]
        decode(*bad, file)
        assert [row(one).state for one in bad] == [FileState.REJECTED] * 2
        assert row(file).printable

    def test_is_seen_by_staff_and_goes_like_any_rejected_file(self, now: datetime) -> None:
        bad = broken()
        decode(bad)
        assert sweep(bad, now + DAY + QUARTER) == {"purged": 1}
        assert list(objects.versions("")) == []

    def test_can_be_verified_again_by_staff(self, sent: list[Sent], now: datetime) -> None:
        bad = broken()
        decode(bad)
        sent.clear()
        operations.verify_again(id=bad.id, principal=command("ops"), reason="asked", now=now)
        assert (row(bad).state, usage().used_files) == (FileState.STORED, 1)
        assert sent == [Sent("files.decode", {"ids": [bad.id]})]
        decode(bad)
        assert (row(bad).state, usage()) == (FileState.REJECTED, Usage())


class TestADecoderThatSaysNothing:
    @pytest.fixture(autouse=True)
    def _silent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def killed(*_: object) -> None:
            raise Unsettled("the decoder ended with -9")

        monkeypatch.setattr(EXAMINE, killed)

    def test_leaves_the_photo_as_it_is_and_due(self, file: File, now: datetime) -> None:
        decode(file)
        assert (row(file).state, row(file).claimed_until) == (FileState.STORED, None)
        assert about(due_at(file), now + QUARTER)

    def test_is_believed_after_an_hour(self, file: File, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: now + rules.PATIENCE + QUARTER)
        decode(file)
        assert (row(file).state, row(file).reason_code) == (FileState.REJECTED, "decoder-ended")

    def test_is_never_believed_when_the_fault_is_ours(
        self, file: File, monkeypatch: pytest.MonkeyPatch, now: datetime
    ) -> None:
        def crashed(*_: object) -> None:
            raise Unsettled("ZeroDivisionError", by_a_fault_here=True)

        monkeypatch.setattr(EXAMINE, crashed)
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7))
        decode(file)
        assert row(file).state == FileState.STORED
