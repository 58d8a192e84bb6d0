"""Staff move a project with its photos to another customer; on moto."""

from datetime import datetime

import pytest

from files import operations as files
from files.records import File, Usage
from imagestore.audit import queries as audit
from imagestore.common.browse import Window
from imagestore.common.principal import RoleMissing, staff
from projects import operations, queries
from projects.errors import MoveInvalid, ProjectChanged, ProjectNotFound, ProjectOfVisit
from projects.operations import saving
from projects.operations.holders import HolderKind
from projects.operations.saving import Saved
from projects.records import ProjectState
from tests.support.hands import WHY, charged, create, draft, known, loaded, move, owners, projects_of, save
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in, usage
from tests.support.world import customer, make_shop

ANNA, BOB = customer(), customer("bob")


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, ANNA)


def test_it_is_the_others_with_its_photos_and_their_quota(photos: list[File], now: datetime) -> None:
    project = create(now, *photos[:2])
    assert move(project, now) == 2
    assert (projects_of("anna"), projects_of("bob")) == ([], [project.id])
    assert owners(photos) == ["bob", "bob", "anna"]
    assert (usage("bob"), usage()) == (charged(*photos[:2]), charged(photos[2]))
    loaded(project, now, "bob")
    with pytest.raises(ProjectNotFound):
        queries.load(id=project.id, principal=ANNA, now=now)


def test_the_audit_log_tells_who_moved_it_from_whom_to_whom_and_why(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    move(project, now)
    (entry,) = audit.leaf_of_history(Window(), subject=f"project:{project.id}").items
    assert (entry.action, entry.actor, entry.reason) == ("project.moved", "staff:otto", WHY)
    assert entry.details == {"from": "customer:anna", "to": "customer:bob"}


def test_photos_of_older_versions_follow_too(photos: list[File], now: datetime) -> None:
    second = save(create(now, photos[0]), now, photos[1])
    assert move(second, now) == 2
    assert owners(photos) == ["bob", "bob", "anna"]
    tag = loaded(second, now, "bob").tag
    restored = operations.restore_version(
        id=second.id, number=1, if_match=tag, owner="customer:bob", principal=BOB, now=now
    )
    assert restored.version == 3


def test_a_photo_that_another_project_of_the_owner_uses_stays_and_still_shows(
    photos: list[File], now: datetime
) -> None:
    other, project = create(now, photos[0]), create(now, *photos[:2])
    assert move(project, now) == 1
    assert owners(photos) == ["anna", "bob", "anna"]
    fewer = save(loaded(project, now, "bob"), now, photos[1], who="bob")
    again = save(fewer, now, photos[0], photos[1], who="bob")
    assert again.version == 3
    loaded(project, now, "bob")
    loaded(other, now, "anna")


def test_a_photo_that_only_somebody_elses_copy_uses_besides_goes_along(photos: list[File], now: datetime) -> None:
    project = create(now, photos[0])
    copied = create(now, photos[0], who="carol", source=project)
    assert move(project, now) == 1
    assert owners(photos[:1]) == ["bob"]
    loaded(copied, now, "carol")


@pytest.mark.parametrize(("whose", "expected"), [("customer:anna", "anna"), ("customer:carol", "bob"), ("", "anna")])
def test_a_cart_item_keeps_a_photo_with_its_owner_unless_it_is_surely_somebody_elses(
    photos: list[File], now: datetime, whose: str, expected: str
) -> None:
    project = create(now, photos[0])
    files.hold(ids=[photos[0].id], holder="cart:C", shop="acme", owner="customer:anna")
    move(project, now, kinds=(HolderKind("cart", lambda ids: dict.fromkeys(ids, whose) if whose else {}),))
    assert owners(photos[:1]) == [expected]


def test_a_photo_that_an_editor_added_stays_the_editors(photos: list[File], now: datetime) -> None:
    (of_carol,) = stored_photos(1, customer("carol"), first=9)
    project = create(now, photos[0])
    saved = operations.save(
        id=project.id,
        draft=draft(photos[0], of_carol),
        if_match=project.tag,
        owner="customer:anna",
        principal=ANNA,
        now=now,
        photos_of="customer:carol",
    )
    assert move(saved, now) == 1
    assert owners([photos[0], of_carol]) == ["bob", "carol"]
    loaded(saved, now, "bob")


def test_a_trashed_project_moves_and_is_restored_by_the_other(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    operations.trash(id=project.id, principal=ANNA, now=now)
    assert move(project, now) == 3
    assert operations.restore(id=project.id, principal=BOB, now=now).state == ProjectState.ACTIVE


def test_moving_it_back_brings_all_back(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    move(project, now)
    assert move(project, now, to="anna") == 3
    assert (owners(photos), projects_of("anna")) == (["anna"] * 3, [project.id])
    assert (usage("bob"), usage()) == (Usage(0, 0), charged(*photos))


def test_what_is_the_customers_already_stays_so(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    assert move(project, now, to="anna") == 0
    assert audit.leaf_of_history(Window(), subject=f"project:{project.id}").items == []


def test_photos_claimed_with_a_visit_follow_before_they_are_handed_over(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.open_session(customer=None, principal=guest(), now=now)
    photos = stored_photos(2, guest())
    project = operations.create(draft=draft(*photos), owner="session:V-1", principal=guest(), now=now)
    with monkeypatch.context() as slow:
        slow.setattr("files.operations.settling.settle_now", lambda session, now: session)
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
    assert move(project, now) == 2
    assert (owners(photos), usage("bob"), usage()) == (["bob", "bob"], charged(*photos), Usage(0, 0))


class TestRefused:
    def test_who_is_no_operator_moves_nothing(self, photos: list[File], now: datetime) -> None:
        project = create(now, *photos)
        with pytest.raises(RoleMissing):
            operations.move(id=project.id, customer="bob", principal=staff("sue", "support"), reason=WHY, now=now)
        assert projects_of("anna") == [project.id]

    def test_to_something_that_is_no_customer(self, photos: list[File], now: datetime) -> None:
        with pytest.raises(MoveInvalid, match="1 to 128"):
            move(create(now, *photos), now, to="b o b")

    def test_what_is_unknown(self, now: datetime) -> None:
        with pytest.raises(ProjectNotFound):
            move(Saved("nonsense", 1, now, ""), now)

    def test_a_guests_project(self, now: datetime) -> None:
        files.open_session(customer=None, principal=guest(), now=now)
        project = operations.create(draft=draft(), owner="session:V-1", principal=guest(), now=now)
        with pytest.raises(ProjectOfVisit, match="login"):
            move(project, now)


class TestSavesThatMeetIt:
    def test_the_former_owner_finds_no_project(self, photos: list[File], now: datetime) -> None:
        project = create(now, *photos)
        move(project, now)
        with pytest.raises(ProjectNotFound):
            save(project, now, *photos)

    def test_a_tag_that_was_given_to_the_former_owner_is_a_conflict_for_the_new_one(
        self, photos: list[File], now: datetime
    ) -> None:
        project = create(now, *photos)
        move(project, now)
        with pytest.raises(ProjectChanged):
            save(project, now, photos[0], who="bob")
        assert save(loaded(project, now, "bob"), now, photos[0], who="bob").version == 2

    def test_a_save_under_way_is_lost_and_takes_nothing_along(
        self, photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project, save_moves = create(now, photos[0]), saving.move

        def meanwhile(*args: object) -> bool:
            monkeypatch.setattr(saving, "move", save_moves)
            move(project, now)
            return save_moves(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(saving, "move", meanwhile)
        with pytest.raises(ProjectNotFound):
            save(project, now, *photos[:2])
        assert owners(photos[:2]) == ["bob", "anna"]
        assert (known(photos[1]).holders, queries.intents_of(project.id)) == (frozenset(), [])
