"""Every page opens for every role, and changes nothing for a viewer."""

import pytest
from django.test import Client

from tests.console.conftest import SignIn

LISTS = ("files/file", "files/customer", "identity/shop", "identity/staffmember", "console/entry")


@pytest.mark.parametrize("page", ["", *(f"{name}/" for name in LISTS)])
def test_a_page_opens(sign_in: SignIn, page: str) -> None:
    answer = sign_in().get(f"/staff/{page}")
    assert answer.status_code == 200, answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"


def test_a_stranger_is_sent_to_sign_in(shop: str) -> None:
    answer = Client().get("/staff/files/file/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/staff/login/")
