"""A shop's rules of how long things are kept, until what, and what is done then. Pure."""

from imagestore.common.retention.explaining import PROMISED, Explained, about_visit, explain, in_archive, in_words
from imagestore.common.retention.policy import DEFAULTS, NEVER, Clocks, Ending, Guard, RetentionPolicy, Rule
from imagestore.common.retention.reading import (
    LEAST_GRACE,
    LONGEST,
    check_carried_out,
    duration,
    parse_policy,
    policy_json,
    read_policy,
    rule_json,
    written,
)
from imagestore.common.retention.telling import Deciding, changes, deciding, guard_in_words
from imagestore.common.retention.warning import Notice, Warned, ends_at, notice
from imagestore.common.retention.words import Action, Clock, Extension, PolicyInvalid, Subject

__all__ = [
    "DEFAULTS",
    "LEAST_GRACE",
    "LONGEST",
    "NEVER",
    "PROMISED",
    "Action",
    "Clock",
    "Clocks",
    "Deciding",
    "Ending",
    "Explained",
    "Extension",
    "Guard",
    "Notice",
    "PolicyInvalid",
    "RetentionPolicy",
    "Rule",
    "Subject",
    "Warned",
    "about_visit",
    "changes",
    "check_carried_out",
    "deciding",
    "duration",
    "ends_at",
    "explain",
    "guard_in_words",
    "in_archive",
    "in_words",
    "notice",
    "parse_policy",
    "policy_json",
    "read_policy",
    "rule_json",
    "written",
]
