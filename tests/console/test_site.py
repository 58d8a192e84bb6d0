"""Every page opens for every role, and changes nothing for a viewer."""

import re

import pytest

from files import operations as files
from files.records import File
from imagestore.audit import queries as audit
from imagestore.common import clock, principal, switches
from imagestore.common.browse import Window
from imagestore.console.site import site
from projects import operations as projects
from projects import queries
from projects.records import Draft, Head
from projects.shares import operations as shares
from projects.shares import queries as shares_of
from projects.shares.records import Mode, Share, Wanted
from scheduler import operations as scheduler
from scheduler import queries as runs
from tests.console.conftest import SignIn
from tests.support.clients import Client
from tests.support.images import Photo
from tests.support.runs import command, put_due, report
from tests.support.uploads import store, stored_photos
from tests.support.world import Answer, customer, make_shop

LISTS = ("files/file", "files/customer", "projects/project", "projects/order", "projects/package",
         "webhooks/endpoint", "webhooks/delivery", "scheduler/run", "identity/shop",
         "identity/staffmember", "console/entry")  # fmt: skip
REASON = {"reason": "the customer called"}


@pytest.fixture
def trashed(shop: str) -> File:
    (file,) = stored_photos(1, customer())
    return files.trash(id=file.id, principal=customer(), now=clock.now())


@pytest.fixture
def project(shop: str) -> Head:
    (file,) = stored_photos(1, customer(), first=5)
    draft = Draft("Iceland", b"{}", {"cover": file.id})
    saved = projects.create(draft=draft, owner="customer:anna", principal=customer(), now=clock.now())
    return queries.project_of(customer(), saved.id)


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


@pytest.mark.parametrize("page", ["", "search/", "figures/", "one-time-codes/", *(f"{name}/" for name in LISTS)])
def test_a_page_opens_and_is_protected(sign_in: SignIn, page: str) -> None:
    answer = sign_in().get(f"/staff/{page}")
    assert "<script>" not in text(answer)
    assert " style=" not in text(answer)
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"


def test_a_stranger_is_sent_to_sign_in_from_every_page(trashed: File) -> None:
    for page in ("", "search/?text=x", "figures/", "one-time-codes/", *(f"{name}/" for name in LISTS)):
        answer = Client().get(f"/staff/{page}")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/staff/login/"), page
    answer = Client().post(f"/staff/files/file/{trashed.id}/deed/restore/", REASON)
    assert answer["Location"].startswith("/staff/login/")


class TestViewer:
    """By no route: not by those the pages show, nor by those Django's admin brings along."""

    def test_django_s_own_ways_to_change_are_closed(self, sign_in: SignIn, trashed: File) -> None:
        browser = sign_in("viewer")
        for name in LISTS:
            row = f"/staff/{name}/{trashed.id}"
            for address in (f"/staff/{name}/add/", f"{row}/change/", f"{row}/delete/"):
                answer = browser.post(address, {"state": "stored", "post": "yes"})
                assert answer.status_code in (302, 403), address
        assert browser.post(f"/staff/files/file/{trashed.id}/change/", {"state": "stored"}).status_code == 403
        assert browser.post(f"/staff/files/file/{trashed.id}/delete/", {"post": "yes"}).status_code == 403
        assert browser.post("/staff/password_change/", {}).status_code == 404
        assert audit.leaf_of_history(Window(), subject=f"file:{trashed.id}").items == []

    def test_no_deed_is_offered_and_none_is_done(self, sign_in: SignIn, trashed: File) -> None:
        browser = sign_in("viewer")
        assert "Restore" not in text(browser.get(f"/staff/files/file/{trashed.id}/change/"))
        assert "Pause" not in text(browser.get("/staff/"))
        for model, admin in site._registry.items():
            for deed in getattr(admin, "deeds", ()):
                options = model._meta
                address = f"/staff/{options.app_label}/{options.model_name}/{trashed.id}/deed/{deed.name}/"
                answer = browser.post(address, REASON)
                assert answer.status_code in (302, 403), address
        answer = browser.post(f"/staff/files/file/{trashed.id}/deed/restore/", REASON)
        assert answer.status_code == 403
        assert browser.post("/staff/deed/pause-deletion/", REASON).status_code == 403
        assert not switches.deletion().paused
        assert audit.leaf_of_history(Window(), subject=f"file:{trashed.id}").items == []


class TestFile:
    def test_its_page_shows_picture_state_links_timeline_and_row(self, sign_in: SignIn, project: Head) -> None:
        (file,) = stored_photos(1, customer(), first=5)
        browser = sign_in()
        page = text(browser.get(f"/staff/projects/project/{project.id}/change/"))
        photo_page = re.search(r"/staff/files/file/\w{26}/change/", page)
        assert photo_page is not None
        page = text(browser.get(photo_page[0]))
        assert "<img src=" in page
        assert "stored" in page
        assert f"/staff/projects/project/{project.id}/change/" in page
        assert "Timeline" in page
        assert "The row as it is stored" in page
        assert file.shop in page

    def test_support_restores_it_with_a_reason_that_its_history_tells(self, sign_in: SignIn, trashed: File) -> None:
        browser = sign_in("support")
        page = f"/staff/files/file/{trashed.id}"
        assert "Restore from trash" in text(browser.get(f"{page}/change/"))
        assert "The file is stored again." in text(browser.post(f"{page}/deed/restore/", REASON, follow=True))
        history = text(browser.get(f"{page}/history/"))
        assert "staff:support-1" in history
        assert REASON["reason"] in history
        assert "file.restored" in text(browser.get("/staff/console/entry/"))

    def test_nothing_is_done_without_a_reason(self, sign_in: SignIn, trashed: File) -> None:
        answer = sign_in("support").post(f"/staff/files/file/{trashed.id}/deed/restore/", {"reason": " "}, follow=True)
        assert "Say why" in text(answer)
        assert audit.leaf_of_history(Window(), subject=f"file:{trashed.id}").items == []

    def test_what_cannot_be_done_says_why(self, sign_in: SignIn, shop: str) -> None:
        (file,) = stored_photos(1, customer())
        answer = sign_in("support").post(f"/staff/files/file/{file.id}/deed/restore/", REASON, follow=True)
        assert "The file is stored; only a trashed file can be restored." in text(answer)

    def test_the_list_shows_what_was_rejected_and_by_customer_everything(self, sign_in: SignIn, shop: str) -> None:
        (good,) = stored_photos(1, customer())
        (bad,) = store([Photo("broken.jpeg", "image/jpeg", b"no photo")], customer())
        browser = sign_in()
        rejected, all_of_anna = (text(browser.get(f"/staff/files/file/?{query}")) for query in ("", "q=anna"))
        assert (good.id in rejected, bad.id in rejected) == (False, True)
        assert (good.id in all_of_anna, bad.id in all_of_anna) == (True, True)
        assert browser.get(f"/staff/files/file/?q={good.id}")["Location"] == f"/staff/files/file/{good.id}/change/"

    def test_another_shop_is_chosen_by_the_filter(self, sign_in: SignIn, shop: str) -> None:
        make_shop("other")
        (mine,) = store([Photo("broken.jpeg", "image/jpeg", b"no photo")], customer())
        browser = sign_in()
        assert mine.id in text(browser.get("/staff/files/file/?shop=acme"))
        assert mine.id not in text(browser.get("/staff/files/file/?shop=other"))


class TestShares:
    @pytest.fixture
    def grandma(self, project: Head) -> Share:
        wanted = Wanted(Mode.EDIT, "Grandma", "grey geyser")
        made, _ = shares.share(project_id=project.id, wanted=wanted, principal=customer(), now=clock.now())
        return made

    def test_a_project_tells_its_shares_and_nothing_that_opens_them(
        self, sign_in: SignIn, project: Head, grandma: Share
    ) -> None:
        page = text(sign_in().get(f"/staff/projects/project/{project.id}/change/"))
        assert "Share to edit, Grandma" in page
        assert "without an end, with a password; never used" in page
        assert "argon2" not in page
        assert "Revoke" not in page

    def test_support_revokes_one_with_a_reason(self, sign_in: SignIn, project: Head, grandma: Share) -> None:
        browser, page = sign_in("support"), f"/staff/projects/project/{project.id}"
        assert "Revoke the share to edit, Grandma" in text(browser.get(f"{page}/change/"))
        told = text(browser.post(f"{page}/deed/revoke-{grandma.id}/", REASON, follow=True))
        assert "The link opens nothing any more." in told
        assert "Grandma" not in told
        assert shares_of.good_shares(project.id, clock.now()) == []
        assert "share.revoked" in text(browser.get(f"{page}/history/"))

    def test_a_viewer_revokes_none(self, sign_in: SignIn, project: Head, grandma: Share) -> None:
        answer = sign_in().post(f"/staff/projects/project/{project.id}/deed/revoke-{grandma.id}/", REASON)
        assert answer.status_code == 403
        assert shares_of.good_shares(project.id, clock.now()) == [grandma]


class TestSearch:
    def test_an_id_leads_to_its_page(self, sign_in: SignIn, trashed: File, project: Head) -> None:
        browser, run = sign_in(), command(clock.now())
        pages = {
            trashed.id: "files/file",
            project.id: "projects/project",
            run.id: "scheduler/run",
            "acme": "identity/shop",
            "anna": "files/customer",
        }
        for id, page in pages.items():
            answer = browser.get("/staff/search/", {"text": f" {id} "})
            assert answer.status_code == 302, id
            assert answer["Location"].startswith(f"/staff/{page}/")
            assert browser.get(answer["Location"]).status_code == 200

    def test_a_customer_of_two_shops_is_offered_twice(self, sign_in: SignIn, shop: str) -> None:
        make_shop("other")
        stored_photos(1, customer())
        stored_photos(1, customer(shop="other"))
        page = text(sign_in().get("/staff/search/", {"text": "anna"}))
        assert "Customer anna of acme" in page
        assert "Customer anna of other" in page

    def test_nothing_found_is_said(self, sign_in: SignIn) -> None:
        assert "Nothing has the id" in text(sign_in().get("/staff/search/", {"text": "<b>nobody</b>"}))


class TestOverview:
    def test_a_picture_of_a_part_for_htmx_and_a_page_without_scripts(self, sign_in: SignIn) -> None:
        browser = sign_in()
        assert "<html" in text(browser.get("/staff/figures/"))
        assert "<html" not in text(browser.get("/staff/figures/", headers={"HX-Request": "true"}))

    def test_figures_are_drawn_with_a_table_beside_them(self, sign_in: SignIn, trashed: File) -> None:
        store([Photo("broken.jpeg", "image/jpeg", b"no photo")], customer())
        page = text(sign_in().get("/staff/figures/"))
        for title in (
            "Uploads",
            "Rejected",
            "Files kept",
            "Waiting in queues",
            "Oldest message",
            "Dead letters",
            "Runs",
        ):
            assert f"<h2>{title}</h2>" in page
        assert "<rect" in page
        assert "<table>" in page

    def test_an_operator_pauses_and_resumes_all_deletion(self, sign_in: SignIn) -> None:
        browser = sign_in("operator")
        assert "Resume deletion" in text(browser.post("/staff/deed/pause-deletion/", REASON, follow=True))
        assert switches.deletion().paused
        browser.post("/staff/deed/resume-deletion/", REASON)
        assert not switches.deletion().paused
        (resumed, paused) = audit.leaf_of_history(Window(), subject="switch:deletion").items
        assert {resumed.actor, paused.actor} == {"staff:operator-1"}
        assert {resumed.reason, paused.reason} == {REASON["reason"]}


def test_retrying_a_run_starts_another_in_the_name_of_the_person(sign_in: SignIn) -> None:
    run = command(clock.now())
    answer = sign_in("operator").post(f"/staff/scheduler/run/{run.id}/deed/retry/", REASON, follow=True)
    assert "Nothing failed in this run." in text(answer)
    assert [entry.actor for entry in audit.recent(Window()).items if entry.subject == f"run:{run.id}"] == [
        "command:ops"
    ]


def test_who_acts_for_no_role_starts_no_run(shop: str) -> None:
    with pytest.raises(principal.RoleMissing):
        scheduler.pause_deletion(reason="why", principal=principal.staff("sue", "support"), now=clock.now())


def test_what_failed_is_taken_up_by_a_run_of_that_person(sign_in: SignIn) -> None:
    failed = put_due(clock.now())
    run = command(clock.now())
    report(run, 1, clock.now(), failures=[{"id": "01", "cause": "storage was away", "key": list(failed)}])
    browser = sign_in("operator")
    assert "storage was away" in text(browser.get(f"/staff/scheduler/run/{run.id}/change/"))
    browser.post(f"/staff/scheduler/run/{run.id}/deed/retry/", REASON)
    newest = runs.leaf_of_runs(Window()).items[0]
    assert (newest.trigger, newest.planned) == ("staff", 1)
    (started,) = audit.leaf_of_history(Window(), subject=f"run:{newest.id}").items
    assert (started.actor, started.reason) == ("staff:operator-1", REASON["reason"])
