"""`manage.py build_package`, as support sees it. On moto."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from files import keys as file_keys
from files.records import File
from imagestore.common import clock, objects
from projects.management.commands import build_package
from projects.packages import operations, rules
from projects.packages.records import PackageState
from tests.support.packages import ANNA, as_it_is, ask, build, project_of
from tests.support.uploads import stored_photos
from tests.support.world import make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, ANNA)


@pytest.fixture
def project(photos: list[File]) -> str:
    return project_of(photos)


def manage(*args: str) -> str:
    out = StringIO()
    call_command("build_package", *args, stdout=out)
    return out.getvalue()


def test_it_builds_and_says_what_it_did(project: str) -> None:
    said = manage(project)
    package = as_it_is(ask(project))
    assert package.state == PackageState.READY
    assert f"Package {package.id} of project {project} is ready" in said
    assert f"2 originals, {package.size:,} bytes, SHA-256 {package.sha256}" in said
    assert "2 of 2 originals" in said


def test_it_builds_nothing_twice(project: str) -> None:
    first = manage(project)
    again = manage(project)
    assert again.splitlines()[-2:] == first.splitlines()[-2:]
    assert "originals," in again


def test_it_takes_pages(project: str) -> None:
    manage(project, "--pages", "2", "1")
    assert as_it_is(ask(project, [1, 2])).state == PackageState.READY


def test_it_fails_with_the_name_of_the_file_at_fault(project: str, photos: list[File]) -> None:
    objects.remove(file_keys.object_key("acme", photos[1].id))
    with pytest.raises(CommandError, match=photos[1].name):
        manage(project)


@pytest.mark.parametrize("id", ["nonsense", "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"])
def test_it_tells_of_an_id_that_nothing_has(id: str) -> None:
    with pytest.raises(CommandError, match="no order and no project"):
        manage(id)


def test_it_follows_another_that_builds_it(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask(project)
    taken = operations.build

    def by_another(**told: Any) -> None:
        taken(id=told["id"], clock=clock.now)

    monkeypatch.setattr(build_package, "POLL_SECONDS", 0)
    monkeypatch.setattr(operations, "build", by_another)
    assert f"Package {asked.id} of project" in manage(project)


def test_it_gives_up_on_another_that_is_not_heard_of(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_package, "POLL_SECONDS", 0)
    monkeypatch.setattr(rules, "LEASE", rules.LEASE * 0)
    monkeypatch.setattr(operations, "build", lambda **_: None)
    with pytest.raises(CommandError, match="Nothing was heard"):
        manage(project)


def test_an_interruption_leaves_it_to_a_worker(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(operations, "build", interrupted)
        with pytest.raises(SystemExit):
            manage(project)
    assert build(ask(project)) is not None
