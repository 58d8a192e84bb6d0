"""Filters of the list of files, and what belongs beside it: usage, deleting many."""

from collections.abc import Callable

import pytest

from files import operations
from imagestore.common import clock
from tests.support.images import Photo
from tests.support.uploads import store, stored_photos
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


def test_only_the_states_asked_for(anna: Api) -> None:
    good = stored_photos(5, customer())
    (broken,) = store([Photo("broken.jpeg", "image/jpeg", b"no photo")], customer())
    operations.trash(id=good[0].id, principal=customer(), now=clock.now())
    assert set(listed(anna, "state=stored&limit=2")) == {file.id for file in good[1:]}
    assert set(listed(anna, "state=rejected&state=trashed&limit=1")) == {broken.id, good[0].id}
    assert len(listed(anna, "limit=2")) == 6
    assert anna("GET", "/files?state=lost").status_code == 422


def test_a_page_that_looks_again_asks_for_what_came_after(anna: Api) -> None:
    first = stored_photos(3, customer())
    newest = max(file.id for file in first)
    assert listed(anna, f"after={newest}") == []
    later = stored_photos(5, customer(), first=3)
    assert listed(anna, f"after={newest}&limit=2") == sorted(file.id for file in later)


def test_a_cursor_is_good_for_its_own_question_only(anna: Api) -> None:
    stored_photos(3, customer())
    cursor = anna("GET", "/files?limit=1&state=stored").json()["next_cursor"]
    for other in ("", "&state=trashed", "&state=stored&after=01J9ZQ6W0Z2V5T8K3M4N7P1R6S"):
        refused = anna("GET", f"/files?limit=1{other}&cursor={cursor}")
        assert (refused.status_code, refused.json()["field"]) == (422, "cursor")


def test_a_shops_server_lists_a_visit_and_a_stranger_does_not(api: Callable[..., Api]) -> None:
    guest = api(customer=None, session="V-1")
    guest("POST", "/sessions")
    file = guest("POST", "/files", {"files": [Photo("a.jpeg", "image/jpeg", b"x").announcement]}).json()["items"][0]
    assert listed(api(customer=None), "session=V-1") == [file["file"]["id"]]
    assert listed(guest, "session=V-1") == [file["file"]["id"]]
    assert api(customer="eve")("GET", "/files?session=V-1").json()["code"] == "session-not-found"


def test_usage_tells_what_is_kept_and_what_may_be(anna: Api) -> None:
    files = stored_photos(2, customer())
    told = anna("GET", "/usage").json()
    assert told["used"] == {"files": 2, "bytes": sum(file.size for file in files)}
    assert told["limit"]["files"] == 20_000


def test_many_are_deleted_at_once_each_with_its_own_answer(anna: Api) -> None:
    held, loose, other = stored_photos(3, customer())
    operations.hold(ids=[held.id], holder="project:P", shop="acme", customer="anna")
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


@pytest.mark.parametrize("ids", [[], ["x"] * 501, "all", [1]])
def test_deleting_takes_a_list_of_up_to_500_ids(anna: Api, ids: object) -> None:
    refused = anna("POST", "/files/delete", {"ids": ids})
    assert refused.status_code == 422
    assert str(refused.json()["field"]).startswith("ids")


def test_a_token_that_only_reads_deletes_nothing(api: Callable[..., Api]) -> None:
    assert api(scopes=["files:read"])("POST", "/files/delete", {"ids": ["x"]}).status_code == 403
