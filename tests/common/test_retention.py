"""Policies of shops: read from JSON, refused with the rule and the limit."""

from datetime import timedelta
from typing import Any

import pytest

from imagestore.common.retention import PolicyInvalid, RetentionPolicy

DAY, CENTURY = 86_400, 36_525 * 86_400


def test_what_is_left_out_has_its_default() -> None:
    policy = RetentionPolicy.from_json({"unused_file": 3 * DAY, "kept_autosaves": 5})
    assert policy == RetentionPolicy(unused_file=timedelta(days=3), kept_autosaves=5)
    assert RetentionPolicy.from_json({}) == RetentionPolicy()


def test_json_and_back_is_the_same() -> None:
    policy = RetentionPolicy(draft_project=timedelta(days=400), kept_autosaves=1)
    assert RetentionPolicy.from_json(policy.to_json()) == policy


@pytest.mark.parametrize(
    ("rules", "field", "limits"),
    [
        ({"unused_file": DAY - 1}, "unused_file", (DAY, CENTURY)),
        ({"draft_project": CENTURY + 1}, "draft_project", (DAY, CENTURY)),
        ({"trashed_file": "90"}, "trashed_file", (DAY, CENTURY)),
        ({"trashed_file": 90_000.5}, "trashed_file", (DAY, CENTURY)),
        ({"release_grace": True}, "release_grace", (DAY, CENTURY)),
        ({"rejected_file": None}, "rejected_file", (DAY, CENTURY)),
        ({"kept_autosaves": 0}, "kept_autosaves", (1, 100)),
        ({"kept_autosaves": 101}, "kept_autosaves", (1, 100)),
    ],
)
def test_a_refusal_names_the_rule_and_its_limits(rules: dict[str, Any], field: str, limits: tuple[int, int]) -> None:
    with pytest.raises(PolicyInvalid) as refusal:
        RetentionPolicy.from_json(rules)
    assert refusal.value.field == field
    assert refusal.value.facts == {"least": limits[0], "most": limits[1]}
    assert field in refusal.value.text
    assert str(limits[1]) in refusal.value.text


def test_an_unknown_rule_is_refused_with_those_that_exist() -> None:
    with pytest.raises(PolicyInvalid, match="unused_file") as refusal:
        RetentionPolicy.from_json({"forever": DAY})
    assert refusal.value.field == "forever"


def test_a_demo_shop_may_have_shorter_lifetimes() -> None:
    policy = RetentionPolicy.from_json({"unused_file": 2}, least=timedelta(seconds=1))
    assert policy.unused_file == timedelta(seconds=2)
