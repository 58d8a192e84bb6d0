"""`manage.py move_project`, `erase_customer`, and those of legal holds; on moto."""

import hashlib
import io
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from files import operations as files
from files.records import File, FileState
from imagestore.audit import queries as audit
from imagestore.common import switches, transaction
from imagestore.common.browse import Window
from imagestore.holds import queries as holds
from projects.operations.saving import Saved
from tests.support.hands import create, known, owners, projects_of
from tests.support.ordering import deliver
from tests.support.uploads import stored_photos
from tests.support.world import Sent, customer, make_shop

WHY = "the customer called"


@pytest.fixture
def photos(moto_aws: None) -> list[File]:
    make_shop()
    return stored_photos(2, customer())


@pytest.fixture
def project(photos: list[File], now: datetime) -> Saved:
    return create(now, *photos)


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def answering(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda asked: text)


class TestMoveProject:
    def test_it_says_how_many_photos_went_with_it(self, project: Saved, photos: list[File]) -> None:
        told = run("move_project", project.id, "--to", "bob", "--reason", WHY)
        assert told == "The project is bob's; 2 photos went with it.\n"
        assert (projects_of("bob"), owners(photos)) == ([project.id], ["bob", "bob"])
        (entry,) = audit.leaf_of_history(Window(), subject=f"project:{project.id}").items
        assert (entry.actor.partition(":")[0], entry.reason) == ("command", WHY)

    def test_what_cannot_be_moved_says_why(self, photos: list[File]) -> None:
        with pytest.raises(CommandError, match="no project with this id"):
            run("move_project", "nonsense", "--to", "bob", "--reason", WHY)

    def test_it_wants_a_reason(self, project: Saved) -> None:
        with pytest.raises(CommandError, match="reason"):
            run("move_project", project.id, "--to", "bob", "--reason", " ")


class TestEraseCustomer:
    def test_it_says_what_it_purged_handed_over_and_kept(self, project: Saved, photos: list[File]) -> None:
        (third,) = stored_photos(1, customer(), first=7)
        create_copy_of(project, photos[:1])
        files.hold(ids=[third.id], holder="hold:L", shop="acme", owner="customer:anna")
        told = run("erase_customer", "acme", "anna", "--reason", WHY, "--yes")
        assert f"1 projects and 1 photos ({photos[1].size} bytes) purged; " in told
        assert "1 photos handed to others who use them, 1 kept." in told
        assert f"photo {third.id} kept for hold:L" in told
        assert owners(photos[:1]) == ["bob"]

    def test_it_asks_for_the_id_and_erases_nothing_without(
        self, photos: list[File], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering("bob", monkeypatch)
        with pytest.raises(CommandError, match="Nothing was erased"):
            run("erase_customer", "acme", "anna", "--reason", WHY)
        assert known(photos[0]).state == FileState.STORED
        answering("anna", monkeypatch)
        assert "2 photos" in run("erase_customer", "acme", "anna", "--reason", WHY)

    def test_nobody_is_not_erased(self, photos: list[File]) -> None:
        with pytest.raises(CommandError, match="Nothing is known of this customer: zoe of the shop acme"):
            run("erase_customer", "acme", "zoe", "--reason", WHY, "--yes")
        assert audit.leaf_of_history(Window(), subject="customer:acme/zoe").items == []

    def test_what_is_left_fails_it_and_is_named(self, photos: list[File]) -> None:
        files.hold(ids=[photos[0].id], holder="project:NEW", shop="acme", owner="customer:anna")
        with pytest.raises(CommandError, match="1 photos are left"):
            run("erase_customer", "acme", "anna", "--reason", WHY, "--yes")

    def test_it_refuses_while_deletion_is_paused(self, photos: list[File]) -> None:
        transaction.commit([switches.pause_deletion(True)])
        with pytest.raises(CommandError, match="resume_deletion"):
            run("erase_customer", "acme", "anna", "--reason", WHY, "--yes")

    def test_it_writes_the_certificate_whose_hash_the_audit_log_has(self, photos: list[File], tmp_path: Path) -> None:
        file = tmp_path / "anna.json"
        told = run("erase_customer", "acme", "anna", "--reason", WHY, "--yes", "--certificate", str(file))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert f"as in the audit log: {digest}" in told
        assert f"Certified, of all tries together: {sum(photo.size for photo in photos)} bytes, 2 files." in told
        entries = audit.leaf_of_history(Window(), subject="customer:acme/anna").items
        assert entries[0].details["certificate_sha256"] == digest

    def test_what_a_hold_keeps_is_named(self, project: Saved, photos: list[File]) -> None:
        run("place_hold", "acme", f"project:{project.id}", "--reason", WHY)
        told = run("erase_customer", "acme", "anna", "--reason", WHY, "--yes")
        assert f"project {project.id} stays: A legal hold (" in told
        assert f"photo {photos[0].id} kept for project:{project.id}" in told


class TestHolds:
    def test_they_are_placed_shown_and_released(self, project: Saved, sent: list[Sent]) -> None:
        told = run("place_hold", "acme", f"project:{project.id}", "--reason", WHY)
        (hold,) = holds.holds_of_shop("acme")
        assert told == f"Hold {hold.id} on project:{project.id} is in effect.\n"
        shown = run("show_holds", "acme")
        assert hold.id in shown
        assert "1 holds, 1 of them stand." in shown
        assert "is being released" in run("release_hold", hold.id, "--reason", WHY)
        deliver(sent)
        assert "1 holds, 0 of them stand." in run("show_holds")

    @pytest.mark.parametrize(
        ("subject", "told"),
        [
            ("photo:1", "customer:ID, file:ID, project:ID, order:ID"),
            ("file:1", "not the id of a file"),
            ("order:01J00000000000000000000000", "no such order"),
            ("customer:a b", "1 to 128 letters"),
        ],
    )
    def test_on_nothing_there_is_none(self, photos: list[File], subject: str, told: str) -> None:
        with pytest.raises(CommandError, match=told):
            run("place_hold", "acme", subject, "--reason", WHY)
        assert list(holds.holds_of_shop("acme")) == []

    def test_a_second_one_on_the_same_says_that_one_stands(self, photos: list[File], sent: list[Sent]) -> None:
        run("place_hold", "acme", "customer:anna", "--reason", WHY)
        (first,) = holds.holds_of_shop("acme")
        assert f"Another one stands there already: {first.id}, since " in run(
            "place_hold", "acme", "customer:anna", "--reason", WHY
        )

    def test_one_ahead_of_a_customer_says_that_nothing_is_known(self, photos: list[File], sent: list[Sent]) -> None:
        told = run("place_hold", "acme", "customer:zoe", "--reason", WHY)
        assert "Hold " in told
        assert "Nothing is known of this customer." in told
        assert "Nothing is known" not in run("place_hold", "acme", "customer:anna", "--reason", WHY)

    def test_an_unknown_one_is_not_released(self, photos: list[File]) -> None:
        with pytest.raises(CommandError, match="no legal hold"):
            run("release_hold", "nonsense", "--reason", WHY)


def create_copy_of(project: Saved, photos: list[File]) -> Saved:
    return create(project.saved_at, *photos, who="bob", source=project)
