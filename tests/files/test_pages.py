"""The phone's page, in a real browser: photos get into the visit on another screen, and a closed link says why."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from files import operations, queries
from files.operations import handoffs, registering
from files.operations.handoffs import Wanted
from files.records import File
from imagestore.common import clock
from imagestore.common.principal import Principal
from imagestore.common.signing import Signer
from imagestore.identity import issued
from tests.support.browser import Tab, Tunnel
from tests.support.images import Photo, photo
from tests.support.world import ALL_SCOPES, make_shop

SHOP = Principal(kind="shop", shop="acme", scopes=ALL_SCOPES)
BROKEN = Photo("list.jpg", "image/jpeg", b"bread, milk")
MakeLink = Callable[..., str]


@pytest.fixture
def session(tab: Tab, now: datetime) -> str:
    make_shop()
    return operations.open_session(customer=None, principal=SHOP, now=now).id


def link(session: str, **wanted: object) -> tuple[str, str]:
    """Id and token of a handoff."""
    made, token = operations.make_handoff(
        session_id=session,
        wanted=Wanted(**wanted),  # type: ignore[arg-type]
        principal=SHOP,
        now=clock.now(),
    )
    return made.id, token


def files(session: str, after: str | None = None) -> list[File]:
    wanted = queries.Listing(f"session:{session}", after=after)
    return queries.files_of_owner(principal=SHOP, wanted=wanted, cursor=None, limit=100)[0]


def choose(tab: Tab, *photos: Photo) -> None:
    chosen = [{"name": one.name, "mimeType": one.content_type, "buffer": one.body} for one in photos]
    tab.page.get_by_label("Choose photos").set_input_files(chosen)  # type: ignore[arg-type]


def test_a_phone_adds_photos_and_the_other_screen_sees_them(tab: Tab, session: str) -> None:
    _, token = link(session)
    page = tab.visit(f"/h/{token}")
    choose(tab, *(photo(number) for number in range(3)), BROKEN)
    expect(page.get_by_role("status")).to_contain_text("3 on the other screen")
    expect(page.get_by_role("listitem").filter(has_text="list.jpg")).to_contain_text("unknown kind, not a photo")
    assert sorted(file.name for file in files(session) if file.state == "stored") == [
        "photo 0.jpeg",
        "photo 1.jpeg",
        "photo 2.jpeg",
    ]
    tab.look("phone")


def test_a_phone_that_slept_until_its_forms_were_dead_goes_on_without_a_person(
    tab: Tab, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab.expected = "status of 403"
    _, token = link(session)
    page = tab.visit(f"/h/{token}")
    tunnel = Tunnel(page, "**/test-*/**")
    with monkeypatch.context() as long_ago:
        long_ago.setattr(registering, "Signer", lambda now: Signer(now - timedelta(minutes=61)))
        choose(tab, *(photo(number) for number in range(4)))
        tunnel.wait_for(2)
    tunnel.leave()
    expect(page.get_by_role("status")).to_contain_text("4 on the other screen")
    assert len(files(session)) == 6  # Two forms that ran out are given up later.
    assert sum("403" in text for text in tab.complaints) == 2


def test_a_connection_that_was_lost_on_the_phone_is_waited_for_and_costs_no_second_photo(
    tab: Tab, session: str
) -> None:
    tab.expected = "ERR_INTERNET_DISCONNECTED|ERR_FAILED"
    _, token = link(session)
    page = tab.visit(f"/h/{token}")
    page.route("**/test-*/**", lambda route: route.abort())
    choose(tab, photo(1), photo(2))
    expect(page.get_by_role("listitem").filter(has_text="The connection broke.")).to_have_count(2)
    page.unroute_all()
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.get_by_role("status")).to_contain_text("2 on the other screen")
    assert len(files(session)) == 2


def test_a_link_that_is_used_up_says_so(tab: Tab, session: str) -> None:
    _, token = link(session, most_files=1)
    page = tab.visit(f"/h/{token}")
    choose(tab, photo(1), photo(2))
    expect(page.get_by_role("listitem").filter(has_text="has taken as many photos as it may")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("1 on the other screen")
    assert len(files(session)) == 1
    again = tab.visit(f"/h/{token}")
    expect(again.get_by_text("This link has taken as many photos as it may.")).to_be_visible()
    expect(again.get_by_label("Choose photos")).to_have_count(0)
    tab.complaints.clear()  # The browser notes the refused call.
    tab.look("phone-used-up")


def test_what_cannot_be_a_photo_costs_the_link_nothing(tab: Tab, session: str) -> None:
    _, token = link(session, most_files=1)
    page = tab.visit(f"/h/{token}")
    choose(tab, Photo("empty.jpg", "image/jpeg", b""), Photo("list.pdf", "application/pdf", b"%PDF-1.4"), photo(1))
    expect(page.get_by_role("status")).to_contain_text("1 on the other screen")
    expect(page.get_by_role("listitem").filter(has_text="empty.jpg")).to_contain_text("This file is empty.")
    expect(page.get_by_role("listitem").filter(has_text="list.pdf")).to_contain_text("photos are JPEG, PNG")
    assert [file.name for file in files(session)] == ["photo 1.jpeg"]
    tab.complaints.clear()


def test_a_revoked_link_says_so_at_once(tab: Tab, session: str) -> None:
    id, token = link(session)
    operations.revoke(session_id=session, id=id, principal=SHOP, now=clock.now())
    page = tab.visit(f"/h/{token}")
    expect(page.get_by_text("This link was closed on the other screen.")).to_be_visible()
    expect(page.get_by_label("Choose photos")).to_have_count(0)
    tab.complaints.clear()
    tab.look("phone-closed")


def test_a_link_of_a_visit_that_is_over_says_so(tab: Tab, session: str) -> None:
    _, token = link(session)
    operations.end(id=session, principal=SHOP, now=clock.now())
    expect(tab.visit(f"/h/{token}").get_by_text("The visit that this link belongs to is over")).to_be_visible()
    tab.complaints.clear()


def test_an_expired_or_cut_link_says_so(tab: Tab, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = link(session)
    for address in (f"/h/{token[:-4]}", "/h/nonsense"):
        expect(tab.visit(address).get_by_text("expired or is not complete")).to_be_visible()
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    expect(tab.visit(f"/h/{token}").get_by_text("expired or is not complete")).to_be_visible()
    tab.complaints.clear()


def test_what_is_to_be_kept_is_kept(session: str, now: datetime) -> None:
    later = (now + timedelta(days=40)).replace(microsecond=0)
    _, token = link(session, keep_until=later)
    read = issued.read(token, use="handoff", now=now)
    assert handoffs.use(token=read, files=1, now=now).keep_until == later
