"""How the service can be told to misbehave, and how often."""

from __future__ import annotations

import difflib
import random
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..errors import UsageError
from .answers import Answer, Detail, nginx, plain, platform, refused

ALWAYS = 1_000_000_000
"""A fault that never wears off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How many times each misbehaviour happens, from the first occasion on; 0 is never.

    The first word names the request that it befalls (``job``: what becomes of an accepted job).
    Numbers are HTTP statuses; ``…_nginx`` is the page of a proxy, without ``x-fal-request-id``.
    Only the usual ones have a field; ``MoreFaults`` knows the others.
    """

    submit_dropped_after: int = 0
    """The job is accepted, the answer never sent."""
    submit_dropped_before: int = 0
    """The connection ends; no job."""
    submit_cut: int = 0
    """The job is accepted, half of the answer is sent."""
    submit_late: int = 0
    """The job is accepted, the answer comes ``late_seconds`` later."""
    submit_401: int = 0
    submit_403: int = 0
    """The balance is exhausted."""
    submit_409: int = 0
    submit_422: int = 0
    """Refused at once, in the shape of a validation error."""
    submit_422_text: int = 0
    """Refused at once, in the shape of a platform error."""
    submit_429: int = 0
    """With ``Retry-After``."""
    submit_429_bare: int = 0
    """Without it."""
    submit_500: int = 0
    submit_502: int = 0
    submit_503: int = 0
    submit_504: int = 0
    submit_504_deadline: int = 0
    """The caller's own start deadline has passed."""
    submit_502_nginx: int = 0
    submit_504_nginx: int = 0
    status_dropped: int = 0
    status_cut: int = 0
    status_401: int = 0
    status_429: int = 0
    status_429_bare: int = 0
    status_500: int = 0
    status_502_nginx: int = 0
    stream_500: int = 0
    stream_broken: int = 0
    """The event stream ends after its first event."""
    stream_repeated: int = 0
    """Every event comes twice."""
    result_dropped: int = 0
    result_cut: int = 0
    result_500: int = 0
    result_502_nginx: int = 0
    result_expired: int = 0
    """404, as after the retention time."""
    cancel_dropped: int = 0
    listing_500: int = 0
    listing_hides_running: int = 0
    """Jobs that have not ended are left out of the listing."""
    token_401: int = 0
    token_500: int = 0
    token_502_nginx: int = 0
    initiate_500: int = 0
    initiate_502_nginx: int = 0
    upload_cut: int = 0
    """The connection ends when half of the bytes have come."""
    upload_dropped_after: int = 0
    """The file is stored, the answer never sent."""
    upload_429: int = 0
    upload_500: int = 0
    upload_502_nginx: int = 0
    media_expired: int = 0
    """404 for a stored file."""
    media_cut: int = 0
    """Half of the promised bytes."""
    media_500: int = 0
    media_502_nginx: int = 0
    parts_forgotten: int = 0
    """404 for a part, as after the time that unfinished uploads are kept."""
    slow: int = 0
    """The body of an answer is spread over ``slow_seconds``."""
    job_never_ends: int = 0
    job_fails: int = 0
    """Ends as COMPLETED with ``runner_server_error``."""
    job_download_error: int = 0
    """An input cannot be downloaded."""
    job_policy: int = 0
    """The inputs are refused for a likeness."""
    job_output_policy: int = 0
    """The finished video is refused."""
    job_422_text: int = 0
    """Ends as COMPLETED with a platform-shaped 422."""
    webhook_lost: int = 0
    """A delivery is not sent."""
    webhook_forged: int = 0
    """A delivery is signed with another key."""
    chance: float = 1.0
    """How likely each of these occasions is taken, by a generator of random numbers …"""
    seed: int = 0
    """… that begins with this."""
    late_seconds: float = 3.0
    slow_seconds: float = 1.0
    retry_after: int = 1
    """Seconds that a 429 asks for."""

    def counts(self) -> dict[str, int]:
        """How many occasions of each fault."""
        return {name: getattr(self, name) for name in COUNTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreFaults(Faults):
    """Every kind of ``KINDS`` at every place of ``PLACES``: ``others={"cancel_late": 1}``."""

    others: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """With the others."""
        return {name: getattr(self, name) for name in COUNTED} | dict(self.others)


MISSING = Detail(loc=("prompt",), msg="Field required", type="missing", input={})

HTTP_FAULTS: dict[str, Answer] = {
    "401": plain(401, "invalid key credentials"),
    "403": plain(
        403,
        "User is locked. Reason: Exhausted balance."
        " Top up your balance at fal.ai/dashboard/billing.",
    ),
    "409": plain(409, "Conflict"),
    "422": refused([MISSING]),
    "422_text": platform(422, "The request cannot be processed", "bad_request"),
    "429": platform(
        429,
        "Too many requests",
        "concurrent_requests_limit",
        {"Retry-After": "1", "X-Fal-Needs-Retry": "1"},
    ),
    "429_bare": platform(429, "Too many requests", "concurrent_requests_limit"),
    "500": platform(500, "Internal server error", "internal_error"),
    "502": platform(502, "Runner response was incomplete", "runner_incomplete_response"),
    "503": platform(503, "No runner could be scheduled", "runner_scheduling_failure"),
    "504": platform(504, "Request timed out", "request_timeout"),
    "504_deadline": platform(
        504, "Request timed out", "request_timeout", {"X-Fal-Request-Timeout-Type": "user"}
    ),
    "502_nginx": nginx(502, "Bad Gateway"),
    "504_nginx": nginx(504, "Gateway Time-out"),
}
"""Faults that are nothing but an answer; the key is the field's name without its first word."""


PLACES = (
    "token", "initiate", "begin", "upload", "complete", "media",
    "submit", "status", "stream", "result", "cancel", "listing", "keys",
)  # fmt: skip
"""Requests that a fault may befall; ``begin`` and ``complete`` are of uploads in parts."""
KINDS = (*HTTP_FAULTS, "dropped", "dropped_after", "late", "cut")
"""What may befall each of them: an answer, no answer at all (before or after the work was done),
one ``late_seconds`` later, half of one. Half of an upload is half of its request.
"""

SETTINGS = ("late_seconds", "slow_seconds", "retry_after", "chance", "seed")
"""Fields that are no faults."""
COUNTED = tuple(one.name for one in fields(Faults) if one.name not in SETTINGS)
NAMES = (*COUNTED, *(f"{place}_{kind}" for place in PLACES for kind in KINDS))
"""Every fault; some are named twice."""


class Mischief:
    """Counts down what :class:`Faults` allows; safe from several threads."""

    def __init__(self, faults: Faults) -> None:
        """Start with all occasions left."""
        self._lock = threading.Lock()
        self.begin(faults)

    def begin(self, faults: Faults) -> None:
        """Forget what was, and start with all occasions of these left."""
        with self._lock:
            self.faults = faults
            self._left = Counter(faults.counts())
            self._asked: Counter[str] = Counter()
            self._random = random.Random(faults.seed)  # noqa: S311 - to be repeated, not secret

    def ask(self, faults: Faults) -> None:
        """These happen at their next occasion, whatever the chance."""
        with self._lock:
            self._asked.update(faults.counts())

    def take(self, name: str) -> bool:
        """Whether this fault happens now; uses one occasion up when it does."""
        with self._lock:
            if self._asked[name] > 0:
                self._asked[name] -= 1
                return True
            if self._left[name] <= 0 or self._random.random() >= self.faults.chance:
                return False
            self._left[name] -= 1
            return True

    def http(self, place: str) -> Answer | None:
        """The plain HTTP fault that happens at this place now, if any."""
        found = next((one for s, one in HTTP_FAULTS.items() if self.take(f"{place}_{s}")), None)
        if found and "Retry-After" in found.headers:
            seconds = {"Retry-After": str(self.faults.retry_after)}
            return replace(found, headers={**found.headers, **seconds})
        return found


def parse_faults(texts: Iterable[str]) -> Faults:
    """Faults from ``NAME`` (always) or ``NAME=N`` (the first N times); dashes or underscores.

    Raises ``UsageError`` for an unknown name or a number that is none.
    """
    given = dict(_fault(text) for text in texts)
    others = {name: given.pop(name) for name in list(given) if name not in FIELDS}
    return MoreFaults(**given, others=others) if others else Faults(**given)


FIELDS = frozenset((*COUNTED, *SETTINGS))


def _fault(text: str) -> tuple[str, Any]:
    name, mark, number = text.partition("=")
    key = name.strip().replace("-", "_")
    if key not in FIELDS and key not in NAMES:
        raise UsageError(f"unknown fault {name!r}; {_known(key)}")
    setting = key in SETTINGS
    read = float if setting and key not in ("seed", "retry_after") else int
    try:
        value = read(number) if mark else ALWAYS
    except ValueError:
        raise UsageError(f"fault {text!r}: {number!r} is not a number") from None
    if value < 0 or (not mark and setting):
        raise UsageError(f"fault {text!r} needs a number that is not negative")
    return key, value


def _known(name: str) -> str:
    """The faults, and the one that was meant, perhaps."""
    alone = sorted(FIELDS - {f"{place}_{kind}" for place in PLACES for kind in KINDS})
    close = difflib.get_close_matches(name, {*FIELDS, *NAMES}, 1)
    meant = [f"did you mean {close[0]}?"] if close else []
    places, kinds = ", ".join(PLACES), ", ".join(KINDS)
    told = f"a fault is a place ({places}) and a kind ({kinds}), or one of {', '.join(alone)}"
    return " ".join([*meant, told]).replace("_", "-")
