"""The protocol of holders under every interleaving of the real operations that take and release photos.

`ARGS="tests/model --log-cli-level=INFO" make test` says how many schedules there were.
"""

import logging

import pytest

from files.models import FileRow, claimed_by, in_state
from files.records import FileState
from files.rules import PURGEABLE
from projects.models import IntentRow, ProjectRow, as_seen
from tests.model import casts
from tests.model.casts import LARGE, PAIRS, TRIPLES, Cast
from tests.model.interleaving import Search
from tests.model.stage import Stage

log = logging.getLogger(__name__)
SMALL = [cast for cast in PAIRS if cast not in LARGE]
TELLING = [
    casts.two_saves, casts.save_and_purge_of_file, casts.save_and_trash_of_project, casts.create_and_tidy_of_its_intent,
    casts.kept_by_hand_and_save, casts.prune_and_decode,
]  # fmt: skip
WITH_FAULTS = [pytest.param(cast, marks=[] if cast in TELLING else [pytest.mark.proof]) for cast in SMALL]
"""Each operation once; the crashes of all, one by one, are in `test_crash_points.py`."""


def assert_it_holds(name: str, found: Search) -> None:
    log.info("%s: %d schedules in %d nodes, %d steps", name, found.schedules, found.nodes, found.steps)
    assert not found.violation, "\n".join([*found.violation, "after", *found.trail])
    assert found.schedules > 1


LONG = [casts.save_and_tidy_of_its_intent, casts.save_and_purge_of_project, casts.three_saves]
"""Beside each is one of fewer calls: a create that is tidied, a save of no new photo, two saves."""
SHORT = [cast for cast in (*PAIRS, casts.two_saves_and_purge_of_file) if cast not in LONG]
PROVEN = [pytest.param(cast, marks=pytest.mark.proof) for cast in (*PAIRS, *TRIPLES) if cast not in SHORT]


@pytest.mark.parametrize("cast", [*SHORT, *PROVEN])
def test_every_photo_in_use_is_held_whoever_comes_first(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, stage.explore(*cast(stage)))


@pytest.mark.parametrize("cast", WITH_FAULTS)
def test_and_whoever_dies_before_any_of_its_calls(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, stage.explore(*cast(stage), deaths=1))


@pytest.mark.parametrize("cast", WITH_FAULTS)
def test_and_whichever_answer_is_lost_so_that_the_call_is_sent_again(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, stage.explore(*cast(stage), lost_answers=1))


@pytest.mark.proof
@pytest.mark.parametrize("cast", LARGE + TRIPLES)
def test_with_a_death_and_a_lost_answer(cast: Cast, stage: Stage) -> None:
    assert_it_holds(cast.__name__, stage.explore(*cast(stage), deaths=1, lost_answers=1))


@pytest.mark.proof
def test_two_saves_against_a_prune(stage: Stage) -> None:
    assert_it_holds("two_saves_and_prune", stage.explore(*casts.two_saves_and_prune(stage)))


class TestWithoutAGuard:
    """The search can fail: each condition that the protocol rests on is missed when it is not there."""

    def test_held_rev_of_the_head_when_a_save_takes_photos(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "projects.operations.saving.as_seen", lambda seen, takes_photos: as_seen(seen, takes_photos=False)
        )
        assert "is used, but stored and held by set()" in violation(stage, casts.save_and_prune)

    def test_closing_of_an_intent(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("projects.operations.attempts.standing", IntentRow.pk.exists)
        assert "the history is []" in violation(stage, casts.save_and_tidy_of_its_intent)

    def test_closing_of_the_intent_of_a_create(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("projects.operations.attempts.standing", IntentRow.pk.exists)
        assert violation(stage, casts.create_and_tidy_of_its_intent)

    def test_an_unmoved_head_when_photos_are_released(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("projects.operations.tidying.unmoved", lambda head: ProjectRow.pk.exists())
        assert "is used, but" in violation(stage, casts.save_and_prune)

    def test_no_holder_when_a_file_is_purged(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "files.operations.removing.unheld_and_permitted",
            lambda now, *states: in_state(*PURGEABLE, FileState.STORED) & FileRow.pk.exists(),
        )
        assert "is used, but deleting" in violation(stage, casts.save_and_purge_of_file)

    def test_whether_a_photo_is_decoded_when_it_is_held(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("files.operations.holding.models.decoded", FileRow.pk.exists)
        assert "is stored and not due" in violation(stage, casts.save_and_decode)

    def test_whether_a_photo_is_held_when_it_is_decoded(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("files.operations.decoding._as_read", claimed_by)
        assert "is stored and not due" in violation(stage, casts.prune_and_decode)


def violation(stage: Stage, cast: Cast) -> str:
    found = stage.explore(*cast(stage))
    assert found.violation
    assert found.trail
    return found.violation[0]
