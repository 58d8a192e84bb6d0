"""The verbs of signing in and out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from pynamodb.expressions.update import Action

from imagestore.audit import operations as audit
from imagestore.common import sealing, table, transaction
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity import keys as identity_keys
from imagestore.identity import queries
from imagestore.identity.models import StaffRow
from imagestore.identity.records import Role, StaffMember
from imagestore.identity.rules import check_password, check_role
from imagestore.identity.staff import keys, rules
from imagestore.identity.staff.errors import CodeWrong, LastAdmin, StaffChanged, StaffUnknown
from imagestore.identity.staff.models import FailuresRow, SessionRow, seconds
from imagestore.identity.staff.records import Failures, Session

SEALED_FOR = "totp"


def open_session(*, token: str, data: str, expires_at: datetime) -> bool:
    """False: the token is taken."""
    return table.put_new(SessionRow(*keys.session(token), data=data, expires_at=seconds(expires_at)))


def write_session(*, token: str, data: str, expires_at: datetime) -> bool:
    """False: the session was ended meanwhile; writing does not bring it back."""
    actions = [SessionRow.data.set(data), SessionRow.expires_at.set(seconds(expires_at))]
    return table.update(SessionRow, keys.session(token), actions, SessionRow.pk.exists(), Session).won


def end_session(*, token: str) -> None:
    table.delete(SessionRow, keys.session(token))


def note_failure(*, account: str, address: str, now: datetime) -> None:
    """Counts a wrong password; the first one opens a window of 15 minutes."""
    key, until = keys.failures(account, address), FailuresRow.expires_at.set(seconds(now + rules.REMEMBERED))
    current = FailuresRow.expires_at > seconds(now)
    if not table.update(FailuresRow, key, [FailuresRow.number.add(1)], current, Failures).won:
        table.update(FailuresRow, key, [FailuresRow.number.set(1), until], None, Failures)


def sign_out_everywhere(*, name: str, principal: Principal, reason: str, now: datetime) -> None:
    """Ends every session of a staff member at once. Others than oneself need the role admin."""
    _require_self_or_admin(principal, name)
    actions = [StaffRow.sign_outs.add(1)]
    _change(name, actions, "staff.signed-out", principal=principal, reason=reason, now=now)


def set_totp(*, name: str, secret: str, code: str, principal: Principal, now: datetime) -> None:
    """From now on signing in takes a code. `code` proves that the secret was understood; raises CodeWrong."""
    _require_self_or_admin(principal, name)
    step = rules.step_of_code(secret, code, now)
    if step is None:
        raise CodeWrong("The code does not match. Check the clock of the phone, and try the next one.", field="code")
    actions = [StaffRow.totp.set(sealing.seal(secret, SEALED_FOR)), StaffRow.totp_step.set(step)]
    _change(name, actions, "staff.totp-set", principal=principal, reason="", now=now)


def remove_totp(*, name: str, principal: Principal, reason: str, now: datetime) -> None:
    """For who lost the phone."""
    principal.require_role("admin")
    actions = [StaffRow.totp.remove(), StaffRow.totp_step.remove()]
    _change(name, actions, "staff.totp-removed", principal=principal, reason=reason, now=now)


def set_role(*, name: str, role: str, principal: Principal, reason: str, now: datetime) -> None:
    """From its next request on. Raises StaffUnknown, StaffInvalid, LastAdmin, StaffChanged."""
    principal.require_role("admin")
    member = _member(name)
    check_role(role)
    writes = [_update_as_read(member, [StaffRow.role.set(role)])]
    if role != Role.ADMIN:
        writes += _another_admin(member)
    details = {"before": member.role, "after": role}
    _record(writes, name, "staff.role-set", principal=principal, reason=reason, now=now, details=details)


def set_password(*, name: str, password: str, principal: Principal, reason: str, now: datetime) -> None:
    """Ends every session of before. Raises StaffUnknown, StaffInvalid."""
    principal.require_role("admin")
    check_password(password)
    actions = [StaffRow.password.set(make_password(password)), StaffRow.sign_outs.add(1)]
    _change(name, actions, "staff.password-set", principal=principal, reason=reason, now=now)


def set_active(*, name: str, active: bool, principal: Principal, reason: str, now: datetime) -> None:
    """Who is not active cannot sign in, and is signed out at once. Raises StaffUnknown, LastAdmin, StaffChanged."""
    principal.require_role("admin")
    member = _member(name)
    writes = [_update_as_read(member, [StaffRow.active.set(active), StaffRow.sign_outs.add(1)])]
    if not active:
        writes += _another_admin(member)
    action = "staff.activated" if active else "staff.deactivated"
    _record(writes, name, action, principal=principal, reason=reason, now=now)


def use_code(*, member: StaffMember, code: str, now: datetime) -> bool:
    """Whether the code is right; each is good only once. Always true for who has none set up."""
    if member.totp is None:
        return True
    step = rules.step_of_code(sealing.unseal(member.totp, SEALED_FOR), code, now)
    if step is None:
        return False
    unused = StaffRow.totp_step.does_not_exist() | (StaffRow.totp_step < step)
    key = identity_keys.staff(member.name)
    return table.update(StaffRow, key, [StaffRow.totp_step.set(step)], unused, StaffMember).won


def _require_self_or_admin(principal: Principal, name: str) -> None:
    if principal.kind != "staff" or principal.name != name:
        principal.require_role("admin")


def _member(name: str) -> StaffMember:
    member = queries.staff_member(name)
    if member is None:
        raise StaffUnknown(f"There is no staff member {name}.")
    return member


def _update_as_read(member: StaffMember, actions: Sequence[Action]) -> Write:
    """Who became the last admin since `member` was read is not changed by what was decided then."""
    as_read = (StaffRow.role == member.role) & (StaffRow.active == member.active)
    return transaction.update(StaffRow, identity_keys.staff(member.name), actions, as_read)


def _another_admin(member: StaffMember) -> list[Write]:
    """That somebody is left who can do everything; checked again as the change is written."""
    if member.role != Role.ADMIN or not member.active:
        return []
    for other in queries.all_staff():
        if other.name != member.name and other.active and other.role == Role.ADMIN:
            still = (StaffRow.role == Role.ADMIN) & (StaffRow.active == True)  # noqa: E712 - a condition, not a comparison
            return [transaction.check(StaffRow, identity_keys.staff(other.name), still)]
    raise LastAdmin(f"{member.name} is the last active admin. Make another one first.")


def _record(writes: Sequence[Write], name: str, action: str, **told: Any) -> None:
    try:
        audit.record(writes, action=action, subject=f"staff:{name}", **told)
    except TransactionLost as lost:
        raise StaffChanged(f"{name} or another admin was changed at this moment. Look again.") from lost


def _change(
    name: str, actions: Sequence[Action], action: str, *, principal: Principal, reason: str, now: datetime
) -> None:
    write = transaction.update(StaffRow, identity_keys.staff(name), actions, StaffRow.pk.exists())
    try:
        audit.record([write], action=action, subject=f"staff:{name}", principal=principal, reason=reason, now=now)
    except TransactionLost as lost:
        raise StaffUnknown(f"There is no staff member {name}.") from lost
