"""The staff site as a person uses it, in a real browser, on the local AWS."""

import pytest
from playwright.sync_api import expect

from files import operations as files
from files.records import File
from imagestore.common import clock, principal
from projects import operations as projects
from projects.records import Draft
from scheduler import operations as scheduler
from scheduler.records import Trigger
from tests.console.conftest import PASSWORD, make_staff
from tests.console.test_paging import put_projects
from tests.support.browser import Tab
from tests.support.images import Photo
from tests.support.ministack import LocalAws
from tests.support.uploads import store, stored_photos
from tests.support.world import customer, make_shop

LISTS = ("files/file", "files/customer", "projects/project", "projects/order", "projects/package",
         "webhooks/endpoint", "webhooks/delivery", "scheduler/run", "identity/shop",
         "identity/staffmember", "console/entry")  # fmt: skip


@pytest.fixture
def photo(real_aws: LocalAws) -> File:
    """Used by a project; beside it a broken one and a run."""
    make_shop()
    file, _ = stored_photos(2, customer())
    store([Photo("broken.jpeg", "image/jpeg", b"no photo at all")], customer())
    draft = Draft("Iceland", b"{}", {"cover": file.id})
    projects.create(draft=draft, owner="customer:anna", principal=customer(), now=clock.now())
    scheduler.start_run(job="sweep", trigger=Trigger.COMMAND, now=clock.now(), principal=principal.command("ops"))
    return file


@pytest.fixture
def trashed(photo: File) -> File:
    (file,) = stored_photos(1, customer(), first=7)
    return files.trash(id=file.id, principal=customer(), now=clock.now())


def sign_in(tab: Tab, role: str) -> None:
    page = tab.visit("/staff/")
    page.get_by_label("Name").fill(make_staff(role))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def find(tab: Tab, text: str) -> None:
    tab.page.get_by_label("Find an id or a customer").fill(text)
    tab.page.get_by_role("button", name="Find").click()


def test_a_file_is_found_by_its_customer_and_its_project_seen_and_restored(
    tab: Tab, photo: File, trashed: File
) -> None:
    sign_in(tab, "support")
    page = tab.page
    find(tab, "anna")
    page.get_by_role("link", name="Projects", exact=True).last.click()
    page.get_by_role("link", name="Iceland").or_(page.locator("#result_list a")).first.click()
    page.get_by_role("link", name="Photo cover").click()
    picture = page.get_by_role("img", name=f"The photo {photo.id}")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", photo.width)
    find(tab, trashed.id)
    page.get_by_label("Restore from trash, because").fill("the customer called")
    page.get_by_role("button", name="Restore from trash").click()
    expect(page.get_by_text("The file is stored again.")).to_be_visible()
    page.get_by_role("link", name="History").click()
    row = page.get_by_role("row", name="file.restored")
    expect(row).to_contain_text("staff:support-1")
    expect(row).to_contain_text("the customer called")


def test_every_page_is_free_of_barriers_in_light_and_dark(tab: Tab, photo: File, trashed: File) -> None:
    make_shop("other")
    put_projects(60)
    tab.visit("/staff/")
    tab.look("sign-in")
    sign_in(tab, "operator")
    expect(tab.page.get_by_role("heading", name="Dead letters")).to_be_visible()
    tab.look("overview")
    for name in LISTS:
        tab.visit(f"/staff/{name}/")
        tab.look(f"list-{name.partition('/')[2]}")
        link = tab.page.locator("#result_list th a").last
        if link.count():
            with tab.page.expect_navigation():
                link.click()
            tab.look(f"page-{name.partition('/')[2]}")
    for page in ("search/?text=nobody", "search/", "one-time-codes/", f"files/file/{trashed.id}/change/",
                 f"files/file/{trashed.id}/history/"):  # fmt: skip
        tab.visit(f"/staff/{page}")
        tab.look("-".join(part for part in page.partition("?")[0].split("/") if part and part != trashed.id))


def test_a_policy_that_is_refused_is_corrected_and_set(tab: Tab, real_aws: LocalAws) -> None:
    make_shop()
    sign_in(tab, "operator")
    page = tab.visit("/staff/identity/shop/acme/change/")
    rules, because = page.get_by_label("All rules of the shop"), page.get_by_label("Set the retention policy, because")
    rules.fill('{"rules": [{"subject": "cart_item", "keep": "7"}]}')
    because.fill("as agreed")
    page.get_by_role("button", name="Set the retention policy").click()
    expect(page.get_by_text("rules.0.keep: keep is from 1d")).to_be_visible()
    tab.look("policy-refused")
    rules.fill('{"rules": [{"subject": "cart_item", "keep": "7d"}]}')
    page.get_by_role("button", name="Set the retention policy").click()
    expect(page.get_by_text("The policy holds")).to_be_visible()
    expect(page.get_by_role("row", name="cart_item")).to_contain_text("7d from accessed, then purge (rules.0)")
    tab.look("policy-set")


def test_signing_out_ends_it(tab: Tab, photo: File) -> None:
    sign_in(tab, "viewer")
    tab.page.get_by_role("button", name="Sign out", exact=True).click()
    tab.visit("/staff/files/file/")
    expect(tab.page.get_by_role("heading", name="Sign in")).to_be_visible()
