"""Webhooks: signed as fal signs, delivered until taken, to this machine only."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.local import Faults
from seedance_prep.local.ed25519 import public_key, sign

from .conftest import Serve

Delivery = tuple[dict[str, str], bytes]


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_signatures_are_those_of_another_implementation(secret: bytes, message: bytes) -> None:
    """Public key and signature are byte for byte those of the cryptography package."""
    other = Ed25519PrivateKey.from_private_bytes(secret)
    raw = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert raw == public_key(secret)
    assert other.sign(message) == sign(secret, message)


class Receiver:
    """A webhook on loopback that refuses the first deliveries."""

    def __init__(self, refusals: int) -> None:
        self.got: Queue[Delivery] = Queue()
        left = [503] * refusals
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(left.pop() if left else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                got.put(({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?id=a%20b"


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """A receiver that refuses as many deliveries as its parameter says."""
    receiver = Receiver(getattr(request, "param", 0))
    thread = Thread(target=receiver.server.serve_forever, args=(0.02,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def verify(caller: Any, delivery: Delivery) -> dict[str, Any]:
    """The body, once its signature holds against the published keys."""
    headers, body = delivery
    names = ("request-id", "user-id", "timestamp")
    parts = [headers[f"x-fal-webhook-{name}"] for name in names]
    message = "\n".join([*parts, hashlib.sha256(body).hexdigest()]).encode()
    x = caller.http.get("/.well-known/jwks.json").json()["keys"][0]["x"]
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=="))
    key.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), message)
    read: dict[str, Any] = json.loads(body)
    assert parts[0] == read["request_id"]
    return read


def test_a_failed_job_is_told_with_its_details(serve: Serve, receiver: Receiver) -> None:
    """The delivery of a refused job is signed, ERROR, and carries the detail list."""
    caller = serve()
    caller.job({"prompt": "x", "duration": "3"}, params={"fal_webhook": receiver.url})
    read = verify(caller, receiver.got.get(timeout=10))
    assert ("ERROR", "Invalid status code: 422") == (read["status"], read["error"])
    assert "literal_error" == read["payload"]["detail"][0]["type"]


@pytest.mark.parametrize("receiver", [2], indirect=True)
def test_a_delivery_is_repeated_until_it_is_taken(serve: Serve, receiver: Receiver) -> None:
    """Two refusals, then a third delivery of the same output."""
    caller = serve()
    arguments = {"prompt": "x", "duration": "4", "resolution": "480p"}
    caller.job(arguments, params={"fal_webhook": receiver.url})
    bodies = [verify(caller, receiver.got.get(timeout=10)) for _ in range(3)]
    assert bodies[0] == bodies[1] == bodies[2]
    assert ("OK", None) == (bodies[0]["status"], bodies[0]["error"])
    assert bodies[0]["payload"]["video"]["url"].startswith(caller.service.base)


def test_a_delivery_can_be_lost(serve: Serve, receiver: Receiver) -> None:
    """With the fault only the second job is told."""
    caller = serve(Faults(webhook_lost=1))
    for seconds in ("3", "2"):
        job = caller.job({"prompt": "x", "duration": seconds}, params={"fal_webhook": receiver.url})
        caller.ended(job)
    told = verify(caller, receiver.got.get(timeout=10))
    assert job["request_id"] == told["request_id"]


def test_a_webhook_elsewhere_is_never_called(serve: Serve) -> None:
    """A target that is not this machine is left alone, and the job ends all the same."""
    caller = serve()
    url = "https://example.invalid/hook"
    job = caller.job({"prompt": "x", "duration": "3"}, params={"fal_webhook": url})
    assert "COMPLETED" == caller.ended(job)["status"]


def test_a_delivery_can_be_forged(serve: Serve, receiver: Receiver) -> None:
    """Signed with a key that the key set does not hold."""
    caller = serve(Faults(webhook_forged=1))
    caller.job({"prompt": "x", "duration": "3"}, params={"fal_webhook": receiver.url})
    with pytest.raises(InvalidSignature):
        verify(caller, receiver.got.get(timeout=10))
