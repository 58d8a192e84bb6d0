"""The retention policy of a shop on its page: what decides, and setting it."""

import html
import json
from typing import Any

import pytest

from imagestore.audit import queries as audit
from imagestore.common import clock, principal
from imagestore.identity import operations, queries
from tests.console.conftest import SignIn
from tests.support.clients import Client
from tests.support.world import Answer, keeping

PAGE = "/staff/identity/shop/acme"
TITLE = "Set the retention policy"
WHY = "the shop asked for shorter carts"
SHORTER = json.dumps(keeping(cart_item="7d"))


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return html.unescape(answer.content.decode())


def set_policy(browser: Client, policy: str, reason: str = WHY, **more: Any) -> str:
    told = {"policy": policy, "reason": reason, **more}
    return text(browser.post(f"{PAGE}/deed/set-policy/", told, follow=True))


def rules() -> object:
    return queries.stored_shop("acme").rules


def test_a_shop_s_page_tells_how_long_everything_is_kept(sign_in: SignIn) -> None:
    browser = sign_in()
    page = text(browser.get(f"{PAGE}/change/"))
    assert "No rules of its own" in page
    assert "30d from accessed, then purge (default)" in page
    operations.set_policy(
        shop_id="acme", policy=keeping(cart_item="7d"), principal=principal.command("ops"), now=clock.now()
    )
    page = text(browser.get(f"{PAGE}/change/"))
    assert "1 rule of its own" in page
    assert '<th scope="row">cart_item</th><td>7d from accessed, then purge (rules.0)</td>' in page
    assert '<th scope="row">trashed_file</th><td>30d from entered, then purge (default)</td>' in page


def test_an_operator_sets_it_with_a_reason(sign_in: SignIn) -> None:
    browser = sign_in("operator")
    assert TITLE in text(browser.get(f"{PAGE}/change/"))
    page = set_policy(browser, SHORTER)
    assert "The policy holds; servers know it within a minute." in page
    assert "7d from accessed, then purge (rules.0)" in page
    assert rules() == keeping(cart_item="7d")
    entry = audit.history("shop:acme").items[0]
    assert (entry.action, entry.actor, entry.reason) == ("shop.policy-set", "staff:operator-1", WHY)
    assert WHY in text(browser.get(f"{PAGE}/history/"))


def test_the_form_has_what_is_stored_and_a_label_for_each_field(sign_in: SignIn) -> None:
    browser = sign_in("operator")
    set_policy(browser, SHORTER)
    page = text(browser.get(f"{PAGE}/change/"))
    area = page.partition("<textarea ")[2].partition("</textarea>")[0]
    assert json.loads(area.partition(">")[2]) == keeping(cart_item="7d")
    assert 'id="policy-set-policy"' in area
    for field, label in (("policy", "All rules of the shop, as JSON"), ("reason", f"{TITLE}, because")):
        assert f'<label for="{field}-set-policy">{label}</label>' in page
    assert "Revision</label>" not in page.partition('class="deed"')[2]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ('{"rules": [{"subject": "cart_item", "keep": "7 days"}]}', "rules.0.keep: keep is from 1d to 36525d"),
        ('{"rules": [{"subject": "unused_file", "keep": "9d", "warn": ["2d"]}]}', "rules.0.warn: Nobody is warned"),
        ('{"rules": [', "This is no JSON: "),
        ("", "Say what the policy is"),
    ],
)
def test_a_bad_policy_is_told_at_its_field_and_changes_nothing(sign_in: SignIn, policy: str, told: str) -> None:
    page = set_policy(sign_in("operator"), policy)
    form = page.partition('class="deed"')[2]
    errors = form.partition('for="policy-set-policy"')[2].partition("<textarea")
    assert told in errors[0]
    assert 'id="policy-set-policy_error"' in errors[0]
    assert 'aria-describedby="policy-set-policy_error"' in errors[2]
    assert 'aria-invalid="true"' in errors[2]
    assert policy in errors[2].partition("</textarea>")[0]
    assert WHY in form
    assert rules() == {}


def test_what_was_corrected_is_sent_from_there(sign_in: SignIn) -> None:
    browser = sign_in("operator")
    page = set_policy(browser, "{]", revision=1)
    assert "Nothing was changed." in page
    assert 'name="revision" value="1"' in page
    set_policy(browser, SHORTER, revision=1)
    assert rules() == keeping(cart_item="7d")


def test_nothing_is_set_without_a_reason(sign_in: SignIn) -> None:
    page = set_policy(sign_in("operator"), SHORTER, reason=" ")
    assert "Say why" in page
    assert '"subject": "cart_item"' in page
    assert rules() == {}


def test_who_saw_an_older_policy_changes_nothing(sign_in: SignIn) -> None:
    browser, seen = sign_in("operator"), queries.stored_shop("acme").revision
    set_policy(browser, SHORTER, revision=seen)
    page = set_policy(browser, "{}", revision=seen)
    assert "The shop acme was changed meanwhile." in page
    assert rules() == keeping(cart_item="7d")


@pytest.mark.parametrize("role", ["viewer", "support"])
@pytest.mark.parametrize("policy", [SHORTER, "{]"])
def test_others_are_not_offered_it_and_cannot(sign_in: SignIn, role: str, policy: str) -> None:
    browser = sign_in(role)
    assert TITLE not in text(browser.get(f"{PAGE}/change/"))
    answer = browser.post(f"{PAGE}/deed/set-policy/", {"policy": policy, "reason": WHY})
    assert answer.status_code == 403
    assert rules() == {}
