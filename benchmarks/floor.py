"""The least that the same work can take in Python: parse the JSON, build plain dicts, one HMAC per url."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson
import zstandard

Plain = dict[str, Any]


def rows(body: bytes) -> list[Plain]:
    """The rows of one answer, each value without its tag."""
    answer = orjson.loads(body)
    if "Item" in answer:
        return [plain(answer["Item"])]
    if "Items" in answer:
        return [plain(row) for row in answer["Items"]]
    return [plain(row) for found in answer["Responses"].values() for row in found]


def plain(row: Plain) -> Plain:
    return {name: int(value) if tag == "N" else value for name, cell in row.items() for tag, value in cell.items()}


def batches(rows: list[dict[str, str]]) -> list[bytes]:
    """Bodies that write the rows, 25 in each."""
    tagged = [{"PutRequest": {"Item": {name: {"S": value} for name, value in row.items()}}} for row in rows]
    return [
        orjson.dumps({"RequestItems": {"table": tagged[start : start + 25]}}) for start in range(0, len(tagged), 25)
    ]


def jpeg_size(head: bytes) -> tuple[int, int]:
    """Width and height from the first frame header."""
    place = 2
    while head[place + 1] not in (0xC0, 0xC1, 0xC2):
        place += 2 + int.from_bytes(head[place + 2 : place + 4])
    return int.from_bytes(head[place + 7 : place + 9]), int.from_bytes(head[place + 5 : place + 7])


def unpacked(base64_text: str) -> Any:
    return orjson.loads(_inflated(base64_text))


def content(base64_text: str) -> Any:
    """A document and its placements: four bytes tell how long the first is."""
    whole = _inflated(base64_text)
    end = 4 + int.from_bytes(whole[:4])
    return orjson.loads(whole[4:end]), orjson.loads(whole[end:] or b"[]")


def _inflated(base64_text: str) -> bytes:
    return zstandard.ZstdDecompressor().decompress(base64.b64decode(base64_text))


def signing_key(secret: str, parts: Iterable[str]) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in parts:
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def read_url(key: bytes, path: str, content_type: str, name: str) -> str:
    """Shaped like a signed url and hashed as one must be."""
    disposition = quote(f"attachment; filename*=UTF-8''{quote(name)}")
    query = f"X-Amz-Expires=900&response-content-disposition={disposition}&response-content-type={quote(content_type)}"
    request = f"GET\n{path}\n{query}\nhost:bench\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n20310506T000000Z\nscope\n{hashlib.sha256(request.encode()).hexdigest()}"
    return f"https://bench{path}?{query}&X-Amz-Signature={hmac.digest(key, text.encode(), 'sha256').hex()}"
