"""The races of shares on the local AWS: who revokes has the last word, and a copy is whole or not there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from files import queries as files
from files.records import File, FileState
from projects import keys, operations, queries
from projects.errors import ProjectBusy
from projects.file_holds import FilesUnusable
from projects.operations.saving import Saved
from projects.records import Draft, ProjectState
from projects.shares import operations as shares
from projects.shares import queries as links
from projects.shares import rules
from projects.shares.errors import ShareNotFound, SharesFull
from projects.shares.keys import digest
from projects.shares.queries import Link
from projects.shares.records import Mode, Recipient, Wanted
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ANNA, BEN = customer(), customer("ben")
RECIPIENT = Recipient(BEN, "customer:ben")
A_MONTH = timedelta(days=31)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


def design(*photos: File, title: str = "Iceland") -> Draft:
    return Draft(title, b"{}", {f"p{index}": photo.id for index, photo in enumerate(photos)})


def create(now: datetime, *photos: File) -> Saved:
    return operations.create(draft=design(*photos), owner="customer:anna", principal=ANNA, now=now)


def shared(project: Saved, mode: Mode, now: datetime) -> Link:
    _, token = shares.share(project_id=project.id, wanted=Wanted(mode), principal=ANNA, now=now)
    return links.link(token, now)


def holders(photos: list[File]) -> set[frozenset[str]]:
    return {row.holders for row in files.files_by_id([photo.id for photo in photos], consistent=True).values()}


def later(reads: int, deed: Callable[[], object]) -> Callable[[], object]:
    """After some reads, so that over all rounds it meets the other at every step."""

    def do() -> object:
        for _ in range(reads):
            queries.head_of("none")
        return deed()

    return do


def purge(project: Saved, now: datetime) -> None:
    operations.trash(id=project.id, principal=ANNA, now=now)
    operations.sweep_slice(row_keys=[keys.head_row(project.id)], dry_run=False, now=now + A_MONTH)


def test_a_revocation_against_a_save(now: datetime, rounds: int) -> None:
    """What is saved was saved before the revocation was answered: a look right after it sees all that ever will be."""
    for turn, photo in enumerate(stored_photos(rounds, BEN)):
        project = create(now)
        link = shared(project, Mode.EDIT, now)
        tag, seen = project.tag, list[int]()

        def revoke(link: Link = link, id: str = project.id, seen: list[int] = seen) -> None:
            shares.revoke(project_id=id, share_id=link.share.id, principal=ANNA, now=now)
            seen.append(queries.project_of(ANNA, id).version)

        save = partial(
            shares.save, link=link, draft=design(photo, title="Ours"), if_match=tag, recipient=RECIPIENT, now=now
        )
        saved, _ = together(save, later(turn % 12, revoke))
        head = queries.project_of(ANNA, project.id)
        assert seen == [head.version]
        if isinstance(saved, Saved):
            assert (head.version, head.name, holders([photo])) == (2, "Ours", {frozenset({keys.holder(project.id)})})
        else:
            assert isinstance(saved, ShareNotFound), saved
            assert (head.version, head.name, holders([photo])) == (1, "Iceland", {frozenset()})
        with pytest.raises(ShareNotFound):
            links.link(link.token, now)


def test_a_copy_against_the_purge_of_what_it_is_made_from(now: datetime, rounds: int) -> None:
    photos = stored_photos(2 * rounds, ANNA)
    for turn, pair in enumerate(zip(photos[::2], photos[1::2], strict=True)):
        project = create(now, *pair)
        copy = partial(shares.copy, link=shared(project, Mode.COPY, now), recipient=RECIPIENT, now=now)
        copied, _ = together(later(turn % 12, copy), partial(purge, project, now))
        gone = queries.head_of(project.id)
        assert gone is not None
        assert gone.state == ProjectState.GONE
        if isinstance(copied, Saved):
            assert holders(list(pair)) == {frozenset({keys.holder(copied.id)})}
            rows = files.files_by_id([photo.id for photo in pair]).values()
            assert {row.state for row in rows} == {FileState.STORED}
        else:
            assert isinstance(copied, ShareNotFound | FilesUnusable | ProjectBusy), copied
            assert holders(list(pair)) == {frozenset()}


def test_many_who_share_at_once_make_no_more_than_there_may_be(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_SHARES", 5)
    project = create(now)
    deed = partial(shares.share, project_id=project.id, wanted=Wanted(Mode.VIEW), principal=ANNA, now=now)
    outcomes = together(*([deed] * 12))
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, tuple)] == [SharesFull] * 7
    assert len(links.good_shares(project.id, now)) == len(links.entries_of(project.id)) == 5


def test_shares_that_are_made_while_the_project_is_purged_leave_nothing(now: datetime, rounds: int) -> None:
    for turn in range(rounds // 4):
        project = create(now)
        share = partial(shares.share, project_id=project.id, wanted=Wanted(Mode.VIEW), principal=ANNA, now=now)
        made = together(share, later(turn, share), partial(purge, project, now))[:2]
        assert links.entries_of(project.id) == frozenset()
        for _, token in (one for one in made if isinstance(one, tuple)):
            assert links.share_of_digest(digest(token)) is None
