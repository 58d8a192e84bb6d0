"""Staff at the staff site, on moto, as a browser would be."""

from collections.abc import Callable

import pytest

from imagestore.common import clock, principal
from imagestore.identity import operations
from tests.support.clients import Client
from tests.support.world import make_shop

PASSWORD = "correct horse battery"
SignIn = Callable[..., Client]


@pytest.fixture
def shop(moto_aws: None) -> str:
    return make_shop().id


def make_staff(role: str) -> str:
    name = f"{role}-1"
    operations.create_staff(
        name=name, password=PASSWORD, role=role, principal=principal.command("tests"), now=clock.now()
    )
    return name


@pytest.fixture
def sign_in(shop: str) -> SignIn:
    """`sign_in("viewer")` makes such a staff member and answers its browser, signed in."""

    def signed_in(role: str = "viewer") -> Client:
        client = Client()
        answer = client.post("/staff/login/", {"username": make_staff(role), "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return client

    return signed_in
