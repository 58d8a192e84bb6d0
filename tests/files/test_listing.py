"""What of an owner's files a list shows: by state, by visit, or what came after a file; on moto."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from files import operations, queries
from files.operations.registering import Registered
from files.queries import Listing
from files.records import File, FileState, NewFile
from imagestore.common import account, clock
from imagestore.common.principal import Principal
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import ALL_SCOPES, Answer, Api, customer, make_shop

Caller = Callable[..., Api]
ANNA = customer()


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


def register(number: int, owner: str = "customer:anna", principal: Principal = ANNA) -> list[File]:
    """One call each, a second apart, so that ids tell their order."""
    start = clock.now() - timedelta(minutes=5)
    wanted = [NewFile(**photo(index).announcement) for index in range(number)]  # type: ignore[arg-type]
    items = [
        operations.register(wanted=[file], owner=owner, principal=principal, now=start + timedelta(seconds=index))[0]
        for index, file in enumerate(wanted)
    ]
    return [item.file for item in items if isinstance(item, Registered)]


def ids(answer: Answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [file["id"] for file in answer.json()["items"]]


def everything(api: Api, query: str) -> list[list[str]]:
    """The ids of each page, to the end."""
    pages, cursor = [], ""
    while True:
        answer = api("GET", f"/files?{query}{cursor}")
        pages.append(ids(answer))
        if answer.json()["next_cursor"] is None:
            return pages
        cursor = f"&cursor={answer.json()['next_cursor']}"


def test_one_or_several_states_are_asked_for(api: Caller) -> None:
    waiting, stored = register(2), stored_photos(2, ANNA)
    operations.trash(id=stored[0].id, principal=ANNA, now=clock.now())
    assert set(ids(api()("GET", "/files?state=registered"))) == {file.id for file in waiting}
    assert ids(api()("GET", "/files?state=stored")) == [stored[1].id]
    assert set(ids(api()("GET", "/files?state=stored&state=trashed"))) == {file.id for file in stored}
    assert ids(api()("GET", "/files?state=rejected")) == []


def test_pages_of_a_filtered_list_leave_none_out_and_repeat_none(api: Caller) -> None:
    files = register(7)
    for file in files[::2]:
        operations.trash(id=file.id, principal=ANNA, now=clock.now())
    left = [file.id for file in reversed(files[1::2])]
    assert everything(api(), "state=registered&limit=2") == [left[:2], left[2:]]


def test_a_rare_state_costs_a_bounded_page_and_a_cursor_goes_on(monkeypatch: pytest.MonkeyPatch, api: Caller) -> None:
    monkeypatch.setattr(queries, "READ_AT_ONCE", 2)
    oldest, *_ = register(8)
    rare = stored_photos(1, ANNA)[0]
    operations.trash(id=oldest.id, principal=ANNA, now=clock.now())
    with account.measure() as work:
        found, cursor = queries.files_of_owner(
            principal=ANNA, wanted=Listing("customer:anna", frozenset({FileState.STORED})), cursor=None, limit=5
        )
    assert [file.id for file in found] == [rare.id]
    assert cursor is not None
    assert work.dynamodb_requests == 2 * queries.FILTERED_READS
    assert everything(api(), "state=stored") == [[rare.id], []]


def test_after_shows_what_came_later_oldest_first(api: Caller) -> None:
    files = [file.id for file in register(5)]
    assert ids(api()("GET", f"/files?after={files[1]}")) == files[2:]
    assert everything(api(), f"after={files[0]}&limit=3") == [files[1:4], files[4:]]
    with account.measure() as work:
        assert ids(api()("GET", f"/files?after={files[4]}")) == []
    assert work.dynamodb_requests == 1


def test_after_and_state_narrow_together(api: Caller) -> None:
    files = register(4)
    operations.trash(id=files[2].id, principal=ANNA, now=clock.now())
    assert ids(api()("GET", f"/files?after={files[0].id}&state=registered")) == [files[1].id, files[3].id]


def test_a_shop_lists_a_visit_and_others_only_their_own(api: Caller) -> None:
    guest = Principal(kind="customer", shop="acme", session="V1", scopes=ALL_SCOPES)
    operations.open_session(customer=None, principal=guest, now=clock.now() - timedelta(minutes=6))
    (file,) = register(1, "session:V1", guest)
    shop = api(customer=None)
    assert ids(shop("GET", "/files?session=V1")) == [file.id]
    assert shop("GET", "/files?session=V2").status_code == 404
    foreign = api()("GET", "/files?session=V1")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "session-not-found")
    both = shop("GET", "/files?session=V1&customer=anna")
    assert (both.status_code, both.json()["field"]) == (422, "session")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=gone", "state.0"),
        ("state=stored&state=x", "state.1"),
        ("state=", "state.0"),
        ("after=1", "after"),
        ("after=01J9ZQ6W0Z2V5T8K3M4N7P1R6s", "after"),
        ("session=", "session"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(api: Caller, query: str, field: str) -> None:
    answer = api()("GET", f"/files?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_cursor_goes_with_its_filters_alone(api: Caller) -> None:
    files = register(3)
    cursor = api()("GET", "/files?limit=1&state=registered").json()["next_cursor"]
    assert len(ids(api()("GET", f"/files?limit=2&state=registered&cursor={cursor}"))) == 2
    for query in ("", "state=stored", "state=registered&state=stored", f"state=registered&after={files[0].id}"):
        answer = api()("GET", f"/files?limit=1&cursor={cursor}&{query}")
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
