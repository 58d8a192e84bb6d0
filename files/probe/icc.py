"""The name of a colour profile."""

import struct

MOST_TAGS = 100
UNNAMED = "embedded"


def name(profile: bytes) -> str:
    """Its description, like "Display P3"; "embedded" when it has none that can be read."""
    try:
        count = min(struct.unpack_from(">I", profile, 128)[0], MOST_TAGS)
        for index in range(count):
            tag, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
            if tag == b"desc":
                return _text(profile[offset : offset + min(size, 1000)]) or UNNAMED
    except (struct.error, UnicodeDecodeError):
        pass
    return UNNAMED


def _text(tag: bytes) -> str:
    if tag[:4] == b"desc":
        length = struct.unpack_from(">I", tag, 8)[0]
        return _clean(tag[12 : 12 + length].decode("latin-1"))
    if tag[:4] == b"mluc":
        length, offset = struct.unpack_from(">II", tag, 20)
        return _clean(tag[offset : offset + length].decode("utf-16-be"))
    return ""


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:64].strip()
