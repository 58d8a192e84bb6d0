"""Where commands show what they do: bars and colours on a terminal, plain lines elsewhere."""

from typing import TextIO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console

PLAIN_WIDTH = 160


def console(out: OutputWrapper) -> Console:
    return Console() if out.isatty() else Console(file=cast(TextIO, out), width=PLAIN_WIDTH)
