"""Upload sessions: whose the files of a visit are is decided on the session's own row, and everything follows it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from files import keys, operations, queries
from files.errors import SessionClosed
from files.models import OwnerRow
from files.operations import settling
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, SessionState, UploadSession, Usage
from imagestore.common import objects, table
from imagestore.common.principal import Principal
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.uploads import decoded, put
from tests.support.world import ALL_SCOPES, Api, Sent, customer, make_shop

SHOP = Principal(kind="shop", shop="acme", scopes=ALL_SCOPES)
AN_HOUR, TEN_MINUTES = timedelta(hours=1), timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


def visit(now: datetime) -> Principal:
    """A guest whose session is open."""
    session = operations.open_session(customer=None, principal=SHOP, now=now)
    return Principal(kind="customer", shop="acme", session=session.id, scopes=ALL_SCOPES)


def logged_in(guest: Principal, id: str = "anna") -> Principal:
    """The same visit after a login."""
    return Principal(kind="customer", shop="acme", customer=id, session=guest.session, scopes=ALL_SCOPES)


def register(guest: Principal, now: datetime, number: int = 1, keep_until: datetime | None = None) -> list[File]:
    wanted = [NewFile(**photo(index).announcement) for index in range(number)]  # type: ignore[arg-type]
    items = operations.register(
        wanted=wanted, owner=f"session:{guest.session}", principal=guest, now=now, keep_until=keep_until
    )
    return [item.file for item in items if isinstance(item, Registered)]


def upload(file: File, now: datetime, number: int = 0) -> File:
    objects.put_new(keys.object_key("acme", file.id), photo(number).body, "image/jpeg")
    stored = operations.confirm_arrival(shop_id="acme", id=file.id, now=now)
    assert stored is not None
    return decoded(stored)


def stored(guest: Principal, now: datetime, number: int = 1) -> list[File]:
    return [upload(file, now, index) for index, file in enumerate(register(guest, now, number))]


def session(guest: Principal) -> UploadSession:
    return queries.session_of(guest, str(guest.session))


def row(file: File) -> File:
    return queries.files_by_id([file.id])[file.id]


def usage(id: str = "anna") -> Usage:
    return table.get(OwnerRow, keys.owner_row("acme", f"customer:{id}"), Usage, consistent=True) or Usage()


def claim(guest: Principal, now: datetime, id: str = "anna") -> UploadSession:
    return operations.claim(id=str(guest.session), customer=id, principal=logged_in(guest, id), now=now)


def end(guest: Principal, now: datetime) -> UploadSession:
    return operations.end(id=str(guest.session), principal=guest, now=now)


def sweep(item: File | Principal, now: datetime) -> dict[str, int]:
    key = keys.file_row(item.id) if isinstance(item, File) else keys.session_row("acme", str(item.session))
    report = operations.sweep_slice(row_keys=[key], dry_run=False, now=now)
    assert report.failures == []
    return {word: number for word, number in report.counts.items() if number}


def run_slices(sent: list[Sent], now: datetime) -> None:
    """What workers would do with the runs that were planned."""
    while sent:
        for part in sent.pop(0).payload.get("parts", ()):
            told = part["payload"]
            operations.settle_slice(shop=told["shop"], id=told["session"], low=told["low"], high=told["high"], now=now)


def test_a_guest_uploads_and_after_the_login_all_of_it_is_the_customers(now: datetime) -> None:
    guest = visit(now)
    files = stored(guest, now, 3)
    claimed = claim(guest, now)
    assert (claimed.state, claimed.customer) == (SessionState.CLAIMED, "anna")
    assert {row(file).owner for file in files} == {"customer:anna"}
    listed, _ = queries.files_of_owner(
        principal=customer(), wanted=queries.Listing("customer:anna"), cursor=None, limit=10
    )
    assert {file.id for file in listed} == {file.id for file in files}
    assert usage() == Usage(3, sum(file.size for file in files))


def test_a_login_told_twice_changes_nothing_more(now: datetime) -> None:
    guest = visit(now)
    stored(guest, now, 2)
    claim(guest, now)
    before = usage()
    claim(guest, now)
    assert usage() == before


def test_nobody_else_can_claim_it_and_nobody_sees_that_it_is_there(now: datetime, api: Callable[..., Api]) -> None:
    guest = visit(now)
    assert api(customer="eve")("POST", f"/sessions/{guest.session}/claim").status_code == 404
    assert api(shop="acme", customer="eve")("GET", f"/sessions/{guest.session}").status_code == 404
    claim(guest, now)
    with pytest.raises(SessionClosed):
        claim(guest, now, "eve")


def test_a_photo_that_was_still_uploading_at_the_login_is_the_customers_too(now: datetime) -> None:
    guest = visit(now)
    (file,) = register(guest, now)
    claim(guest, now)
    assert upload(file, now).owner == "customer:anna"
    assert usage().used_files == 1


def test_a_claimed_visit_takes_no_more_files_but_its_customer_does(now: datetime) -> None:
    guest = visit(now)
    claim(guest, now)
    with pytest.raises(SessionClosed, match="claimed"):
        register(guest, now)


def test_a_visit_that_nobody_opened_takes_none(now: datetime) -> None:
    with pytest.raises(SessionClosed, match="never opened"):
        register(Principal(kind="customer", shop="acme", session="S-9", scopes=ALL_SCOPES), now)


def test_a_row_that_comes_after_the_list_was_read_is_handed_over_later(now: datetime) -> None:
    """Registered before the claim, written after it: the late look finds it, and so would its own sweep."""
    guest = visit(now)
    late, other = register(guest, now, 2)
    hide(late)
    claim(guest, now)
    assert row(other).owner == "customer:anna"
    show(late, guest)
    assert sweep(guest, now + TEN_MINUTES) == {"settled": 1}
    assert row(late).owner == "customer:anna"
    assert session(logged_in(guest)).settled_at is None
    sweep(guest, now + 2 * TEN_MINUTES)
    assert session(logged_in(guest)).settled_at is not None


def hide(file: File) -> None:
    _list(file, "elsewhere")


def show(file: File, guest: Principal) -> None:
    _list(file, keys.files_of_owner("acme", f"session:{guest.session}"))


def _list(file: File, partition: str) -> None:
    from files.models import FileRow

    table.update(FileRow, keys.file_row(file.id), [FileRow.owner_key.set(partition)], None, File)


def test_the_sweep_hands_over_what_it_meets_and_never_trashes_it(now: datetime) -> None:
    guest = visit(now)
    (file,) = stored(guest, now)
    hide(file)
    claim(guest, now)
    assert sweep(file, now + timedelta(days=100)) == {"handed_over": 1}
    assert (row(file).owner, row(file).state) == ("customer:anna", FileState.STORED)


def test_a_logout_makes_due_what_nobody_holds_and_leaves_what_is_held(now: datetime) -> None:
    guest = visit(now)
    loose, held = stored(guest, now, 2)
    hold(held, guest)
    end(guest, now)
    with pytest.raises(SessionClosed, match="ended"):
        register(guest, now)
    assert sweep(loose, now) == {"trashed": 1}
    assert row(held).due_sort is None
    assert row(held).state == FileState.STORED


def hold(file: File, guest: Principal) -> None:
    from files.models import FileRow, waits_no_more

    actions = [FileRow.holders.add({"project:P"}), *waits_no_more()]
    table.update(FileRow, keys.file_row(file.id), actions, None, File)


def test_a_logout_elsewhere_takes_nothing_from_who_has_claimed(now: datetime) -> None:
    guest = visit(now)
    (file,) = stored(guest, now)
    claim(guest, now)
    assert end(guest, now).state == SessionState.CLAIMED
    assert row(file).owner == "customer:anna"
    assert sweep(file, now + AN_HOUR) == {"re_dated": 1}


def test_an_upload_that_arrives_after_the_logout_goes_as_well(now: datetime) -> None:
    guest = visit(now)
    (file,) = register(guest, now)
    end(guest, now)
    upload(file, now + timedelta(minutes=20))
    sweep(guest, now + AN_HOUR)
    assert sweep(file, now + AN_HOUR) == {"trashed": 1}
    sweep(guest, now + 2 * AN_HOUR)
    assert session(guest).settled_at is not None


def test_a_visit_in_use_goes_on_and_ends_after_a_day_at_the_latest(now: datetime) -> None:
    guest = visit(now)
    register(guest, now + 2 * AN_HOUR)
    assert session(guest).ends_at == now + 6 * AN_HOUR
    register(guest, now + 5 * AN_HOUR)
    assert session(guest).ends_at == now + 11 * AN_HOUR
    for hours in range(8, 24, 2):
        register(guest, now + hours * AN_HOUR)
    assert session(guest).ends_at == now + 24 * AN_HOUR
    with pytest.raises(SessionClosed, match="ended"):
        register(guest, now + 24 * AN_HOUR)


def test_the_clock_ends_a_visit_in_its_time_and_not_before(now: datetime) -> None:
    guest = visit(now)
    (file,) = stored(guest, now)
    register(guest, now + 5 * AN_HOUR)
    assert sweep(guest, now + 6 * AN_HOUR) == {"re_dated": 1}
    assert sweep(guest, now + 11 * AN_HOUR) == {"ended": 1}
    assert sweep(file, now + 11 * AN_HOUR) == {"trashed": 1}


def test_what_is_to_be_kept_longer_outlives_the_visit(now: datetime) -> None:
    guest, later = visit(now), now + timedelta(days=40)
    (file,) = register(guest, now, keep_until=later)
    upload(file, now)
    end(guest, now)
    assert sweep(file, now + AN_HOUR) == {"re_dated": 1}
    assert sweep(file, later) == {"trashed": 1}


@pytest.mark.parametrize("number", [pytest.param(1_000, marks=pytest.mark.proof), 150])
def test_a_claim_in_the_midst_of_uploads_that_is_interrupted_is_finished_by_a_repeat(
    number: int, now: datetime, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = visit(now)
    for _ in range(number // 50):
        register(guest, now, 50)
    with ThreadPoolExecutor(5) as pool:
        coming = [pool.submit(_keep_registering, guest, now) for _ in range(4)]
        claimed = pool.submit(claim, guest, now)
        assert claimed.result().state == SessionState.CLAIMED
        more = sum(one.result() for one in coming)
    with monkeypatch.context() as dying:
        _interrupt_after(dying, 30)
        with pytest.raises(KeyboardInterrupt):
            run_slices(sent, now)
    sent.clear()
    for minutes in (10, 20, 30):
        sweep(guest, now + timedelta(minutes=minutes))
        run_slices(sent, now + timedelta(minutes=minutes))
    owned = _all_of("customer:anna")
    assert len(owned) == number + more
    assert _all_of(f"session:{guest.session}") == []
    assert usage() == Usage(len(owned), sum(file.size for file in owned))
    assert session(logged_in(guest)).settled_at is not None


def _keep_registering(guest: Principal, now: datetime) -> int:
    for done in range(30):
        try:
            register(guest, now)
        except SessionClosed:
            return done
    return 30


def _interrupt_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    left, step = iter(range(steps)), settling.hand_over

    def hand_over(id: str, session: UploadSession) -> bool:
        if next(left, None) is None:
            raise KeyboardInterrupt("the power went")
        return step(id, session)

    monkeypatch.setattr(settling, "hand_over", hand_over)


def _all_of(owner: str) -> list[File]:
    found: list[File] = []
    cursor: str | None = None
    while True:
        page, cursor = queries.files_of_owner(
            principal=customer(), wanted=queries.Listing(owner), cursor=cursor, limit=100
        )
        found += page
        if cursor is None:
            return found


def test_what_is_rejected_before_and_after_the_claim_is_given_back_exactly_once(now: datetime) -> None:
    guest = visit(now)
    early, late, good = register(guest, now, 3)
    spoil(early, now)
    hide(late)
    claim(guest, now)
    spoil(late, now)
    assert usage() == Usage(1, good.size)


def spoil(file: File, now: datetime) -> None:
    objects.put_new(keys.object_key("acme", file.id), b"no photo", "image/jpeg")
    operations.confirm_arrival(shop_id="acme", id=file.id, now=now)


def test_a_session_is_a_few_calls_of_the_api(api: Callable[..., Api]) -> None:
    opened = api(customer=None)("POST", "/sessions")
    assert opened.status_code == 201
    told = opened.json()
    guest = api(bearer=told["token"])
    made = guest("POST", "/files", {"files": [photo(1).announcement]}).json()["items"][0]
    assert put(made["upload"], photo(1).body) == 200
    assert guest("POST", f"/files/{made['file']['id']}/confirm").json()["state"] == "stored"
    assert [file["id"] for file in guest("GET", "/files").json()["items"]] == [made["file"]["id"]]
    assert guest("GET", f"/sessions/{told['id']}").json()["used_files"] == 1
    anna = api(customer="anna", session=told["id"])
    assert anna("POST", f"/sessions/{told['id']}/claim").json()["customer"] == "anna"
    assert [file["id"] for file in anna("GET", "/files").json()["items"]] == [made["file"]["id"]]
    assert guest("GET", f"/files/{made['file']['id']}").status_code == 404
    refused = guest("POST", "/files", {"files": [photo(2).announcement]})
    assert (refused.status_code, refused.json()["code"]) == (409, "session-closed")


def test_a_shops_own_session_id_is_the_visit_that_its_tokens_name(api: Callable[..., Api]) -> None:
    guest = api(customer=None, session="visit-77")
    assert guest("POST", "/sessions").json()["id"] == "visit-77"
    assert guest("POST", "/sessions").status_code == 201
    assert guest("DELETE", "/sessions/visit-77").status_code == 204
    assert guest("DELETE", "/sessions/visit-77").status_code == 204
    assert guest("POST", "/sessions").json()["code"] == "session-closed"


def test_another_shops_visit_of_the_same_name_is_another(api: Callable[..., Api]) -> None:
    make_shop("other")
    api(customer=None, session="visit-77")("POST", "/sessions")
    assert api(shop="other", customer=None, session="visit-77")("GET", "/sessions/visit-77").status_code == 404
