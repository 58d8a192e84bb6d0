"""What happens to an item, when, by which rule and because of what. Pure; the sweep decides by the same endings."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from imagestore.common.retention.policy import Ending, Rule
from imagestore.common.retention.reading import duration
from imagestore.common.retention.telling import AT_ONCE
from imagestore.common.retention.words import Action


@dataclass(frozen=True, slots=True)
class Explained:
    """`next` happens at `at`; None: nothing does. `because`: sentences for people, the decisive one first.

    `held_by`: what needs it, as in `project:<id>`. `rule` is None while no rule decides. `warned_at`: when its customer
    was last warned of what is next; `warns_at`: when that is done next. `held_back`: why nothing of its shop goes at
    this moment, whatever is due.
    """

    because: tuple[str, ...]
    next: Action | None = None
    at: datetime | None = None
    rule: Rule | None = None
    held_by: tuple[str, ...] = ()
    extended_until: datetime | None = None
    warned_at: datetime | None = None
    warns_at: datetime | None = None
    held_back: tuple[str, ...] = ()


PROMISED = "It was dated to {} before, and is not looked at sooner."


def explain(ending: Ending, *also: str, not_before: datetime | None = None, why: str = PROMISED) -> Explained:
    """`also`: further sentences. `not_before`: to when the item was dated, which is as good as promised; `why` so."""
    rule, at = ending.rule, ending.at
    whose = "the shop's own rule" if rule.own else "the default rule"
    product = f" of the product {rule.product}" if rule.product else ""
    kept = f"is kept {duration(rule.keep)} from {rule.since}" if rule.keep != timedelta() else f"goes {AT_ONCE}"
    said = [f"By {whose}, {rule.subject}{product} {kept}: {in_words(ending.since)}."]
    extended = at if at and rule.keep is not None and at > ending.since + rule.keep else None
    if extended:
        said.append(f"It was extended until {in_words(extended)}.")
    if (promised := ending.not_before(not_before)) != at:
        at = promised
        said.append(why.format(in_words(at or ending.since)))
    return Explained((*said, *also), rule.then if at else None, at, rule, extended_until=extended)


def about_visit(ending: Ending, *, over: bool) -> str:
    """Of what is a visit's: what the moment is at which its time begins."""
    if over:
        return "Its visit is over, and nobody can claim it any more."
    if ending.rule.keep:
        return "That is when its visit ends, if nobody uses or claims it before."
    return "It goes with its visit, which ends then."


def in_archive(since: datetime) -> str:
    return f"It was archived on {in_words(since)}: moved to a colder storage class, from where it reads as before."


def in_words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
