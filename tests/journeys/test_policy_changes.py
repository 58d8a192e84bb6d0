"""A shop's policy is changed: what that makes of dates is surveyed and told by day, and much waits for a person."""

import re
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from files import queries as file_queries
from files.records import File, FileState
from imagestore.common import clock, principal, shop_usage, tasks
from imagestore.identity import operations as identity
from imagestore.purchases import operations as purchases
from projects import operations as projects
from projects import queries as project_queries
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.records import WantedItem, WantedOrder
from projects.records import Draft
from scheduler import operations, queries
from scheduler.records import Run, RunState, Trigger
from tests.support.ministack import LocalAws
from tests.support.packages import order_of
from tests.support.purchases import pay
from tests.support.uploads import stored_photos
from tests.support.work import deliver, let_pass, run_next
from tests.support.world import Sent, customer, keeping, make_shop

ANNA, HERS, OPS = customer(), "customer:anna", principal.staff("olga", "operator")
DAY = timedelta(days=1)
LITTLE = {"guard": {"least": 10, "items": 10_000}}
"""A dozen files are much here."""


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop(policy=LITTLE | keeping(unused_file="100d", draft_project="100d", cart_item="100d"))


def set_policy(sent: list[Sent], **changes: object) -> None:
    """And workers take all that follows."""
    identity.set_policy(shop_id="acme", principal=OPS, now=clock.now(), reason="by hand", policy=LITTLE | changes)
    deliver(sent)


def manage(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def surveys() -> list[Run]:
    """The latest first."""
    return [run for run in queries.recent_runs().items if run.job == "redate" and run.is_survey]


def rows(files: list[File]) -> list[File]:
    return list(file_queries.files_by_id([file.id for file in files], consistent=True).values())


def sweep(sent: list[Sent]) -> None:
    operations.start_run(job="sweep", trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())
    deliver(sent)


def is_due(at: datetime | None, when: datetime) -> bool:
    return at is not None and abs(at - when) < timedelta(minutes=2)


class TestAMistake:
    """One day instead of a hundred."""

    @pytest.fixture
    def files(self, request: pytest.FixtureRequest, sent: list[Sent]) -> list[File]:
        number = getattr(request, "param", 12)
        found = stored_photos(number, ANNA)
        shop_usage.note("acme", files=number, size=1, now=clock.now())
        sent.clear()
        return found

    @pytest.fixture(autouse=True)
    def _later(self, files: list[File], monkeypatch: pytest.MonkeyPatch) -> None:
        let_pass(2 * DAY, monkeypatch)

    @pytest.mark.parametrize("files", [12, pytest.param(5_000, marks=pytest.mark.proof)], indirect=True)
    def test_it_stops_for_approval_and_nothing_is_touched(self, files: list[File], sent: list[Sent]) -> None:
        before = rows(files)
        set_policy(sent, **keeping(unused_file="1d"))
        (survey,) = surveys()
        assert survey.state is RunState.AWAITING
        assert str(survey.cause).startswith(f"{len(files)} items of acme would be due within a day; ")
        assert survey.counts["due_within_a_day"] == len(files)
        sweep(sent)
        assert rows(files) == before

    def test_what_is_declined_and_set_right_leaves_all_as_it_was(self, files: list[File], sent: list[Sent]) -> None:
        before = rows(files)
        set_policy(sent, **keeping(unused_file="1d"))
        operations.decline_run(id=surveys()[0].id, reason="a typo", principal=OPS, now=clock.now())
        set_policy(sent, **keeping(unused_file="100d"))
        assert surveys()[0].state is RunState.DONE
        assert rows(files) == before

    def test_a_mistake_that_is_set_right_needs_no_decision(self, files: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="1d"))
        set_policy(sent, **keeping(unused_file="100d"))
        right, wrong = surveys()
        assert (wrong.state, right.state, queries.awaiting()) == (RunState.DECLINED, RunState.DONE, [])

    def test_what_is_approved_is_dated_and_goes_without_asking_again(self, files: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="1d"))
        run = operations.approve_run(id=surveys()[0].id, reason="as they want", principal=OPS, now=clock.now())
        deliver(sent)
        assert queries.run(run.id).state is RunState.DONE
        sweep(sent)
        assert {file.state for file in rows(files)} == {FileState.TRASHED}

    def test_commands_word_the_decision_and_tell_who_made_it(self, files: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="1d"))
        survey = surveys()[0].id
        assert "Declined. No date is changed." in manage("decline_run", survey, "--reason", "a typo")
        assert re.search(r"decided +\d.* UTC by command:\S+: a typo", manage("show_run", survey))

    @pytest.mark.parametrize("files", [110], indirect=True)
    def test_what_is_listed_of_many_is_said(self, files: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="1d"))
        out, err = StringIO(), StringIO()
        call_command("show_run", surveys()[0].id, "--items", stdout=out, stderr=err)
        assert len(out.getvalue().splitlines()) == 100
        assert err.getvalue() == "The first 100 changes of each slice; 110 in all.\n"

    def test_an_approval_is_for_one_change_alone(self, files: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="1d"))
        operations.approve_run(id=surveys()[0].id, reason="as they want", principal=OPS, now=clock.now())
        deliver(sent)
        set_policy(sent, **keeping(unused_file="100d"))
        set_policy(sent, **keeping(unused_file="1d"))
        assert surveys()[0].state is RunState.AWAITING


class TestAChange:
    @pytest.fixture
    def photos(self, sent: list[Sent]) -> list[File]:
        found = stored_photos(3, ANNA)
        sent.clear()
        return found

    def test_of_what_is_little_is_done_at_once_and_told_by_day(self, photos: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="10d"))
        (survey,) = surveys()
        assert (survey.state, survey.counts) == (RunState.DONE, {"sooner": 3})
        day = f"{photos[0].created_at + 10 * DAY:%Y-%m-%d}"
        assert queries.findings(survey.id).days == {day: 3}
        for file in rows(photos):
            assert is_due(file.purge_after, file.created_at + 10 * DAY)
        assert queries.run(str(survey.followed_by)).counts == {"sooner": 3}

    def test_survey_and_what_follows_plan_the_same_customers(self, photos: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="10d"))
        following = queries.run(str(surveys()[0].followed_by))
        assert (surveys()[0].planned, following.planned) == (1, 1)
        assert "1 customers in 2 slices, 2 done" in manage("show_run", following.id)

    def test_customers_are_counted_over_all_messages_of_a_plan(
        self, photos: list[File], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stored_photos(1, customer("ben"), first=9)
        sent.clear()
        for limit in ("PAGE", "MOST_PARTS"):
            monkeypatch.setattr(f"files.operations.redating.{limit}", 1)
        set_policy(sent, **keeping(unused_file="10d"))
        assert (surveys()[0].planned, surveys()[0].slices, surveys()[0].counts) == (2, 4, {"sooner": 4})

    def test_a_longer_life_is_dated_too(self, photos: list[File], sent: list[Sent]) -> None:
        set_policy(sent, **keeping(unused_file="200d"))
        assert surveys()[0].counts == {"later": 3}
        assert all(is_due(file.purge_after, file.created_at + 200 * DAY) for file in rows(photos))

    def test_projects_cart_items_and_orders_are_dated_too(self, photos: list[File], sent: list[Sent]) -> None:
        now = clock.now()
        made = projects.create(draft=Draft("Iceland", b"{}", {"a": photos[0].id}), owner=HERS, principal=ANNA, now=now)
        item = carts.put(id="line-1", line=Line(made.id), owner=HERS, principal=ANNA, now=now).item
        wanted = WantedOrder((WantedItem(project=made.id),))
        order = orders.place(wanted=wanted, owner=HERS, principal=ANNA, now=now)
        sent.clear()
        set_policy(sent, **keeping(unused_file="100d", draft_project="20d", cart_item="9d", unpaid_order="40d"))
        assert surveys()[0].counts == {"sooner": 3, "unchanged": 2}
        head = project_queries.head_of(made.id)
        assert head
        assert is_due(head.purge_after, now + 20 * DAY)
        days = {f"{now + days * DAY:%Y-%m-%d}": 1 for days in (9, 20, 40)}
        assert queries.findings(surveys()[0].id).days == days
        placed = order_queries.find_order(order.id)
        assert placed
        assert str(placed.due_sort).startswith(f"{order.placed_at + 40 * DAY:%Y-%m-%d}")
        assert item.pin

    def test_photos_of_who_paid_before_payments_were_noted_are_kept_from_then(
        self, photos: list[File], sent: list[Sent]
    ) -> None:
        """The orders tell, which another part of the run reads; the survey notes it before any date is changed."""
        made = projects.create(draft=Draft("Iceland", b"{}", {}), owner=HERS, principal=ANNA, now=clock.now())
        pay(order_of(made.id), clock.now())
        purchases.forget(shop="acme", owner=HERS, before=None)
        sent.clear()
        bought = {"subject": "unused_file", "since": "last_purchase", "keep": "200d"}
        set_policy(sent, rules=[bought, *keeping(unused_file="10d", draft_project="100d")["rules"]])
        following = queries.run(str(surveys()[0].followed_by))
        assert (following.counts["later"], following.counts.get("sooner", 0)) == (3, 0)
        assert all(is_due(file.purge_after, file.created_at + 200 * DAY) for file in rows(photos))

    def test_customers_who_never_had_a_file_are_looked_at_too(self, photos: list[File], sent: list[Sent]) -> None:
        ben, moved = customer("ben"), Draft("Iceland", b"{}", {})
        made = projects.create(draft=Draft("Norway", b"{}", {}), owner="customer:ben", principal=ben, now=clock.now())
        given = projects.create(draft=moved, owner=HERS, principal=ANNA, now=clock.now())
        projects.move(id=given.id, customer="cleo", principal=OPS, reason="a wrong account", now=clock.now())
        sent.clear()
        set_policy(sent, **keeping(draft_project="20d", unused_file="100d"))
        assert (surveys()[0].planned, surveys()[0].counts["sooner"]) == (3, 2)
        for id in (made.id, given.id):
            head = project_queries.head_of(id)
            assert head
            assert is_due(head.purge_after, head.saved_at + 20 * DAY)

    def test_what_is_held_has_no_date(self, photos: list[File], sent: list[Sent]) -> None:
        projects.create(draft=Draft("Iceland", b"{}", {"a": photos[0].id}), owner=HERS, principal=ANNA, now=clock.now())
        sent.clear()
        set_policy(sent, **keeping(unused_file="10d", draft_project="100d"))
        assert surveys()[0].counts == {"sooner": 2, "unchanged": 1}
        held = rows(photos[:1])[0]
        assert held.purge_after is None

    def test_of_a_guard_alone_changes_no_dates(self, photos: list[File], sent: list[Sent]) -> None:
        same = keeping(unused_file="100d", draft_project="100d", cart_item="100d")
        set_policy(sent, **same, guard={"percent": 1})
        assert surveys() == []

    def test_a_command_surveys_again_and_its_page_tells_by_day(self, photos: list[File], sent: list[Sent]) -> None:
        told = manage("redate", "acme")
        deliver(sent)
        (survey,) = surveys()
        assert survey.id in told
        assert (survey.state, survey.counts) == (RunState.DONE, {"unchanged": 3})
        set_policy(sent, **keeping(unused_file="10d"))
        shown = manage("show_run", surveys()[0].id)
        assert f"due on {photos[0].created_at + 10 * DAY:%Y-%m-%d}" in shown

    def test_every_message_that_comes_twice_changes_nothing_more(self, photos: list[File], sent: list[Sent]) -> None:
        policy = keeping(unused_file="10d")
        identity.set_policy(shop_id="acme", principal=OPS, now=clock.now(), reason="by hand", policy=policy)
        while sent:
            again = sent[0]
            run_next(sent)
            sent_since = len(sent)
            tasks.app().tasks[again.name](**again.payload)
            del sent[sent_since:]
        assert surveys()[0].counts == {"sooner": 3}
        assert all(is_due(file.purge_after, file.created_at + 10 * DAY) for file in rows(photos))
