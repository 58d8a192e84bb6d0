"""docs/webhooks.md against the code that it tells of."""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime

import pytest

from imagestore.local.place import ROOT
from imagestore.webhooks import signatures
from imagestore.webhooks.event_types import REGISTRY

TEXT = (ROOT / "docs" / "webhooks.md").read_text()


def test_every_type_stands_in_the_table_with_its_words() -> None:
    told = dict(re.findall(r"^\| `([a-z.]+)` \| (.+) \|$", TEXT, re.MULTILINE))
    assert told == {str(type): entry.about for type, entry in REGISTRY.items()}


def test_every_type_has_its_example() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    shown = [json.loads(line) for line in block.splitlines()]
    assert shown == [{"type": str(type), "data": entry.example} for type, entry in REGISTRY.items()]


def test_the_six_lines_that_verify_by_hand_do(now: datetime) -> None:
    (lines,) = re.findall(r"```python\n(key = .*?)```", TEXT, re.DOTALL)
    assert len(lines.splitlines()) == 6
    secret, body = signatures.new_secret(), b'{"type":"file.rejected"}'
    headers = signatures.headers(id="01J9", body=body, secrets=[signatures.new_secret(), secret], now=now)
    known = {"base64": base64, "hashlib": hashlib, "hmac": hmac, "secret": secret, "headers": headers}
    exec(lines, known | {"body": body})  # noqa: S102, they are ours
    with pytest.raises(PermissionError, match="not from imagestore"):
        exec(lines, known | {"body": body + b" "})  # noqa: S102
