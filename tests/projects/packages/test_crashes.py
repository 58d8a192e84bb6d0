"""Every call that a package costs fails once, or is the last one of its process; then the sweep comes, and the package
is there with the same bytes, once, and nothing else. On the real local AWS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from botocore.exceptions import EndpointConnectionError

from imagestore.common import clock, objects
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.records import OrderState
from projects.packages import keys, operations
from projects.packages.records import Package, PackageState
from tests.support.failing import FailingCalls, failing
from tests.support.ministack import LocalAws
from tests.support.packages import (
    ANNA,
    SHOP,
    as_it_is,
    ask,
    ask_of_order,
    build,
    damage,
    order_of,
    project_of,
    read_instead,
    zipped,
)  # fmt: skip
from tests.support.parts import left
from tests.support.uploads import stored_photos
from tests.support.work import deliver
from tests.support.world import Sent, make_shop

Ending = Callable[[int], AbstractContextManager[FailingCalls]]
LATER, A_MONTH = timedelta(hours=1), timedelta(days=31)
FEW, MANY = 5, 40


class Stage:
    """One package, and a time that goes on by the hour; what is sent waits until the sweep has come."""

    package: Package

    def __init__(self, monkeypatch: pytest.MonkeyPatch, sent: list[Sent]) -> None:
        self._start, self._passed, self._sent = clock.now(), timedelta(), sent
        monkeypatch.setattr(clock, "now", lambda: self._start + self._passed)

    def let_pass(self, time: timedelta) -> None:
        self._passed += time

    def ask(self, project: str) -> None:
        self.package = ask(project)

    def build(self) -> None:
        build(self.package)

    def sweep(self) -> None:
        self.let_pass(LATER)
        row = keys.package_row(self.package.id)
        operations.sweep_slice(row_keys=[row], dry_run=False, now=clock.now())

    def recover(self) -> Package:
        """The sweep comes, and workers take what it sends."""
        self._sent.clear()
        self.sweep()
        deliver(self._sent)
        return as_it_is(self.package)

    def forget(self) -> None:
        self.let_pass(A_MONTH)
        self.sweep()
        assert in_bucket(self.package) == []


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, sent: list[Sent]) -> Stage:
    return Stage(monkeypatch, sent)


@pytest.fixture
def project(real_aws: LocalAws) -> str:
    make_shop()
    return project_of(stored_photos(3, ANNA))


def in_bucket(package: Package) -> list[str]:
    return [version.version for version in objects.versions(keys.package_object("acme", package.id))]


def calls_of(do: Callable[[], object], ending: Ending, every: int) -> Iterator[int]:
    """Does it with the first call failing, then with a later one, until none of its calls is left."""
    for number in count(1, every):
        with ending(number) as calls, suppress(EndpointConnectionError):
            do()
        yield number
        if calls.made < number:
            assert FEW < number < MANY
            return


ENDINGS = pytest.mark.parametrize(
    "ending", [failing, partial(failing, all_from_there=True)], ids=["a call", "all calls"]
)


@ENDINGS
def test_whichever_call_of_a_build_is_the_wrong_one_the_package_comes_once_and_whole(
    ending: Ending, project: str, stage: Stage, every: int
) -> None:
    stage.ask(project)
    stage.build()
    body = zipped(stage.package)
    stage.forget()
    stage.ask(project)
    for number in calls_of(stage.build, ending, every):
        package = stage.recover()
        assert package.state == PackageState.READY, f"call {number}: {package.cause}"
        assert zipped(package) == body
        assert len(in_bucket(package)) == 1
        assert left() == []
        stage.forget()
        stage.ask(project)


@ENDINGS
def test_whichever_call_of_a_build_is_the_wrong_one_the_order_is_packaged_with_its_package(
    ending: Ending, project: str, stage: Stage, every: int
) -> None:
    order = order_of(project)
    stage.package = ask_of_order(order)
    for number in calls_of(stage.build, ending, every):
        assert stage.recover().state == PackageState.READY, f"call {number}"
        found = order_queries.find_order(order.id)
        assert (found and found.state, left()) == (OrderState.PACKAGED, [])
        stage.forget()
        orders.resubmit(id=order.id, principal=SHOP, now=clock.now())
        stage.package = ask_of_order(order)


@ENDINGS
def test_whichever_call_of_a_refusal_is_the_wrong_one_nothing_half_is_left(
    ending: Ending, real_aws: LocalAws, stage: Stage, every: int
) -> None:
    make_shop()
    photos = stored_photos(3, ANNA)
    project = project_of(photos)
    stage.ask(project)
    with read_instead(str(photos[2].object_version), damage(photos[2], b"other")):
        for number in calls_of(stage.build, ending, every):
            package = stage.recover()
            assert (package.state, package.code) == (PackageState.FAILED, "original-damaged"), f"call {number}"
            assert in_bucket(package) == []
            assert left() == []
            stage.ask(project)


@ENDINGS
def test_whichever_call_of_asking_is_the_wrong_one_a_repeat_gets_it(
    ending: Ending, project: str, stage: Stage, every: int
) -> None:
    for number in calls_of(lambda: stage.ask(project), ending, every):
        stage.ask(project)
        assert stage.recover().state == PackageState.READY, f"call {number}"
        stage.forget()


@ENDINGS
def test_whichever_call_of_a_removal_is_the_wrong_one_the_next_sweep_ends_it(
    ending: Ending, project: str, stage: Stage, every: int
) -> None:
    def make_ready() -> None:
        stage.ask(project)
        stage.build()
        stage.let_pass(A_MONTH)

    make_ready()
    for _ in calls_of(stage.sweep, ending, every):
        stage.forget()
        assert left() == []
        make_ready()
