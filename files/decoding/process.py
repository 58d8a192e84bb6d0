"""The parent's side: starts the child, waits no longer than allowed, and judges how it ended."""

import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from files.decoding import answers, limits
from files.decoding.answers import Answer
from files.probe import BrokenImage

log = logging.getLogger(__name__)
CHILD = "files.decoding.child"
ONE_AT_A_TIME = threading.BoundedSemaphore(1)
"""Children of one process: memory and processors are counted for one."""
OWN_SIGNALS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGSYS)
BUSY_SHARE = 0.5
"""A child that ran out of time while it had less of the processor than this was held up by others."""


class Unsettled(Exception):
    """The child ended for a reason that may be the machine's and not the photo's: nothing is known of the photo.

    `by_a_fault_here`: it met an error of this program, of which no number of tries makes the photo guilty.
    """

    def __init__(self, text: str, *, by_a_fault_here: bool = False) -> None:
        super().__init__(text)
        self.by_a_fault_here = by_a_fault_here


class Busy(Exception):
    """Another photo is being decoded; the caller did not want to wait that long."""


def check_size(size: int) -> None:
    """Raises BrokenImage for an original that is not worth fetching."""
    if size > limits.MOST_BYTES:
        raise BrokenImage(
            "too-large-to-check",
            f"A photo of more than {limits.MOST_BYTES // 1024**2} MB is too large to be checked. Save it as a JPEG.",
        )


def decode(original: Path, folder: Path, renditions: Sequence[str], *, patience: float | None = None) -> Answer:
    """Decodes all of the original and writes the renditions into the folder. Raises BrokenImage with the reason why
    the photo cannot be used, Unsettled when another try may tell more, Busy after `patience` seconds in the queue.
    """
    answer = ask(original, folder, renditions, patience=patience)
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def ask(original: Path, folder: Path, renditions: Sequence[str] = (), *, patience: float | None = None) -> Answer:
    """As `decode`, but what the child refused is its answer."""
    if not ONE_AT_A_TIME.acquire(timeout=patience):
        raise Busy
    try:
        return _answer(_run([str(original), str(folder), *renditions], folder))
    finally:
        ONE_AT_A_TIME.release()


def _run(arguments: Sequence[str], folder: Path) -> bytes:
    """What the child said. It inherits no variable, so no credentials, and finds modules where this process does."""
    command = [sys.executable, "-S", "-P", "-m", CHILD, *arguments]
    environment = {
        "PYTHONPATH": os.pathsep.join(os.path.abspath(place) for place in sys.path if place),
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",  # an arena takes address space, which is limited, long before memory
    }
    began, busy_before = time.monotonic(), _busy()
    # Into files, so that the child's limit of file sizes binds what it says, too.
    with TemporaryFile(dir=folder) as said, TemporaryFile(dir=folder) as complained:
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": complained}
        with subprocess.Popen(command, cwd=folder, env=environment, **streams) as child:
            code = _end_of(child)
        if code:
            seconds = time.monotonic() - began
            raise _judged(code, seconds, (_busy() - busy_before) / seconds, _words(complained))
        return _words(said)


def _end_of(child: "subprocess.Popen[bytes]") -> int:
    try:
        return child.wait(limits.SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
    except BaseException:
        child.kill()
        raise


def _words(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(limits.MOST_ANSWER)


def _judged(code: int, seconds: float, share: float, complained: bytes) -> Exception:
    """What an end without an answer says: a signal of the decoder's own is the photo's doing."""
    log.warning("a decoder ended with %d, busy for %.0f %%: %s", code, 100 * share, complained.decode("latin-1"))
    if -code == signal.SIGXCPU or (seconds >= limits.SECONDS and share > BUSY_SHARE):
        return BrokenImage("too-slow", "The photo takes too long to decode. Export it again and send that.")
    if -code in OWN_SIGNALS:
        return BrokenImage(
            "decoder-crashed", "The photo is damaged in a way that no program can read. Export it again."
        )
    return Unsettled(f"the decoder ended with {code}", by_a_fault_here=code > 0)


def _answer(said: bytes) -> Answer:
    try:
        return answers.parse(said)
    except (ValueError, TypeError, KeyError) as error:
        raise Unsettled("the decoder's answer cannot be read") from error


def _busy() -> float:
    """Processor seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
