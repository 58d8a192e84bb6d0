"""Standard Webhooks: secrets, and the headers by which a shop knows that a delivery is ours. Pure.

https://www.standardwebhooks.com; shops verify with its published libraries.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(*, id: str, body: bytes, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """While secrets are rotated several sign, each a signature of its own, separated by blanks."""
    timestamp = int(now.timestamp())
    signed = f"{id}.{timestamp}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    digest = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
