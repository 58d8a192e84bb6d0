"""The demo shop: made once, usable with the key in the local folder, brought back after a loss."""

from pathlib import Path

import pytest
from pytest_django import Settings

from imagestore.common import clock
from imagestore.common.principal import Principal, command
from imagestore.identity import key_files, queries, signing, tokens
from imagestore.identity.errors import TokenInvalid
from imagestore.local.bootstrap import bootstrap
from imagestore.local.demo_shop import SHOP, STAFF, ensure_demo_shop, ensure_staff
from tests.support.ministack import LocalAws

ORIGIN = "http://127.0.0.1:8000"
WHO = command("tester")


@pytest.fixture(autouse=True)
def folder(local_aws: LocalAws, settings: Settings, tmp_path: Path) -> Path:
    """The local folder. Nothing is remembered from another test's table."""
    settings.IMAGESTORE_LOCAL_FOLDER = tmp_path
    queries.forget()
    return tmp_path


def ensure(*origins: str) -> str | None:
    return ensure_demo_shop(origins=origins or (ORIGIN,), principal=WHO, now=clock.now())


def authenticated() -> Principal:
    """Who the API takes a customer for, whose token the key in the folder signs."""
    key = key_files.read(key_files.local_file(SHOP))
    token = signing.sign(key, shop=SHOP, now=clock.now(), customer="anna")
    return tokens.authenticate(f"Bearer {token}", now=clock.now())


def test_its_key_signs_tokens_that_the_api_accepts(folder: Path) -> None:
    assert ensure() == f"Made the shop demo; its private key is in {folder}/keys/demo.json"
    assert (authenticated().shop, authenticated().customer) == (SHOP, "anna")


def test_a_second_time_changes_nothing() -> None:
    ensure()
    before = queries.stored_shop(SHOP)
    assert ensure() is None
    assert queries.stored_shop(SHOP) == before


def test_another_port_is_another_origin_beside_the_first() -> None:
    ensure()
    ensure("http://127.0.0.1:9000")
    assert queries.stored_shop(SHOP).allowed_origins == {ORIGIN, "http://127.0.0.1:9000"}


def test_after_a_lost_table_the_same_key_serves_again(settings: Settings, local_aws: LocalAws) -> None:
    ensure()
    key = key_files.read(key_files.local_file(SHOP))
    settings.IMAGESTORE_TABLE = f"{local_aws.table}-again"
    queries.forget()
    bootstrap()
    assert ensure() is not None
    assert key_files.read(key_files.local_file(SHOP)) == key
    assert authenticated().shop == SHOP


def test_a_lost_key_is_replaced(settings: Settings, folder: Path) -> None:
    ensure()
    kept = {key["kid"] for key in queries.stored_shop(SHOP).keys}
    key_files.local_file(SHOP).unlink()
    ensure()
    assert authenticated().shop == SHOP
    assert {key["kid"] for key in queries.stored_shop(SHOP).keys} > kept


def test_a_key_of_nobody_is_refused() -> None:
    ensure()
    stranger = signing.sign(signing.generate_key("stranger"), shop=SHOP, now=clock.now(), customer="anna")
    with pytest.raises(TokenInvalid):
        tokens.authenticate(f"Bearer {stranger}", now=clock.now())


def test_the_staff_password_is_told_once() -> None:
    said = ensure_staff(principal=WHO, now=clock.now())
    assert said is not None
    assert "password" in said
    member = queries.staff_member(STAFF)
    assert member is not None
    assert member.role == "admin"
    assert member.password not in said
    assert ensure_staff(principal=WHO, now=clock.now()) is None
