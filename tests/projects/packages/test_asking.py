"""Asking: one input has one package, whoever asks, however often and at the same moment. On the real local AWS."""

from datetime import datetime

import pytest

from files import keys as file_keys
from files.models import FileRow
from files.records import File
from imagestore.audit import queries as audit
from imagestore.common import clock, idempotency, table, tasks
from imagestore.common.idempotency import Asked, KeyReused
from imagestore.common.principal import RoleMissing, staff
from projects.errors import ProjectNotFound
from projects.packages import keys, operations, queries, rules
from projects.packages.errors import (
    PackageNotFailed,
    PackageNotFound,
    PackageTooLarge,
    PhotosAwaited,
    TooManyPackages,
)
from projects.packages.models import PackageRow
from projects.packages.operations.asking import BUILD
from projects.packages.records import Package, PackageState
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.packages import ANNA, as_it_is, ask, build, project_of
from tests.support.races import together
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.world import Sent, customer, make_shop

SUPPORT = staff("sam", "support")


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, ANNA)


@pytest.fixture
def project(photos: list[File]) -> str:
    return project_of(photos)


def key(text: str, body: bytes = b"{}") -> Asked:
    asked = idempotency.asked(text, scope="acme", route="POST /projects/packages", body=body)
    assert asked is not None
    return asked


def ask_with(asked: Asked, project: str, *pages: int) -> Package:
    return operations.ask_for_project(id=project, pages=pages, principal=ANNA, now=clock.now(), asked=asked)


def fail(package: Package) -> Package:
    failed = [PackageRow.state.set(PackageState.FAILED), PackageRow.code.set("original-damaged")]
    row = table.update(PackageRow, keys.package_row(package.id), failed, None, Package).row
    assert row is not None
    return row


def test_a_package_waits_for_a_builder_who_is_told(project: str, sent: list[Sent]) -> None:
    sent.clear()
    package = ask(project)
    assert (package.state, package.files, package.files_done) == (PackageState.BUILDING, 2, 0)
    assert sent == [Sent(BUILD, {"package_id": package.id})]


def test_a_queue_that_is_away_costs_delay_and_no_package(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OSError("no queue")

    monkeypatch.setattr(tasks, "send", away)
    assert as_it_is(ask(project)).due_sort is not None


def test_who_asks_again_gets_the_same_while_it_is_built_and_when_it_is_there(project: str, sent: list[Sent]) -> None:
    first = ask(project)
    sent.clear()
    assert ask(project).id == first.id
    build(first)
    again = ask(project)
    assert (again.id, again.state) == (first.id, PackageState.READY)
    assert sent == []


def test_other_pages_are_another_package(project: str) -> None:
    assert len({ask(project).id, ask(project, [1]).id, ask(project, [2]).id, ask(project, [1, 2]).id}) == 4


def test_ten_who_ask_at_once_get_one(project: str) -> None:
    found = together(*[lambda: ask(project)] * 10)
    assert len({package.id for package in found}) == 1
    assert queries.number_of(f"project:{project}") == 1


def test_one_that_failed_is_tried_again_once_however_many_ask(project: str, sent: list[Sent]) -> None:
    failed = fail(ask(project))
    sent.clear()
    found = together(*[lambda: ask(project)] * 5)
    assert {(package.id, package.state, package.code) for package in found} == {
        (failed.id, PackageState.BUILDING, None)
    }
    assert sent == [Sent(BUILD, {"package_id": failed.id})]


class TestKeys:
    def test_a_repeat_answers_what_the_first_call_got(self, project: str) -> None:
        first = ask_with(key("k"), project)
        assert ask_with(key("k"), project).id == first.id

    def test_a_repeat_is_answered_although_the_project_was_saved_since(self, project: str, photos: list[File]) -> None:
        first = ask_with(key("k"), project, 1)
        assert ask_with(key("k"), project, 2).id == first.id

    def test_a_key_of_another_call_is_refused(self, project: str) -> None:
        ask_with(key("k"), project)
        with pytest.raises(KeyReused):
            ask_with(key("k", b'{"pages":[1]}'), project, 1)

    def test_a_key_stands_for_a_package_that_was_there_before(self, project: str) -> None:
        first = ask(project)
        assert ask_with(key("k"), project).id == first.id
        assert ask_with(key("k"), project).id == first.id

    def test_a_repeat_does_not_try_a_failed_one_again(self, project: str) -> None:
        first = ask_with(key("k"), project)
        fail(first)
        assert ask_with(key("k"), project).state == PackageState.FAILED


def test_photos_that_are_still_on_their_way_are_waited_for(photos: list[File]) -> None:
    (undecoded,) = store_undecoded([photo(9)], ANNA)
    with pytest.raises(PhotosAwaited) as refused:
        ask(project_of([*photos, undecoded]))
    assert refused.value.facts["files"] == [undecoded.id]


def test_a_project_of_others_is_not_there(project: str) -> None:
    with pytest.raises(ProjectNotFound):
        operations.ask_for_project(id=project, pages=[], principal=customer("bob"), now=clock.now())
    assert queries.package_of(ANNA, ask(project).id).source == project
    with pytest.raises(PackageNotFound):
        queries.package_of(customer("bob"), ask(project).id)


def test_a_package_that_would_be_too_large_is_refused(photos: list[File]) -> None:
    large = [FileRow.size.set(rules.LARGEST)]
    table.update(FileRow, file_keys.file_row(photos[0].id), large, None, File)
    with pytest.raises(PackageTooLarge):
        ask(project_of(photos))


def test_a_project_has_so_many_packages_and_those_are_still_answered(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_OF_PROJECT", 2)
    first = ask(project)
    ask(project, [1])
    with pytest.raises(TooManyPackages):
        ask(project, [2])
    assert ask(project).id == first.id


class TestStaff:
    def test_builds_a_failed_one_again_and_the_audit_log_tells(self, project: str, now: datetime) -> None:
        package = fail(ask(project))
        again = operations.build_again(id=package.id, principal=SUPPORT, reason="the lab waits", now=now)
        assert (again.state, again.code, again.tries) == (PackageState.BUILDING, None, 0)
        (entry,) = audit.history(f"package:{package.id}").items
        assert (entry.action, entry.reason) == ("package.built-again", "the lab waits")
        assert build(again) is not None

    def test_builds_none_again_that_has_not_failed(self, project: str, now: datetime) -> None:
        with pytest.raises(PackageNotFailed):
            operations.build_again(id=ask(project).id, principal=SUPPORT, reason="why not", now=now)

    def test_needs_the_role(self, project: str, now: datetime) -> None:
        with pytest.raises(RoleMissing):
            operations.build_again(id=ask(project).id, principal=staff("v", "viewer"), reason="why not", now=now)
