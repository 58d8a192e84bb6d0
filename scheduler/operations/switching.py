"""The one switch of all deletion."""

from datetime import datetime

from imagestore.audit import operations as audit
from imagestore.common import switches
from imagestore.common.principal import Principal


def pause_deletion(*, reason: str, principal: Principal, now: datetime) -> None:
    _switch(True, "deletion.paused", reason, principal, now)


def resume_deletion(*, reason: str, principal: Principal, now: datetime) -> None:
    _switch(False, "deletion.resumed", reason, principal, now)


def _switch(paused: bool, action: str, reason: str, principal: Principal, now: datetime) -> None:
    principal.require_role("operator")
    write = switches.pause_deletion(paused)
    audit.record([write], action=action, subject="switch:deletion", principal=principal, reason=reason, now=now)
