"""Measurements as plain text tables."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.book import Book, Edited
    from benchmarks.budgets import Cost, Line
    from benchmarks.cold import Start
    from benchmarks.cpu import Ratio
    from benchmarks.servers import Race


def of_budgets(lines: "Sequence[Line]") -> str:
    rows = [(line.operation, _cost(line.budget), _cost(line.used), "yes" if line.ok else "OVER") for line in lines]
    return _table(("operation", "budget", "used", "ok"), rows)


def of_book(book: "Book") -> str:
    """Each save, and all of them with what pruning took."""
    rows = [
        (f"{one.number}", f"{one.changed}", _cost(one.ours.budget), _cost(one.ours.used), _cost(one.naive), _yes(one))
        for one in book.saves
    ]
    total = ("all", "", "with pruning", _cost(book.ours), _cost(book.naive), "yes" if book.ok else "OVER")
    return _table(("autosave of a book", "changed", "budget", "used", "link table", "ok"), [*rows, total])


def _yes(edited: "Edited") -> str:
    return "yes" if edited.ours.ok else "OVER"


def of_ratios(ratios: "Sequence[Ratio]") -> str:
    rows = [
        (
            ratio.work,
            f"{ratio.ours * 1e6:.0f} µs",
            f"{ratio.ours / ratio.floor:.1f}",
            f"{ratio.stock / ratio.floor:.1f}",
            f"{ratio.stock / ratio.ours:.1f}",
            "yes" if ratio.ok else "SLOWER",
        )
        for ratio in ratios
    ]
    return _table(("CPU of", "ours", "ours/floor", "stock/floor", "stock/ours", "ok"), rows)


def of_starts(starts: "Sequence[Start]") -> str:
    rows = [
        (start.doors, f"{start.seconds * 1e3:.0f} ms", str(start.modules), "yes" if start.ok else "STAFF SITE")
        for start in starts
    ]
    return _table(("cold import of the doors", "CPU", "modules", "ok"), rows)


def of_races(races: "Sequence[Race]") -> str:
    rows = [
        (
            race.work,
            f"{median(turn.rate for turn in race.ours):.0f}",
            f"{median(turn.rate for turn in race.peers):.0f}",
            f"{median(race.ratios):.2f} ({race.ratios[0]:.2f} to {race.ratios[-1]:.2f})",
            f"{race.cpu[0] * 1e3:.1f} ms",
            f"{race.cpu[1] * 1e3:.1f} ms",
            "yes" if race.ok else "MORE CPU",
        )
        for race in races
    ]
    header = ("server against plain FastAPI", "ours/s", "peer/s", "ours/peer", "CPU ours", "CPU peer", "ok")
    return _table(header, rows)


def _cost(cost: "Cost") -> str:
    units = [f"{value:g} {name}" for name, value in (("WCU", cost.wcu), ("RCU", cost.rcu)) if value is not None]
    return ", ".join([f"{cost.dynamodb} DynamoDB", f"{cost.s3} S3", *units])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    return f"\n{text}\n"
