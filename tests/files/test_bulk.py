"""Many files deleted in one call, each with its own outcome; on moto."""

from collections.abc import Callable

import pytest

from files import operations
from files.records import File
from imagestore.common import account, clock
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


def listed(who: Api, query: str) -> list[str]:
    """Ids of every page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = who("GET", f"/files?{query}{cursor}")
        assert answer.status_code == 200, answer.content
        found += [file["id"] for file in answer.json()["items"]]
        following = answer.json()["next_cursor"]
        cursor = f"&cursor={following}" if following else None
    return found


def test_many_are_deleted_at_once_each_with_its_own_answer(anna: Api) -> None:
    held, loose, other = stored_photos(3, customer())
    operations.hold(ids=[held.id], holder="project:P", shop="acme", owner="customer:anna")
    (foreign,) = stored_photos(1, customer("bob"), first=9)
    ids = [loose.id, held.id, foreign.id, "nonsense", loose.id]
    answer = anna("POST", "/files/delete", {"ids": ids})
    assert answer.status_code == 200
    items = {item["id"]: item for item in answer.json()["items"]}
    assert [item["id"] for item in answer.json()["items"]] == ids[:4]
    assert items[loose.id]["state"] == "trashed"
    assert (items[held.id]["error"]["code"], items[held.id]["error"]["holders"]) == ("file-held", ["project:P"])
    assert items[foreign.id]["error"]["code"] == items["nonsense"]["error"]["code"] == "file-not-found"
    assert set(listed(anna, "state=stored")) == {other.id, held.id}


def test_an_upload_that_never_came_is_withdrawn_and_one_in_the_trash_stays_there(anna: Api) -> None:
    (trashed,) = stored_photos(1, customer())
    operations.trash(id=trashed.id, principal=customer(), now=clock.now())
    waiting = anna("POST", "/files", {"files": [photo(5).announcement]}).json()["items"][0]["file"]["id"]
    answer = anna("POST", "/files/delete", {"ids": [trashed.id, waiting]})
    assert [item["state"] for item in answer.json()["items"]] == ["trashed", "deleting"]
    assert listed(anna, "limit=9") == [trashed.id]


def test_many_cost_one_batch_read_per_hundred_and_an_update_each(anna: Api) -> None:
    files = stored_photos(5, customer())
    with account.measure() as work:
        outcomes = operations.trash_many(ids=[file.id for file in files], principal=customer(), now=clock.now())
    assert [outcome.state for outcome in outcomes.values() if isinstance(outcome, File)] == ["trashed"] * 5
    assert work.requests == {"dynamodb:BatchGetItem": 1, "dynamodb:UpdateItem": 5}


@pytest.mark.parametrize("ids", [[], ["x"] * 501, "all", [1]])
def test_deleting_takes_a_list_of_up_to_500_ids(anna: Api, ids: object) -> None:
    refused = anna("POST", "/files/delete", {"ids": ids})
    assert refused.status_code == 422
    assert str(refused.json()["field"]).startswith("ids")


def test_a_token_that_only_reads_deletes_nothing(api: Callable[..., Api]) -> None:
    assert api(scopes=["files:read"])("POST", "/files/delete", {"ids": ["x"]}).status_code == 403
