"""Telling a caller's webhook that a job has ended, signed as fal signs.

Signing is Ed25519 in plain Python (``ed25519.py``), so that deliveries are always signed and no
package is needed for it. Unlike fal, which refuses them, this service delivers to loopback
addresses only: it must not be a way to reach other machines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .ed25519 import public_key, sign
from .inputs import is_loopback
from .jobs import Job

TRIES = 4
PAUSE = 0.1
"""Seconds before the second try, doubled for each further one; fal waits far longer."""
USER_ID = "local-user"


class Herald:
    """Signs and delivers; one key for each run of the service."""

    def __init__(self) -> None:
        """Make a key."""
        self._secret = secrets.token_bytes(32)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Give up pauses and tries that are left."""
        self._stopped.set()

    def jwks(self) -> dict[str, Any]:
        """The public key as a key set (RFC 8037)."""
        x = base64.urlsafe_b64encode(public_key(self._secret)).decode().rstrip("=")
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": x}]}

    def tell(self, job: Job, *, forged: bool = False) -> bool:
        """Deliver until the receiver answers 2xx; false when it never does.

        ``forged`` signs with a key that the key set does not hold.
        """
        url = job.order.webhook
        if url is None or not _is_near(url):
            return False
        body = json.dumps(message(job)).encode()
        for number in range(TRIES):
            secret = secrets.token_bytes(32) if forged else self._secret
            if self._post(url, job.request_id, body, secret):
                return True
            if self._stopped.wait(PAUSE * 2**number):
                break
        return False

    def headers(
        self, request_id: str, body: bytes, seconds: int, secret: bytes | None = None
    ) -> dict[str, str]:
        """The four headers of a delivery at this Unix time."""
        digest = hashlib.sha256(body).hexdigest()
        signed = "\n".join([request_id, USER_ID, str(seconds), digest]).encode()
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": USER_ID,
            "X-Fal-Webhook-Timestamp": str(seconds),
            "X-Fal-Webhook-Signature": sign(secret or self._secret, signed).hex(),
        }

    def _post(self, url: str, request_id: str, body: bytes, secret: bytes) -> bool:
        import httpx

        headers = {"Content-Type": "application/json"}
        headers |= self.headers(request_id, body, int(time.time()), secret)
        try:
            with httpx.Client(trust_env=False, timeout=15) as client:
                return client.post(url, content=body, headers=headers).is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False


def _is_near(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname)
    except ValueError:
        return False


def message(job: Job) -> Mapping[str, Any]:
    """The body of a delivery."""
    assert job.ending is not None
    status = job.ending.answer.status
    failed = status != 200
    return {
        "request_id": job.request_id,
        "gateway_request_id": job.request_id,
        "status": "ERROR" if failed else "OK",
        "payload": json.loads(job.ending.answer.content),
        "error": f"Invalid status code: {status}" if failed else None,
    }
