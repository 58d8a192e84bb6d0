"""Signatures as the published library verifies them."""

import re
from datetime import datetime

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from imagestore.webhooks import signatures

BODY = '{"type":"file.rejected","data":{"text":"süß"}}'.encode()


def signed(*secrets: str, now: datetime, body: bytes = BODY) -> dict[str, str]:
    return signatures.headers(id="01J9", body=body, secrets=secrets, now=now)


def test_a_secret_is_32_random_bytes_in_the_form_that_libraries_know() -> None:
    secret = signatures.new_secret()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret != signatures.new_secret()


def test_the_published_library_verifies_what_we_send(now: datetime) -> None:
    secret = signatures.new_secret()
    told = Webhook(secret).verify(BODY, signed(secret, now=now))
    assert told["data"] == {"text": "süß"}


def test_while_two_sign_either_verifies_and_no_other(now: datetime) -> None:
    old, new, foreign = (signatures.new_secret() for _ in range(3))
    headers = signed(new, old, now=now)
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(foreign).verify(BODY, headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_what_is_changed_on_the_way_verifies_no_more(now: datetime, name: str) -> None:
    secret = signatures.new_secret()
    headers = signed(secret, now=now)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers | {name: str(int(now.timestamp()) - 1)})
