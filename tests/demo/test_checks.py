"""What a visit is measured by, and how it is shown."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from imagestore.demo import report
from imagestore.demo.checks import NOT_SEEN, checks, succeeded
from imagestore.demo.client import Tally
from imagestore.demo.photos import Photo
from imagestore.demo.records import Upload, Visit
from imagestore.demo.shop import Kept

FACTS = {"state": "stored", "width": 64, "height": 48, "orientation": 6, "content_type": "image/jpeg"}
REASON = {"code": "not-a-photo", "text": "This is no photo."}


def photo(name: str, genuine: bool = True) -> Photo:
    return Photo(Path(name), "image/jpeg", 100, "00" * 32, genuine)


def visit() -> Visit:
    """Two photos and a broken one; all went well."""
    stored = [Upload(photo(f"{id}.jpg"), id, FACTS, trashed=True, purged=True) for id in ("one", "two")]
    broken = Upload(photo("broken.jpg", genuine=False), "three", {"state": "rejected", "reason": REASON}, purged=True)
    return Visit(
        [*stored, broken],
        project="project",
        version=2,
        kept_bytes=200,
        urls=["http://storage/one", "http://storage/two"],
        right_urls=2,
        held_delete=409,
        stale_save=412,
        project_trashed=True,
        project_purged=True,
        living_urls=0,
        left=Kept(0, 0),
    )


def test_a_visit_where_all_went_well() -> None:
    assert succeeded(visit())


def crossed(seen: Visit) -> list[str]:
    return [check.what.strip() for check in checks(seen) if not check.holds]


def altered(record: Visit | Upload, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(record, name, value)


@pytest.mark.parametrize(
    ("number", "changes", "line"),
    [
        (2, {"facts": {}}, "rejected, and told why"),
        (2, {"facts": {"state": "rejected", "reason": None}}, "rejected, and told why"),
        (2, {"facts": FACTS}, "stored"),
        (2, {"purged": False}, "Purged: projects + files"),
        (1, {"facts": {**FACTS, "orientation": None}}, "with width, height and orientation"),
        (1, {"facts": {"state": "rejected", "reason": REASON}}, "stored"),
        (1, {"facts": {}}, "Photos in, and decided"),
        (0, {"trashed": False}, "Trashed: projects + files"),
    ],
)
def test_what_goes_wrong_with_a_photo_has_its_line(number: int, changes: dict[str, object], line: str) -> None:
    seen = visit()
    altered(seen.uploads[number], changes)
    assert line in crossed(seen)
    assert not succeeded(seen)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"version": 1}, "Project saved twice: its version"),
        ({"right_urls": 1}, "loaded: urls with the right bytes"),
        ({"urls": []}, "loaded: urls with the right bytes"),
        ({"held_delete": 204}, "deleting a photo in use answers"),
        ({"stale_save": 200}, "saving over a newer version answers"),
        ({"kept_bytes": 100}, "Bytes in the bucket while in use"),
        ({"project_trashed": False}, "Trashed: projects + files"),
        ({"project_purged": False}, "Purged: projects + files"),
        ({"living_urls": 1}, "Read urls of before that still work"),
        ({"left": Kept(7, 1)}, "Bytes left in the bucket"),
        ({"left": Kept(0, 1)}, "Versions left in the bucket"),
        ({"left": None}, "Bytes left in the bucket"),
    ],
)
def test_what_goes_wrong_with_a_visit_has_its_line(changes: dict[str, object], line: str) -> None:
    seen = visit()
    altered(seen, changes)
    assert line in crossed(seen)
    assert not succeeded(seen)


def test_a_visit_that_stopped_did_not_succeed_and_says_why() -> None:
    seen = visit()
    seen.stopped = "POST /files answered 500 instead of 201."
    assert not succeeded(seen)
    assert "POST /files answered 500" in shown(seen)


def test_a_visit_that_saw_nothing_says_so() -> None:
    assert {check.seen for check in checks(Visit([Upload(photo("one.jpg"))]))} >= {NOT_SEEN}


def shown(seen: Visit) -> str:
    console = Console(file=io.StringIO(), width=80)
    job, waiting = Tally(), Tally()
    job.add("dynamodb=3;s3=1;rcu=1.5;wcu=4")
    job.add("dynamodb=1;s3=0;rcu=0.5;wcu=0")
    report.show_photos(console, seen)
    report.show_result(console, seen, job, waiting)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_tables_tell_marks_reasons_facts_and_costs() -> None:
    seen = visit()
    seen.left = Kept(7, 1)
    lines = shown(seen).splitlines()

    def line(*parts: str) -> bool:
        return any(all(part in line for part in parts) for line in lines)

    assert line("one.jpg", "64 × 48", "6", "stored")
    assert line("broken.jpg: This is no photo.")
    assert line("stored", "2", "✓")
    assert line("Bytes left", "0", "7", "✗")
    assert line("API calls of the visit", "2")
    assert line("requests to DynamoDB + S3", "4 + 1")
    assert line("capacity units", "2 + 4")
