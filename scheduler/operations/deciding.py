"""What follows a survey: the real run at once, or when a person approves; or nothing, when one declines.

Each survey is decided once: the decision, the run that follows, and what stands in the way of the next survey change
in one transaction.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from imagestore.audit import operations as audit
from imagestore.common import switches, transaction
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from scheduler import keys, models, queries, rules
from scheduler.errors import NothingToDecide
from scheduler.models import GuardRow, RunRow
from scheduler.operations import guarding
from scheduler.operations.beginning import following_run
from scheduler.operations.sending import send_following
from scheduler.records import Run, RunState, Trigger


def decide(survey: Run, now: datetime) -> Run:
    """All slices have answered: the survey as it is decided. Told twice, it decides once."""
    shop = str(survey.shop)
    # What was approved of a change of dates is for the sweep that follows, not for another change.
    guard = queries.guard_of(shop, rules.SWEEP) if survey.job == rules.SWEEP else None
    may = guarding.allowed(shop, guard, now, survey.removals)
    if survey.removals > may.left:
        what = "be removed" if survey.job == rules.SWEEP else "be due within a day"
        why = f"{survey.removals} items of {shop} would {what}; {may.why}"
        awaiting = models.await_approval(why, now)
        writes = [_decided(survey, awaiting), _guard(survey, models.guard_asks(survey))]
        return _committed(writes, survey)
    if not survey.finds_work:
        return _committed([_decided(survey, models.close_run(RunState.DONE, now))], survey)
    following = following_run(survey, Trigger.CLOCK, now)
    done = [*models.close_run(RunState.DONE, now), RunRow.followed_by.set(following.id)]
    seen = _committed([_decided(survey, done), *_started(survey, following, now)], survey)
    if seen.followed_by == following.id:
        if survey.job == rules.SWEEP:
            guarding.count({shop: survey.removals}, now)
        send_following(following)
    return seen


def approve_run(*, id: str, reason: str, principal: Principal, now: datetime) -> Run:
    """The run that does what the survey told of. Raises RunUnknown, NothingToDecide, and DeletionPaused: the approval
    would be used up and nothing removed.

    What a change of dates makes due may then be removed within two days, beyond what the policy lets go.
    """
    survey = _to_decide(id, principal)
    if survey.job == rules.SWEEP:
        switches.require_deletion(str(survey.shop))
    following = following_run(survey, Trigger.STAFF, now)
    approved = models.decide_run(RunState.APPROVED, following.id)
    writes = [_decided(survey, approved), *_started(survey, following, now)]
    if survey.job != rules.SWEEP:
        writes.append(models.guard_allows(str(survey.shop), survey.removals, now + 2 * rules.DAY))
    _record(writes, survey, action="run.approved", reason=reason, principal=principal, now=now)
    return send_following(following)


def decline_run(*, id: str, reason: str, principal: Principal, now: datetime) -> Run:
    """Nothing that the survey told of is done; the sweep looks again in a day. Raises RunUnknown, NothingToDecide."""
    survey = _to_decide(id, principal)
    declined = models.decide_run(RunState.DECLINED)
    writes = [_decided(survey, declined), _guard(survey, models.guard_asks_no_more())]
    _record(writes, survey, action="run.declined", reason=reason, principal=principal, now=now)
    return queries.run(id)


def _to_decide(id: str, principal: Principal) -> Run:
    principal.require_role("operator")
    survey = queries.run(id)
    if survey.state is not RunState.AWAITING:
        raise NothingToDecide(f"The run {id} is {survey.state}: it awaits no approval.", state=survey.state)
    return survey


def _decided(survey: Run, actions: Sequence[Action]) -> Write:
    return transaction.update(RunRow, keys.run(survey.id), actions, RunRow.state == survey.state)


def _started(survey: Run, following: Run, now: datetime) -> list[Write]:
    """Watched by the sweep, which sends its slices if this process dies before it does."""
    row = models.watched_run_row(following, str(survey.shop), now + rules.RESEND_AFTER)
    return [transaction.put(row), _guard(survey, models.guard_follows(following))]


def _guard(survey: Run, actions: Sequence[Action]) -> Write:
    """Refused when another survey took its place."""
    key = keys.guard(str(survey.shop), survey.job)
    return transaction.update(GuardRow, key, actions, GuardRow.run_id == survey.id)


def _committed(writes: Sequence[Write], survey: Run) -> Run:
    """The survey as it is decided, by this process or another."""
    with suppress(TransactionLost):
        transaction.commit(writes)
    return queries.run(survey.id)


def _record(writes: Sequence[Write], survey: Run, **deed: Any) -> None:
    details = {"job": survey.job, "shop": survey.shop, "removals": survey.removals}
    try:
        audit.record(writes, subject=f"run:{survey.id}", details=details, **deed)
    except TransactionLost as lost:
        text = f"Somebody else decided about the run {survey.id}, or it was asked again meanwhile."
        raise NothingToDecide(text) from lost
