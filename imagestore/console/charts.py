"""Bars as SVG, drawn by the server: no script, no inline style, colours from the site's own style sheet."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from imagestore.console.providers import Figure

BAR, GAP, HEIGHT = 14, 4, 80


def bars(figure: Figure) -> SafeString:
    """Empty without points. The table beside it says the same in words."""
    if not figure.points:
        return SafeString("")
    highest = max(1, *(value for _, value in figure.points))
    width = len(figure.points) * (BAR + GAP)
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>',
        (
            (number * (BAR + GAP), HEIGHT - tall, BAR, tall, label, value)
            for number, (label, value) in enumerate(figure.points)
            for tall in [round(value / highest * HEIGHT)]
        ),
    )
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>', width, HEIGHT, figure.title, drawn
    )
