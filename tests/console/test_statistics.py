"""Charts of a shop's last days on its page, each with its numbers as a table; and jobs on the overview."""

import re
from datetime import timedelta

import pytest

from imagestore.common import account, clock, statistics
from imagestore.console.statistics import DAYS, SHOWN, figures
from tests.console.conftest import SignIn
from tests.support.jobs import command_of
from tests.support.runs import report
from tests.support.world import Answer, Sent

PAGE = "/staff/identity/shop/acme/change/"


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


@pytest.fixture
def counted(shop: str) -> str:
    """Yesterday: 1,234 photos of 5 MB."""
    yesterday = clock.now() - timedelta(days=1)
    statistics.add(shop, {"uploads": 1_234, "uploaded_bytes": 5_000_000}, yesterday)
    day = yesterday.date()
    statistics.count_days(
        shops={shop: day.isoformat()}, until=day, name="uploads", count=statistics.counted, now=clock.now()
    )
    return day.isoformat()


def test_a_shop_s_page_draws_its_last_days_and_tells_the_same_in_words(sign_in: SignIn, counted: str) -> None:
    page = text(sign_in().get(PAGE))
    assert '<h2 id="statistics-title">The last 30 days</h2>' in page
    assert re.findall(r"<h2>([^<]+)</h2>", page)[1:] == [title for _, title, _, _ in SHOWN]
    assert page.count('<svg class="bars"') == len(SHOWN)
    assert page.count("<rect") == page.count('<th scope="row">20') == len(SHOWN) * DAYS
    uploads = page.partition("<h2>Uploads</h2>")[2].partition("</article>")[0]
    assert '<p class="value">1,234</p>' in uploads
    assert f"<title>{counted}: 1234</title>" in uploads
    assert f'<th scope="row">{counted}</th><td>1234</td>' in uploads
    size = page.partition("<h2>Uploaded MB</h2>")[2].partition("</article>")[0]
    assert '<p class="value">5</p>' in size


def test_a_shop_that_is_new_has_empty_charts(sign_in: SignIn) -> None:
    page = text(sign_in().get(PAGE))
    assert page.count('<p class="value">0</p>') == len(SHOWN)


def test_they_cost_one_query(counted: str) -> None:
    with account.measure() as work:
        figures("acme", clock.now())
    assert dict(work.requests) == {"dynamodb:Query": 1}


def test_the_overview_names_a_job_whose_latest_run_failed(sign_in: SignIn, sent: list[Sent]) -> None:
    browser = sign_in()
    run = command_of("dead_letters", clock.now())
    report(run, 1, clock.now())
    jobs = text(browser.get("/staff/figures/")).partition("<h2>Jobs</h2>")[2].partition("</article>")[0]
    assert "all well" in jobs
    run = command_of("dead_letters", clock.now())
    report(run, 1, clock.now(), failures=[{"id": "m-1", "cause": "the task files.decode failed"}])
    page = text(browser.get("/staff/figures/"))
    jobs = page.partition("<h2>Jobs</h2>")[2].partition("</article>")[0]
    assert '<p class="value">dead_letters</p>' in jobs
    assert "alarming" in page.partition("<h2>Jobs</h2>")[0].rpartition("<article")[2]


def test_what_failed_in_a_job_is_shown_and_no_retry_is_offered(sign_in: SignIn, sent: list[Sent]) -> None:
    run = command_of("dead_letters", clock.now())
    report(run, 1, clock.now(), failures=[{"id": "m-1", "cause": "the task files.decode failed"}])
    browser, page = sign_in("operator"), f"/staff/scheduler/run/{run.id}"
    told = text(browser.get(f"{page}/change/"))
    assert "the task files.decode failed" in told
    assert "Retry" not in told
    refused = text(browser.post(f"{page}/deed/retry/", {"reason": "the queue is well"}, follow=True))
    assert "What failed in a run of dead_letters is looked at again by the next" in refused
