"""Who acts: scopes, names in rows and logs, and for which customer."""

import pytest

from imagestore.common import answers, principal
from imagestore.common.answers import CustomerForeign, CustomerWanted
from imagestore.common.principal import ROLES, Principal, RoleMissing, ScopeMissing

ANNA = Principal(kind="customer", shop="acme", customer="anna", scopes=frozenset({"files:read"}))
GUEST = Principal(kind="customer", shop="acme", session="V1", scopes=frozenset({"files:read"}))
SERVER = Principal(kind="shop", shop="acme")


def test_a_scope_is_there_or_named() -> None:
    ANNA.require("files:read")
    with pytest.raises(ScopeMissing) as refusal:
        ANNA.require("files:write")
    assert refusal.value.facts == {"scope": "files:write"}


@pytest.mark.parametrize(
    ("who", "label"),
    [
        (ANNA, "customer:acme:anna"),
        (SERVER, "shop:acme"),
        (principal.clock(), "clock"),
        (principal.command("root"), "command:root"),
    ],
    ids=["customer", "shop", "clock", "command"],
)
def test_everyone_has_a_name_in_the_log(who: Principal, label: str) -> None:
    assert who.label == label


def test_a_customer_acts_for_itself_and_a_shop_says_for_whom() -> None:
    assert answers.customer_of(ANNA, None) == answers.customer_of(ANNA, "anna") == "anna"
    assert answers.customer_of(SERVER, "bob") == "bob"
    for who, named in ((SERVER, None), (SERVER, ""), (GUEST, None)):
        with pytest.raises(CustomerWanted) as refusal:
            answers.customer_of(who, named)
        assert refusal.value.field == "customer"


@pytest.mark.parametrize("named", ["bob", "", "anna "])
def test_customers_and_guests_act_for_nobody_else(named: str) -> None:
    for who in (ANNA, GUEST):
        with pytest.raises(CustomerForeign) as refusal:
            answers.customer_of(who, named)
        assert refusal.value.field == "customer"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_those_before_it_may(role: str) -> None:
    who = principal.staff("sue", role)
    allowed = ROLES[: ROLES.index(role) + 1]
    for wanted in ROLES:
        if wanted in allowed:
            who.require_role(wanted)
        else:
            with pytest.raises(RoleMissing) as refusal:
                who.require_role(wanted)
            assert refusal.value.facts == {"role": wanted}


def test_roles_are_for_staff_alone_and_a_shell_needs_none() -> None:
    for who in (ANNA, SERVER, Principal(kind="shop", shop="acme", scopes=frozenset(ROLES))):
        with pytest.raises(RoleMissing):
            who.require_role("viewer")
    principal.command("root").require_role("admin")
    principal.clock().require_role("operator")
