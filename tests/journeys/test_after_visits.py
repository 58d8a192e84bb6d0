"""What nobody claimed is kept after a visit as long as the shop's rules say, and goes then: on the real local AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.errors import SessionClosed
from files.models import SessionRow
from files.records import File, FileState
from imagestore.common import clock, principal, shop_usage, switches, table, transaction
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from projects import keys, operations, queries
from projects.operations.saving import Saved
from projects.records import Draft, Head, ProjectState
from scheduler import events
from scheduler import queries as runs
from scheduler.records import Run, RunState
from tests.support.ministack import LocalAws
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in
from tests.support.work import deliver, let_pass
from tests.support.world import Api, Sent, keeping, make_shop, shop_server, token

AN_HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
GUEST, OPS = guest(), principal.command("tests")
A_WEEK = keeping(session_file="7d", guest_project="7d")
SESSION = file_keys.session_row("acme", "V-1")


@dataclass(frozen=True, slots=True)
class Lasting:
    expires_at: int


@pytest.fixture(autouse=True)
def _visit(real_aws: LocalAws) -> None:
    make_shop(policy=A_WEEK)
    files.open_session(customer=None, principal=GUEST, now=clock.now())


@pytest.fixture
def photo() -> File:
    return stored_photos(1, GUEST)[0]


def project(now: datetime, *photos: File) -> Saved:
    draft = Draft("Sea", b"{}", {photo.id: photo.id for photo in photos})
    return operations.create(draft=draft, owner="session:V-1", principal=GUEST, now=now)


def end(now: datetime) -> datetime:
    """When the visit ended; its projects are told."""
    ended_at = files.end(id="V-1", principal=GUEST, now=now).ended_at
    operations.settle_visit(shop="acme", session="V-1", now=now)
    assert ended_at is not None
    return ended_at


def file(photo: File) -> File:
    return file_queries.files_by_id([photo.id], consistent=True)[photo.id]


def head(saved: Saved) -> Head:
    found = queries.head_of(saved.id)
    assert found is not None
    return found


def sweep(item: File | Saved, now: datetime) -> str:
    """The word for what was done."""
    swept = files.sweep_slice if isinstance(item, File) else operations.sweep_slice
    key = file_keys.file_row(item.id) if isinstance(item, File) else keys.head_row(item.id)
    report = swept(row_keys=[key], dry_run=False, now=now)
    assert report.failures == []
    (word,) = [word for word, number in report.counts.items() if number]
    return word


def set_policy(policy: dict[str, Any]) -> None:
    identity.set_policy(shop_id="acme", policy=policy, principal=OPS, now=clock.now(), reason="a test")
    shops.forget()


def look_at_the_visit(now: datetime) -> None:
    """The late looks at a visit that ended, until nothing is left to do."""
    for _ in range(2):
        files.sweep_slice(row_keys=[SESSION], dry_run=False, now=now + AN_HOUR)


def forget_the_visit() -> None:
    """As its row's own end does."""
    table.delete(SessionRow, SESSION)


def tick(sent: list[Sent]) -> Run:
    """The clock's sweep, and workers take all that follows."""
    events.sweep({}, None)
    deliver(sent)
    return runs.recent_runs(limit=1).items[0]


class TestAPhoto:
    def test_it_is_kept_so_long_after_the_visit_and_then_goes(self, photo: File, now: datetime) -> None:
        over = end(now + AN_HOUR)
        assert file(photo).purge_after == over + WEEK
        assert sweep(photo, over + WEEK - timedelta(seconds=1)) == "re_dated"
        assert sweep(photo, over + WEEK) == "trashed"
        assert sweep(photo, over + WEEK + 30 * DAY) == "purged"

    def test_by_default_it_goes_at_the_end(self, photo: File, now: datetime) -> None:
        set_policy({})
        assert sweep(photo, end(now + AN_HOUR)) == "trashed"

    def test_the_rule_of_what_customers_do_not_use_is_not_asked(self, now: datetime) -> None:
        set_policy(A_WEEK | {"rules": [*A_WEEK["rules"], *keeping(unused_file="1d")["rules"]]})
        (photo,) = stored_photos(1, GUEST)
        assert sweep(photo, now + 2 * DAY) == "re_dated"
        over = end(now + 2 * DAY)
        assert file(photo).purge_after == over + WEEK

    def test_one_in_use_stays_and_is_a_released_file_afterwards(self, photo: File, now: datetime) -> None:
        saved = project(now, photo)
        over = end(now + AN_HOUR)
        assert file(photo).due_sort is None
        assert sweep(photo, over + 300 * DAY) == "skipped"
        assert file(photo).state == FileState.STORED
        assert sweep(saved, over + WEEK) == "trashed"
        assert sweep(saved, over + WEEK + 30 * DAY) == "purged"
        assert file(photo).purge_after == over + WEEK + 60 * DAY

    def test_a_legal_hold_beats_the_rule(self, photo: File, now: datetime) -> None:
        files.hold_file(id=photo.id, principal=OPS, reason="case 4711", now=now)
        over = end(now + AN_HOUR)
        assert sweep(photo, over + 800 * DAY) == "released"
        assert file(photo).state == FileState.STORED

    def test_it_outlives_a_pause_of_all_deletion(self, photo: File, now: datetime) -> None:
        over = end(now + AN_HOUR)
        transaction.commit([switches.pause_deletion(True)])
        assert sweep(photo, over + WEEK) == "skipped"
        transaction.commit([switches.pause_deletion(False)])
        assert sweep(photo, over + WEEK) == "trashed"


class TestAProject:
    def test_it_is_kept_so_long_after_the_visit_and_then_goes(self, photo: File, now: datetime) -> None:
        saved = project(now, photo)
        over = end(now + AN_HOUR)
        assert head(saved).purge_after == over + WEEK
        assert sweep(saved, over + WEEK - timedelta(seconds=1)) == "re_dated"
        assert sweep(saved, over + WEEK) == "trashed"
        assert sweep(saved, over + WEEK + 30 * DAY) == "purged"

    def test_by_default_it_goes_at_the_end(self, now: datetime) -> None:
        set_policy({})
        saved = project(now)
        assert sweep(saved, end(now + AN_HOUR)) == "trashed"

    def test_one_that_was_not_told_of_the_end_is_dated_by_its_own_due(self, now: datetime) -> None:
        saved = project(now)
        over = files.end(id="V-1", principal=GUEST, now=now).ended_at
        assert over is not None
        assert sweep(saved, now + DAY) == "re_dated"
        assert head(saved).purge_after == over + WEEK
        assert sweep(saved, over + WEEK) == "trashed"

    def test_one_that_is_restored_after_the_end_has_a_customers_time(self, now: datetime) -> None:
        set_policy({})
        saved, server = project(now), shop_server()
        over = end(now + AN_HOUR)
        assert sweep(saved, over) == "trashed"
        operations.restore(id=saved.id, principal=server, now=over + timedelta(minutes=5))
        assert operations.settle_visit(shop="acme", session="V-1", now=over + AN_HOUR) == 0
        assert sweep(saved, over + 300 * DAY) == "re_dated"
        assert sweep(saved, over + 366 * DAY) == "trashed"


class TestTheVisit:
    def test_nobody_claims_it_any_more_and_only_the_shop_still_reads_what_is_kept(
        self, photo: File, now: datetime, api: Callable[..., Api]
    ) -> None:
        saved = project(now)
        end(now)
        with pytest.raises(SessionClosed, match="ended"):
            files.claim(id="V-1", customer="anna", principal=logged_in(), now=now + AN_HOUR)
        visitor, server = api(customer=None, session="V-1"), Api(token(customer=None))
        assert visitor("GET", f"/files/{photo.id}").json()["code"] == "visit-over"
        assert server("GET", f"/files/{photo.id}").json()["state"] == "stored"
        assert server("GET", f"/projects/{saved.id}").status_code == 200

    def test_its_row_outlives_what_it_leaves(self, photo: File, now: datetime) -> None:
        end(now)
        look_at_the_visit(now)
        row = table.get(SessionRow, SESSION, Lasting, consistent=True)
        assert row is not None
        assert file_queries.session_of(shop_server(), "V-1").settled_at is not None
        assert row.expires_at >= int((now + WEEK + 90 * DAY).timestamp())

    def test_forgotten_it_changes_no_date(self, photo: File, now: datetime) -> None:
        saved = project(now)
        over = end(now + AN_HOUR)
        forget_the_visit()
        for item, told in ((photo, file_queries.explained(photo)), (saved, queries.explained(head(saved)))):
            assert (told.next, sweep(item, over + WEEK - AN_HOUR), sweep(item, over + WEEK)) == (
                "trash",
                "re_dated",
                "trashed",
            )


class TestAChangedPolicy:
    def test_a_shorter_rule_takes_nothing_that_was_promised(self, photo: File, now: datetime) -> None:
        saved = project(now)
        over = end(now + AN_HOUR)
        set_policy(keeping(session_file="1h", guest_project="1h"))
        look_at_the_visit(over)
        operations.settle_visit(shop="acme", session="V-1", now=over + AN_HOUR)
        for item in (photo, saved):
            assert sweep(item, over + DAY) == "re_dated"
            assert sweep(item, over + WEEK) == "trashed"

    def test_a_longer_one_holds_from_the_next_look_on(self, photo: File, now: datetime) -> None:
        saved = project(now)
        over = end(now + AN_HOUR)
        set_policy(keeping(session_file="200d", guest_project="200d"))
        for item in (photo, saved):
            assert sweep(item, over + WEEK) == "re_dated"
            assert sweep(item, over + 200 * DAY) == "trashed"


def test_what_is_told_is_what_is_done(photo: File, now: datetime) -> None:
    saved, server = project(now), Api(token(customer=None))
    visit = file_queries.session_of(GUEST, "V-1")

    def told(expected: datetime, sentence: str) -> None:
        for path, subject in ((f"/files/{photo.id}", "session_file"), (f"/projects/{saved.id}", "guest_project")):
            shape = server("GET", f"{path}/retention").json()
            assert (shape["rule"]["subject"], shape["rule"]["own"], shape["rule"]["keep"]) == (subject, True, "7d")
            assert datetime.fromisoformat(shape["at"]) == expected
            assert sentence in shape["because"]

    assert server("GET", f"/projects/{saved.id}").json()["trash_on"] is None
    told(visit.ends_at + WEEK, "That is when its visit ends, if nobody uses or claims it before.")
    over = end(now + AN_HOUR)
    told(over + WEEK, "Its visit is over, and nobody can claim it any more.")


def test_the_clock_ends_the_visit_and_a_week_later_what_it_left_goes(
    photo: File, now: datetime, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = project(now)
    sent.clear()
    let_pass(timedelta(hours=7), monkeypatch)
    assert tick(sent).counts["ended"] == 1
    let_pass(DAY, monkeypatch)
    tick(sent)
    let_pass(5 * DAY, monkeypatch)
    tick(sent)
    assert (file(photo).state, head(saved).state) == (FileState.STORED, ProjectState.ACTIVE)
    let_pass(DAY, monkeypatch)
    assert tick(sent).counts["trashed"] == 2
    assert (file(photo).state, head(saved).state) == (FileState.TRASHED, ProjectState.TRASHED)


def test_more_than_the_guard_allows_waits_for_a_person(
    now: datetime, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(A_WEEK | {"guard": {"percent": 1, "items": 1, "least": 1}})
    photos = stored_photos(3, GUEST)
    shop_usage.note("acme", files=3, size=3, now=now)
    end(now)
    look_at_the_visit(now)
    sent.clear()
    let_pass(WEEK + AN_HOUR, monkeypatch)
    tick(sent)
    assert [run.state for run in runs.awaiting()] == [RunState.AWAITING]
    assert {file(photo).state for photo in photos} == {FileState.STORED}
