"""Tokens of shares: 256 bits that nobody can guess, and that no row tells.

Random, unless a repeat of the call has to answer the same one: then derived from the share's id with Django's
SECRET_KEY. While an old key is among the SECRET_KEY_FALLBACKS what it made is found, too.
"""

import re
import secrets

from django.core.signing import Signer

from projects.shares import keys

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new() -> str:
    return secrets.token_urlsafe(32)


def derived(id: str) -> str:
    return _signer().signature(id)


def derived_before(id: str, digest: str) -> str | None:
    """The one with this digest; None once the key that it was derived with is gone."""
    signer = _signer()
    made = (signer.signature(id, key) for key in (signer.key, *signer.fallback_keys))
    return next((token for token in made if keys.digest(token) == digest), None)


def sealed(digest: str) -> str:
    """The digest of a body with a password in it, so that nobody can try passwords on it."""
    return Signer(salt="asked of shares").signature(digest)


def _signer() -> Signer:
    return Signer(salt="tokens of shares")
