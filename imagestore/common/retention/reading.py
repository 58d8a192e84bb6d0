"""Policies as JSON: read, checked and written. Every refusal names the rule, its member and the limit. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from imagestore.common.retention.carried_out import CARRIED_OUT
from imagestore.common.retention.policy import DEFAULTS, KEPT_AUTOSAVES, Guard, RetentionPolicy, Rule
from imagestore.common.retention.words import OF_VISIT, Action, Clock, Extension, PolicyInvalid, Subject

LEAST_GRACE = timedelta(hours=24)
LEAST_OF_VISIT = timedelta(hours=1)
"""What nobody came back for may go the same day."""
LONGEST = timedelta(days=36_525)
MOST_RULES, MOST_WARNINGS, LONGEST_PRODUCT = 50, 5, 100
MOST_AUTOSAVES = 100
GUARD_LIMITS = {"percent": (1, 100), "items": (1, 10_000_000), "least": (1, 10_000)}
FOR_EVER = "for ever"
UNITS = {"s": timedelta(seconds=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MEMBERS = ("subject", "product", "since", "keep", "then", "extend", "extend_by", "warn")
Words = TypeVar("Words", bound=StrEnum)


def read_policy(told: Mapping[str, object], least: timedelta = LEAST_GRACE) -> RetentionPolicy:
    """What a shop decided; the rest has its defaults. Raises PolicyInvalid."""
    _check_members(told, ("rules", "kept_autosaves", "guard"), "")
    rules = told.get("rules", [])
    if not isinstance(rules, Sequence) or isinstance(rules, str) or len(rules) > MOST_RULES:
        raise PolicyInvalid(f"rules is a list of at most {MOST_RULES} rules.", field="rules", limit=MOST_RULES)
    kept = _number(told.get("kept_autosaves", KEPT_AUTOSAVES), "kept_autosaves", 1, MOST_AUTOSAVES)
    read = tuple(_rule(rule, f"rules.{index}", least) for index, rule in enumerate(rules))
    return RetentionPolicy(read, kept, _guard(told.get("guard", {})))


def parse_policy(text: str) -> dict[str, object]:
    """What a person wrote, to be read by `read_policy`. Raises PolicyInvalid."""
    try:
        told = json.loads(text, object_pairs_hook=_members_once)
    except (ValueError, RecursionError) as error:
        raise PolicyInvalid(f"This is no JSON: {error}.", field="policy") from error
    if not isinstance(told, dict):
        raise PolicyInvalid("A policy is an object with rules, kept_autosaves and guard.", field="policy")
    return told


def written(told: Mapping[str, object]) -> str:
    """As a person reads and changes it."""
    return json.dumps(told, indent=2, ensure_ascii=False)


def policy_json(policy: RetentionPolicy) -> dict[str, Any]:
    """The rules of the shop's own, as `read_policy` reads them."""
    told: dict[str, Any] = {"rules": [rule_json(rule) for rule in policy.rules]}
    return told | {"kept_autosaves": policy.kept_autosaves, "guard": asdict(policy.guard)}


def rule_json(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {"subject": rule.subject.value, "since": rule.since.value, "keep": duration(rule.keep)}
    told["then"] = rule.then.value
    if rule.product is not None:
        told["product"] = rule.product
    if rule.extend:
        told["extend"] = sorted(rule.extend)
    if rule.extend_by:
        told["extend_by"] = duration(rule.extend_by)
    if rule.warn:
        told["warn"] = [duration(before) for before in rule.warn]
    return told


def duration(length: timedelta | None) -> str:
    """`90d`, `6h`, `300s` or `for ever`: in the largest unit that divides it."""
    if length is None:
        return FOR_EVER
    unit = next(unit for unit in ("d", "h", "s") if not length % UNITS[unit])
    return f"{length // UNITS[unit]}{unit}"


def check_carried_out(policy: RetentionPolicy) -> None:
    """A rule that nothing carries out would silently do nothing, and so would a guard. Raises PolicyInvalid."""
    _check_guard(policy.guard)
    for index, rule in enumerate(policy.rules):
        can, field = CARRIED_OUT[rule.subject], f"rules.{index}"
        _check_among(rule.since, can.since, f"{field}.since", rule.subject)
        _check_among(rule.then, can.then, f"{field}.then", rule.subject)
        if can.longest and (rule.keep is None or rule.keep > can.longest):
            most = duration(can.longest)
            text = f"A {rule.subject} is kept {most} at most: nobody can claim it any more."
            raise PolicyInvalid(text, field=f"{field}.keep", most=most)
        for way in sorted(rule.extend):
            _check_among(way, can.extend, f"{field}.extend", rule.subject)
        if rule.warn and not can.warns:
            raise PolicyInvalid(f"Nobody is warned of {_a(rule.subject)}.", field=f"{field}.warn")
        if rule.product is not None and not can.products:
            raise PolicyInvalid(f"{_a(rule.subject).capitalize()} has no product.", field=f"{field}.product")


def _check_guard(guard: Guard) -> None:
    if guard.items < guard.least:
        text = f"least ({guard.least}) may go in any case: items ({guard.items}) would say nothing. Set least, too."
        raise PolicyInvalid(text, field="guard.items", least=guard.least)


def _a(subject: Subject) -> str:
    return f"{'an' if subject[0] in 'aeiou' else 'a'} {subject}"


def _guard(told: object) -> Guard:
    if not isinstance(told, Mapping):
        raise PolicyInvalid(f"guard is an object with {', '.join(GUARD_LIMITS)}.", field="guard")
    _check_members(told, tuple(GUARD_LIMITS), "guard")
    given = {
        name: _number(told[name], f"guard.{name}", *limits) for name, limits in GUARD_LIMITS.items() if name in told
    }
    return Guard(**given)


def _number(told: object, field: str, least: int, most: int) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or not least <= told <= most:
        raise PolicyInvalid(
            f"{field} must be a whole number from {least} to {most}.", field=field, least=least, most=most
        )
    return told


def _members_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Of a member that is written twice, JSON would silently take the last."""
    told = dict(pairs)
    twice = sorted({name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1})
    if twice:
        raise PolicyInvalid(f"{', '.join(twice)} is written twice in one object.", field="policy")
    return told


def _rule(told: object, field: str, least: timedelta) -> Rule:
    if not isinstance(told, Mapping):
        raise PolicyInvalid(f"A rule is an object with {', '.join(MEMBERS)}.", field=field)
    _check_members(told, MEMBERS, field)
    subject = _word(told, "subject", Subject, field)
    default = next(rule for rule in DEFAULTS if rule.subject == subject)
    least = min(least, LEAST_OF_VISIT) if subject in OF_VISIT else least
    keep = _keep(told, field, least)
    then = _word(told, "then", Action, field) if "then" in told else default.then
    if then == Action.ARCHIVE:
        _check_archive(told, field)
    extend = frozenset(_word({"extend": way}, "extend", Extension, field) for way in _listed(told, "extend", field))
    by_somebody = extend & {Extension.CUSTOMER, Extension.STAFF}
    extend_by = _duration(told["extend_by"], f"{field}.extend_by", least) if "extend_by" in told else None
    if bool(by_somebody) != (extend_by is not None):
        raise PolicyInvalid("extend_by goes with extend by customer or staff.", field=f"{field}.extend_by")
    warn = _warnings(told, keep, field, least)
    if extend_by and warn and extend_by <= warn[0]:
        text = "extend_by is longer than each of warn: who extends is not warned again at once."
        raise PolicyInvalid(text, field=f"{field}.extend_by")
    return Rule(
        subject=subject,
        since=_word(told, "since", Clock, field) if "since" in told else default.since,
        keep=keep,
        then=then,
        product=_product(told, field),
        extend=extend,
        extend_by=extend_by,
        warn=warn,
        own=True,
    )


def _check_archive(told: Mapping[str, object], field: str) -> None:
    """Nobody has to be warned of what stays and reads as before, nor to put it off."""
    if told.get("warn"):
        raise PolicyInvalid("What is archived stays: nobody is warned of it.", field=f"{field}.warn")
    if "extend_by" in told or {"customer", "staff"} & {str(way) for way in _listed(told, "extend", field)}:
        text = "What is archived stays: extend can be save and touch, and extend_by says nothing."
        raise PolicyInvalid(text, field=f"{field}.extend")


def _check_members(told: Mapping[str, object], known: Sequence[str], field: str) -> None:
    for name in told:
        if name not in known:
            path = f"{field}.{name}" if field else str(name)
            raise PolicyInvalid(f"There is no {path}; known are {', '.join(known)}.", field=path)


def _word(told: Mapping[str, object], name: str, words: type[Words], field: str) -> Words:
    try:
        return words(str(told[name]))
    except (KeyError, ValueError):
        text = f"{name} is one of {', '.join(words)}."
        raise PolicyInvalid(text, field=f"{field}.{name}") from None


def _keep(told: Mapping[str, object], field: str, least: timedelta) -> timedelta | None:
    return None if told.get("keep") == FOR_EVER else _duration(told.get("keep"), f"{field}.keep", least, FOR_EVER)


def _duration(told: object, field: str, least: timedelta, also: str = "") -> timedelta:
    match = re.fullmatch(r"(\d{1,10})([shd])", told) if isinstance(told, str) else None
    length = int(match[1]) * UNITS[match[2]] if match and int(match[1]) * UNITS[match[2]] <= LONGEST else None
    if length is None or length < least:
        name, other = field.rpartition(".")[2], f", or {also!r}" if also else ""
        raise PolicyInvalid(
            f"{name} is from {duration(least)} to {duration(LONGEST)}, like 90d, 36h or 600s{other}.",
            field=field,
            least=duration(least),
            most=duration(LONGEST),
        )
    return length


def _listed(told: Mapping[str, object], name: str, field: str) -> Sequence[object]:
    found = told.get(name, [])
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) > MOST_WARNINGS:
        raise PolicyInvalid(
            f"{name} is a list of at most {MOST_WARNINGS}.", field=f"{field}.{name}", limit=MOST_WARNINGS
        )
    return found


def _warnings(
    told: Mapping[str, object], keep: timedelta | None, field: str, least: timedelta
) -> tuple[timedelta, ...]:
    path = f"{field}.warn"
    found = {_duration(one, path, least) for one in _listed(told, "warn", field)}
    if found and keep is None:
        raise PolicyInvalid("What is kept for ever has no end to be warned of.", field=path)
    if found and keep is not None and max(found) >= keep:
        raise PolicyInvalid("A warning lies within the lifetime: it is shorter than keep.", field=path)
    return tuple(sorted(found, reverse=True))


def _product(told: Mapping[str, object], field: str) -> str | None:
    product = told.get("product")
    if product is None:
        return None
    if isinstance(product, str) and 1 <= len(product) <= LONGEST_PRODUCT and product.isprintable():
        return product
    raise PolicyInvalid(
        f"product is a text of 1 to {LONGEST_PRODUCT} characters that can be printed.",
        field=f"{field}.product",
        limit=LONGEST_PRODUCT,
    )


def _check_among(found: StrEnum, known: frozenset[Any], field: str, subject: Subject) -> None:
    if found not in known:
        allowed = ", ".join(sorted(known)) or "nothing yet"
        name = field.rpartition(".")[2]
        raise PolicyInvalid(f"{name} of {subject} can be: {allowed}.", field=field)
