"""Building: what lies in the ZIP, what stops it, and who may finish it. On moto."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from files import keys as file_keys
from files.models import FileRow
from files.records import File
from imagestore.common import account, aws, capacity, clock, objects, table
from projects import keys as project_keys
from projects import operations as projects
from projects import queries as project_queries
from projects.models import ProjectRow
from projects.packages import keys, operations, rules, storage
from projects.packages.records import Package, PackageState
from projects.records import Draft, Head
from tests.support import packages
from tests.support.images import photo
from tests.support.packages import ANNA, DOCUMENT, as_it_is, ask, build, built, manifest_in, opened, project_of, zipped
from tests.support.parts import left
from tests.support.uploads import store, stored_photos
from tests.support.work import let_pass
from tests.support.world import make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(3, ANNA)


def test_a_project_is_packed_with_its_document_and_originals_as_the_manifest_tells(photos: list[File]) -> None:
    package = built(project_of(photos))
    body = zipped(package)
    assert package.state == PackageState.READY
    assert (package.size, package.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    files, manifest = opened(body), manifest_in(body)
    (item,) = manifest["items"]
    assert list(files)[:2] == ["manifest.json", "01-Iceland/document.json"]
    assert files[item["document"]["name"]] == DOCUMENT
    assert [files[told["name"]] for told in item["files"]] == [photo(number).body for number in range(3)]
    for told in item["files"]:
        assert told["bytes"] == len(files[told["name"]])
        assert told["sha256"] == hashlib.sha256(files[told["name"]]).hexdigest()
    assert len(files) == 2 + len(item["files"])
    assert (
        (package.files_done, package.bytes_done) == (3, package.bytes) == (package.files, sum(map(len, files.values())))
    )


def test_the_same_input_makes_the_same_bytes_whenever_it_is_built(
    photos: list[File], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(photos)
    first = built(project)
    body = zipped(first)
    let_pass(timedelta(days=20), monkeypatch)
    operations.sweep_slice(row_keys=[keys.package_row(first.id)], dry_run=False, now=clock.now())
    second = built(project)
    assert second.id != first.id
    assert zipped(second) == body


def test_a_save_after_it_was_asked_for_changes_nothing_in_it(photos: list[File]) -> None:
    project = project_of(photos)
    asked = ask(project)
    tag = project_queries.load(id=project, principal=ANNA, now=clock.now()).tag
    draft = Draft("Norway", b"{}", {"other": photos[0].id})
    saved = projects.save(id=project, draft=draft, if_match=tag, owner="customer:anna", principal=ANNA, now=clock.now())
    assert saved.version == 2
    build(asked)
    told = manifest_in(zipped(as_it_is(asked)))
    assert (told["project"]["version"], told["items"][0]["name"]) == (1, "Iceland")
    assert as_it_is(ask(project)).version == 2


def test_only_what_is_placed_on_the_chosen_pages_is_packed(photos: list[File]) -> None:
    project = project_of(photos)
    package = built(project, [3])
    told = manifest_in(zipped(package))
    assert told["pages"] == [3]
    assert [file["id"] for file in told["items"][0]["files"]] == [photos[2].id]
    assert built(project).id != package.id


def test_a_rejected_photo_is_named_as_missing(photos: list[File]) -> None:
    project = project_of(photos)
    rejected = [FileRow.state.set("rejected"), FileRow.reason_code.set("broken")]
    table.update(FileRow, file_keys.file_row(photos[1].id), rejected, None, File)
    package = built(project)
    assert (package.files, package.missing) == (2, 1)
    assert manifest_in(zipped(package))["items"][0]["missing"] == [{"id": photos[1].id, "aliases": ["p2"]}]


class TestOriginals:
    """One that is not what it was stops the package, is named, and nothing half is left."""

    @pytest.fixture
    def asked(self, photos: list[File]) -> Package:
        return ask(project_of(photos))

    def stopped(self, asked: Package) -> Package:
        failed = build(asked)
        assert failed is not None
        assert failed.state == PackageState.FAILED
        assert left() == []
        assert objects.read(keys.package_object("acme", asked.id)) is None
        return failed

    @pytest.mark.parametrize(
        ("body", "words"),
        [(photo(7).body, "SHA-256"), (b"short", "bytes that it had"), (bytes(100_000), "bytes that it had")],
        ids=["other bytes", "fewer", "more"],
    )
    def test_that_were_swapped(self, photos: list[File], asked: Package, body: bytes, words: str) -> None:
        confirmed = photos[1].object_version
        swapped = packages.damage(photos[1], same_size(body, photos[1].size) if words == "SHA-256" else body)
        assert swapped != confirmed
        with packages.read_instead(str(confirmed), swapped):
            failed = self.stopped(asked)
        assert failed.code == "original-damaged"
        assert failed.cause is not None
        assert photos[1].name in failed.cause
        assert photos[1].id in failed.cause
        assert words in failed.cause

    def test_that_are_gone(self, photos: list[File], asked: Package) -> None:
        objects.remove(file_keys.object_key("acme", photos[2].id))
        failed = self.stopped(asked)
        assert failed.code == "original-missing"
        assert failed.cause is not None
        assert f"{photos[2].name} ({photos[2].id})" in failed.cause

    def test_that_are_there_again_are_packed_when_it_is_asked_for_again(
        self, photos: list[File], asked: Package
    ) -> None:
        swapped = packages.damage(photos[1], b"other")
        with packages.read_instead(str(photos[1].object_version), swapped):
            self.stopped(asked)
        again = ask(asked.source)
        assert (again.id, again.state, again.cause, again.tries) == (asked.id, PackageState.BUILDING, None, 0)
        assert build(again) is not None
        assert as_it_is(again).state == PackageState.READY

    def test_are_read_in_the_version_that_was_confirmed(self, photos: list[File], asked: Package) -> None:
        packages.damage(photos[1], b"a later version")
        assert build(asked) is not None
        assert as_it_is(asked).state == PackageState.READY


def same_size(body: bytes, size: int) -> bytes:
    return (body + bytes(size))[:size]


class TestLeases:
    @pytest.fixture
    def asked(self, photos: list[File]) -> Package:
        return ask(project_of(photos))

    def test_one_builds_at_a_time(self, asked: Package, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[object] = []
        written = storage.write

        def meanwhile(*told: Any) -> Any:
            seen.append(build(asked))
            return written(*told)

        monkeypatch.setattr(storage, "write", meanwhile)
        assert build(asked) is not None
        assert seen == [None]

    def test_who_lost_the_lease_does_not_finish(self, asked: Package, monkeypatch: pytest.MonkeyPatch) -> None:
        """It sleeps over its lease; meanwhile another builds it all."""
        written = storage.write
        with monkeypatch.context() as asleep:

            def late(*told: Any) -> Any:
                asleep.setattr(storage, "write", written)
                with monkeypatch.context() as later:
                    let_pass(rules.LEASE + timedelta(minutes=1), later)
                    assert build(asked) is not None
                return written(*told)

            asleep.setattr(storage, "write", late)
            assert build(asked) is None
        package = as_it_is(asked)
        assert (package.state, package.tries) == (PackageState.READY, 2)
        assert left() == []
        assert len(list(objects.versions(keys.package_object("acme", asked.id)))) == 1

    def test_what_is_ready_or_failed_is_not_built_again(self, asked: Package) -> None:
        assert build(asked) is not None
        assert build(asked) is None
        assert operations.build(id="01J9ZQ6W0Z2V5T8K3M4N7P1R6S", clock=clock.now) is None

    def test_a_build_that_fails_for_a_passing_cause_rests_and_is_given_up_after_several(
        self, asked: Package, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise aws.AwsError({"Error": {"Code": "InternalError", "Message": "no"}}, "any")

        with monkeypatch.context() as broken:
            broken.setattr(aws.s3(), "upload_part", away)
            for number in range(1, rules.MOST_TRIES + 1):
                with pytest.raises(aws.FAILURES):
                    build(asked)
                row = as_it_is(asked)
                assert (row.state, row.tries, row.builder) == (PackageState.BUILDING, number, None)
        failed = build(asked)
        assert failed is not None
        assert (failed.state, failed.code) == (PackageState.FAILED, "tries-used-up")

    def test_what_changed_since_it_was_asked_for_is_not_packed(self, asked: Package, photos: list[File]) -> None:
        renamed = [FileRow.name.set("renamed.jpeg")]
        table.update(FileRow, file_keys.file_row(photos[0].id), renamed, None, File)
        failed = build(asked)
        assert failed is not None
        assert (failed.state, failed.code) == (PackageState.FAILED, "input-changed")

    def test_a_project_that_is_gone_is_not_packed(self, asked: Package) -> None:
        gone = [ProjectRow.state.set("gone")]
        table.update(ProjectRow, project_keys.head_row(asked.source), gone, None, Head)
        failed = build(asked)
        assert failed is not None
        assert (failed.state, failed.code) == (PackageState.FAILED, "input-changed")


def test_progress_is_told_a_bounded_number_of_times(photos: list[File], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LEAST_STEP", 1)
    monkeypatch.setattr(objects, "PIECE", 10)
    asked = ask(project_of(photos))
    heard: list[Package] = []
    with account.measure() as work:
        operations.build(id=asked.id, clock=clock.now, told=heard.append)
    assert 10 < len(heard) <= rules.MOST_UPDATES
    assert work.requests["dynamodb:UpdateItem"] == 1 + len(heard)
    assert [package.bytes_done for package in heard] == sorted(package.bytes_done for package in heard)
    assert (heard[-1].files_done, heard[-1].bytes_done) == (3, asked.bytes)


def test_a_small_package_costs_few_requests(photos: list[File]) -> None:
    project = project_of(photos)
    with account.measure() as work:
        asked = ask(project)
    assert work.requests["dynamodb:TransactWriteItems"] == 1
    with account.measure() as work:
        build(asked)
    assert work.requests["dynamodb:UpdateItem"] == 2
    assert work.requests["dynamodb:TransactWriteItems"] == 1
    assert work.requests["s3:GetObject"] == 3
    assert (work.requests["s3:UploadPart"], work.requests["s3:ListMultipartUploads"]) == (1, 0)


def test_a_row_is_small(photos: list[File]) -> None:
    package = built(project_of(photos, name="A book with a rather long name, as people give them"))
    key = keys.package_row(package.id)
    row = aws.dynamodb().get_item(TableName=settings.IMAGESTORE_TABLE, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}})[
        "Item"
    ]
    assert capacity.item_size(row) < 1024


def test_an_original_that_is_larger_than_a_piece_is_verified_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PIECE", 100)
    large = photo(3, size=(400, 300))
    package = built(project_of(store([large], ANNA)))
    assert large.body in opened(zipped(package)).values()
