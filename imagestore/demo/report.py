"""The tables that a person reads at the end."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from imagestore.demo.checks import REJECTED, checks, why_rejected
from imagestore.demo.client import Tally
from imagestore.demo.records import Upload, Visit


def show_photos(console: Console, visit: Visit) -> None:
    table = Table(title="Photos")
    table.add_column("Name", overflow="fold")
    for heading in ("Type", "Pixels", "Orientation"):
        table.add_column(heading, no_wrap=True)
    table.add_column("State", overflow="fold", min_width=8)
    for upload in visit.uploads:
        table.add_row(*(Text(cell) for cell in _photo(upload)))
    console.print(table)


def _photo(upload: Upload) -> tuple[str, str, str, str, str]:
    facts = upload.facts
    pixels = f"{facts['width']} × {facts['height']}" if facts.get("width") else ""
    state = f"{upload.state}: {upload.reason}" if upload.reason else upload.state
    content_type = str(facts.get("content_type") or upload.photo.content_type).removeprefix("image/")
    return upload.photo.name, content_type, pixels, str(facts.get("orientation") or ""), state


def show_result(console: Console, visit: Visit, job: Tally, waiting: Tally) -> None:
    table = Table(title="A visit, from the first upload to the last byte")
    table.add_column("What")
    table.add_column("Expected", justify="right", no_wrap=True)
    table.add_column("Seen", justify="right", no_wrap=True)
    table.add_column("", justify="center", no_wrap=True)
    for check in checks(visit):
        mark = Text("✓", "bold green") if check.holds else Text("✗", "bold red")
        table.add_row(check.what, check.expected, check.seen, mark)
        if check.what == REJECTED:
            for reason in why_rejected(visit):
                table.add_row(Padding(Text(reason), (0, 0, 0, 4)))
    for what, tally in (("API calls of the visit", job), ("API calls to look on while waiting", waiting)):
        table.add_section()
        for cost in _costs(what, tally):
            table.add_row(cost[0], "", cost[1])
    console.print(table)
    if visit.stopped:
        console.print(Text(f"The visit ended early. {visit.stopped}", "red"))


def _costs(what: str, tally: Tally) -> list[tuple[str, str]]:
    """What the API's answers told; the work of events and sweeps in the background is not in it."""
    return [
        (what, f"{tally['calls']:g}"),
        ("  requests to DynamoDB + S3", f"{tally['dynamodb']:g} + {tally['s3']:g}"),
        ("  capacity units, read + write", f"{tally['rcu']:g} + {tally['wcu']:g}"),
    ]
