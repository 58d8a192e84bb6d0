"""Links are keys: whoever reads a log must not find any in it."""

import logging
import re

LINK = re.compile(r"(/(?:[hu]|shared|extend)/)[A-Za-z0-9_.-]{20,}")


def mask_links(text: str) -> str:
    return LINK.sub(r"\1…", text)


class MaskLinks(logging.Filter):
    """Of a handler, so that nothing that is written through it tells a link, whoever logged it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = mask_links(message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
