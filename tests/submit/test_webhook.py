"""Whether a delivery comes from the service."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seedance_prep import webhook
from seedance_prep.errors import AnswerError, WebhookError
from seedance_prep.submit.webhook import verify_with, webhook_keys
from seedance_prep.wire import Wire

from ..wire.rogue import Rogue, says

NOW = 1_795_000_000
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.urlsafe_b64encode(SECRET.public_key().public_bytes_raw()).decode().rstrip("=")
OTHER = base64.urlsafe_b64encode(bytes(32)).decode()
BODY = json.dumps(
    {"request_id": "abc", "status": "OK", "payload": {"seed": 1}, "error": None}
).encode()
Headers = dict[str, str]


def signed(body: bytes = BODY, stamp: int = NOW, request_id: str = "abc") -> Headers:
    """Headers as fal sends them."""
    parts = [request_id, "user", str(stamp), hashlib.sha256(body).hexdigest()]
    return {
        "X-Fal-Webhook-Request-Id": request_id,
        "X-Fal-Webhook-User-Id": "user",
        "X-Fal-Webhook-Timestamp": str(stamp),
        "X-Fal-Webhook-Signature": SECRET.sign("\n".join(parts).encode()).hex(),
    }


def test_a_genuine_delivery_is_read() -> None:
    """Any of the keys may have signed it; what they say is handed out."""
    delivery = verify_with([OTHER, PUBLIC], signed(), BODY, now=NOW + 299)
    assert ("abc", True, {"seed": 1}, None) == (
        delivery.request_id,
        delivery.ok,
        delivery.payload,
        delivery.error,
    )


def test_a_failed_job_is_a_genuine_delivery_too() -> None:
    """Status ERROR with the reason."""
    body = (
        b'{"request_id":"abc","status":"ERROR","error":"Invalid status code: 422","payload":null}'
    )
    delivery = verify_with([PUBLIC], signed(body), body, now=NOW)
    assert (False, "Invalid status code: 422") == (delivery.ok, delivery.error)


def changed(**values: str) -> Callable[[Headers], Headers]:
    """Other headers."""
    return lambda headers: headers | {f"X-Fal-Webhook-{n.title()}": v for n, v in values.items()}


def without(name: str) -> Callable[[Headers], Headers]:
    """One header fewer."""
    return lambda headers: {n: v for n, v in headers.items() if not n.endswith(name)}


@pytest.mark.parametrize(
    "change",
    [
        changed(signature="00" * 64),
        changed(signature="not hex"),
        changed(timestamp="soon"),
        changed(timestamp=str(NOW + 1)),
        without("Signature"),
        without("Timestamp"),
        without("User-Id"),
        lambda headers: headers | {"X-Fal-Webhook-Request-Id": "xyz"},
    ],
)
def test_a_forged_delivery_is_refused(change: Callable[[Headers], Headers]) -> None:
    """Every part is signed."""
    with pytest.raises(WebhookError):
        verify_with([PUBLIC], change(signed()), BODY, now=NOW)


def test_an_altered_body_is_refused() -> None:
    """One byte is enough."""
    with pytest.raises(WebhookError, match="fits none"):
        verify_with([PUBLIC], signed(), BODY + b" ", now=NOW)


@pytest.mark.parametrize("now", [NOW + 301, NOW - 301])
def test_an_old_delivery_is_refused(now: int) -> None:
    """A replay after five minutes, or a clock that is far off."""
    with pytest.raises(WebhookError, match="300 s"):
        verify_with([PUBLIC], signed(), BODY, now=now)


@pytest.mark.parametrize("keys", [[], [OTHER], ["!"], ["AAAA"]])
def test_without_the_right_key_nothing_is_trusted(keys: list[str]) -> None:
    """Keys that are none are no match."""
    with pytest.raises(WebhookError, match="fits none"):
        verify_with(keys, signed(), BODY, now=NOW)


def test_a_body_about_another_request_is_refused() -> None:
    """Signed, but the two ids differ."""
    body = BODY.replace(b"abc", b"xyz")
    with pytest.raises(WebhookError, match="another request"):
        verify_with([PUBLIC], signed(body), body, now=NOW)


def test_header_names_may_have_any_case() -> None:
    """As servers hand them out."""
    lower = {name.lower(): value for name, value in signed().items()}
    assert verify_with([PUBLIC], lower, BODY, now=NOW).ok


def test_the_keys_are_fetched_without_ours(rogue: Rogue, wire: Wire) -> None:
    """The JWKS is public."""
    rogue.on(
        "GET", "/.well-known/jwks.json", says(200, {"keys": [{"kty": "OKP", "x": PUBLIC}, {}]})
    )
    assert (PUBLIC,) == webhook_keys(wire)
    assert rogue.seen[0].authorization is None


def delivered(
    rogue: Rogue, request_id: str = "abc", stamp: float = 0, **more: Any
) -> webhook.Delivery:
    """What ``prep.webhook.verify`` makes of a delivery of this moment."""
    body = BODY.replace(b"abc", request_id.encode())
    headers = signed(body, int(stamp or time.time()), request_id)
    return webhook.verify(headers, body, service=rogue.base, **more)


JWKS = "/.well-known/jwks.json"


def test_the_keys_are_asked_for_once(rogue: Rogue) -> None:
    """They serve every delivery of a day; a forged one is no reason to ask again and again."""
    rogue.on("GET", JWKS, says(200, {"keys": [{"x": PUBLIC}]}))
    assert "abc" == delivered(rogue).request_id
    for number in range(3):
        with pytest.raises(WebhookError):
            webhook.verify(signed(), BODY, service=rogue.base)
        assert delivered(rogue, f"job {number}").ok
    assert 1 == rogue.count("GET", JWKS)


def test_keys_are_asked_for_again_when_they_are_old(rogue: Rogue) -> None:
    """A service may change its keys within the day."""
    sets = [says(200, {"keys": [{"x": key}]}) for key in (OTHER, PUBLIC)]
    rogue.on("GET", JWKS, *sets)
    keys = webhook.Keys(rogue.service)
    assert [(OTHER,), (OTHER,), (PUBLIC,)] == [keys.younger_than(s) for s in (60.0, 60.0, 0.0)]


def test_keys_that_cannot_be_had_are_the_service_s_fault(rogue: Rogue) -> None:
    """Not a forged delivery: try again when it is repeated."""
    rogue.on("GET", JWKS, says(403))
    with pytest.raises(AnswerError, match="403 instead of its webhook keys"):
        delivered(rogue)


@pytest.fixture
def genuine(rogue: Rogue) -> Rogue:
    """A service that hands out its key."""
    return rogue.on("GET", JWKS, says(200, {"keys": [{"x": PUBLIC}]}))


def test_a_replay_is_refused_and_a_repetition_is_not(genuine: Rogue) -> None:
    """Recorded bytes sent again are not taken; what the service signs anew is."""
    now = time.time()
    first = delivered(genuine, stamp=now)
    for _ in range(2):
        with pytest.raises(WebhookError, match="a replay"):
            delivered(genuine, stamp=now)
    again = delivered(genuine, stamp=now + 1)
    assert first.request_id == again.request_id
    assert first.timestamp + 1 == again.timestamp
    assert delivered(genuine, "another", stamp=now).ok


def test_a_forged_delivery_does_not_use_up_the_genuine_one(genuine: Rogue) -> None:
    """Nothing is remembered before the signature was looked at."""
    now = int(time.time())
    with pytest.raises(WebhookError, match="fits none"):
        webhook.verify(signed(stamp=now) | {"X-Fal-Webhook-Signature": "00"}, BODY,
                       service=genuine.base)  # fmt: skip
    assert delivered(genuine, stamp=now).ok


def test_several_processes_can_share_one_memory(genuine: Rogue) -> None:
    """What one has taken, another refuses; it is asked to remember for twice the tolerance."""
    told: dict[str, float] = {}

    class Shared:
        def first_time(self, delivery: str, seconds: float) -> bool:
            new = delivery not in told
            told[delivery] = seconds
            return new

    now = time.time()
    delivered(genuine, stamp=now, seen=Shared())
    with pytest.raises(WebhookError, match="a replay"):
        delivered(genuine, stamp=now, seen=Shared())
    assert [600.0] == list(told.values())


def test_a_memory_forgets_what_is_too_old_to_pass() -> None:
    """It does not grow for ever."""
    seen = webhook.SeenHere()
    assert [True, True, True] == [seen.first_time(name, 0.0) for name in ("a", "a", "b")]
    assert [True, False] == [seen.first_time("c", 60.0) for _ in range(2)]
    assert ["c"] == list(seen._until)


def test_many_replays_at_once_are_taken_once() -> None:
    """Threads of one server."""
    seen, together = webhook.SeenHere(), threading.Barrier(8)

    def take(_: int) -> bool:
        together.wait(10)
        return seen.first_time("one", 60.0)

    with ThreadPoolExecutor(8) as pool:
        assert 1 == sum(pool.map(take, range(8)))
