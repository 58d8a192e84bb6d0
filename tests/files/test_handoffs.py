"""Handoffs: a phone may add photos to a visit, so many, so long, and until it is told otherwise."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files import operations
from files.errors import HandoffClosed, HandoffInvalid, HandoffNotFound, SessionClosed
from files.operations import handoffs
from files.operations.handoffs import Wanted
from imagestore.common.principal import Principal
from imagestore.identity import issued
from tests.support.ministack import LocalAws
from tests.support.world import ALL_SCOPES, Api, make_shop

SHOP = Principal(kind="shop", shop="acme", scopes=ALL_SCOPES)


@pytest.fixture
def session(real_aws: LocalAws, now: datetime) -> str:
    make_shop()
    return operations.open_session(customer=None, principal=SHOP, now=now).id


def handoff(session: str, now: datetime, **wanted: object) -> tuple[str, issued.Issued]:
    made, token = operations.make_handoff(
        session_id=session,
        wanted=Wanted(**wanted),  # type: ignore[arg-type]
        principal=SHOP,
        now=now,
    )
    return made.id, issued.read(token, use="handoff", now=now)


def test_it_takes_as_many_photos_as_it_says(session: str, now: datetime) -> None:
    _, token = handoff(session, now, most_files=3)
    handoffs.use(token=token, files=2, now=now)
    with pytest.raises(HandoffClosed, match="takes 1 more"):
        handoffs.use(token=token, files=2, now=now)
    handoffs.use(token=token, files=1, now=now)
    with pytest.raises(HandoffClosed, match="as many photos as it may"):
        handoffs.use(token=token, files=1, now=now)


def test_revoked_it_takes_none_and_says_so(session: str, now: datetime) -> None:
    id, token = handoff(session, now)
    operations.revoke(session_id=session, id=id, principal=SHOP, now=now)
    with pytest.raises(HandoffClosed, match="closed on the other screen"):
        handoffs.use(token=token, files=1, now=now)


def test_an_unknown_one_cannot_be_revoked(session: str, now: datetime) -> None:
    with pytest.raises(HandoffNotFound):
        operations.revoke(session_id=session, id="nonsense", principal=SHOP, now=now)


def test_expired_it_takes_none_and_says_so(session: str, now: datetime) -> None:
    _, token = handoff(session, now, lifetime=timedelta(minutes=5))
    with pytest.raises(HandoffClosed, match="expired"):
        handoffs.use(token=token, files=1, now=now + timedelta(minutes=6))


def test_it_never_outlives_what_its_session_may(session: str, now: datetime) -> None:
    later = now + timedelta(hours=5)
    _, token = handoff(session, later, lifetime=timedelta(hours=24))
    assert token.expires_at <= now + timedelta(hours=24)


def test_it_needs_an_open_session(session: str, now: datetime) -> None:
    operations.end(id=session, principal=SHOP, now=now)
    with pytest.raises(SessionClosed):
        handoff(session, now)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"lifetime": timedelta(0)}, "minutes"),
        ({"lifetime": timedelta(hours=25)}, "minutes"),
        ({"most_files": 0}, "most_files"),
        ({"most_files": 501}, "most_files"),
    ],
)
def test_its_limits_are_named(session: str, now: datetime, wanted: dict[str, object], field: str) -> None:
    with pytest.raises(HandoffInvalid) as refusal:
        handoff(session, now, **wanted)
    assert refusal.value.field == field


def test_keeping_for_ever_is_not_on_offer(session: str, now: datetime) -> None:
    for keep_until in (now - timedelta(days=1), now + timedelta(days=400)):
        with pytest.raises(HandoffInvalid, match="366"):
            handoff(session, now, keep_until=keep_until)


def test_its_token_opens_nothing_but_the_phones_page(session: str, api: Callable[..., Api]) -> None:
    made = api(customer=None)("POST", f"/sessions/{session}/handoffs", {"most_files": 5}).json()
    assert made["url"].endswith(f"/h/{made['token']}")
    assert made["qr_svg"].startswith("<svg")
    assert api(bearer=made["token"])("GET", "/files").status_code == 401
    assert api(customer=None)("DELETE", f"/sessions/{session}/handoffs/{made['id']}").status_code == 204


def test_a_foreign_session_has_no_handoffs(session: str, api: Callable[..., Api]) -> None:
    assert api(customer="eve")("POST", f"/sessions/{session}/handoffs", {}).status_code == 404
