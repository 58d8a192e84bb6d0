"""Where rows of signed-in staff live. Secrets are never keys: their digests are. Pure."""

import hashlib

from imagestore.common.rows import Key


def session(token: str) -> Key:
    return Key(f"STAFFSESSION#{_digest(token)}", "STAFFSESSION")


def failures(account: str, address: str) -> Key:
    return Key(f"STAFFFAILURES#{_digest(account + chr(10) + address)}", "STAFFFAILURES")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
