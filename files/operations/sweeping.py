"""The sweep's share of files: each due file is looked at by the policy of the moment and taken one step further."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from files import keys, models, queries, rules, storage
from files.models import FileRow, SessionRow, looked_at, session_waits_until, waits_no_more, waits_until
from files.operations import archiving, confirming, keeping, quota, rejecting, removing, sessions, settling
from files.operations.asking import ask_to_decode
from files.probe import BrokenImage
from files.records import File, FileState, SessionState, UploadSession
from files.rules import Step
from imagestore.common import principal, switches, table
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.holds.rules import HELD_AGAIN
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop
from imagestore.purchases.queries import Policies

NEVER_CAME = BrokenImage("upload-missing", "The upload never arrived.")


class _Left(NamedTuple):
    """What is done for many files at once, after each was looked at. `held`: customers under a legal hold; `policies`:
    what the rules say of each; `run_id`: for which run.
    """

    doomed: list[File]
    undecoded: list[File]
    held: keeping.Held
    policies: Policies
    run_id: str | None


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime, run_id: str | None = None) -> SliceReport:
    """Idempotent: a file that was taken further meanwhile is skipped. One that fails does not stop the others.

    `run_id`: what an earlier try of this slice did for the run, or does beside this one, counts as done by this.
    """
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    visit_keys = [key for key in row_keys if keys.is_session(key)]
    visits = paused.allows(table.batch_get(SessionRow, visit_keys, UploadSession, consistent=True))
    file_keys = [key for key in row_keys if not keys.is_session(key)]
    files = paused.allows(table.batch_get(FileRow, file_keys, File, consistent=True))
    report.add("skipped", len(row_keys) - len(files) - len(visits))
    held, policies = keeping.held_customers(files.values()), Policies(map(rules.thing_of, files.values()))
    left = _Left([], [], held, policies, run_id)
    items: list[File | UploadSession] = [*visits.values(), *files.values()]
    for item in items:
        try:
            if isinstance(item, UploadSession):
                report.did(_sweep_session(item, dry_run, now), item.id)
            elif step := rules.done_by(item, run_id):
                _tell(step, item, report)
            else:
                _sweep(item, left, report, dry_run, now)
        except Exception as error:
            report.fail(item.id, _key_of(item), f"{type(error).__name__}: {error}")
    ask_to_decode(left.undecoded, now)
    _purge(left, report, dry_run, now)
    return report


def _key_of(item: File | UploadSession) -> Key:
    return keys.session_row(item.shop, item.id) if isinstance(item, UploadSession) else keys.file_row(item.id)


def _sweep(file: File, left: _Left, report: SliceReport, dry_run: bool, now: datetime) -> None:
    shop = shops.known_shop(file.shop)
    report.decided_by(shop)
    visit = queries.visit_of(file)
    step, later = rules.next_step(file, left.policies.of(rules.thing_of(file)), now, visit)
    if step in (Step.TRASH, Step.PURGE) and keeping.is_kept(file, visit, left.held):
        step, later = Step.KEEP, now + HELD_AGAIN
    if step == Step.PURGE:
        left.doomed.append(file)
    elif dry_run:
        report.did(step, file.id)
    elif step == Step.HAND_OVER and visit:
        quota.move_charge(visit, principal.clock(), now)
        report.did(step if settling.hand_over(file.id, visit) else "skipped", file.id)
    elif step == Step.CONFIRM_OR_GIVE_UP:
        report.did(_confirm_or_give_up(file, shop, left, now), file.id)
    elif step == Step.TRASH:
        trashed = removing.trash_by_rule(file, shop.policy, now, by_run=left.run_id)
        _tell(step if trashed else None, file, report)
    elif step == Step.ARCHIVE and later is not None:
        archived = archiving.archive_by_rule(file, later, now, by_run=left.run_id)
        _tell(step if archived else None, file, report)
    elif step == Step.DECODE and later is not None:
        asked = _look_again(file, later, now)
        report.did(step if asked else "skipped", file.id)
        left.undecoded.extend([file] if asked else [])
    else:
        report.did(step if _move(file, later, now) else "skipped", file.id)


def _tell(step: Step | None, file: File, report: SliceReport) -> None:
    """Of a trashed, purged or archived file; None: it was not. Days are counted of what goes alone."""
    size = file.size if step == Step.PURGE and (file.stored_at or file.rejected_at) else 0
    report.did(step or "skipped", file.id, size)
    if step in (Step.TRASH, Step.PURGE):
        report.count(file.shop, step)
        report.count(file.shop, "purged_bytes", size)


def _sweep_session(session: UploadSession, dry_run: bool, now: datetime) -> str:
    """Ends it when its time is over; sees to the files of one that is claimed or ended, until none are left."""
    if session.state == SessionState.OPEN and session.ends_at > now:
        return _move_session(session, session.ends_at, dry_run, now)
    if dry_run:
        return "ended" if session.state == SessionState.OPEN else "settled"
    if session.state == SessionState.OPEN:
        ended = sessions.end_by_rule(session, now)
        if ended:
            settling.settle_now(ended, now)
        return "ended" if ended else "skipped"
    settling.settle(shop=session.shop, id=session.id, now=now)
    return "settled"


def _move_session(session: UploadSession, later: datetime, dry_run: bool, now: datetime) -> str:
    if dry_run:
        return Step.RE_DATE
    key, as_found = keys.session_row(session.shop, session.id), SessionRow.due_sort == session.due_sort
    actions = session_waits_until(later, now=now, shop=session.shop, id=session.id)
    return Step.RE_DATE if table.update(SessionRow, key, actions, as_found, UploadSession).won else "skipped"


def _confirm_or_give_up(file: File, shop: Shop, left: _Left, now: datetime) -> str:
    """Silence is not absence: storage is asked before an upload is given up."""
    confirmed = confirming.confirm(file, now)
    if confirmed:
        left.undecoded.append(confirmed)
        return "confirmed"
    if file.holders:
        rejecting.reject(shop, file.id, NEVER_CAME, now)
        if file.upload_id:
            storage.abort_parts(file)
        return Step.CONFIRM_OR_GIVE_UP
    given_up = removing.give_up(file, now)
    if given_up is None:
        return "skipped"
    left.doomed.append(given_up)
    return Step.CONFIRM_OR_GIVE_UP


def _move(file: File, later: datetime | None, now: datetime) -> bool:
    """To its due by today's policy, or out of `by_due` while held. Only from where this sweep found it."""
    condition = FileRow.due_sort == file.due_sort
    if later is None:
        condition &= FileRow.holders.exists() | (FileRow.state == FileState.GONE)
        actions = waits_no_more()
    else:
        condition &= FileRow.holders.does_not_exist()
        actions = waits_until(later, now=now, shop=file.shop, id=file.id)
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File).won


def _look_again(file: File, later: datetime, now: datetime) -> bool:
    """Before the message is sent: should it be lost, the file is due again."""
    condition = (FileRow.due_sort == file.due_sort) & models.undecoded()
    actions = looked_at(later, now=now, shop=file.shop, id=file.id)
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File).won


def _purge(left: _Left, report: SliceReport, dry_run: bool, now: datetime) -> None:
    doomed = left.doomed
    if dry_run:
        for file in doomed:
            report.did(Step.PURGE, file.id, file.size)
        return
    gone, failed = removing.purge(files=doomed, now=now, by_run=left.run_id)
    for file in gone:
        _tell(Step.PURGE, file, report)
    for id in {file.id for file in doomed} - {file.id for file in gone} - failed.keys():
        report.did("skipped", id)
    for id, cause in failed.items():
        report.fail(id, keys.file_row(id), cause)
