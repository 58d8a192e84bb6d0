"""What the sweep does with packages that are due."""

from datetime import datetime, timedelta

import pytest

from imagestore.common import aws, due, objects, switches, tasks, transaction
from imagestore.common.contracts import SWEEP_SLICES, SliceReport
from imagestore.common.transaction import TransactionLost
from projects.packages import keys, operations, queries, rules, storage
from projects.packages.operations.asking import BUILD
from projects.packages.records import Package, PackageState
from tests.support.packages import ANNA, as_it_is, ask, build, built, project_of
from tests.support.runs import started, swept
from tests.support.uploads import stored_photos
from tests.support.world import Sent, customer, keeping, make_shop

FORTNIGHT = timedelta(days=14, minutes=1)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def project() -> str:
    return project_of(stored_photos(2, ANNA))


def sweep(package: Package, at: datetime, dry_run: bool = False) -> SliceReport:
    return operations.sweep_slice(row_keys=[keys.package_row(package.id)], dry_run=dry_run, now=at)


def test_the_sweep_nominates_what_is_due(project: str, sent: list[Sent], now: datetime) -> None:
    package = ask(project)
    sent.clear()
    started(now + timedelta(hours=1))
    assert keys.package_row(package.id).pk in swept(
        [message for message in sent if message.name == SWEEP_SLICES["package"]]
    )


def test_one_that_nobody_took_up_is_sent_again_and_waits_again(project: str, sent: list[Sent], now: datetime) -> None:
    package = ask(project)
    sent.clear()
    assert sweep(package, now + timedelta(minutes=11)).counts == {"skipped": 0, "sent": 1}
    assert sent == [Sent(BUILD, {"package_id": package.id})]
    assert due.parse(str(as_it_is(package).due_sort)).due_at > now + timedelta(minutes=20)


def test_one_that_is_being_built_is_left_alone_until_its_lease_is_over(
    project: str, sent: list[Sent], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(*_: object) -> None:
        raise SystemExit

    package = ask(project)
    with monkeypatch.context() as patched:
        patched.setattr(storage, "write", died)
        with pytest.raises(SystemExit):
            build(package)
    sent.clear()
    assert sweep(package, now + timedelta(minutes=5)).counts == {"skipped": 0, "re_dated": 1}
    assert sent == []
    late = now + rules.LEASE + timedelta(minutes=1)
    assert sweep(package, late).counts == {"skipped": 0, "sent": 1}
    operations.build(id=package.id, clock=lambda: late)
    assert (as_it_is(package).state, as_it_is(package).tries) == (PackageState.READY, 2)


def test_one_that_was_kept_long_enough_goes_with_its_bytes(project: str, now: datetime) -> None:
    package = built(project)
    assert sweep(package, now + timedelta(days=13)).counts == {"skipped": 0, "re_dated": 1}
    report = sweep(package, now + FORTNIGHT)
    assert (report.counts, report.bytes_removed) == ({"skipped": 0, "purged": 1}, package.size)
    assert queries.seen_by_staff(package.id) is None
    assert queries.package_of_input(package.of, package.fingerprint) is None
    assert list(objects.versions(keys.package_object("acme", package.id))) == []
    assert sweep(package, now + FORTNIGHT).counts == {"skipped": 1}


def test_the_shop_decides_how_long(now: datetime) -> None:
    make_shop("brief", policy=keeping(lab_package="1d"))
    anna = customer(shop="brief")
    project = project_of(stored_photos(1, anna), owner=anna)
    package = operations.ask_for_project(id=project, pages=[], principal=anna, now=now)
    build(package)
    assert sweep(package, now + timedelta(days=1, minutes=1)).counts == {"skipped": 0, "purged": 1}


def test_a_failed_one_goes_too(project: str, now: datetime) -> None:
    package = ask(project)
    objects.remove_versions([(one.key, one.version) for one in objects.versions("") if "/z/" not in one.key])
    assert build(package) is not None
    assert as_it_is(package).state == PackageState.FAILED
    assert sweep(package, now + FORTNIGHT).counts == {"skipped": 0, "purged": 1}


def test_a_removal_that_storage_interrupted_is_finished_by_the_next_sweep(
    project: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(package: Package) -> int:
        raise OSError("storage is away")

    package = built(project)
    with monkeypatch.context() as patched:
        patched.setattr(storage, "remove", away)
        report = sweep(package, now + FORTNIGHT)
        assert report.failures == [
            {"id": package.id, "cause": "OSError: storage is away", "key": list(keys.package_row(package.id))}
        ]
    assert as_it_is(package).state == PackageState.DELETING
    assert ask(project).id != package.id
    assert sweep(package, now + FORTNIGHT).counts == {"skipped": 0, "purged": 1}
    assert list(objects.versions(keys.package_object("acme", package.id))) == []


def test_one_that_is_tried_again_at_this_moment_stays(
    project: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = built(project)

    def lost(writes: object) -> None:
        raise TransactionLost(frozenset({0}))

    with monkeypatch.context() as patched:
        patched.setattr(transaction, "commit", lost)
        assert sweep(package, now + FORTNIGHT).counts == {"skipped": 1}
    assert as_it_is(package).state == PackageState.READY


@pytest.mark.parametrize("ready", [True, False])
def test_a_dry_run_counts_the_same_and_touches_nothing(
    project: str, now: datetime, sent: list[Sent], ready: bool
) -> None:
    package = built(project) if ready else ask(project)
    before = as_it_is(package)
    sent.clear()
    told = sweep(package, now + FORTNIGHT, dry_run=True)
    assert (as_it_is(package), sent) == (before, [])
    assert sweep(package, now + FORTNIGHT).counts == told.counts


def test_nothing_goes_while_deletion_is_paused(project: str, now: datetime) -> None:
    package = built(project)
    transaction.commit([switches.pause_deletion(True)])
    assert sweep(package, now + FORTNIGHT).counts == {"skipped": 1}
    assert as_it_is(package).state == PackageState.READY


def test_a_message_builds_it_and_logs_what_fails(
    project: str, sent: list[Sent], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise aws.AwsError({"Error": {"Code": "InternalError", "Message": "no"}}, "any")

    package = ask(project)
    with monkeypatch.context() as broken:
        broken.setattr(aws.s3(), "upload_part", away)
        tasks.app().tasks[BUILD](package_id=package.id)
    assert package.id in caplog.text
    assert as_it_is(package).state == PackageState.BUILDING
    tasks.app().tasks[BUILD](package_id=package.id)
    assert as_it_is(package).state == PackageState.READY
