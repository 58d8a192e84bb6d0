"""What one photo may cost to decode. Fixed: a limit that grows with the photo is none."""

import resource
import signal
from contextlib import suppress

SECONDS = 10
"""Wall clock, start of the child included."""
CPU_SECONDS = 8
MEMORY = 512 * 1024**2
"""Address space, so an upper bound of memory."""
WORKING_MEMORY = 400 * 1024**2
"""What of it pixels and the decoder's own copies may take; the rest is Python and the libraries."""
MOST_BYTES = 640 * 1024**2
"""Of an original. Beyond them its pixels cannot fit into the memory."""
MOST_PIXELS = 500_000_000
MOST_ANSWER = 64 * 1024
MOST_RENDITION = 8 * 1024**2
MOST_PROFILE = 4 * 1024**2
MOST_TEXT = 4 * 1024**2
"""Of a PNG's text chunks, unpacked."""
MOST_CHUNKS = 100_000
MOST_DIRECTORIES = 100
"""Pages of a TIFF."""


def apply() -> None:
    """Binds this process. Should its parent die, the alarm ends it."""
    signal.alarm(SECONDS)
    # The soft limit tells its name (SIGXCPU), the hard one kills like anybody else.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    _limit(resource.RLIMIT_FSIZE, MOST_RENDITION)
    _limit(resource.RLIMIT_CORE, 0)
    with suppress(ValueError, OSError):  # macOS knows the limit, but does not let it be set
        _limit(resource.RLIMIT_AS, MEMORY)


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))
