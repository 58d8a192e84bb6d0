"""Tokens of our own: good for their one use, until they expire, across a change of the key."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from imagestore.common.errors import Unauthenticated
from imagestore.common.principal import Principal
from imagestore.identity import issued, rules, signing, tokens
from imagestore.identity.errors import ShopInvalid, TokenExpired, TokenInvalid
from imagestore.identity.issued import Issued

GUEST = Principal(kind="customer", shop="acme", session="S1", scopes=frozenset({"files:read", "files:write"}))


def token(now: datetime, use: issued.Use = "guest") -> str:
    return issued.issue(Issued(use, GUEST, issued.lifetime_until(now, timedelta(minutes=5)), "H1"), now=now)


def test_a_guest_is_known_by_a_token_of_ours(now: datetime) -> None:
    assert tokens.authenticate(f"Bearer {token(now)}", now=now) == GUEST


def test_a_link_says_who_uploads_and_what_revokes_it(now: datetime) -> None:
    read = issued.read(token(now, "handoff"), use="handoff", now=now)
    assert (read.principal, read.id) == (GUEST, "H1")


@pytest.mark.parametrize("use", ["handoff", "upload", "extension"])
def test_a_token_for_one_address_does_not_open_the_api(use: issued.Use, now: datetime) -> None:
    with pytest.raises(TokenInvalid):
        tokens.authenticate(f"Bearer {token(now, use)}", now=now)


def test_it_ends_on_the_second(now: datetime) -> None:
    signed = token(now)
    with pytest.raises(TokenExpired):
        issued.read(signed, use="guest", now=now + timedelta(minutes=5))


def test_it_outlives_a_change_of_the_key_as_long_as_the_old_one_is_named(now: datetime, settings: Settings) -> None:
    signed, old = token(now), settings.SECRET_KEY
    settings.SECRET_KEY = "another key of fifty characters, more or less, for tests"
    with pytest.raises(TokenInvalid):
        issued.read(signed, use="guest", now=now)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert issued.read(signed, use="guest", now=now).principal == GUEST


def test_a_shop_cannot_issue_in_our_name(now: datetime) -> None:
    forged = signing.sign(signing.generate_key("first"), shop=rules.ISSUER, now=now, use="guest", session="S1")
    with pytest.raises(Unauthenticated):
        tokens.authenticate(f"Bearer {forged}", now=now)
    with pytest.raises(ShopInvalid):
        rules.check_shop(rules.ISSUER, "Us")
