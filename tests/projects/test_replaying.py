"""After a restore of the table the ledger erases again, and places again the legal holds that were lost; on moto."""

import io
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from files import operations as files
from files.records import File, FileState
from imagestore.audit import queries as audit
from imagestore.common import clock, due, objects
from imagestore.common.browse import Window
from imagestore.common.principal import command
from imagestore.holds import operations as holds
from imagestore.holds import queries as known_holds
from projects import legal_holds, operations, queries
from projects.holder_kinds import ERASED_KINDS
from projects.records import ProjectState
from tests.model.rows import Table
from tests.support.hands import create, known
from tests.support.uploads import stored_photos
from tests.support.visits import usage
from tests.support.world import Sent, customer, make_shop

ANNA, WHO, WHY = customer(), command("tests"), "she asked for it by letter"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None, now: datetime) -> None:
    make_shop()
    due.shard_count(now)


def erase() -> None:
    erased = operations.erase_owner(
        shop="acme", owner="customer:anna", principal=WHO, reason=WHY, now=clock.now(), kinds=ERASED_KINDS
    )
    assert erased.complete


def replay(*words: str) -> str:
    out = io.StringIO()
    call_command("replay_erasures", "--reason", "the table was restored", *words, stdout=out, stderr=out)
    return out.getvalue()


def states(*photos: File) -> list[FileState]:
    return [known(photo).state for photo in photos]


def test_what_the_restore_brought_back_is_erased_again(now: datetime) -> None:
    photos, rows = stored_photos(2, ANNA), Table()
    project = create(now, *photos)
    before = rows.state()
    erase()
    rows.state()
    rows.load(before)
    assert states(*photos) == [FileState.STORED] * 2
    told = replay()
    assert "1 erasures replayed; 1 of them found something that came back." in told
    assert states(*photos) == [FileState.GONE] * 2
    head = queries.head_of(project.id)
    assert head is not None
    assert (head.state, usage()) == (ProjectState.GONE, None)
    (entry, *_) = audit.leaf_of_history(Window(), subject="customer:acme/anna").items
    assert (entry.action, entry.reason) == ("customer.erased", "the table was restored")
    assert "0 of them found something" in replay()


def test_what_she_made_after_her_erasure_stays(now: datetime) -> None:
    (photo,) = stored_photos(1, ANNA)
    erase()
    (later,) = stored_photos(1, ANNA, first=7)
    project = create(clock.now(), later)
    assert "0 of them found something" in replay()
    assert (states(photo, later), usage()) == ([FileState.GONE, FileState.STORED], usage())
    head = queries.head_of(project.id)
    assert head is not None
    assert (head.state, head.customer) == (ProjectState.ACTIVE, "anna")


def test_what_a_hold_kept_is_kept_again_and_the_hold_is_back(now: datetime) -> None:
    photos, rows = stored_photos(3, ANNA), Table()
    before = rows.state()
    held = files.hold_file(id=photos[0].id, principal=WHO, reason="case 4711", now=clock.now())
    erase()
    rows.state()
    rows.load(before)
    told = replay()
    assert "1 legal holds placed again." in told
    assert states(*photos) == [FileState.STORED, FileState.GONE, FileState.GONE]
    assert known(photos[0]).holders == {f"hold:{held.id}"}
    assert known_holds.hold_of(held.id).reason == "case 4711 (the table was restored)"


def test_a_hold_that_was_released_does_not_come_back(now: datetime, sent: list[Sent]) -> None:
    (photo,) = stored_photos(1, ANNA)
    rows = Table()
    before = rows.state()
    held = legal_holds.place(shop="acme", subject=f"file:{photo.id}", principal=WHO, reason=WHY, now=now)
    holds.release(id=held.id, principal=WHO, reason=WHY, now=now)
    rows.state()
    rows.load(before)
    assert "0 legal holds placed again." in replay()
    assert known_holds.find_hold(held.id) is None


def test_a_hold_on_her_that_stands_by_now_refuses_it_and_nothing_else(now: datetime) -> None:
    photos, rows = stored_photos(1, ANNA), Table()
    (of_bob,) = stored_photos(1, customer("bob"), first=9)
    before = rows.state()
    erase()
    operations.erase_owner(
        shop="acme", owner="customer:bob", principal=WHO, reason=WHY, now=clock.now(), kinds=ERASED_KINDS
    )
    rows.state()
    rows.load(before)
    legal_holds.place(shop="acme", subject="customer:anna", principal=WHO, reason="case 4711", now=clock.now())
    with pytest.raises(CommandError, match="1 are left"):
        replay()
    assert states(*photos, of_bob) == [FileState.STORED, FileState.GONE]


def test_only_those_since_a_moment_are_replayed(now: datetime) -> None:
    stored_photos(1, ANNA)
    erase()
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert "0 erasures replayed" in replay("--since", tomorrow)


def test_the_ledger_does_not_tell_whom_without_the_secret_key(now: datetime) -> None:
    stored_photos(1, ANNA)
    erase()
    for listed in objects.listing("ledger/"):
        assert b"anna" not in (objects.read(listed.key) or b"")
    with override_settings(SECRET_KEY="another"), pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        replay()
