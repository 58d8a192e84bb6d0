"""The commands of webhooks, as support types them."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from imagestore.audit import queries as audit
from imagestore.common import clock
from imagestore.common.browse import Window
from imagestore.webhooks import queries
from imagestore.webhooks.records import Endpoint
from tests.support.receiver import Receiver
from tests.support.webhooks import ALICE, BELLA, Clock, open_endpoint, outbox, save, states, versions
from tests.support.work import deliver
from tests.support.world import Sent, make_shop

REASON = ("--reason", "the shop called")
UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"


@pytest.fixture
def endpoint(moto_aws: None, receiver: Receiver, sent: list[Sent]) -> Endpoint:
    """One event arrived, another did not."""
    make_shop()
    endpoint = open_endpoint(receiver, "project.saved", path="?password=of-the-shop")
    receiver.acts = [204, 500]
    for project in (ALICE, BELLA):
        save(project, 1)
        deliver(sent)
    return endpoint


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_endpoints_of_a_shop_are_shown_with_what_fails(endpoint: Endpoint) -> None:
    told = run("show_webhooks", "acme")
    assert told == f"{endpoint.id}  {endpoint.address}  wants project.saved; 1 failing\n"
    assert run("show_webhooks", "other") == "The shop other has no endpoint.\n"


def test_deliveries_of_an_endpoint_are_shown_with_their_attempts(endpoint: Endpoint) -> None:
    newest, attempt, oldest, _ = run("show_webhooks", "acme", "--endpoint", endpoint.id).splitlines()
    assert newest.endswith(f"project.saved  project:{BELLA}  waiting")
    assert attempt.endswith("500  we are out of order")
    assert oldest.endswith(f"project.saved  project:{ALICE}  delivered")
    with pytest.raises(CommandError, match="no endpoint"):
        run("show_webhooks", "other", "--endpoint", endpoint.id)


def test_what_failed_is_sent_again(endpoint: Endpoint, receiver: Receiver, hands: Clock) -> None:
    since = (clock.now() - timedelta(hours=1)).isoformat()
    assert run("replay_webhooks", endpoint.id, "--since", since, *REASON).startswith("1 events are due again")
    hands.sweep()
    assert (states(endpoint), versions(receiver.told, BELLA)) == (["delivered"] * 2, [1])
    (entry, _) = audit.leaf_of_history(Window(), subject=f"endpoint:{endpoint.id}").items
    assert (entry.action, entry.reason) == ("endpoint.replayed", "the shop called")
    assert entry.actor.startswith("command:")


def test_an_endpoint_is_disabled_and_enabled(endpoint: Endpoint) -> None:
    assert run("switch_webhook", endpoint.id, "--disable", *REASON) == f"{endpoint.address} of acme is disabled.\n"
    assert "disabled: the shop called" in run("show_webhooks", "acme")
    with pytest.raises(CommandError, match="enable it first"):
        run("replay_webhooks", endpoint.id, "--since", "2026-11-23T08:30:00Z", *REASON)
    assert run("switch_webhook", endpoint.id, "--enable", *REASON).endswith("is enabled.\n")


def test_a_secret_key_may_be_forgotten_once_the_secrets_are_sealed_anew(
    endpoint: Endpoint, receiver: Receiver, sent: list[Sent], settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key"
    assert run("reseal_webhooks", *REASON) == "The secrets of 1 endpoints are sealed anew.\n"
    settings.SECRET_KEY_FALLBACKS = []
    save("01J9ZQ6W0Z2V5T8K3M4N7P1R6C", 1)
    deliver(sent)
    assert outbox(endpoint)[-1].state == "delivered"


def test_without_the_former_key_nothing_is_changed(endpoint: Endpoint, settings: Settings) -> None:
    before = queries.stored_endpoint("acme", endpoint.id)
    settings.SECRET_KEY = "a new key"
    with pytest.raises(CommandError, match="IMAGESTORE_SECRET_KEY_FALLBACKS"):
        run("reseal_webhooks", *REASON)
    assert queries.stored_endpoint("acme", endpoint.id) == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("replay_webhooks", UNKNOWN_ID, "--since", "yesterday", *REASON), "2026-11-23T08:30:00Z"),
        (("replay_webhooks", UNKNOWN_ID, "--since", "2026-11-23T08:30:00", *REASON), "no offset from UTC"),
        (("replay_webhooks", UNKNOWN_ID, "--since", "2026-11-23T08:30:00Z", *REASON), "no endpoint with this id"),
        (("replay_webhooks", "nonsense", "--since", "2026-11-23T08:30:00Z", *REASON), "no endpoint with this id"),
        (("switch_webhook", UNKNOWN_ID, "--enable", *REASON), "no endpoint with this id"),
        (("switch_webhook", UNKNOWN_ID, *REASON), "--disable"),
        (("switch_webhook", UNKNOWN_ID, "--enable", "--reason", " "), "--reason"),
    ],
)
def test_what_is_wrong_is_named(endpoint: Endpoint, arguments: tuple[str, ...], named: str) -> None:
    with pytest.raises(CommandError, match=named):
        run(*arguments)
