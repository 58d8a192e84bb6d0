"""A project is kept longer: by its customer once, by the link of a warning, and by staff."""

from datetime import datetime

import pytest

from files import operations as files
from imagestore.audit import queries as audit
from imagestore.common import principal
from imagestore.common.browse import Window
from imagestore.common.errors import DomainError
from imagestore.common.principal import RoleMissing
from imagestore.common.retention import RetentionPolicy
from imagestore.identity import issued
from imagestore.identity.issued import Issued
from projects import operations, queries
from projects.errors import (
    ExtensionNotFound,
    ExtensionRefused,
    ProjectExtended,
    ProjectNotActive,
    ProjectNotFound,
    ProjectOfVisit,
)
from projects.operations import removing
from projects.records import Draft, Extended, Head
from tests.support.expiring import ANNA, EXPIRING, EXTENDED, Book, change_policy, events, of, open_endpoint
from tests.support.hands import WHY
from tests.support.visits import guest
from tests.support.world import customer, make_shop, shop_server

SUPPORT = principal.staff("sue", "support")


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=of())


@pytest.fixture
def shop() -> str:
    return open_endpoint(EXPIRING, EXTENDED)


@pytest.fixture
def book(shop: str, now: datetime) -> Book:
    return Book.create(now)


def extend(book: Book, day: float, who: principal.Principal = ANNA) -> Extended:
    return operations.extend(id=book.id, principal=who, now=book.on(day))


def token_of(shop: str, number: int = -1) -> str:
    """The link of a warning."""
    url: str = events(shop, EXPIRING)[number]["extend_url"]
    return url.rpartition("/")[2]


def follow(token: str, at: datetime) -> Extended:
    return operations.extend_by_link(link=queries.extension_link(token, at), now=at)


class TestByItsCustomer:
    def test_it_is_kept_longer_and_warned_of_again(self, book: Book, shop: str) -> None:
        book.sweep(76)
        assert book.day(extend(book, 80).ends_at) == 180
        assert [event["type"] for event in events(shop)] == [EXPIRING, EXTENDED]
        assert book.day(events(shop)[-1]["ends_at"]) == 180
        assert (book.due_on, book.head.warned) == (166, None)
        assert [book.sweep(day) for day in (90, 166, 177, 180)] == ["re_dated", "warned", "warned", "trashed"]

    def test_before_any_warning_nothing_is_taken_back(self, book: Book, shop: str) -> None:
        assert book.day(extend(book, 10).ends_at) == 180
        assert events(shop) == []

    def test_only_once(self, book: Book) -> None:
        extend(book, 10)
        with pytest.raises(ProjectExtended) as refused:
            extend(book, 11)
        assert book.day(refused.value.facts["ends_at"]) == 180  # type: ignore[arg-type]
        assert book.day(book.head.purge_after) == 180

    def test_once_more_in_a_new_lifetime(self, shop: str, now: datetime) -> None:
        change_policy(of(since="saved"))
        book = Book.create(now)
        extend(book, 10)
        book.save(20)
        assert book.day(extend(book, 30).ends_at) == 270

    def test_a_warning_after_it_has_no_link(self, book: Book, shop: str) -> None:
        extend(book, 10)
        book.sweep(166)
        assert events(shop)[-1]["extend_url"] is None

    def test_the_shops_server_does_it_for_the_customer(self, book: Book) -> None:
        assert book.day(extend(book, 10, shop_server()).ends_at) == 180
        with pytest.raises(ProjectExtended):
            extend(book, 11)

    @pytest.mark.parametrize("extend_ways", [["staff"], ["save"]])
    def test_not_where_the_rule_does_not_say_so(self, book: Book, shop: str, extend_ways: list[str]) -> None:
        change_policy(of(extend=extend_ways, extend_by="90d" if extend_ways == ["staff"] else None))
        with pytest.raises(ExtensionRefused):
            extend(book, 10)
        book.sweep(76)
        assert events(shop)[-1]["extend_url"] is None

    def test_not_what_is_kept_for_ever(self, book: Book) -> None:
        change_policy(of(keep="for ever", warn=None))
        with pytest.raises(ExtensionRefused):
            extend(book, 10)

    def test_not_out_of_the_trash(self, book: Book) -> None:
        operations.trash(id=book.id, principal=ANNA, now=book.on(1))
        with pytest.raises(ProjectNotActive):
            extend(book, 2)

    @pytest.mark.parametrize("who", [customer("bob"), customer(shop="other")])
    def test_not_by_others(self, book: Book, who: principal.Principal) -> None:
        with pytest.raises(ProjectNotFound):
            extend(book, 1, who)

    def test_not_what_is_a_guests(self, now: datetime) -> None:
        visitor = guest("V1")
        files.open_session(customer=None, principal=visitor, now=now)
        saved = operations.create(draft=Draft("", b"{}", {}), owner="session:V1", principal=visitor, now=now)
        with pytest.raises(ProjectOfVisit):
            operations.extend(id=saved.id, principal=visitor, now=now)


class TestByTheLinkOfAWarning:
    def test_looking_changes_nothing(self, book: Book, shop: str) -> None:
        book.sweep(76)
        before = book.head
        link = queries.extension_link(token_of(shop), book.on(77))
        assert [book.day(moment) for moment in (link.ends_at, link.extends_to)] == [90, 180]
        assert book.head == before

    def test_it_answers_the_same_however_often_it_is_followed(self, book: Book, shop: str) -> None:
        book.sweep(76)
        token = token_of(shop)
        assert {book.day(follow(token, book.on(day)).ends_at) for day in (77, 77, 89)} == {180}
        assert queries.extension_link(token, book.on(80)).extends_to is None

    def test_of_two_warnings_each_does_and_both_only_once(self, book: Book, shop: str) -> None:
        book.sweep(76), book.sweep(87)
        for number in (0, 1, 0):
            assert book.day(follow(token_of(shop, number), book.on(88)).ends_at) == 180
        assert len(events(shop, EXTENDED)) == 1

    def test_it_uses_up_nothing_once_the_project_is_safe_otherwise(self, shop: str, now: datetime) -> None:
        change_policy(of(since="saved"))
        book = Book.create(now)
        book.sweep(76)
        book.save(80)
        assert book.day(follow(token_of(shop), book.on(81)).ends_at) == 170
        assert book.head.extended_at is None

    def test_after_staff_extended_it_the_customer_still_may(self, book: Book, shop: str) -> None:
        book.sweep(76)
        operations.extend_as_staff(id=book.id, principal=SUPPORT, reason=WHY, now=book.on(77))
        assert book.day(follow(token_of(shop), book.on(78)).ends_at) == 180
        assert book.day(extend(book, 79).ends_at) == 270

    def test_it_runs_out_when_the_project_goes(self, book: Book, shop: str) -> None:
        book.sweep(76)
        queries.extension_link(token_of(shop), book.on(89.99))
        with pytest.raises(ExtensionNotFound):
            queries.extension_link(token_of(shop), book.on(90))

    def test_it_opens_nothing_of_a_project_that_is_in_the_trash_or_gone(self, book: Book, shop: str) -> None:
        book.sweep(76)
        token = token_of(shop)
        operations.trash(id=book.id, principal=ANNA, now=book.on(77))
        with pytest.raises(ExtensionNotFound):
            queries.extension_link(token, book.on(78))
        operations.restore(id=book.id, principal=ANNA, now=book.on(79))
        assert queries.extension_link(token, book.on(80)).extends_to is None

    def test_it_is_not_for_who_gets_the_project_later(self, book: Book, shop: str) -> None:
        book.sweep(76)
        operations.move(
            id=book.id, customer="bob", principal=principal.staff("o", "operator"), reason=WHY, now=book.on(77)
        )
        with pytest.raises(ExtensionNotFound):
            queries.extension_link(token_of(shop), book.on(78))

    def test_the_rule_of_the_moment_decides(self, book: Book, shop: str) -> None:
        book.sweep(76)
        change_policy(of(extend=None, extend_by=None))
        with pytest.raises(ExtensionRefused):
            queries.extension_link(token_of(shop), book.on(77))

    def test_what_is_no_token_of_ours_opens_nothing(self, book: Book, shop: str, subtests: pytest.Subtests) -> None:
        book.sweep(76)
        token = token_of(shop)
        guests = issued.issue(Issued("guest", ANNA, book.on(90), book.id), now=book.on(76))
        for spoiled in (token[:-2], token.upper(), "x", guests):
            with subtests.test(spoiled), pytest.raises(ExtensionNotFound):
                queries.extension_link(spoiled, book.on(77))


class TestByStaff:
    def extend(self, book: Book, day: float, who: principal.Principal = SUPPORT) -> Extended:
        return operations.extend_as_staff(id=book.id, principal=who, reason=WHY, now=book.on(day))

    def test_as_often_as_they_like_and_for_a_reason(self, book: Book, shop: str) -> None:
        book.sweep(76)
        assert [book.day(self.extend(book, day).ends_at) for day in (77, 78)] == [180, 270]
        assert len(events(shop, EXTENDED)) == 1
        (entry, _) = audit.leaf_of_history(Window(), subject=f"project:{book.id}").items
        assert (entry.action, entry.actor, entry.reason) == ("project.extended", "staff:sue", WHY)

    def test_only_where_the_rule_says_so(self, book: Book) -> None:
        change_policy(of(extend=["customer"]))
        with pytest.raises(ExtensionRefused):
            self.extend(book, 1)

    def test_not_without_the_role(self, book: Book) -> None:
        with pytest.raises(RoleMissing):
            self.extend(book, 1, principal.staff("v", "viewer"))

    def test_not_what_is_not_there(self, book: Book) -> None:
        operations.trash(id=book.id, principal=ANNA, now=book.on(1))
        with pytest.raises(ProjectNotActive):
            self.extend(book, 2)
        with pytest.raises(DomainError):
            operations.extend_as_staff(id="01J9ZQ6W0Z2V5T8K3M4N7P1R6S", principal=SUPPORT, reason=WHY, now=book.born)


def test_a_project_that_is_kept_longer_meanwhile_is_not_trashed(
    book: Book, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.sweep(76), book.sweep(87)
    trash = removing.trash_by_rule

    def extended_meanwhile(head: Head, policy: RetentionPolicy, at: datetime) -> bool:
        extend(book, 90)
        return trash(head, policy, at)

    monkeypatch.setattr("projects.operations.removing.trash_by_rule", extended_meanwhile)
    assert book.sweep(90) == "skipped"
    assert book.day(book.head.purge_after) == 180
