"""How a share ends, on the local AWS: at once, for whoever has the link, and with nothing of it left."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from files import operations as files
from files.records import File
from imagestore.audit import queries as audit
from imagestore.common import aws, clock, principal, table
from imagestore.common.browse import Window
from imagestore.common.principal import RoleMissing
from imagestore.common.rows import Item
from projects import keys, operations
from projects.models import SharesRow
from projects.operations import removing
from projects.records import Shares
from projects.shares import operations as shares
from projects.shares.errors import ShareNotFound
from projects.shares.keys import digest
from tests.support.ministack import LocalAws
from tests.support.shares import PASSWORD, Link, create, share
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in
from tests.support.world import Answer, Api, customer, make_shop

Caller = Callable[..., Api]
PAGE = {"Accept": "text/html"}
A_MONTH = timedelta(days=31)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Caller) -> Api:
    return api()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(1, customer())


@pytest.fixture
def project(anna: Api, photos: list[File]) -> str:
    return create(anna, *photos)


def revoke(who: Api, project: str, shared: Answer) -> int:
    return int(who("DELETE", f"/projects/{project}/shares/{shared.json()['id']}").status_code)


def every_answer(link: Link, tag: str = '"x"', access: str = "") -> list[Answer]:
    """Of every way in, by somebody who is known."""
    return [
        link(Share_Access=access),
        link("GET", "/files?cursor=x", Share_Access=access),
        link.unlock(),
        link("POST", "/copy", Share_Access=access),
        link.save(tag, Share_Access=access),
        link(**PAGE),
    ]


def assert_is_not_there(link: Link, tag: str = '"x"', access: str = "") -> None:
    unknown = every_answer(Link(f"/shared/{'A' * 43}", customer="ben"))
    for answer, of_none in zip(every_answer(link, tag, access), unknown, strict=True):
        assert (answer.status_code, answer.content) == (404, of_none.content)


def rows_of_shares() -> list[str]:
    items = aws.dynamodb().scan(TableName=settings.IMAGESTORE_TABLE, ConsistentRead=True)["Items"]
    return [row["sk"]["S"] for row in items if row["sk"]["S"] in ("SHARE", "SHARES")]


def test_a_revoked_share_is_not_there_in_the_very_next_request(anna: Api, project: str) -> None:
    shared = share(anna, project, "edit", password=PASSWORD)
    link = Link(shared, customer="ben")
    access = link.unlock().json()["access"]
    tag = link(Share_Access=access)["ETag"]
    assert revoke(anna, project, shared) == 204
    assert_is_not_there(link, tag, access)
    assert anna("GET", f"/projects/{project}/shares").json()["items"] == []
    assert revoke(anna, project, shared) == 404


def test_the_others_of_the_project_stay(anna: Api, project: str) -> None:
    one, other = share(anna, project), share(anna, project)
    revoke(anna, project, one)
    assert Link(other)().status_code == 200
    assert [entry["id"] for entry in anna("GET", f"/projects/{project}/shares").json()["items"]] == [other.json()["id"]]


def test_copies_stay(anna: Api, api: Caller, project: str) -> None:
    shared = share(anna, project, "copy")
    copied = Link(shared, customer="ben")("POST", "/copy").json()["id"]
    revoke(anna, project, shared)
    assert api(customer="ben")("GET", f"/projects/{copied}").status_code == 200


def test_a_share_ends_in_its_time(anna: Api, project: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = (now + timedelta(minutes=5)).isoformat()
    link = Link(share(anna, project, "edit", expires_at=ends), customer="ben")
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=4, seconds=59))
    assert link().status_code == 200
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5))
    assert_is_not_there(link)
    assert anna("GET", f"/projects/{project}/shares").json()["items"] == []


def test_its_row_ends_with_it(anna: Api, project: str, now: datetime) -> None:
    token = share(anna, project, expires_at=(now + timedelta(minutes=5)).isoformat()).json()["token"]
    row = aws.dynamodb().get_item(
        TableName=settings.IMAGESTORE_TABLE,
        Key={"pk": {"S": f"SHARE#{digest(token)}"}, "sk": {"S": "SHARE"}},
    )["Item"]
    assert int(row["expires_at"]["N"]) == int((now + timedelta(minutes=5)).timestamp())


def test_a_project_in_the_trash_is_not_there_until_it_is_restored(anna: Api, project: str) -> None:
    link = Link(share(anna, project, "edit", password=PASSWORD), customer="ben")
    access = link.unlock().json()["access"]
    tag = link(Share_Access=access)["ETag"]
    anna("DELETE", f"/projects/{project}")
    assert_is_not_there(link, tag, access)
    anna("POST", f"/projects/{project}/restore")
    assert link(Share_Access=access).status_code == 200


class TestPurge:
    @pytest.fixture
    def links(self, anna: Api, project: str, now: datetime) -> list[Link]:
        made = [share(anna, project, mode, label="For Grandma") for mode in ("view", "copy", "edit")]
        operations.trash(id=project, principal=customer(), now=now)
        return [Link(shared, customer="ben") for shared in made]

    def purge(self, project: str, now: datetime) -> None:
        operations.sweep_slice(row_keys=[keys.head_row(project)], dry_run=False, now=now + A_MONTH)

    def test_nothing_of_its_shares_is_left(self, project: str, links: list[Link], now: datetime) -> None:
        self.purge(project, now)
        assert rows_of_shares() == []
        for link in links:
            assert_is_not_there(link)

    def test_one_that_was_interrupted_is_finished_by_a_repeat(
        self, project: str, links: list[Link], now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(removing, "version_rows", lambda id: 1 / 0)
            self.purge(project, now)
        assert_is_not_there(links[0])
        self.purge(project, now)
        assert rows_of_shares() == []

    def test_a_share_that_was_left_behind_by_half_a_removal_is_removed(
        self, project: str, links: list[Link], now: datetime
    ) -> None:
        row = keys.shares_row(project)
        named = table.get(SharesRow, row, Shares, consistent=True)
        assert named is not None
        table.delete(Item, keys.share_of_entry(min(named.shares)))
        self.purge(project, now)
        assert rows_of_shares() == []


class TestStaff:
    def test_support_revokes_one_with_a_reason_that_is_kept(self, anna: Api, project: str, now: datetime) -> None:
        shared = share(anna, project, label="For Grandma")
        sue = principal.staff("sue", "support")
        id = shared.json()["id"]
        shares.revoke_as_staff(id=project, share_id=id, principal=sue, reason="it was leaked", now=now)
        assert_is_not_there(Link(shared, customer="ben"))
        (entry,) = audit.leaf_of_history(Window(), subject=f"project:{project}").items
        assert (entry.action, entry.actor, entry.reason) == ("share.revoked", "staff:sue", "it was leaked")
        assert entry.details == {"share": id}
        with pytest.raises(ShareNotFound):
            shares.revoke_as_staff(id=project, share_id=id, principal=sue, reason="again", now=now)

    def test_a_viewer_revokes_none(self, anna: Api, project: str, now: datetime) -> None:
        shared = share(anna, project)
        with pytest.raises(RoleMissing):
            shares.revoke_as_staff(
                id=project,
                share_id=shared.json()["id"],
                principal=principal.staff("vic", "viewer"),
                reason="x",
                now=now,
            )
        assert Link(shared)().status_code == 200


@pytest.mark.parametrize("settled", [False, True])
def test_a_share_of_a_visits_project_goes_on_after_the_login(api: Caller, now: datetime, settled: bool) -> None:
    files.open_session(customer=None, principal=guest("V-1"), now=now)
    visitor = api(customer=None, session="V-1")
    link = Link(share(visitor, create(visitor), "edit"))
    before = link()["ETag"]
    files.claim(id="V-1", customer="anna", principal=logged_in("V-1"), now=now)
    if settled:
        operations.settle_visit(shop="acme", session="V-1", now=now)
        assert link.save(before, title="Ours").status_code == 412
    assert link.save(link()["ETag"], title="Ours").status_code == 200
    assert link().json()["name"] == "Ours"
