"""A day of a shop, as its statistics tell it the next morning: counted without a write in any request."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from files import events, keys
from files import operations as files
from files.records import NewFile
from imagestore.common import account, clock, objects, principal, statistics, tasks
from imagestore.common.statistics import Day
from projects import counting
from scheduler import operations
from scheduler.records import Run, Trigger
from tests.support import ordering
from tests.support.images import photo
from tests.support.jobs import done, one_shard
from tests.support.uploads import as_if_examined, store_undecoded, stored_photos
from tests.support.work import deliver
from tests.support.world import Api, Sent, customer, keeping, make_shop

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)
NEXT_MORNING = datetime(2031, 5, 7, 0, 30, tzinfo=UTC)
ANNA = customer()


class Clock:
    def __init__(self) -> None:
        self.now = NOON


@pytest.fixture
def hands(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    hands = Clock()
    monkeypatch.setattr(clock, "now", lambda: hands.now)
    one_shard(monkeypatch, since=NOON)
    make_shop(policy=keeping(draft_project="9d", trashed_file="9d"))
    return hands


def upload(number: int) -> list[str]:
    """As many photos come at once, and S3 tells of all of them in one batch."""
    wanted = [files_wanted(index) for index in range(number)]
    items: Any = files.register(wanted=wanted, owner="customer:anna", principal=ANNA, now=clock.now())
    for index, item in enumerate(items):
        objects.put_new(keys.object_key("acme", item.file.id), photo(index).body, photo(index).content_type)
    told = [{"messageId": item.file.id, "body": json.dumps({"Records": [_told(item.file.id)]})} for item in items]
    assert events.confirm_uploads({"Records": told}, None) == {"batchItemFailures": []}
    return [item.file.id for item in items]


def files_wanted(index: int) -> Any:
    return NewFile(**photo(index).announcement)  # type: ignore[arg-type]


def _told(id: str) -> dict[str, Any]:
    return {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": keys.object_key("acme", id)}}}


def decode(sent: list[Sent], file: Any) -> account.Work:
    """Workers take what is to be decoded; what it cost."""
    with account.measure() as work, as_if_examined(file):
        deliver(sent)
    return work


def morning(sent: list[Sent], hands: Clock) -> tuple[Run, Day]:
    hands.now = NEXT_MORNING
    run = done("statistics", NEXT_MORNING, sent)
    return run, statistics.last_days("acme", NOON.date(), 1)[0]


def sweep(sent: list[Sent], at: datetime, *, dry_run: bool = False) -> None:
    operations.start_run(
        job="sweep", trigger=Trigger.COMMAND, now=at, principal=principal.command("ops"), dry_run=dry_run
    )
    deliver(sent)


def test_uploads_are_counted_by_who_decodes_them(hands: Clock, sent: list[Sent]) -> None:
    (one,) = stored_photos(1, ANNA, first=9)
    sent.clear()
    upload(8)
    assert statistics.counted("acme", NOON.date())["uploads"] == 0
    decode(sent, one)
    _, day = morning(sent, hands)
    assert (day.uploads, day.uploaded_bytes) == (8, sum(len(photo(index).body) for index in range(8)))


def test_who_confirms_by_a_request_is_counted_without_a_write_of_it(hands: Clock, sent: list[Sent]) -> None:
    store_undecoded([photo(0), photo(1)], ANNA)
    assert [message.payload["arrived"]["acme"][0] for message in sent if message.name == "files.decode"] == [1, 1]
    deliver(sent)
    assert morning(sent, hands)[1].uploads == 2


def test_a_message_that_the_sweep_sends_again_counts_nothing(hands: Clock, sent: list[Sent]) -> None:
    upload(2)
    sent.clear()
    hands.now += timedelta(minutes=20)
    sweep(sent, hands.now)
    assert statistics.counted("acme", NOON.date())["uploads"] == 0


def test_projects_and_orders_are_exact_and_saves_are_counted_in_tens(
    hands: Clock, sent: list[Sent], api: Callable[..., Api]
) -> None:
    photos = stored_photos(1, ANNA)
    anna = api()
    books = [ordering.project(anna, photos, f"Book {number}") for number in range(3)]
    for number in range(30):
        ordering.save(anna, books[0], photos, f"Title {number}")
    assert ordering.order(anna, {"project": books[0]}).status_code == 201
    deliver(sent)
    _, day = morning(sent, hands)
    assert (day.projects, day.orders, day.saves) == (3, 1, 30)


def test_what_rules_trashed_and_purged_is_counted_by_the_sweep_and_not_by_its_dry_run(
    hands: Clock, sent: list[Sent], api: Callable[..., Api]
) -> None:
    first, second = stored_photos(2, ANNA)
    ordering.project(api(), [second])
    files.trash(id=first.id, principal=ANNA, now=clock.now())
    deliver(sent)
    hands.now = NOON + timedelta(days=10)
    sweep(sent, hands.now, dry_run=True)
    assert not any(statistics.counted("acme", hands.now.date()).values())
    sweep(sent, hands.now)
    counted = statistics.counted("acme", hands.now.date())
    assert {name: number for name, number in counted.items() if number} == {
        "purged": 1,
        "purged_bytes": first.size,
        "projects_trashed": 1,
    }


def test_a_job_reads_and_writes_the_same_however_much_is_in_the_table(hands: Clock, sent: list[Sent]) -> None:
    """The figures of docs/jobs.md for a shop and day."""

    def cost() -> tuple[dict[str, int], float, float]:
        hands.now += timedelta(days=1)
        sent.clear()
        operations.start_run(job="statistics", trigger=Trigger.CLOCK, now=hands.now, principal=principal.clock())
        total: dict[str, int] = {}
        read = written = 0.0
        for message in [message for message in sent if "shops" in message.payload]:
            with account.measure() as work:
                tasks.app().tasks[message.name](**message.payload)
            for name, number in work.requests.items():
                total[name] = total.get(name, 0) + number
            read, written = read + work.rcu, written + work.wcu
        deliver(sent)
        return total, read, written

    cost()
    small = cost()
    stored_photos(20, ANNA)
    deliver(sent)
    hands.now += timedelta(days=1)
    cost()
    assert cost() == small
    requests, read, written = small
    assert requests == {"dynamodb:Query": 10, "dynamodb:BatchGetItem": 1, "dynamodb:UpdateItem": 2}
    assert (read, written) == (6.0, 2.0)


def test_the_command_shows_each_day_and_the_sum(hands: Clock, sent: list[Sent]) -> None:
    store_undecoded([photo(0), photo(1)], ANNA)
    deliver(sent)
    morning(sent, hands)
    out = StringIO()
    call_command("show_statistics", "acme", "--days", "3", stdout=out)
    cells = [line.split() for line in out.getvalue().splitlines()]
    days = {line[0]: line[1] for line in cells if line and re.match(r"2031-|all", line[0])}
    assert days == {"2031-05-04": "-", "2031-05-05": "-", "2031-05-06": "2", "all": "2"}
    with pytest.raises(CommandError, match="There is no shop nowhere"):
        call_command("show_statistics", "nowhere")
    with pytest.raises(CommandError, match="0 is not a number from 1 to 366"):
        call_command("show_statistics", "acme", "--days", "0")


@pytest.mark.parametrize(("projects", "versions"), [(1000, 7), (400, 33), (1000, 2)])
def test_ten_times_the_saves_that_ask_for_pruning_are_about_all_saves(projects: int, versions: int) -> None:
    """Of a project that is made with version 1, which its list counts."""
    asked = sum(
        counting.asks_to_prune(f"project-{number}", version)
        for number in range(projects)
        for version in range(2, versions + 1)
    )
    error = abs(asked * counting.PRUNED_EACH - projects * (versions - 1))
    assert error <= 2 * 5 * projects**0.5
