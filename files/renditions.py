"""When the small pictures of a photo go, where a rule of its shop ends them; they are made again when wanted. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from files import rules
from files.records import DatedRenditions, File
from imagestore.common import due
from imagestore.common.retention import Clock, Ending, RetentionPolicy, Subject, duration, in_words
from imagestore.holds.rules import HELD_AGAIN, holds_in

LOOKED_AGAIN = timedelta(days=1)
"""What is neither readable nor on its way out may be decided otherwise by then."""


class Step(StrEnum):
    """What the sweep does with renditions that are due. `UNSCHEDULE`: there are none, or no rule ends them any more."""

    PURGE = "purged_renditions"
    RE_DATE = "re_dated"
    UNSCHEDULE = "released"
    KEEP = "held"
    WAIT = "skipped"


def ending(policy: RetentionPolicy, made_at: datetime) -> Ending:
    """Of those of a photo that were made last then; `at` is None where no rule ends them."""
    return policy.ending(Subject.RENDITION, {Clock.CREATED: made_at})


def go(file: File, policy: RetentionPolicy) -> bool:
    """Whether there are any of a photo that a rule ends, and no legal hold keeps."""
    made = bool(file.renditions) and file.state in rules.READABLE
    return made and not holds_in(file.holders) and ending(policy, file.created_at).at is not None


def next_step(
    dated: DatedRenditions, file: File | None, policy: RetentionPolicy, now: datetime, *, kept: bool
) -> tuple[Step, datetime | None]:
    """And for KEEP and RE_DATE when to look again. `kept`: a legal hold stands on the photo's customer.

    A removal that was begun is carried through.
    """
    if file is None or file.state in rules.REMOVED:
        return Step.UNSCHEDULE, None
    if kept or holds_in(file.holders):
        return Step.KEEP, now + HELD_AGAIN
    if file.state not in rules.READABLE:
        return Step.RE_DATE, now + LOOKED_AGAIN
    if file.claimed_until and file.claimed_until > now:
        return Step.WAIT, None
    at = ending(policy, dated.made_at).at
    if not dated.removing and at is None:
        return Step.UNSCHEDULE, None
    until = max(at or now, due.dated_to(dated.due_sort) or now)
    if not dated.removing and until > now:
        return Step.RE_DATE, until
    return Step.PURGE, None


def told(file: File, dated: DatedRenditions | None, policy: RetentionPolicy) -> str:
    """For people who ask what happens to a photo, of a shop whose rules end its small pictures."""
    found = ending(policy, dated.made_at if dated else file.decoded_at or file.created_at)
    kept = f"By the shop's own rule, its small pictures go {duration(found.rule.keep)} after they were made"
    again = "they are made again when somebody asks for one."
    at = found.not_before(due.dated_to(dated.due_sort)) if dated else None
    return f"{kept}: {in_words(at)}; {again}" if at else f"{kept}; these have no date yet. {again.capitalize()}"
