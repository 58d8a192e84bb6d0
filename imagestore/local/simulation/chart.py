"""The year as an SVG: one line for each thing that was counted, with its name at its end."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 960, 420, 56, 36, 150, 24
COLOURS = ("#0b6e4f", "#c05600", "#5b3cc4", "#b3003b", "#00639c", "#6b6b00")


def lines(series: Mapping[str, Sequence[int]], days: Sequence[int], title: str) -> str:
    """`series`: a value for each of `days`."""
    most = max(1, *(value for values in series.values() for value in values))
    last = max(days)
    drawn = [
        _line(name, values, days, colour, most) for (name, values), colour in zip(series.items(), COLOURS, strict=False)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="sans-serif" font-size="13" aria-label="{escape(title)}">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><text x="{LEFT}" y="16">{escape(title)}</text>',
            *_axes(most, last),
            *drawn,
            "</svg>",
        ]
    )


def _axes(most: int, last: int) -> list[str]:
    steps = 4
    across = [
        f'<path d="M{LEFT} {_y(value, most):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        f'<text x="{LEFT - 6}" y="{_y(value, most) + 4:.1f}" text-anchor="end">{value}</text>'
        for value in sorted({most * step // steps for step in range(steps + 1)})
    ]
    along = [
        f'<text x="{_x(day, last):.1f}" y="{HEIGHT - 12}" text-anchor="middle">day {day}</text>'
        for day in sorted({last * step // steps for step in range(steps + 1)})
    ]
    return across + along


def _line(name: str, values: Sequence[int], days: Sequence[int], colour: str, most: int) -> str:
    last = max(days)
    points = " ".join(f"{_x(day, last):.1f},{_y(value, most):.1f}" for day, value in zip(days, values, strict=True))
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f'<text x="{WIDTH - RIGHT + 8}" y="{_y(values[-1], most) + 4:.1f}" fill="{colour}">{escape(name)}</text>'
    )


def _x(day: int, last: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * day / max(1, last)


def _y(value: int, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / most
