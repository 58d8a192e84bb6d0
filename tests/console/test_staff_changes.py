"""Staff members are changed by admins, with a reason, at once, and never so that no admin is left."""

from datetime import datetime
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command

from imagestore.audit import queries as audit
from imagestore.common.principal import RoleMissing, command, staff
from imagestore.identity import queries
from imagestore.identity.errors import StaffInvalid
from imagestore.identity.staff import operations
from imagestore.identity.staff.errors import LastAdmin, StaffChanged, StaffUnknown
from tests.console.conftest import PASSWORD, SignIn, make_staff

OPS = command("ops")
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("set_role", {"role": "admin"}),
    ("set_active", {"active": False}),
    ("set_password", {"password": "another fine passphrase"}),
    ("remove_totp", {}),
)


def change(verb: str, name: str, now: datetime, **changes: object) -> None:
    getattr(operations, verb)(name=name, principal=OPS, reason="why not", now=now, **changes)


def test_a_role_holds_from_the_next_request_on_and_its_history_tells(sign_in: SignIn, now: datetime) -> None:
    browser = sign_in("viewer")
    change("set_role", "viewer-1", now, role="operator")
    assert "Pause all deletion" in browser.get("/staff/").content.decode()
    (entry,) = (entry for entry in audit.history("staff:viewer-1").items if entry.action == "staff.role-set")
    assert (entry.reason, entry.details) == ("why not", {"before": "viewer", "after": "operator"})


def test_who_is_deactivated_is_out_at_once_and_stays_out(sign_in: SignIn, now: datetime) -> None:
    browser = sign_in("support")
    change("set_active", "support-1", now, active=False)
    assert browser.get("/staff/").status_code == 302
    change("set_active", "support-1", now, active=True)
    assert browser.get("/staff/").status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old(sign_in: SignIn, now: datetime) -> None:
    browser = sign_in("support")
    change("set_password", "support-1", now, password="another fine passphrase")
    assert browser.get("/staff/").status_code == 302
    with pytest.raises(StaffInvalid, match="12"):
        change("set_password", "support-1", now, password="short")


def test_the_last_admin_stays(shop: str, now: datetime) -> None:
    name = make_staff("admin")
    for verb, changes in (("set_role", {"role": "viewer"}), ("set_active", {"active": False})):
        with pytest.raises(LastAdmin):
            change(verb, name, now, **changes)
    assert queries.staff_member(name).active  # type: ignore[union-attr]
    call_command("create_staff", "other", "--role", "admin")
    change("set_active", name, now, active=False)
    with pytest.raises(LastAdmin):
        change("set_role", "other", now, role="support")


def test_who_became_the_last_admin_meanwhile_stays_too(
    shop: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, viewer = make_staff("admin"), make_staff("viewer")
    read_before = queries.staff_member(viewer)
    change("set_role", viewer, now, role="admin")
    change("set_active", admin, now, active=False)
    with monkeypatch.context() as late:
        late.setattr(queries, "staff_member", lambda name: read_before)
        with pytest.raises(StaffChanged):
            change("set_active", viewer, now, active=False)
    assert queries.staff_member(viewer).active  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["viewer", "support", "operator"])
def test_nobody_but_an_admin_changes_others_or_itself(shop: str, now: datetime, role: str) -> None:
    name = make_staff("viewer")
    for who in (staff("vic", role), staff(name, role)):
        for verb, changes in CHANGES:
            with pytest.raises(RoleMissing):
                getattr(operations, verb)(name=name, principal=who, reason="why", now=now, **changes)


def test_the_command_says_what_it_did(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = make_staff("viewer")
    call_command("change_staff", name, "--role", "support", "--new-password", "--deactivate", "--reason", "why")
    said = capsys.readouterr().out
    assert "viewer-1: is support now" in said
    assert "viewer-1: has the password " in said
    assert "viewer-1: cannot sign in any more" in said
    with pytest.raises(CommandError, match="what to change"):
        call_command("change_staff", name, "--reason", "why")
    with pytest.raises(CommandError, match="no staff member"):
        call_command("change_staff", "nobody", "--activate", "--reason", "why")


def test_what_is_refused_leaves_no_password_untold(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = make_staff("admin")
    with pytest.raises(CommandError, match="last active admin"):
        call_command("change_staff", name, "--new-password", "--deactivate", "--reason", "why")
    assert capsys.readouterr().out == ""
    assert check_password(PASSWORD, queries.staff_member(name).password)  # type: ignore[union-attr]


def test_one_time_codes_are_reset_with_the_reason_in_the_history(sign_in: SignIn, now: datetime) -> None:
    browser = sign_in("support")
    page = browser.get("/staff/one-time-codes/").content.decode()
    secret = browser.session["totp_secret"]
    assert secret in page
    browser.post("/staff/one-time-codes/", {"code": pyotp.TOTP(secret).now()})
    assert queries.staff_member("support-1").totp is not None  # type: ignore[union-attr]
    call_command("change_staff", "support-1", "--reset-one-time-codes", "--reason", "lost the phone")
    assert queries.staff_member("support-1").totp is None  # type: ignore[union-attr]
    (entry,) = (entry for entry in audit.history("staff:support-1").items if entry.action == "staff.totp-removed")
    assert entry.reason == "lost the phone"


def test_a_stranger_cannot_be_changed(shop: str, now: datetime) -> None:
    with pytest.raises(StaffUnknown):
        change("set_role", "nobody", now, role="viewer")
