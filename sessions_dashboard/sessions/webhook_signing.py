"""Signatures of webhooks, after the Standard Webhooks specification (standardwebhooks.com, 1.0).

An endpoint's secret is derived from the server's own key and the endpoint's salt, so that no table
and no backup holds one.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
PURPOSE = b"webhook secret"


def new_salt() -> bytes:
    return secrets.token_bytes(32)


def secret_text(secret_keys: Sequence[str], salt: bytes) -> str:
    """The secret as it is shown, once, to whoever sets the receiver up."""
    return PREFIX + base64.b64encode(_secret(secret_keys[0], salt)).decode()


def signed_headers(
    secret_keys: Sequence[str], salts: Sequence[bytes], message_id: str, now: datetime, body: str
) -> dict[str, str]:
    """The headers of one try.

    One signature under every secret that may be in use: those of server keys that are being
    rotated, and the endpoint's former one. Receivers accept any that fits.
    """
    timestamp = str(int(now.timestamp()))
    content = f"{message_id}.{timestamp}.{body}".encode()
    signatures = [
        base64.b64encode(hmac.digest(_secret(key, salt), content, hashlib.sha256)).decode()
        for salt in salts
        for key in secret_keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _secret(key: str, salt: bytes) -> bytes:
    return hmac.digest(key.encode(), PURPOSE + salt, hashlib.sha256)
