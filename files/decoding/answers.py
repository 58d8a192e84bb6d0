"""What the child tells its parent: one line of JSON, which the parent does not trust."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from files.probe import BrokenImage

LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class PrintFacts:
    """`width` and `height`: pixels as stored, which `orientation` (EXIF 1 to 8) turns.

    `camera`: make and model. `dpi`: as the file tells it, so often an arbitrary 72. `location`: "latitude,longitude".
    """

    width: int
    height: int
    orientation: int
    color_profile: str | None = None
    taken_at: str | None = None
    camera: str | None = None
    dpi: int | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Either `facts`, with the names of the renditions that were written, or why there are none.

    `peak_memory` in bytes and `cpu_seconds` are the child's own.
    """

    facts: PrintFacts | None = None
    renditions: list[str] = field(default_factory=list)
    refusal: BrokenImage | None = None
    peak_memory: int = 0
    cpu_seconds: float = 0.0

    def to_json(self) -> str:
        refusal = {"code": self.refusal.code, "text": self.refusal.text} if self.refusal else None
        facts = asdict(self.facts) if self.facts else None
        told = {"facts": facts, "renditions": self.renditions, "refusal": refusal}
        return json.dumps({**told, "peak_memory": self.peak_memory, "cpu_seconds": self.cpu_seconds})


def parse(line: bytes) -> Answer:
    """Raises ValueError for anything that the child would not say."""
    told = json.loads(line)
    if not isinstance(told, dict):
        raise ValueError("no answer")
    refusal, facts = told.get("refusal"), told.get("facts")
    renditions = told.get("renditions")
    if (refusal is None) == (facts is None) or not isinstance(renditions, list):
        raise ValueError("neither facts nor a refusal")
    return Answer(
        facts=_facts(facts) if facts is not None else None,
        renditions=[str(name) for name in renditions],
        refusal=BrokenImage(_text(refusal["code"]), _text(refusal["text"])) if refusal is not None else None,
        peak_memory=int(told["peak_memory"]),
        cpu_seconds=float(told["cpu_seconds"]),
    )


def _facts(told: Mapping[str, Any]) -> PrintFacts:
    texts = {name: _text(told[name]) for name in _TEXTS if told.get(name) is not None}
    numbers = {name: _whole(told[name]) for name in _NUMBERS if told.get(name) is not None}
    return PrintFacts(**texts, **numbers)  # type: ignore[arg-type]


_NUMBERS = ("width", "height", "orientation", "dpi")
_TEXTS = tuple(field.name for field in fields(PrintFacts) if field.name not in _NUMBERS)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > LONGEST_TEXT:
        raise ValueError("no text for a row")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= 1_000_000_000:
        raise ValueError("no number for a row")
    return value
