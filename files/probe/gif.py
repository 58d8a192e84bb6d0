"""GIF: the logical screen's size."""

from files.probe.facts import ImageFacts
from files.probe.source import Source


def read(source: Source) -> ImageFacts:
    return ImageFacts("image/gif", source.number(6, 2, "little"), source.number(8, 2, "little"))
