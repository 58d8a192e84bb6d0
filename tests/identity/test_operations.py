"""Making and changing shops and staff, each with its audit entry."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from pytest_django import Settings

from imagestore.audit import queries as audit
from imagestore.common.retention import PolicyInvalid, RetentionPolicy, Subject
from imagestore.identity import operations, queries, signing
from imagestore.identity.errors import (
    DemoRefused,
    KeyExists,
    KeyInvalid,
    KeyNotFound,
    OriginInvalid,
    ShopChanged,
    ShopExists,
    ShopInvalid,
    ShopNotFound,
    StaffExists,
    StaffInvalid,
)
from imagestore.identity.records import Jwk, Role, Shop
from tests.identity.conftest import OPERATOR, ORIGIN
from tests.support.world import keeping


def create(id: str, now: datetime, **more: object) -> Shop:
    return operations.create_shop(**{"id": id, "name": id, "principal": OPERATOR, "now": now, **more})  # type: ignore[arg-type]


def actions(subject: str) -> list[str]:
    return [entry.action for entry in audit.history(subject).items]


def test_a_shop_is_found_as_it_was_made(shop: Shop) -> None:
    assert queries.shop("acme") == shop
    assert queries.shops().items == [shop]
    assert shop.allowed_origins == {ORIGIN}
    assert shop.policy == RetentionPolicy()
    assert not shop.demo


def test_who_made_a_shop_is_recorded(shop: Shop, now: datetime) -> None:
    (entry,) = audit.history("shop:acme").items
    assert (entry.action, entry.actor, entry.at) == ("shop.created", "command:tester", now)
    assert entry.details == {"origins": [ORIGIN], "kids": ["first"], "demo": False}


def test_a_shop_is_made_once(shop: Shop, now: datetime) -> None:
    with pytest.raises(ShopExists):
        create("acme", now, allowed_origins=["https://thief.example"])
    assert queries.shops_of_origin("https://thief.example") == frozenset()
    assert actions("shop:acme") == ["shop.created"]


@pytest.mark.parametrize("id", ["", "a", "Acme", "1st", "-a", "a" * 41, "a_b", "a#b", "acmé"])
def test_ids_that_no_shop_may_have(moto_aws: None, now: datetime, id: str) -> None:
    with pytest.raises(ShopInvalid) as refusal:
        create(id, now, name="Name")
    assert refusal.value.field == "id"
    assert queries.shop(id) is None


def test_a_shop_has_a_name_and_quotas(moto_aws: None, now: datetime) -> None:
    for field, value in (("name", " "), ("name", "x" * 101), ("file_quota", 0), ("byte_quota", -1)):
        with pytest.raises(ShopInvalid) as refusal:
            create("acme", now, **{field: value})
        assert refusal.value.field == field


def test_a_policy_is_checked_and_fills_up_with_defaults(moto_aws: None, now: datetime) -> None:
    shop = create("acme", now, policy=keeping(unused_file="7d"))
    assert shop.policy.keep(Subject.UNUSED_FILE) == timedelta(days=7)
    assert shop.policy.keep(Subject.TRASHED_FILE) == timedelta(days=30)
    with pytest.raises(PolicyInvalid):
        create("bcme", now, policy=keeping(unused_file="5s"))
    with pytest.raises(PolicyInvalid):
        create("bcme", now, policy={"rules": [{"subject": "trashed_file", "keep": "5d", "then": "archive"}]})


def test_a_policy_that_was_stored_before_there_were_rules_means_what_it_meant(moto_aws: None, now: datetime) -> None:
    shop = create("acme", now)
    before = replace(shop, rules={"release_grace": 3 * 86_400, "order": 10 * 86_400, "kept_autosaves": 5})
    assert before.policy.keep(Subject.RELEASED_FILE) == timedelta(days=3)
    assert before.policy.keep(Subject.PAID_ORDER) == before.policy.keep(Subject.UNPAID_ORDER) == timedelta(days=10)
    assert (before.policy.keep(Subject.UNUSED_FILE), before.policy.kept_autosaves) == (timedelta(days=90), 5)


def test_a_demo_shop_may_forget_within_seconds(moto_aws: None, now: datetime) -> None:
    shop = create("acme", now, demo=True, policy=keeping(unused_file="5s"))
    assert shop.policy.keep(Subject.UNUSED_FILE) == timedelta(seconds=5)
    assert queries.stored_shop("acme").policy.keep(Subject.UNUSED_FILE) == timedelta(seconds=5)


def test_production_has_no_demo_shops(moto_aws: None, now: datetime, settings: Settings) -> None:
    settings.IMAGESTORE_DEVELOPMENT = False
    with pytest.raises(DemoRefused):
        create("acme", now, demo=True)
    assert queries.shop("acme") is None


def test_a_policy_change_tells_before_and_after(shop: Shop, now: datetime) -> None:
    operations.set_policy(
        shop_id="acme", policy={"kept_autosaves": 5}, principal=OPERATOR, now=now, reason="asked by the shop"
    )
    found = queries.shop("acme")
    assert found is not None
    assert found.policy.kept_autosaves == 5
    entry = audit.history("shop:acme").items[0]
    assert (entry.details, entry.reason) == (
        {"before": {}, "after": {"kept_autosaves": 5}},
        "asked by the shop",
    )


def test_keys_come_and_go_on_the_record(shop: Shop, now: datetime) -> None:
    second: Jwk = signing.public_part(signing.generate_key("second"))
    operations.add_key(shop_id="acme", public_key=second, principal=OPERATOR, now=now)
    changed = operations.retire_key(shop_id="acme", kid="first", principal=OPERATOR, now=now)
    assert changed == queries.stored_shop("acme")
    assert changed.active_key("first") is None
    assert changed.active_key("second") is not None
    assert actions("shop:acme") == ["shop.key-retired", "shop.key-added", "shop.created"]


def test_a_kid_is_used_once(shop: Shop, now: datetime) -> None:
    again = signing.public_part(signing.generate_key("first"))
    with pytest.raises(KeyExists):
        operations.add_key(shop_id="acme", public_key=again, principal=OPERATOR, now=now)
    operations.retire_key(shop_id="acme", kid="first", principal=OPERATOR, now=now)
    with pytest.raises(KeyExists):
        operations.add_key(shop_id="acme", public_key=again, principal=OPERATOR, now=now)
    with pytest.raises(KeyNotFound):
        operations.retire_key(shop_id="acme", kid="first", principal=OPERATOR, now=now)


def test_a_private_key_is_never_stored(shop: Shop, now: datetime) -> None:
    with pytest.raises(KeyInvalid, match="private"):
        operations.add_key(shop_id="acme", public_key=signing.generate_key("second"), principal=OPERATOR, now=now)


def test_a_shop_has_few_active_keys(shop: Shop, now: datetime) -> None:
    for number in range(2, 6):
        key = signing.public_part(signing.generate_key(f"key-{number}"))
        operations.add_key(shop_id="acme", public_key=key, principal=OPERATOR, now=now)
    with pytest.raises(KeyInvalid, match="at most 5"):
        operations.add_key(
            shop_id="acme",
            public_key=signing.public_part(signing.generate_key("key-6")),
            principal=OPERATOR,
            now=now,
        )


def test_origins_point_to_their_shops(shop: Shop, now: datetime) -> None:
    create("bcme", now, allowed_origins=[ORIGIN])
    assert queries.shops_of_origin(ORIGIN) == {"acme", "bcme"}
    operations.set_origins(shop_id="acme", allowed_origins=["https://new.example/"], principal=OPERATOR, now=now)
    assert queries.shops_of_origin(ORIGIN) == {"bcme"}
    assert queries.shops_of_origin("https://new.example") == {"acme"}
    entry = audit.history("shop:acme").items[0]
    assert entry.details == {"added": ["https://new.example"], "removed": [ORIGIN]}


def test_production_wants_https(shop: Shop, now: datetime, settings: Settings) -> None:
    settings.IMAGESTORE_DEVELOPMENT = False
    with pytest.raises(OriginInvalid):
        operations.set_origins(shop_id="acme", allowed_origins=["http://acme.example"], principal=OPERATOR, now=now)


def test_a_change_meanwhile_is_not_overwritten(shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    operations.set_origins(shop_id="acme", allowed_origins=[], principal=OPERATOR, now=now)
    monkeypatch.setattr(queries, "stored_shop", lambda shop_id: shop)
    with pytest.raises(ShopChanged):
        operations.retire_key(shop_id="acme", kid="first", principal=OPERATOR, now=now)
    assert actions("shop:acme") == ["shop.origins-set", "shop.created"]


def test_a_missing_shop_cannot_be_changed(moto_aws: None, now: datetime) -> None:
    with pytest.raises(ShopNotFound):
        operations.set_origins(shop_id="nobody", allowed_origins=[], principal=OPERATOR, now=now)


def test_staff_sign_in_with_a_hashed_password(moto_aws: None, now: datetime) -> None:
    operations.create_staff(name="ann", password="correct horse battery", role="operator", principal=OPERATOR, now=now)
    found = queries.staff_member("ann")
    assert found is not None
    assert (found.role, found.active) == (Role.OPERATOR, True)
    assert check_password("correct horse battery", found.password)
    assert found.password not in repr(found)
    assert queries.staff().items == [found]
    (entry,) = audit.history("staff:ann").items
    assert entry.details == {"role": "operator"}


def test_a_staff_name_is_taken_once(moto_aws: None, now: datetime) -> None:
    for role in ("viewer", "admin"):
        try:
            operations.create_staff(name="ann", password="x" * 12, role=role, principal=OPERATOR, now=now)
        except StaffExists:
            assert role == "admin"
    found = queries.staff_member("ann")
    assert found is not None
    assert found.role is Role.VIEWER


@pytest.mark.parametrize("fault", [{"name": "Ann"}, {"name": ""}, {"password": "short"}, {"role": "root"}])
def test_what_staff_may_not_be(moto_aws: None, now: datetime, fault: dict[str, str]) -> None:
    member = {"name": "ann", "password": "x" * 12, "role": "admin", **fault}
    with pytest.raises(StaffInvalid) as refusal:
        operations.create_staff(**member, principal=OPERATOR, now=now)
    assert [refusal.value.field] == list(fault)
    assert queries.staff_member(member["name"]) is None
