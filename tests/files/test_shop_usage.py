"""What all customers of a shop use together, and the limit of it; on moto."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from files import operations, tasks
from files.operations import usage
from files.records import Usage
from imagestore.common import account, clock
from imagestore.common.shop_usage import ShopUsage
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import Answer, Api, Sent, customer, make_shop

LIMIT = 2500
"""Three photos of about 700 bytes fit, a fourth does not."""
Caller = Callable[..., Api]


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(shop_byte_quota=LIMIT)


def register(api: Caller, number: int, key: str | None = None) -> Answer:
    headers = {"Idempotency_Key": key} if key else {}
    return api()("POST", "/files", {"files": [photo(number).announcement]}, **headers)


def work_off(sent: list[Sent]) -> None:
    """As workers do, until nothing is left to sum."""
    while sent:
        message = sent.pop(0)
        if message.name == "files.sum_shop":
            tasks.sum_shop(**message.payload)
    cache.clear()


def test_the_limit_of_all_customers_together(api: Caller, sent: list[Sent]) -> None:
    stored_photos(2, customer("bob"))
    stored_photos(1, customer("eve"))
    work_off(sent)
    refused = register(api, 1)
    told = refused.json()
    assert (refused.status_code, told["code"], told["field"]) == (409, "shop-quota-exceeded", "files")
    assert told["limit"] == {"bytes": LIMIT}
    assert told["used"]["files"] == 3
    assert told["asked"] == {"files": 1, "bytes": len(photo(1).body)}
    assert api()("GET", "/files").json()["items"] == []


def test_a_sum_is_asked_for_once_while_the_last_is_old(api: Caller, sent: list[Sent]) -> None:
    for number in range(3):
        register(api, number)
        cache.clear()
    assert [message.payload["after"] for message in sent] == [""]


def test_between_two_looks_the_check_costs_nothing(api: Caller) -> None:
    register(api, 1)
    with account.measure() as work:
        register(api, 2)
    assert work.dynamodb_requests == 2


def test_a_shop_without_a_limit_is_never_summed(api: Caller, sent: list[Sent]) -> None:
    make_shop("free")
    with account.measure() as work:
        api(shop="free")("POST", "/files", {"files": [photo(1).announcement]})
    assert work.requests["dynamodb:GetItem"] <= 2  # the shop and the due shards, both remembered from then on
    assert sent == []


def test_many_customers_are_summed_task_by_task(sent: list[Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "PAGE", 2)
    monkeypatch.setattr(usage, "PAGES_PER_TASK", 1)
    make_shop("big")
    sizes = [stored_photos(1, customer(name, "big"))[0].size for name in "abcde"]
    sent.clear()
    assert operations.sum_shop(shop="big", after="", so_far=Usage(), now=clock.now()) is None
    assert len(sent) == 1
    work_off(sent)
    found = operations.sum_shop(shop="big", after="customer:d", so_far=Usage(4, sum(sizes[:4])), now=clock.now())
    assert found is not None
    assert (found.used_files, found.used_bytes) == (5, sum(sizes))


def test_a_late_sum_does_not_replace_a_newer_one() -> None:
    now = clock.now()
    operations.sum_shop(shop="acme", after="", so_far=Usage(7, 700), now=now)
    late = operations.sum_shop(shop="acme", after="", so_far=Usage(), now=now - timedelta(minutes=1))
    assert late == ShopUsage(7, 700, now)


def test_what_was_registered_once_is_answered_when_the_shop_is_full(api: Caller, sent: list[Sent]) -> None:
    first = register(api, 1, key="k-1")
    stored_photos(3, customer("bob"))
    work_off(sent)
    assert register(api, 1).status_code == 409
    again = register(api, 1, key="k-1")
    assert again.status_code == 201
    assert again.json()["items"][0]["file"]["id"] == first.json()["items"][0]["file"]["id"]
    assert register(api, 2, key="k-2").status_code == 409


def test_the_commands(capsys: pytest.CaptureFixture[str], api: Caller) -> None:
    (file,) = stored_photos(1, customer())
    call_command("sum_usage", "acme")
    assert f"acme: 1 files, {file.size} bytes of {LIMIT}" in capsys.readouterr().out
    call_command("set_quotas", "acme", "--no-shop-bytes", "--files", "3", "--reason", "they pay more")
    assert "3 files" in capsys.readouterr().out
    call_command("sum_usage", "acme")
    assert "without a limit" in capsys.readouterr().out
    assert api()("GET", "/usage").json()["limit"]["files"] == 3
    for command in (["sum_usage", "nowhere"], ["set_quotas", "nowhere", "--reason", "why"]):
        with pytest.raises(CommandError, match="no shop"):
            call_command(*command)
    with pytest.raises(CommandError, match="byte_quota is from 1 to"):
        call_command("set_quotas", "acme", "--bytes", "0", "--reason", "why")
