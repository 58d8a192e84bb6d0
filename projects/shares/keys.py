"""Every key of shares. A token is never one, its digest is. Pure."""

import hashlib

from imagestore.common.rows import Key
from projects.keys import share_row


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def share_of_token(token: str) -> Key:
    return share_row(digest(token))


def attempts_row(token: str) -> Key:
    """Passwords that were tried on a share."""
    return Key(share_of_token(token).pk, "ATTEMPTS")


def entry(id: str, digest: str) -> str:
    """How a project's row of shares names one."""
    return f"{id}={digest}"


def id_of_entry(entry: str) -> str:
    return entry.partition("=")[0]
