"""Lists of many rows: forward and back by their links, every row once, a bounded number of requests a page."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from imagestore.common import ids, table
from projects import models
from projects.records import Head, ProjectState
from tests.console.conftest import SignIn
from tests.support.clients import Client

BORN = datetime(2031, 1, 1, tzinfo=UTC)
MOST_REQUESTS = 12


def put_projects(number: int) -> list[str]:
    """Ids, newest first."""
    made = [BORN + timedelta(seconds=count) for count in range(number)]
    heads = [
        Head(ids.new_id(at), "acme", ProjectState.ACTIVE, 1, 0, "save", at, at, "anna", "anna", "Iceland")
        for at in made
    ]
    table.put_batch([models.new_head(head, head.created_at + timedelta(days=30)) for head in heads])
    return [head.id for head in reversed(heads)]


class Reader:
    def __init__(self, browser: Client) -> None:
        self.browser = browser
        self.address = "/staff/projects/project/"

    def read(self) -> list[str]:
        answer = self.browser.get(self.address)
        assert answer.status_code == 200
        cost = re.search(r"dynamodb=(\d+)", answer["Imagestore-Work"])
        assert cost is not None
        assert int(cost[1]) <= MOST_REQUESTS
        self.page = answer.content.decode()
        return re.findall(r"/staff/projects/project/(\w{26})/change/", self.page)

    def follow(self, rel: str) -> bool:
        link = re.search(rf'<a href="([^"]+)" rel="{rel}"', self.page)
        if link:
            self.address = f"/staff/projects/project/{html.unescape(link[1])}"
        return link is not None


def leaf_there_and_back(browser: Client, expected: list[str], pages: int) -> None:
    reader = Reader(browser)
    there = [reader.read()]
    while len(there) < pages and reader.follow("next"):
        there.append(reader.read())
    assert len(there) == pages
    assert [id for page in there for id in page] == expected[: pages * 50]
    back = [there[-1]]
    while reader.follow("prev"):
        back.append(reader.read())
    assert back == there[::-1]


def test_thirteen_pages_there_and_back(sign_in: SignIn) -> None:
    expected = put_projects(13 * 50 - 7)
    leaf_there_and_back(sign_in(), expected, 13)


def test_a_cursor_of_another_list_is_refused(sign_in: SignIn) -> None:
    put_projects(60)
    browser = sign_in()
    reader = Reader(browser)
    reader.read()
    assert reader.follow("next")
    foreign = reader.address.replace("/projects/project/", "/files/file/")
    assert browser.get(foreign)["Location"].endswith("?e=1")
    assert browser.get("/staff/projects/project/?p=2")["Location"].endswith("?e=1")


@pytest.mark.proof
def test_a_list_of_a_hundred_thousand_rows(sign_in: SignIn) -> None:
    expected = put_projects(100_000)
    leaf_there_and_back(sign_in(), expected, 13)
