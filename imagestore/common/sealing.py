"""Secrets that are kept to be used again lie sealed in the table: who reads it alone learns none.

Keys are derived from Django's SECRET_KEY; rotate it by moving the old one to SECRET_KEY_FALLBACKS.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

SealBroken = InvalidToken
"""Sealed with a key that nobody has any more, or changed since."""


def seal(secret: str, purpose: str) -> str:
    """`purpose`: what is sealed for one is opened for no other."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Raises SealBroken."""
    return _box(purpose).decrypt(sealed.encode()).decode()


def _box(purpose: str) -> MultiFernet:
    return MultiFernet([_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}:{secret}".encode()).digest()))
