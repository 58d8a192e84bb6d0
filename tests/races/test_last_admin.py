"""Admins who take each other's rights at the same moment: one is always left. Real transactions."""

from functools import partial
from typing import Any

import pytest

from imagestore.common import clock
from imagestore.common.principal import command
from imagestore.identity import operations as identity
from imagestore.identity import queries
from imagestore.identity.records import Role
from imagestore.identity.staff import operations
from imagestore.identity.staff.errors import LastAdmin, StaffChanged
from tests.support.ministack import LocalAws
from tests.support.races import together

OPS = command("ops")
ROUNDS = 10


def admins() -> list[str]:
    return [member.name for member in queries.all_staff() if member.active and member.role == Role.ADMIN]


@pytest.mark.parametrize("number", [2, 3])
def test_one_admin_is_left_whoever_is_taken_away(real_aws: LocalAws, number: int) -> None:
    names = [f"admin-{index}" for index in range(number)]
    for name in names:
        identity.create_staff(name=name, password="p" * 12, role="admin", principal=OPS, now=clock.now())
    for _ in range(ROUNDS):
        told: dict[str, Any] = {"principal": OPS, "reason": "a race", "now": clock.now()}
        outcomes = together(
            *(partial(operations.set_active, name=name, active=False, **told) for name in names[1:]),
            partial(operations.set_role, name=names[0], role="viewer", **told),
        )
        left = admins()
        assert left
        assert {type(outcome) for outcome in outcomes} <= {type(None), LastAdmin, StaffChanged}
        assert outcomes.count(None) == number - len(left)
        for name in names:
            operations.set_active(name=name, active=True, **told)
            operations.set_role(name=name, role="admin", **told)
