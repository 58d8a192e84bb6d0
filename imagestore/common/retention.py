"""A shop's rules of how long things are kept. Pure. All lifetimes are seconds in JSON, `timedelta` here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from imagestore.common.errors import Invalid

LEAST_GRACE = timedelta(hours=24)
LONGEST = timedelta(days=36_525)


class PolicyInvalid(Invalid):
    code, title = "policy-invalid", "The retention policy is not valid"


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """`abandoned_upload`: registered, but no bytes came. `rejected_file`: its bytes and reason stay this long.
    `unused_file`: stored and never held. `release_grace`: after the last holder let go. `trashed_file`,
    `trashed_project`: restorable. `draft_project`: since its last save. `cart_item`: since it was put or touched.
    `order`: since its last state. `cancelled_order`: since its cancellation. `kept_autosaves`: the last so many of a
    project, beside every manual save.
    """

    abandoned_upload: timedelta = timedelta(days=1)
    rejected_file: timedelta = timedelta(days=1)
    unused_file: timedelta = timedelta(days=90)
    release_grace: timedelta = timedelta(days=30)
    trashed_file: timedelta = timedelta(days=30)
    draft_project: timedelta = timedelta(days=365)
    trashed_project: timedelta = timedelta(days=30)
    cart_item: timedelta = timedelta(days=30)
    order: timedelta = timedelta(days=730)
    cancelled_order: timedelta = timedelta(days=30)
    kept_autosaves: int = 20

    @classmethod
    def from_json(cls, rules: Mapping[str, object], least: timedelta = LEAST_GRACE) -> "RetentionPolicy":
        """Reads and checks a policy; what it leaves out has its default. Errors name the rule and the limit."""
        known = {field.name for field in fields(cls)}
        for name in rules:
            if name not in known:
                raise PolicyInvalid(f"There is no rule {name}; rules are {', '.join(sorted(known))}.", field=name)
        versions = _whole(rules, "kept_autosaves", 1, 100) if "kept_autosaves" in rules else cls().kept_autosaves
        lifetimes = {
            name: timedelta(seconds=_whole(rules, name, int(least.total_seconds()), int(LONGEST.total_seconds())))
            for name in rules
            if name != "kept_autosaves"
        }
        return cls(kept_autosaves=versions, **lifetimes)

    def to_json(self) -> dict[str, int]:
        rules: dict[str, int] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            rules[field.name] = int(value.total_seconds()) if isinstance(value, timedelta) else value
        return rules


def _whole(rules: Mapping[str, object], name: str, least: int, most: int) -> int:
    value = rules[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise PolicyInvalid(
            f"{name} must be a whole number from {least} to {most}.", field=name, least=least, most=most
        )
    return value
