"""Guards: more of a shop than may be removed in a day is surveyed first, and waits for a person if it would go."""

from datetime import timedelta

import pytest

from imagestore.audit import queries as audit
from imagestore.common import principal, table
from imagestore.common.principal import RoleMissing
from imagestore.common.rows import Item, Key
from imagestore.common.switches import DeletionPaused
from scheduler import keys, operations, queries, rules
from scheduler.errors import NothingToDecide
from scheduler.records import Run, RunState, Trigger
from tests.support.runs import NOW, command, let_go, put_due, started, swept, tick
from tests.support.world import Sent, make_shop

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OPS = principal.staff("olga", "operator")


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()
    let_go(files=200)


@pytest.fixture
def due() -> set[str]:
    """Of 200 files 120 are due: five in a hundred are ten, and a shop may always lose a hundred."""
    return {put_due().pk for _ in range(120)}


def sent_by(run: Run, sent: list[Sent]) -> list[Sent]:
    return [message for message in sent if message.payload.get("run_id") == run.id]


def answer(sent: list[Sent], word: str, run_id: str) -> None:
    """What the domains answer to each slice of a run."""
    for message in sent:
        if message.payload.get("run_id") == run_id:
            items = len(message.payload["keys"])
            operations.record_slice(
                run_id=run_id,
                slice_number=message.payload["slice_number"],
                counts={word: items},
                bytes_removed=0,
                failures=[],
                now=NOW + MINUTE,
            )


def surveyed(sent: list[Sent], word: str = "trashed") -> Run:
    survey = started()
    answer(sent, word, survey.id)
    return queries.run(survey.id)


def real(sent: list[Sent]) -> set[str]:
    """Items that were sent out to be really swept."""
    return swept([message for message in sent if message.payload.get("dry_run") is False])


def test_too_much_is_surveyed_and_nothing_of_it_is_touched(due: set[str], sent: list[Sent]) -> None:
    survey = started()
    assert (survey.dry_run, survey.shop, survey.planned, survey.slices) == (True, "acme", 120, 2)
    assert (swept(sent), real(sent)) == (due, set())


def test_a_survey_that_finds_too_much_waits_for_a_person_and_says_why(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    assert survey.state is RunState.AWAITING
    assert survey.cause == (
        "120 items of acme would be removed; 100 may be removed in 24 hours without approval "
        "(5 % of 200 files, at most 10000, at least 100)."
    )
    assert [run.id for run in queries.awaiting()] == [survey.id]
    assert real(sent) == set()


def test_a_survey_that_finds_little_to_remove_is_followed_at_once(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent, "re_dated")
    assert survey.state is RunState.DONE
    assert real(sent) == due
    following = queries.run(str(survey.followed_by))
    assert (following.follows, following.planned, following.state) == (survey.id, 120, RunState.RUNNING)


def test_the_policy_says_how_much_may_go(sent: list[Sent]) -> None:
    make_shop("careful", policy={"guard": {"percent": 1, "items": 5, "least": 5}})
    for _ in range(6):
        put_due(shop="careful")
    assert started().shop == "careful"


def test_of_a_large_shop_a_twentieth_may_go(due: set[str], sent: list[Sent]) -> None:
    let_go(files=2_400)
    started()
    assert real(sent) == due


def test_what_went_within_a_day_counts(sent: list[Sent]) -> None:
    first = {put_due().pk for _ in range(100)}
    run = started()
    assert real(sent) == first
    answer(sent, "trashed", run.id)
    late = NOW + 23 * timedelta(hours=1)
    put_due(late)
    over = tick(late)
    assert over
    assert (over.dry_run, over.shop) == (True, "acme")


def test_what_went_the_day_before_does_not(sent: list[Sent]) -> None:
    rows = [put_due() for _ in range(100)]
    answer(sent, "trashed", started().id)
    for row in rows:
        table.delete(Item, row)
    next_day = NOW + DAY + timedelta(hours=1)
    item = put_due(next_day)
    started(next_day)
    assert item.pk in real(sent)


def test_other_shops_and_other_kinds_go_on(due: set[str], sent: list[Sent]) -> None:
    make_shop("other")
    others = {put_due(shop="other").pk, put_due(kind="webhook").pk, put_due(kind="intent").pk}
    started()
    assert real(sent) == others


def test_while_it_is_surveyed_no_tick_asks_again(due: set[str], sent: list[Sent]) -> None:
    started()
    before = len(sent)
    assert tick(NOW + MINUTE / 2) is None
    assert len(sent) == before


def test_what_waits_for_a_person_is_looked_at_a_day_later(due: set[str], sent: list[Sent]) -> None:
    surveyed(sent)
    moving = started(NOW + 5 * MINUTE)
    assert {message.name for message in sent_by(moving, sent)} == {"scheduler.postpone_slice"}
    for message in sent_by(moving, sent):
        row_keys = [Key(*key) for key in message.payload["keys"]]
        done = operations.postpone_slice(row_keys=row_keys, now=NOW + 6 * MINUTE)
        assert operations.postpone_slice(row_keys=row_keys, now=NOW + 7 * MINUTE).counts == {"skipped": len(row_keys)}
        operations.record_slice(**done.payload(moving.id, message.payload["slice_number"]), now=NOW + 6 * MINUTE)
    assert queries.run(moving.id).counts == {"postponed": 120}
    assert tick(NOW + 10 * MINUTE) is None
    again = started(NOW + DAY + 10 * MINUTE)
    assert (again.shop, again.planned) == ("acme", 120)


def test_who_decides_nothing_for_a_day_is_asked_again(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    again = started(NOW + DAY)
    assert again.dry_run
    closed = queries.run(survey.id)
    assert (closed.state, closed.cause) == (
        RunState.DECLINED,
        f"Nobody decided until the survey {again.id} asked again.",
    )
    with pytest.raises(NothingToDecide):
        operations.approve_run(id=survey.id, reason="too late", principal=OPS, now=NOW + DAY)


def test_what_is_approved_is_done_and_asks_nobody_again(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    run = operations.approve_run(id=survey.id, reason="the shop wants it so", principal=OPS, now=NOW + 2 * MINUTE)
    assert (run.trigger, run.shop, run.follows, run.planned) == (Trigger.STAFF, "acme", survey.id, 120)
    assert real(sent) == due
    assert (queries.run(survey.id).state, queries.awaiting()) == (RunState.APPROVED, [])
    tick(NOW + 3 * MINUTE)
    assert [found.id for found in queries.recent_runs().items if found.is_survey] == [survey.id]
    (entry,) = audit.history(f"run:{survey.id}").items
    assert (entry.action, entry.reason, entry.details["removals"]) == ("run.approved", "the shop wants it so", 120)


def test_a_decision_leaves_when_the_survey_was_over(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    operations.decline_run(id=survey.id, reason="a mistake", principal=OPS, now=NOW + DAY)
    declined = queries.run(survey.id)
    assert (declined.finished_at, declined.took) == (survey.finished_at, survey.took)


def test_what_is_declined_is_left_and_looked_at_in_a_day(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    operations.decline_run(id=survey.id, reason="a mistake", principal=OPS, now=NOW + 2 * MINUTE)
    assert (queries.run(survey.id).state, queries.awaiting()) == (RunState.DECLINED, [])
    moving = started(NOW + 5 * MINUTE)
    assert (moving.dry_run, real(sent)) == (False, due)
    assert {message.name for message in sent if message.payload.get("dry_run") is False} == {"scheduler.postpone_slice"}


def test_it_is_decided_once_and_by_operators(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    with pytest.raises(RoleMissing):
        operations.approve_run(id=survey.id, reason="why", principal=principal.staff("vic", "support"), now=NOW)
    operations.decline_run(id=survey.id, reason="a mistake", principal=OPS, now=NOW)
    for decide in (operations.approve_run, operations.decline_run):
        with pytest.raises(NothingToDecide):
            decide(id=survey.id, reason="again", principal=OPS, now=NOW)


def test_nothing_is_approved_that_a_pause_would_hold_back(due: set[str], sent: list[Sent]) -> None:
    survey = surveyed(sent)
    operations.pause_deletion(shop="acme", reason="a look first", principal=OPS, now=NOW)
    with pytest.raises(DeletionPaused, match="resume_deletion --shop acme"):
        operations.approve_run(id=survey.id, reason="they may go", principal=OPS, now=NOW)
    assert queries.run(survey.id).state is RunState.AWAITING
    operations.resume_deletion(shop="acme", reason="looked", principal=OPS, now=NOW)
    operations.approve_run(id=survey.id, reason="they may go", principal=OPS, now=NOW)
    assert real(sent) == due


def test_a_dry_run_surveys_nothing_and_tells(due: set[str], sent: list[Sent]) -> None:
    run = command(dry_run=True)
    assert (run.shop, run.planned) == (None, 120)
    assert str(run.cause).startswith("120 items of acme are due; 100 may be removed in 24 hours without approval")


def test_the_number_of_files_is_asked_once_it_matters(sent: list[Sent]) -> None:
    make_shop("new")
    put_due(shop="new")
    started()
    assert not [message for message in sent if message.name == "files.sum_shop"]
    for _ in range(101):
        put_due(shop="new")
    started(NOW + 11 * MINUTE)
    assert [message.payload["shop"] for message in sent if message.name == "files.sum_shop"] == ["new"]


def test_until_they_are_counted_the_least_may_go_and_the_run_says_so(sent: list[Sent]) -> None:
    make_shop("new")
    for _ in range(101):
        put_due(shop="new")
    assert str(surveyed(sent).cause).endswith(
        "; 100 may be removed in 24 hours without approval (5 % of files not yet counted, at most 10000, at least 100)."
    )


def test_many_due_items_are_counted_by_reading_twice(
    due: set[str], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.operations.planning.KEPT", 50)
    run = started()
    surveys = [found for found in queries.recent_runs().items if found.shop]
    assert (len(surveys), surveys[0].planned, real(sent)) == (1, 120, set())
    assert run.planned == 0


def test_an_interrupted_follow_up_is_sent_by_the_sweep(
    due: set[str], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = surveyed(sent)
    with monkeypatch.context() as broken:
        broken.setattr("scheduler.operations.deciding.send_following", lambda run: run)
        run = operations.approve_run(id=survey.id, reason="do it", principal=OPS, now=NOW)
    assert (queries.run(run.id).state, real(sent)) == (RunState.PLANNING, set())
    operations.sweep_slice(row_keys=[keys.run(run.id)], dry_run=False, now=NOW + rules.PLANNING_LIMIT)
    assert (queries.run(run.id).state, real(sent)) == (RunState.RUNNING, due)
