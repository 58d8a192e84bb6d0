"""The name of a colour profile."""

MOST_TAGS = 100
MOST_BYTES = 64 * 1024
LONGEST_NAME = 64
UNNAMED = "embedded"
HEADER = 128


def name(profile: bytes) -> str:
    """Its description, like "Display P3"; "embedded" when what was read of it has none."""
    count = min(_number(profile, HEADER), MOST_TAGS)
    for at in range(HEADER + 4, HEADER + 4 + 12 * count, 12):
        if profile[at : at + 4] == b"desc":
            start, size = _number(profile, at + 4), _number(profile, at + 8)
            return _text(profile[start : start + size]) or UNNAMED
    return UNNAMED


def _text(tag: bytes) -> str:
    """Of a version 2 description (ASCII), or the first language of a version 4 one (UTF-16)."""
    if tag[:4] == b"desc":
        return _clean(tag[12 : 12 + _number(tag, 8)].decode("latin-1"))
    if tag[:4] == b"mluc":
        length, start = _number(tag, 20), _number(tag, 24)
        return _clean(tag[start : start + length].decode("utf-16-be", "ignore"))
    return ""


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_NAME].strip()


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
