"""Projects of a visit: a guest designs before the login, and whose it is then the visit's own row decides."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.errors import SessionClosed
from files.operations import settling
from files.records import File
from imagestore.common import clock, table
from imagestore.common.contracts import SETTLE_PROJECTS
from projects import keys, operations, queries
from projects.models import ProjectRow
from projects.operations import creating, handing, saving
from projects.operations.saving import Saved
from projects.records import Draft, Head, ProjectState
from tests.support.ministack import LocalAws
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in
from tests.support.world import Api, Sent, make_shop

AN_HOUR, A_DAY = timedelta(hours=1), timedelta(hours=24)
GUEST, ANNA = guest(), logged_in()
VISIT, HERS = "session:V-1", "customer:anna"


@pytest.fixture(autouse=True)
def _visit(real_aws: LocalAws, sent: list[Sent]) -> None:
    make_shop()
    files.open_session(customer=None, principal=GUEST, now=clock.now())


def draft(*photos: File, name: str = "A summer by the sea") -> Draft:
    return Draft(name, b'{"pages":[]}', {f"photo-{at}": photo.id for at, photo in enumerate(photos)})


def create(now: datetime, *photos: File) -> Saved:
    return operations.create(draft=draft(*photos), owner=VISIT, principal=GUEST, now=now)


def save(on: Saved, now: datetime, *photos: File, owner: str = VISIT) -> Saved:
    who = GUEST if owner == VISIT else ANNA
    return operations.save(id=on.id, draft=draft(*photos), if_match=on.tag, owner=owner, principal=who, now=now)


def claim(now: datetime) -> None:
    files.claim(id="V-1", customer="anna", principal=ANNA, now=now)


def deliver(sent: list[Sent], now: datetime) -> None:
    for message in sent:
        if message.name == SETTLE_PROJECTS:
            operations.settle_visit(**message.payload, now=now)
    sent.clear()


def head(id: str) -> Head:
    found = table.get(ProjectRow, keys.head_row(id), Head, consistent=True)
    assert found is not None
    return found


def listed(owner: str) -> list[str]:
    return [
        one.id
        for one in queries.projects_of_owner(principal=ANNA, wanted=queries.Listing(owner), cursor=None, limit=50)[0]
    ]


def holders(photo: File) -> frozenset[str]:
    return file_queries.files_by_id([photo.id], consistent=True)[photo.id].holders


def sweep(id: str, now: datetime) -> dict[str, int]:
    report = operations.sweep_slice(row_keys=[keys.head_row(id)], dry_run=False, now=now)
    assert report.failures == []
    return {word: number for word, number in report.counts.items() if number}


def test_a_guest_designs_and_after_the_login_all_of_it_is_the_customers(
    api: Callable[..., Api], sent: list[Sent]
) -> None:
    (photo,) = stored_photos(1, GUEST)
    visitor, anna = api(customer=None, session="V-1"), api(customer="anna", session="V-1")
    body = {"name": "Sea", "document": {}, "files": {"a": photo.id}}
    made = visitor("POST", "/projects", body)
    assert made.status_code == 201
    id = made.json()["id"]
    assert [one["id"] for one in visitor("GET", "/projects").json()["items"]] == [id]
    later = body | {"name": "Sea and sand"}
    assert visitor("PUT", f"/projects/{id}", later, If_Match=made["ETag"]).json()["version"] == 2
    etag = visitor("GET", f"/projects/{id}")["ETag"]
    anna("POST", "/sessions/V-1/claim")
    deliver(sent, clock.now())
    assert [one["id"] for one in api(customer="anna")("GET", "/projects").json()["items"]] == [id]
    assert anna("PUT", f"/projects/{id}", body, If_Match=etag).json()["version"] == 3
    assert visitor("GET", f"/projects/{id}").status_code == 404
    assert visitor("GET", "/projects").json()["items"] == []
    assert holders(photo) == {f"project:{id}"}


def test_nobody_else_sees_a_visits_project_and_a_customer_of_its_name_is_another(
    api: Callable[..., Api], now: datetime
) -> None:
    made = create(now)
    for other in (api(customer="eve"), api(customer=None, session="V-2"), api(customer=VISIT)):
        assert other("GET", f"/projects/{made.id}").status_code == 404
        assert other("GET", "/projects").json()["items"] == []


def test_without_an_open_visit_nothing_is_made_or_saved(now: datetime) -> None:
    made = create(now)
    files.end(id="V-1", principal=GUEST, now=now)
    with pytest.raises(SessionClosed, match="ended"):
        create(now)
    with pytest.raises(SessionClosed, match="ended"):
        save(made, now)
    with pytest.raises(SessionClosed, match="unknown"):
        operations.create(draft=draft(), owner="session:V-9", principal=guest("V-9"), now=now)


def test_designing_keeps_a_visit_open(now: datetime) -> None:
    create(now + timedelta(hours=5))
    assert file_queries.session_of(GUEST, "V-1").ends_at == now + timedelta(hours=11)


def test_a_save_that_meets_the_login_is_the_customers(
    now: datetime, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login comes between the save's look at the visit and the move of the head; the project is handed over too."""
    old, new = stored_photos(2, GUEST)
    made, move = create(now, old), saving.move

    def meanwhile(*args: Any) -> bool:
        monkeypatch.setattr(saving, "move", move)
        claim(now)
        deliver(sent, now)
        return move(*args)

    monkeypatch.setattr(saving, "move", meanwhile)
    saved = save(made, now, old, new)
    assert (head(made.id).owner, head(made.id).version) == (HERS, saved.version) == (HERS, 2)
    assert holders(new) == {f"project:{made.id}"}
    assert queries.intents_of(made.id) == []
    assert save(saved, now, old, owner=HERS).version == 3


def test_a_save_right_after_the_login_is_not_lost_and_a_later_one_is_refused(now: datetime) -> None:
    """Its message to hand the project over has not even been sent yet."""
    (photo,) = stored_photos(1, GUEST)
    made = create(now, photo)
    claim(now)
    saved = save(made, now + timedelta(seconds=5))
    assert (head(made.id).owner, saved.version) == (HERS, 2)
    with pytest.raises(SessionClosed, match="claimed"):
        save(made, now + timedelta(minutes=2), photo)


def test_a_project_that_is_created_while_the_login_comes_is_the_customers(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photo,) = stored_photos(1, GUEST)
    put = creating._put_head

    def meanwhile(*args: Any) -> bool:
        monkeypatch.setattr(creating, "_put_head", put)
        claim(now)
        return put(*args)

    monkeypatch.setattr(creating, "_put_head", meanwhile)
    made = create(now, photo)
    assert (head(made.id).owner, listed(HERS)) == (HERS, [made.id])
    assert holders(photo) == {f"project:{made.id}"}


def test_the_customer_uses_photos_that_are_not_handed_over_yet(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    (photo,) = stored_photos(1, GUEST)
    made = create(now)
    with monkeypatch.context() as slow:
        slow.setattr(settling, "settle_now", lambda session, now: session)
        claim(now)
    saved = save(made, now, photo, owner=HERS)
    row = file_queries.files_by_id([photo.id], consistent=True)[photo.id]
    assert (row.owner, set(row.holders)) == (HERS, {f"project:{saved.id}"})


def test_a_message_that_was_lost_costs_delay_alone(now: datetime, sent: list[Sent]) -> None:
    first, second = create(now), create(now)
    claim(now)
    sent.clear()
    assert sweep(first.id, now + A_DAY) == {"handed_over": 1}
    files.sweep_slice(row_keys=[file_keys.session_row("acme", "V-1")], dry_run=False, now=now + AN_HOUR)
    deliver(sent, now + AN_HOUR)
    assert [head(one.id).owner for one in (first, second)] == [HERS, HERS]
    assert sweep(first.id, now + 2 * A_DAY) == {"re_dated": 1}


def test_a_hand_over_that_is_interrupted_or_told_twice_is_finished_by_a_repeat(
    now: datetime, sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [create(now) for _ in range(5)]
    claim(now)
    left, step = iter(range(2)), handing.hand_over

    def hand_over(*args: Any) -> bool:
        if next(left, None) is None:
            raise ConnectionError("the power went")
        return step(*args)

    with monkeypatch.context() as dying:
        dying.setattr(handing, "PAGE", 2)
        dying.setattr(handing, "hand_over", hand_over)
        with pytest.raises(ConnectionError):
            operations.settle_visit(shop="acme", session="V-1", now=now)
    assert operations.settle_visit(shop="acme", session="V-1", now=now) == 3
    assert operations.settle_visit(shop="acme", session="V-1", now=now) == 0
    assert {head(one.id).owner for one in made} == {HERS}
    assert sorted(listed(HERS)) == sorted(one.id for one in made)


def test_after_a_logout_a_visits_project_is_trashed_purged_and_holds_nothing(now: datetime, sent: list[Sent]) -> None:
    (photo,) = stored_photos(1, GUEST)
    made = create(now, photo)
    assert sweep(made.id, now + AN_HOUR) == {"re_dated": 1}
    files.end(id="V-1", principal=GUEST, now=now)
    deliver(sent, now)
    assert head(made.id).purge_after == now
    assert sweep(made.id, now) == {"trashed": 1}
    assert holders(photo) == {f"project:{made.id}"}
    assert sweep(made.id, now + timedelta(days=31)) == {"purged": 1}
    assert (head(made.id).state, list(holders(photo))) == (ProjectState.GONE, [])


def test_a_visit_that_is_still_open_keeps_its_projects_however_late_the_sweep_comes(now: datetime) -> None:
    made = create(now)
    assert sweep(made.id, now + timedelta(days=2)) == {"re_dated": 1}
    claim(now + timedelta(days=2))
    assert sweep(made.id, now + timedelta(days=200)) == {"handed_over": 1}
    assert head(made.id).state == ProjectState.ACTIVE


def test_a_logout_elsewhere_takes_nothing_from_a_claimed_visit(now: datetime, sent: list[Sent]) -> None:
    made = create(now)
    claim(now)
    files.end(id="V-1", principal=GUEST, now=now)
    deliver(sent, now)
    assert (head(made.id).owner, head(made.id).state) == (HERS, ProjectState.ACTIVE)
