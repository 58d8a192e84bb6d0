"""The sweep's share of projects: due heads are warned of, trashed, purged or re-dated; due intents are tidied."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import switches, table
from imagestore.common.contracts import SliceReport
from imagestore.common.retention import Notice, RetentionPolicy
from imagestore.common.rows import Key
from imagestore.holds.rules import HELD_AGAIN
from imagestore.identity import queries as shops
from imagestore.purchases.queries import Policies
from projects import file_holds, keys, queries, rules
from projects.file_holds import SessionState, UploadSession
from projects.models import IntentRow, ProjectRow, waits_until
from projects.operations import archiving, handing, keeping, removing, warning
from projects.operations.tidying import tidy
from projects.records import LIVING, Head, Intent, ProjectState
from projects.rules import Step

ENDS = (Step.WARN, Step.TRASH, Step.PURGE)
"""What is not done to a project that a legal hold keeps."""


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: what was taken further meanwhile is skipped. One that fails does not stop the others."""
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    head_keys = [key for key in row_keys if not keys.is_intent(key)]
    heads = paused.allows(table.batch_get(ProjectRow, head_keys, Head, consistent=True))
    intent_keys = [key for key in row_keys if keys.is_intent(key)]
    intents = paused.allows(table.batch_get(IntentRow, intent_keys, Intent, consistent=True))
    report.add("skipped", len(row_keys) - len(heads) - len(intents))
    held, policies = keeping.held_customers(heads.values()), Policies(map(queries.thing_of, heads.values()))
    items: list[tuple[Key, Intent | Head]] = [*intents.items(), *heads.items()]
    for key, item in items:
        try:
            word = _tidy(item, dry_run, now) if isinstance(item, Intent) else _sweep(item, policies, held, dry_run, now)
            report.did(word, item.id)
            report.decided_by(shops.known_shop(item.shop))
            if not dry_run and word in (Step.TRASH, Step.PURGE):
                report.count(item.shop, f"projects_{word}")
        except Exception as error:
            report.fail(item.id, key, f"{type(error).__name__}: {error}")
    return report


def _tidy(intent: Intent, dry_run: bool, now: datetime) -> str:
    if not dry_run:
        tidy(intent, now)
    return "released"


def _sweep(head: Head, policies: Policies, held: keeping.Held, dry_run: bool, now: datetime) -> str:
    policy = policies.of(queries.thing_of(head))
    visit = file_holds.visit_of_owner(head.shop, head.owner)
    of_customer = head.customer is not None
    step, found = rules.next_step(head, policy, now) if of_customer else _step_in_visit(head, visit, policy, now)
    if step in ENDS and head.state in LIVING and (head.held_by or keeping.is_kept(head, held)):
        return Step.KEEP if dry_run or _look_again(head, now) else "skipped"
    if step == Step.WARN and found:
        return warning.warn(head, policy, found, now, dry_run=dry_run)
    if dry_run:
        return step
    if step == Step.HAND_OVER and visit:
        return step if handing.hand_over(head, visit) else "skipped"
    if step == Step.PURGE:
        return step if removing.purge(head, now) else "skipped"
    if step == Step.ARCHIVE:
        return step if archiving.archive_by_rule(head, policy, now) else "skipped"
    if step == Step.TRASH:
        return step if removing.trash_by_rule(head, policy, now) else "skipped"
    return step if found and warning.re_date(head, policy, found, now) else "skipped"


def _look_again(head: Head, now: datetime) -> bool:
    """It ends no earlier than it would have."""
    again = now + HELD_AGAIN
    actions = waits_until(again, now=now, head=head, ends_at=max(again, head.purge_after or again))
    as_found = ProjectRow.due_sort == head.due_sort
    return table.update(ProjectRow, keys.head_row(head.id), actions, as_found, Head).won


def _step_in_visit(
    head: Head, visit: UploadSession | None, policy: RetentionPolicy, now: datetime
) -> tuple[Step, Notice | None]:
    """The visit's own row decides: who claimed it gets the project, whatever its clocks say. None: long forgotten."""
    if visit and visit.state == SessionState.CLAIMED and head.state in LIVING:
        return Step.HAND_OVER, None
    if head.state != ProjectState.ACTIVE:
        return rules.next_step(head, policy, now)
    if visit and visit.state == SessionState.OPEN:
        again = max(visit.ends_at, now + rules.VISIT_AGAIN)
        return Step.RE_DATE, Notice(again, again)
    return rules.step_after_visit(head, visit.over_at if visit else None, policy, now)
