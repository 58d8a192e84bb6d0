"""`python -m files.decoding.child ORIGINAL FOLDER [RENDITION …]`: decodes one photo, answers one line of JSON.

Whatever the bytes do here, they do to this process alone, and within `limits`.
"""

import resource
import sys
from dataclasses import replace
from pathlib import Path

from files.decoding import drawing, limits, opening, print_facts
from files.decoding.answers import Answer
from files.probe import BrokenImage

STATUS = Path("/proc/self/status")


def main(arguments: list[str]) -> None:
    limits.apply()
    file, folder, *wanted = arguments
    try:
        answer = look(Path(file), Path(folder), wanted)
    except BrokenImage as broken:
        answer = Answer(refusal=broken)
    except MemoryError:
        answer = Answer(refusal=opening.too_large())
    used = resource.getrusage(resource.RUSAGE_SELF)
    answer = replace(answer, peak_memory=_peak_memory(), cpu_seconds=used.ru_utime + used.ru_stime)
    print(answer.to_json())  # noqa: T201


def _peak_memory() -> int:
    """Linux alone tells it of this program; elsewhere what the parent used before counts, too."""
    lines = STATUS.read_text().splitlines() if STATUS.is_file() else []
    told = next((line for line in lines if line.startswith("VmHWM:")), None)
    return int(told.split()[1]) * 1024 if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def look(file: Path, folder: Path, wanted: list[str]) -> Answer:
    photo = opening.open_photo(file, drawing.EDGES["preview"])
    facts = print_facts.of(photo, file)
    return Answer(facts=facts, renditions=drawing.draw(photo, wanted, folder))


if __name__ == "__main__":
    main(sys.argv[1:])
