"""What staff do to a file: restore it from the trash, have it verified again. On moto."""

import pytest
from django.conf import settings

from files import keys, operations, queries
from files.errors import FileNotFound, FileNotTrashed, FileNotVerifiable
from files.operations.registering import Registered
from files.records import File, FileState, NewFile
from imagestore.audit import queries as audit
from imagestore.common import aws, clock, ids
from imagestore.common.browse import Window
from imagestore.common.principal import RoleMissing, staff
from tests.support.images import Photo, photo
from tests.support.uploads import store, stored_photos
from tests.support.world import customer, make_shop

SUPPORT = staff("sue", "support")


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def trashed() -> File:
    (file,) = stored_photos(1, customer())
    return operations.trash(id=file.id, principal=customer(), now=clock.now())


@pytest.fixture
def rejected() -> File:
    (file,) = store([Photo("broken.jpeg", "image/jpeg", b"no photo at all")], customer())
    assert file.state == FileState.REJECTED
    return file


def known(file: File) -> File:
    found = queries.seen_by_staff(file.id)
    assert found is not None
    return found


def used() -> tuple[int, int]:
    (owner,) = queries.owners([("acme", "anna")])
    return owner.used_files, owner.used_bytes


def restore(file: File, by: str = "support") -> None:
    operations.restore(id=file.id, principal=staff("sue", by), reason="asked by phone", now=clock.now())


def test_a_trashed_file_is_stored_again_with_new_grace(trashed: File) -> None:
    before = clock.now()
    restore(trashed)
    after = known(trashed)
    assert after.state == FileState.STORED
    assert after.trashed_at is None
    assert after.purge_after is not None
    assert (after.purge_after - before).days >= 1


def test_the_audit_log_names_person_and_reason(trashed: File) -> None:
    restore(trashed)
    (entry,) = audit.leaf_of_history(Window(), subject=f"file:{trashed.id}").items
    assert (entry.action, entry.actor, entry.reason) == ("file.restored", "staff:sue", "asked by phone")


def test_a_viewer_restores_nothing(trashed: File) -> None:
    with pytest.raises(RoleMissing):
        restore(trashed, by="viewer")
    assert known(trashed).state == FileState.TRASHED


def test_a_customer_has_no_role(trashed: File) -> None:
    with pytest.raises(RoleMissing):
        operations.restore(id=trashed.id, principal=customer(), reason="mine", now=clock.now())


def test_only_a_trashed_file_is_restored() -> None:
    (file,) = stored_photos(1, customer())
    with pytest.raises(FileNotTrashed, match="stored"):
        restore(file)
    assert audit.leaf_of_history(Window(), subject=f"file:{file.id}").items == []


def test_an_unknown_file_cannot_be_restored() -> None:
    with pytest.raises(FileNotFound):
        operations.restore(id=ids.new_id(clock.now()), principal=SUPPORT, reason="why", now=clock.now())


def test_an_awaited_file_is_asked_for_in_storage() -> None:
    picture = photo(3)
    (item,) = operations.register(
        wanted=[NewFile(**picture.announcement)],  # type: ignore[arg-type]
        owner="customer:anna",
        principal=customer(),
        now=clock.now(),
    )
    assert isinstance(item, Registered)
    key = keys.object_key("acme", item.file.id)
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=picture.body, ContentType=picture.content_type)
    operations.verify_again(id=item.file.id, principal=SUPPORT, reason="stuck", now=clock.now())
    assert known(item.file).state == FileState.STORED


def test_a_rejected_file_is_decided_again_and_charged_only_if_it_is_good(rejected: File) -> None:
    assert used() == (0, 0)
    operations.verify_again(id=rejected.id, principal=SUPPORT, reason="new decoder", now=clock.now())
    assert known(rejected).state == FileState.REJECTED
    assert used() == (0, 0)
    assert [file.id for file in queries.leaf_of_rejected(Window(), shop="acme").items] == [rejected.id]


def test_a_rejected_file_that_is_good_by_now_is_stored() -> None:
    good = photo(1)
    (file,) = store([Photo("later.jpeg", "image/jpeg", b"?" * len(good.body))], customer())
    key = keys.object_key("acme", file.id)
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=good.body, ContentType="image/jpeg")
    operations.verify_again(id=file.id, principal=SUPPORT, reason="new decoder", now=clock.now())
    assert known(file).state == FileState.STORED
    assert known(file).reason_code is None
    assert used() == (1, len(good.body))
    assert queries.leaf_of_rejected(Window(), shop="acme").items == []


def test_a_stored_file_is_decided_already() -> None:
    (file,) = stored_photos(1, customer())
    with pytest.raises(FileNotVerifiable):
        operations.verify_again(id=file.id, principal=SUPPORT, reason="why", now=clock.now())
