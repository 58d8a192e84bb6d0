"""The routes of webhooks as a shop's server calls them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from imagestore.audit import queries as audit
from imagestore.common import aws, clock
from imagestore.common.browse import Window
from imagestore.webhooks import rules
from imagestore.webhooks.event_types import EventType
from tests.support.receiver import Receiver
from tests.support.webhooks import ALICE, BELLA, save
from tests.support.work import deliver, let_pass
from tests.support.world import Answer, Api, Sent, make_shop, shop_server, token

UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def shop() -> Api:
    return server()


def server(shop: str = "acme") -> Api:
    return Api(token(shop=shop, customer=None, scopes=shop_server().scopes))


def made(shop: Api, url: str = "http://127.0.0.1:9/hooks", **more: object) -> dict[str, Any]:
    answer = shop("POST", "/webhooks", {"url": url, **more})
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def refused(answer: Answer) -> tuple[int, str, str | None]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field")


class TestEndpoints:
    def test_its_secret_is_told_when_it_is_made_and_never_again(self, shop: Api) -> None:
        told = made(shop, types=["file.rejected"], description="ERP")
        assert told["secret"].startswith("whsec_")
        listed, one = shop("GET", "/webhooks").json()["items"], shop("GET", f"/webhooks/{told['id']}").json()
        assert listed == [one]
        assert one == {name: value for name, value in told.items() if name != "secret"}
        assert (one["types"], one["description"], one["enabled"]) == (["file.rejected"], "ERP", True)

    def test_the_table_and_the_audit_log_tell_no_secret(self, shop: Api) -> None:
        told = made(shop, "http://127.0.0.1:9/hooks?password=of-the-shop")
        shop("POST", f"/webhooks/{told['id']}/secret", {})
        rows = str(aws.dynamodb().scan(TableName=django_settings.IMAGESTORE_TABLE)["Items"])
        assert told["secret"].removeprefix("whsec_") not in rows
        entries = audit.leaf_of_history(Window(), subject=f"endpoint:{told['id']}").items
        assert [entry.action for entry in entries] == ["endpoint.secret-rotated", "endpoint.created"]
        assert "of-the-shop" not in str(entries)
        assert entries[1].details["address"] == "http://127.0.0.1:9"

    def test_a_repeat_with_the_same_key_makes_none_and_tells_the_secret_that_got_lost(self, shop: Api) -> None:
        body = {"url": "http://127.0.0.1:9/"}
        first, second = (shop("POST", "/webhooks", body, Idempotency_Key="k-1") for _ in range(2))
        assert first.json() == second.json()
        assert len(shop("GET", "/webhooks").json()["items"]) == 1
        other = shop("POST", "/webhooks", {"url": "http://127.0.0.1:8/"}, Idempotency_Key="k-1")
        assert refused(other) == (422, "idempotency-key-reused", "Idempotency-Key")
        shop("DELETE", f"/webhooks/{first.json()['id']}")
        assert refused(shop("POST", "/webhooks", body, Idempotency_Key="k-1"))[:2] == (409, "endpoint-changed")

    def test_what_is_left_out_of_a_change_stays(self, shop: Api) -> None:
        told = made(shop, types=["file.rejected"], description="ERP")
        path = f"/webhooks/{told['id']}"
        for change in ({"description": "shop"}, {"types": None}, {"url": "http://127.0.0.1:8/"}, {"enabled": False}):
            before = shop("GET", path).json()
            after = shop("PATCH", path, change).json()
            disabled = {"disabled_because": "by the shop"} if "enabled" in change else {}
            assert after == before | change | disabled
        assert shop("PATCH", path, {"enabled": True}).json()["disabled_because"] is None

    def test_a_shop_has_five_at_most(self, shop: Api) -> None:
        for _ in range(rules.MOST_ENDPOINTS):
            first = made(shop)
        answer = shop("POST", "/webhooks", {"url": "http://127.0.0.1:9/"})
        assert refused(answer) == (409, "endpoints-too-many", None)
        assert answer.json()["most"] == rules.MOST_ENDPOINTS
        assert shop("DELETE", f"/webhooks/{first['id']}").status_code == 204
        made(shop)

    def test_a_removed_one_is_not_there_any_more(self, shop: Api) -> None:
        path = f"/webhooks/{made(shop)['id']}"
        assert shop("DELETE", path).status_code == 204
        for method, address, body in routes(path):
            assert refused(shop(method, address, body))[:2] == (404, "endpoint-not-found"), address
        assert shop("GET", "/webhooks").json() == {"items": []}

    @pytest.mark.parametrize(
        "url",
        ["http://hooks.shop.example/", "https://127.0.0.1/", "https://169.254.169.254/", "https://user@shop.example/"],
    )
    def test_outside_development_it_is_public_and_encrypted(self, shop: Api, settings: Settings, url: str) -> None:
        settings.IMAGESTORE_DEVELOPMENT = False
        assert refused(shop("POST", "/webhooks", {"url": url})) == (422, "url-invalid", "url")
        path = f"/webhooks/{made(shop, 'https://hooks.shop.example/')['id']}"
        assert refused(shop("PATCH", path, {"url": url})) == (422, "url-invalid", "url")
        assert shop("GET", path).json()["url"] == "https://hooks.shop.example/"


class TestSecrets:
    def test_rotating_tells_a_new_one_and_until_when_the_old_one_signs(self, shop: Api) -> None:
        told = made(shop)
        answer = shop("POST", f"/webhooks/{told['id']}/secret", {"overlap_hours": 48}).json()
        assert answer["secret"] not in (told["secret"], None)
        new, old = answer["secrets"]
        assert new["ends_at"] is None
        lasts = datetime.fromisoformat(old["ends_at"]) - datetime.fromisoformat(new["created_at"])
        assert lasts == timedelta(hours=48)

    def test_unless_told_otherwise_it_is_a_day(self, shop: Api) -> None:
        answer = shop("POST", f"/webhooks/{made(shop)['id']}/secret", {}).json()
        new, old = answer["secrets"]
        lasts = datetime.fromisoformat(old["ends_at"]) - datetime.fromisoformat(new["created_at"])
        assert lasts == timedelta(hours=24)

    def test_one_that_leaked_is_not_listed_any_more(self, shop: Api) -> None:
        answer = shop("POST", f"/webhooks/{made(shop)['id']}/secret", {"overlap_hours": 0}).json()
        assert len(answer["secrets"]) == 1

    def test_four_sign_at_most_and_those_that_ended_do_not_count(
        self, shop: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = f"/webhooks/{made(shop)['id']}/secret"
        for _ in range(rules.MOST_SECRETS - 1):
            assert shop("POST", path, {}).status_code == 200
        assert refused(shop("POST", path, {})) == (409, "secrets-too-many", None)
        let_pass(timedelta(hours=24), monkeypatch)
        shop = server()
        assert len(shop("POST", path, {}).json()["secrets"]) == 2


class TestDeliveries:
    @pytest.fixture
    def endpoint(self, shop: Api, receiver: Receiver, sent: list[Sent]) -> str:
        """It refused the last of three events."""
        told = made(shop, receiver.url)
        receiver.secrets, receiver.acts = [told["secret"]], [204, 204, 500]
        for project in (ALICE, BELLA, UNKNOWN_ID):
            save(project, 1)
            deliver(sent)
        return str(told["id"])

    def test_they_are_listed_with_their_attempts_newest_first(self, shop: Api, endpoint: str) -> None:
        newest, _, oldest = shop("GET", f"/webhooks/{endpoint}/deliveries").json()["items"]
        assert (oldest["state"], oldest["subject"], oldest["data"]["version"]) == ("delivered", f"project:{ALICE}", 1)
        assert oldest["attempts"][0]["status"] == 204
        assert (newest["state"], newest["attempts"][0]["status"]) == ("waiting", 500)
        assert newest["attempts"][0]["text"] == "we are out of order"
        assert newest["next_at"] > newest["created_at"]
        assert shop("GET", f"/webhooks/{endpoint}/deliveries/{newest['id']}").json() == newest

    def test_pages_follow_one_another(self, shop: Api, endpoint: str) -> None:
        path, found = f"/webhooks/{endpoint}/deliveries?limit=2", []
        page = shop("GET", path).json()
        found += page["items"]
        page = shop("GET", f"{path}&cursor={page['next_cursor']}").json()
        assert [one["subject"] for one in found + page["items"]] == [
            f"project:{project}" for project in (UNKNOWN_ID, BELLA, ALICE)
        ]
        assert page["next_cursor"] is None

    def test_those_that_fail_are_listed_alone(self, shop: Api, endpoint: str) -> None:
        (failing,) = shop("GET", f"/webhooks/{endpoint}/deliveries?failing=true").json()["items"]
        assert failing["subject"] == f"project:{UNKNOWN_ID}"

    def test_a_cursor_goes_with_its_filter(self, shop: Api, endpoint: str) -> None:
        path = f"/webhooks/{endpoint}/deliveries"
        cursor = shop("GET", f"{path}?limit=1").json()["next_cursor"]
        assert refused(shop("GET", f"{path}?failing=true&cursor={cursor}"))[:2] == (422, "cursor-invalid")

    def test_one_is_sent_again(self, shop: Api, endpoint: str, receiver: Receiver, sent: list[Sent]) -> None:
        (failing,) = shop("GET", f"/webhooks/{endpoint}/deliveries?failing=true").json()["items"]
        answer = shop("POST", f"/webhooks/{endpoint}/deliveries/{failing['id']}/replay")
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
        deliver(sent)
        assert receiver.taken[-1].id == failing["id"]
        assert shop("GET", f"/webhooks/{endpoint}/deliveries?failing=true").json()["items"] == []

    def test_all_that_failed_since_are_due_again(self, shop: Api, endpoint: str) -> None:
        since = (clock.now() - timedelta(minutes=5)).isoformat()
        answer = shop("POST", f"/webhooks/{endpoint}/replay", {"since": since})
        assert (answer.status_code, answer.json()) == (202, {"replayed": 1, "more": False})

    def test_since_when_is_an_instant_told_in_full(self, shop: Api, endpoint: str) -> None:
        for since in ("2026-11-23T08:30:00", "2026-11-23", "1795422600", "yesterday", 1795422600, None):
            answer = shop("POST", f"/webhooks/{endpoint}/replay", {"since": since})
            assert refused(answer)[0::2] == (422, "since"), since

    def test_a_test_event_is_listed_like_others(
        self, shop: Api, endpoint: str, receiver: Receiver, sent: list[Sent]
    ) -> None:
        answer = shop("POST", f"/webhooks/{endpoint}/test")
        assert (answer.status_code, answer.json()["type"]) == (202, "endpoint.test")
        deliver(sent)
        assert receiver.taken[-1].type == "endpoint.test"
        newest = shop("GET", f"/webhooks/{endpoint}/deliveries").json()["items"][0]
        assert (newest["id"], newest["state"]) == (answer.json()["id"], "delivered")

    def test_a_disabled_endpoint_is_sent_nothing(self, shop: Api, endpoint: str) -> None:
        shop("PATCH", f"/webhooks/{endpoint}", {"enabled": False})
        answer = shop("POST", f"/webhooks/{endpoint}/test")
        assert refused(answer)[:2] == (409, "endpoint-disabled")
        assert answer.json()["because"] == "by the shop"


def routes(path: str) -> list[tuple[str, str, object]]:
    """Every route of an endpoint."""
    delivery = f"{path}/deliveries/{UNKNOWN_ID}"
    return [
        ("GET", path, None),
        ("PATCH", path, {"enabled": False}),
        ("POST", f"{path}/secret", {}),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/replay", {"since": "2026-11-23T08:30:00Z"}),
        ("GET", f"{path}/deliveries", None),
        ("GET", delivery, None),
        ("POST", f"{delivery}/replay", None),
        ("DELETE", path, None),
    ]


class TestWhoMay:
    def test_a_foreign_shop_s_endpoint_is_not_there(self, shop: Api) -> None:
        make_shop("other")
        told = made(shop)
        for method, address, body in routes(f"/webhooks/{told['id']}"):
            assert refused(server("other")(method, address, body))[:2] == (404, "endpoint-not-found"), address
        assert server("other")("GET", "/webhooks").json() == {"items": []}
        assert shop("GET", f"/webhooks/{told['id']}").json()["enabled"] is True

    @pytest.mark.parametrize(
        "who",
        [{"customer": "anna"}, {"customer": None, "session": "V1"}, {"customer": None}],
        ids=["a customer", "a guest", "a shop's server without the scope"],
    )
    def test_nobody_else_may(self, shop: Api, who: dict[str, Any]) -> None:
        told = made(shop)
        stranger = Api(token(**who))
        for method, address, body in [
            ("GET", "/webhooks", None),
            ("POST", "/webhooks", {"url": "http://127.0.0.1:9/"}),
            *routes(f"/webhooks/{told['id']}"),
        ]:
            answer = stranger(method, address, body)
            assert refused(answer)[:2] == (403, "scope-missing"), address
            assert answer.json()["scope"] == "shop:admin"
        assert len(shop("GET", "/webhooks").json()["items"]) == 1

    def test_types_are_those_that_are_announced(self, shop: Api) -> None:
        assert made(shop, types=[str(type) for type in EventType])["types"] == sorted(EventType)
        assert made(shop, types=[])["types"] is None
        for unknown in ("file.stored", "endpoint.test", "", 7, None):
            answer = shop("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "types": [unknown]})
            assert refused(answer) == (422, "invalid", "types.0"), unknown
