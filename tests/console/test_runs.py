"""Runs on the staff site: every item to keep, what awaits approval, and the pause of one shop."""

import re

import pytest

from imagestore.common import clock, ids, switches
from imagestore.common.contracts import REDATE_FILES, Part, PlannedRun
from scheduler import operations
from scheduler import queries as runs
from scheduler.records import Run
from tests.console.conftest import SignIn
from tests.console.test_site import REASON, text
from tests.support.runs import command, put_due, report, tick
from tests.support.world import Sent


def test_every_item_of_a_run_is_a_table_to_keep(sign_in: SignIn) -> None:
    put_due(clock.now())
    run = command(clock.now())
    report(run, 1, clock.now(), counts={"purged": 1}, items=[("F1", "purged", 7)])
    browser, page = sign_in("viewer"), f"/staff/scheduler/run/{run.id}"
    assert f"{page}/items.tsv" in text(browser.get(f"{page}/change/"))
    answer = browser.get(f"{page}/items.tsv")
    assert answer.getvalue() == b"id\tdone\tbytes\nF1\tpurged\t7\n"
    assert answer["Content-Disposition"] == f'attachment; filename="run-{run.id}.tsv"'


class TestApproval:
    @pytest.fixture
    def survey(self, sign_in: SignIn, sent: list[Sent]) -> Run:
        for _ in range(101):
            put_due(clock.now())
        survey = tick(clock.now())
        assert survey
        for number in range(1, survey.slices + 1):
            report(survey, number, clock.now(), counts={"trashed": 60})
        return runs.run(survey.id)

    def test_the_dashboard_and_the_page_say_why_and_an_operator_declines(self, sign_in: SignIn, survey: Run) -> None:
        browser, page = sign_in("operator"), f"/staff/scheduler/run/{survey.id}"
        assert f"{survey.id} of acme" in text(browser.get("/staff/figures/"))
        told = text(browser.get(f"{page}/change/"))
        assert "120 items of acme would be removed; 100 may be removed in 24 hours without approval" in told
        assert "Approve the removals" in told
        browser.post(f"{page}/deed/decline/", REASON)
        told = text(browser.get(f"{page}/change/"))
        assert "declined" in told
        assert re.search(r"by staff:\S+, .* UTC: ", told)
        assert "Approve the removals" not in told

    def test_what_an_operator_approves_is_done_and_linked(self, sign_in: SignIn, survey: Run) -> None:
        browser, page = sign_in("operator"), f"/staff/scheduler/run/{survey.id}"
        browser.post(f"{page}/deed/approve/", REASON)
        following = runs.run(survey.id).followed_by
        assert f"/staff/scheduler/run/{following}/change/" in text(browser.get(f"{page}/change/"))

    def test_a_viewer_is_offered_neither(self, sign_in: SignIn, survey: Run) -> None:
        browser, page = sign_in("viewer"), f"/staff/scheduler/run/{survey.id}"
        assert "Approve the removals" not in text(browser.get(f"{page}/change/"))
        assert browser.post(f"{page}/deed/approve/", REASON).status_code == 403


def test_a_change_of_dates_is_decided_in_its_own_words(sign_in: SignIn, sent: list[Sent]) -> None:
    now = clock.now()
    parts: list[Part] = [{"items": 1, "payload": {"shop": "acme", "customers": ["anna"], "dry_run": True}}]
    plan = PlannedRun(ids.new_id(now), "redate", "acme", REDATE_FILES, parts, survey=True)
    survey = operations.start_slices(plan=plan, now=now)
    report(survey, 1, now, counts={"due_within_a_day": 120})
    browser, page = sign_in("operator"), f"/staff/scheduler/run/{survey.id}"
    told = text(browser.get(f"{page}/change/"))
    assert "Approve the change of dates" in told
    assert "removals" not in told
    assert "1 customers" in told
    assert "The first 100 changes of each slice, as a table (TSV); 120 in all" in told
    assert "No date is changed." in text(browser.post(f"{page}/deed/decline/", REASON, follow=True))


def test_an_operator_pauses_deletion_of_one_shop(sign_in: SignIn, shop: str) -> None:
    browser, page = sign_in("operator"), f"/staff/identity/shop/{shop}"
    browser.post(f"{page}/deed/pause-deletion/", REASON)
    assert switches.deletion().shops == {shop}
    assert "Resume deletion of this shop" in text(browser.get(f"{page}/change/"))
    browser.post(f"{page}/deed/resume-deletion/", REASON)
    assert not switches.deletion().shops
