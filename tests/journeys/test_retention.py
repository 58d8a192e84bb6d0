"""What a customer and support are told about how long something is kept, and that the sweep does just that."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.records import FileState
from imagestore.common import clock
from imagestore.common.principal import command
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from projects import keys, operations, queries
from projects.records import ProjectState
from scheduler import operations as runs
from scheduler.records import Trigger
from tests.support.runs import put_due, report
from tests.support.uploads import stored_photos
from tests.support.visits import guest as guest_of
from tests.support.world import Api, customer, keeping, make_shop, token

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=keeping(unused_file="40d", draft_project="70d", unpaid_order="10d"))


@pytest.fixture
def anna() -> Api:
    return Api(token())


def told(anna: Api, path: str) -> dict[str, Any]:
    answer = anna("GET", f"{path}/retention")
    assert answer.status_code == 200, answer.content
    shape: dict[str, Any] = answer.json()
    return shape


def at(shape: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shape["at"])


def project(anna: Api, photo: str) -> str:
    created = anna("POST", "/projects", {"document": {}, "files": {"a": photo}})
    return f"/projects/{created.json()['id']}"


def state_of(id: str) -> ProjectState | None:
    head = queries.head_of(id)
    return head.state if head else None


def test_an_unused_photo_goes_by_the_shops_rule_at_the_told_moment(anna: Api, now: datetime) -> None:
    (photo,) = stored_photos(1, customer())
    shape = told(anna, f"/files/{photo.id}")
    assert (shape["next"], shape["rule"]["subject"], shape["rule"]["own"]) == ("trash", "unused_file", True)
    assert shape["rule"]["keep"] == "40d"
    assert shape["because"][0].startswith("By the shop's own rule, unused_file is kept 40d from created: ")
    key = [file_keys.file_row(photo.id)]
    assert "trashed" not in files.sweep_slice(row_keys=key, dry_run=False, now=at(shape) - DAY).counts
    assert files.sweep_slice(row_keys=key, dry_run=False, now=at(shape)).counts["trashed"] == 1
    in_trash = told(anna, f"/files/{photo.id}")
    assert (in_trash["next"], in_trash["rule"]["own"]) == ("purge", False)
    assert at(in_trash) == at(shape) + 30 * DAY


def test_a_photo_in_use_is_kept_and_by_whom_is_told(anna: Api) -> None:
    (photo,) = stored_photos(1, customer())
    id = project(anna, photo.id).rpartition("/")[2]
    shape = told(anna, f"/files/{photo.id}")
    assert (shape["next"], shape["at"], shape["rule"], shape["held_by"]) == (None, None, None, [f"project:{id}"])
    assert "in use" in shape["because"][0]


def test_a_project_goes_at_the_told_moment(anna: Api, now: datetime) -> None:
    (photo,) = stored_photos(1, customer())
    path = project(anna, photo.id)
    shape, id = told(anna, path), path.rpartition("/")[2]
    assert (shape["next"], shape["rule"]["since"]) == ("trash", "saved")
    assert "In the trash it is kept 30d and may be restored." in shape["because"]
    row = [keys.head_row(id)]
    operations.sweep_slice(row_keys=row, dry_run=False, now=at(shape) - DAY)
    assert state_of(id) == ProjectState.ACTIVE
    operations.sweep_slice(row_keys=row, dry_run=False, now=at(shape))
    assert state_of(id) == ProjectState.TRASHED


def test_an_order_and_a_cart_item_tell_their_rule(anna: Api, now: datetime) -> None:
    (photo,) = stored_photos(1, customer())
    path = project(anna, photo.id)
    anna("PUT", "/cart-items/line-1", {"project": path.rpartition("/")[2]})
    order = anna("POST", "/orders", {"items": [{"cart_item": "line-1"}]}).json()["id"]
    in_cart = told(anna, "/cart-items/line-1")
    assert (in_cart["rule"]["subject"], in_cart["rule"]["keep"], in_cart["rule"]["own"]) == ("cart_item", "30d", False)
    ordered = told(anna, f"/orders/{order}")
    assert (ordered["next"], ordered["rule"]["subject"]) == ("purge", "unpaid_order")
    assert timedelta(days=9) < at(ordered) - now < timedelta(days=11)


def test_a_visits_photo_and_project_go_with_the_visit(anna: Api, now: datetime) -> None:
    opened = Api(token(customer=None))("POST", "/sessions", {}).json()
    guest = Api(opened["token"])
    (photo,) = stored_photos(1, guest_of(opened["id"]))
    shape = told(guest, f"/files/{photo.id}")
    assert shape["rule"]["subject"] == "session_file"
    assert at(shape) == datetime.fromisoformat(opened["ends_at"])
    assert "It goes with its visit, which ends then." in shape["because"]
    own = told(guest, project(guest, photo.id))
    assert (own["rule"]["subject"], at(own)) == ("guest_project", at(shape))


def test_what_others_own_is_not_told(anna: Api) -> None:
    (theirs,) = stored_photos(1, customer("ben"))
    assert anna("GET", f"/files/{theirs.id}/retention").status_code == 404


def test_support_asks_by_id(anna: Api) -> None:
    (photo,) = stored_photos(1, customer())
    id = project(anna, photo.id).rpartition("/")[2]
    out = StringIO()
    call_command("explain", photo.id, stdout=out)
    assert f"Held by project:{id}." in out.getvalue()
    out = StringIO()
    call_command("explain", id.lower(), stdout=out)
    assert "Next: trash at " in out.getvalue()
    with pytest.raises(CommandError, match="no file, project or order"):
        call_command("explain", "nothing")


def test_a_longer_rule_is_told_and_kept_from_then_on(anna: Api, now: datetime) -> None:
    """A shop's change decides at the next look; what was dated before is looked at again, and not taken."""
    (photo,) = stored_photos(1, customer())
    before = at(told(anna, f"/files/{photo.id}"))
    policy = keeping(unused_file="100d")
    identity.set_policy(shop_id="acme", policy=policy, principal=command("tests"), now=clock.now(), reason="longer")
    shops.forget()
    after = told(anna, f"/files/{photo.id}")
    assert at(after) == before + 60 * DAY
    files.sweep_slice(row_keys=[file_keys.file_row(photo.id)], dry_run=False, now=before)
    assert file_queries.files_by_id([photo.id])[photo.id].state == FileState.STORED


def test_a_shorter_rule_takes_nothing_that_was_promised_and_is_told_so(anna: Api, now: datetime) -> None:
    """The sweep looks at a project and at a cart item when they were dated to."""
    (photo,) = stored_photos(1, customer())
    path = project(anna, photo.id)
    anna("PUT", "/cart-items/line-1", {"project": path.rpartition("/")[2]})
    before = {path: at(told(anna, path)) for path in (path, "/cart-items/line-1")}
    shorter = keeping(draft_project="1d", cart_item="1d")
    identity.set_policy(shop_id="acme", policy=shorter, principal=command("tests"), now=clock.now(), reason="shorter")
    shops.forget()
    for thing, promised in before.items():
        shape = told(anna, thing)
        assert timedelta() <= at(shape) - promised < timedelta(seconds=1)
        assert any(sentence.startswith("It was dated to ") for sentence in shape["because"])
    (listed,) = anna("GET", "/projects").json()["items"]
    assert datetime.fromisoformat(listed["trash_on"]) - before[path] < timedelta(seconds=1)


@pytest.mark.parametrize("shop", [None, "acme"])
def test_a_pause_is_told_to_whoever_asks_what_happens(anna: Api, now: datetime, shop: str | None) -> None:
    (photo,) = stored_photos(1, customer())
    things = [f"/files/{photo.id}", project(anna, stored_photos(1, customer())[0].id)]
    assert [told(anna, thing)["held_back"] for thing in things] == [[], []]
    runs.pause_deletion(shop=shop, principal=command("tests"), now=now, reason="a look first")
    which = "this shop" if shop else "all shops"
    paused = f"Deletion is paused for {which}: nothing goes until it is resumed."
    assert [told(anna, thing)["held_back"] for thing in things] == [[paused], [paused]]
    out = StringIO()
    call_command("explain", photo.id, stdout=out)
    assert paused in out.getvalue()


def test_a_run_that_awaits_approval_is_told_until_somebody_decides(anna: Api, now: datetime) -> None:
    (photo,) = stored_photos(1, customer())
    for _ in range(101):
        put_due(now)
    survey = runs.start_run(job="sweep", trigger=Trigger.CLOCK, now=now, principal=command("tests"))
    assert survey
    for number in range(1, survey.slices + 1):
        report(survey, number, now, counts={"trashed": 60})
    told_so = f"The run {survey.id} awaits approval of removals of this shop: what is due waits for that."
    assert told(anna, f"/files/{photo.id}")["held_back"] == [told_so]
    runs.decline_run(id=survey.id, principal=command("tests"), now=now, reason="a mistake")
    assert told(anna, f"/files/{photo.id}")["held_back"] == []
