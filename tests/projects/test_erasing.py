"""Erasing a customer: what goes, what others inherit, what the law keeps; on moto."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import pytest

from files import operations as files
from files import queries as file_queries
from files.keys import file_row
from files.models import FileRow
from files.records import File, FileState, Usage
from imagestore.audit import queries as audit
from imagestore.common import aws, objects, switches, table, transaction
from imagestore.common.browse import Window
from imagestore.common.principal import RoleMissing, command, staff
from imagestore.common.retention import RetentionPolicy
from imagestore.common.switches import DeletionPaused
from imagestore.identity.errors import ShopNotFound
from projects import keys, operations, queries
from projects.operations.holders import HolderKind
from projects.operations.saving import Saved
from projects.records import Erasure, ProjectState
from tests.support.hands import charged, create, draft, known, loaded, owners, projects_of, save
from tests.support.uploads import stored_photos
from tests.support.visits import guest, usage
from tests.support.world import customer, make_shop

ANNA, WHY = customer(), "she asked for it by letter"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, ANNA)


def erase(now: datetime, *kinds: HolderKind, who: str = "anna") -> Erasure:
    return operations.erase_owner(
        shop="acme", owner=f"customer:{who}", principal=command("tests"), reason=WHY, now=now, kinds=kinds
    )


def orders_of(whose: str) -> HolderKind:
    def owners_of(ids: Collection[str]) -> Mapping[str, str]:
        return dict.fromkeys(ids, f"customer:{whose}")

    return HolderKind("order", owners_of)


def hold(photo: File, holder: str, whose: str = "anna") -> None:
    source = next(iter(known(photo).holders), None)
    files.hold(ids=[photo.id], holder=holder, shop="acme", owner=f"customer:{whose}", source=source)


def state_of(project: Saved) -> ProjectState:
    head = queries.head_of(project.id)
    assert head is not None
    return head.state


def test_projects_photos_and_the_customer_are_gone_at_once(photos: list[File], now: datetime) -> None:
    project = save(create(now, *photos[:2]), now, photos[0])
    trashed = create(now, photos[1])
    operations.trash(id=trashed.id, principal=ANNA, now=now)
    erased = erase(now)
    assert (erased.projects, erased.files, erased.size) == (2, 3, sum(photo.size for photo in photos))
    assert (erased.handed_over, erased.kept, erased.waiting, erased.complete) == (0, {}, {}, True)
    assert (state_of(project), state_of(trashed)) == (ProjectState.GONE, ProjectState.GONE)
    assert {known(photo).state for photo in photos} == {FileState.GONE}
    assert [one.key for one in objects.versions("") if not one.key.startswith("ledger/")] == []
    assert file_queries.owners([("acme", "anna")]) == []


def test_no_row_names_the_customer_but_the_log_of_its_erasure(photos: list[File], now: datetime) -> None:
    create(now, *photos)
    files.open_session(customer="anna", principal=guest(), now=now)
    erase(now)
    rows = aws.dynamodb().scan(TableName="imagestore-test")["Items"]
    naming = {str(row["pk"]["S"]).partition("#")[0] for row in rows if "anna" in str(row)}
    assert naming == {"AUDIT"}


def test_a_recipients_copy_survives_it_with_photos_that_are_its_own_now(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    copied = create(now, *photos[:2], who="bob", source=project)
    named = [FileRow.name.set("Anna's wedding.jpeg"), FileRow.camera.set("Anna's phone")]
    table.update(FileRow, file_row(photos[0].id), named, None, File)
    erased = erase(now)
    assert (erased.handed_over, erased.files, erased.complete) == (2, 1, True)
    loaded(copied, now, "bob")
    heirloom = known(photos[0])
    assert (heirloom.owner, heirloom.name, heirloom.camera) == ("customer:bob", "photo.jpg", None)
    assert (heirloom.sha256, heirloom.state) == (photos[0].sha256, FileState.STORED)
    assert usage("bob") == charged(*photos[:2])
    again = save(loaded(copied, now, "bob"), now, *photos[:2], who="bob")
    assert again.version == 2


def test_the_oldest_project_of_somebody_else_inherits(photos: list[File], now: datetime) -> None:
    project = create(now, photos[0])
    files.hold(ids=[photos[0].id], holder="cart:0", shop="acme", owner="customer:anna")
    carols = create(now + timedelta(seconds=1), photos[0], who="carol", source=project)
    create(now + timedelta(seconds=2), photos[0], who="bob", source=carols)
    carts = HolderKind("cart", lambda ids: dict.fromkeys(ids, "customer:dora"))
    erase(now, carts)
    assert owners(photos[:1]) == ["carol"]


def test_a_photo_that_only_somebody_elses_cart_item_uses_is_handed_to_that_customer(
    photos: list[File], now: datetime
) -> None:
    files.hold(ids=[photos[0].id], holder="cart:C", shop="acme", owner="customer:anna")
    erase(now, HolderKind("cart", lambda ids: dict.fromkeys(ids, "customer:bob")))
    assert (owners(photos[:1]), usage("bob")) == (["bob"], charged(photos[0]))


def test_what_an_order_of_hers_needs_is_kept_and_named(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    create(now, photos[0], who="bob", source=project)
    hold(photos[0], "order:O")
    erased = erase(now, orders_of("anna"))
    assert (erased.kept, erased.complete, erased.files) == ({photos[0].id: "order:O"}, True, 2)
    kept = known(photos[0])
    assert (kept.owner, kept.name, kept.state) == ("customer:anna", photos[0].name, FileState.STORED)
    (row,) = file_queries.owners([("acme", "anna")])
    assert (row.name, row.email, row.used_files) == ("", "", 1)


def test_a_legal_hold_keeps_a_photo_whoever_else_uses_it(photos: list[File], now: datetime) -> None:
    project = create(now, *photos)
    create(now, photos[0], who="bob", source=project)
    hold(photos[0], "hold:L")
    assert erase(now).kept == {photos[0].id: "hold:L"}


def test_somebody_elses_order_inherits_like_any_other_use(photos: list[File], now: datetime) -> None:
    hold(photos[0], "order:O")
    assert erase(now, orders_of("bob")).handed_over == 1
    assert owners(photos[:1]) == ["bob"]


def test_what_somebody_is_just_taking_waits_and_a_repeat_decides_it(photos: list[File], now: datetime) -> None:
    """A copy holds the photos before its project is there: whose it will be nobody can say yet."""
    hold(photos[0], "project:NEW", "anna")
    erased = erase(now)
    assert erased.waiting == {photos[0].id: "project:NEW is being made or removed"}
    assert (erased.complete, erased.files, owners(photos[:1])) == (False, 2, ["anna"])
    transaction.commit(
        files.release(ids=[photos[0].id], holder="project:NEW", shop="acme", policy=RetentionPolicy(), now=now)
    )
    assert erase(now).complete
    assert known(photos[0]).state == FileState.GONE


def test_her_own_use_of_others_photos_ends(now: datetime) -> None:
    (of_bob,) = stored_photos(1, customer("bob"), first=9)
    project = create(now, of_bob, who="bob")
    create(now, of_bob, source=project)
    erase(now)
    assert (known(of_bob).holders, owners([of_bob])) == (frozenset({keys.holder(project.id)}), ["bob"])
    loaded(project, now, "bob")


def test_what_else_holds_photos_ends_before_they_are_looked_at(photos: list[File], now: datetime) -> None:
    hold(photos[0], "cart:C")

    def end(shop: str, owner: str, now: datetime, found: Collection[str]) -> Mapping[str, int]:
        assert (shop, owner) == ("acme", "customer:anna")
        release = files.release(ids=[photos[0].id], holder="cart:C", shop="acme", policy=RetentionPolicy(), now=now)
        transaction.commit(release)
        return {"cart items": 1}

    erased = erase(now, HolderKind("cart", lambda ids: dict.fromkeys(ids, "customer:anna"), end))
    assert (erased.ended, erased.files, erased.complete) == ({"cart items": 1}, 3, True)


def test_what_a_visit_of_hers_has_goes_too(now: datetime) -> None:
    files.open_session(customer="anna", principal=guest(), now=now)
    (photo,) = stored_photos(1, guest())
    project = operations.create(draft=draft(photo), owner="session:V-1", principal=guest(), now=now)
    erased = erase(now)
    assert (erased.projects, erased.files, state_of(project)) == (1, 1, ProjectState.GONE)
    assert file_queries.session_of(guest(), "V-1").state == "ended"


def test_a_visits_copy_inherits_for_who_logs_in_later(photos: list[File], now: datetime) -> None:
    project = create(now, photos[0])
    files.open_session(customer=None, principal=guest(), now=now)
    source = keys.holder(project.id)
    operations.create(draft=draft(photos[0]), owner="session:V-1", principal=guest(), now=now, source=source)
    assert erase(now).handed_over == 1
    assert known(photos[0]).owner == "session:V-1"
    files.claim(id="V-1", customer="bob", principal=guest(), now=now)
    assert usage("bob") == charged(photos[0])


def test_who_erased_whom_and_why_is_recorded_with_the_counts(photos: list[File], now: datetime) -> None:
    create(now, *photos)
    erase(now)
    done, begun = audit.leaf_of_history(Window(), subject="customer:acme/anna").items
    assert (begun.action, done.action, done.reason) == ("customer.erasing", "customer.erased", WHY)
    assert done.details["files"] == 3
    assert (done.details["projects"], done.details["waiting"]) == (1, 0)


def test_other_customers_and_other_shops_keep_everything(photos: list[File], now: datetime) -> None:
    make_shop("other")
    (elsewhere,) = stored_photos(1, customer(shop="other"))
    (of_bob,) = stored_photos(1, customer("bob"), first=9)
    erase(now)
    assert [known(photo).state for photo in (elsewhere, of_bob)] == [FileState.STORED] * 2
    assert usage("bob") == charged(of_bob)


def test_a_repeat_finds_nothing(photos: list[File], now: datetime) -> None:
    create(now, *photos)
    erase(now)
    assert erase(now).counts == Erasure().counts
    assert (projects_of("anna"), usage()) == ([], None)


def test_how_far_it_is_is_told_after_each_page(
    photos: list[File], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("files.operations.erasing.PAGE", 2)
    heard: list[int] = []
    operations.erase_owner(
        shop="acme",
        owner="customer:anna",
        principal=command("tests"),
        reason=WHY,
        now=now,
        tell=lambda so_far: heard.append(so_far.files),
    )
    assert heard[:2] == [2, 3]


class TestRefused:
    def test_while_deletion_is_paused(self, photos: list[File], now: datetime) -> None:
        transaction.commit([switches.pause_deletion(True)])
        with pytest.raises(DeletionPaused):
            erase(now)
        assert {known(photo).state for photo in photos} == {FileState.STORED}
        assert audit.leaf_of_history(Window(), subject="customer:acme/anna").items == []

    def test_by_who_is_no_admin(self, now: datetime) -> None:
        with pytest.raises(RoleMissing):
            operations.erase_owner(
                shop="acme", owner="customer:anna", principal=staff("otto", "operator"), reason=WHY, now=now
            )

    def test_at_a_shop_that_is_unknown(self, now: datetime) -> None:
        with pytest.raises(ShopNotFound):
            operations.erase_owner(
                shop="nowhere", owner="customer:anna", principal=command("tests"), reason=WHY, now=now
            )


def test_usage_of_the_heir_is_right_after_the_erasure_of_two(photos: list[File], now: datetime) -> None:
    (of_carol,) = stored_photos(1, customer("carol"), first=9)
    hers, carols = create(now, *photos), create(now, of_carol, who="carol")
    create(now, photos[0], who="bob", source=hers)
    create(now, of_carol, who="bob", source=carols)
    erase(now)
    erase(now, who="carol")
    assert usage("bob") == Usage(2, photos[0].size + of_carol.size)
