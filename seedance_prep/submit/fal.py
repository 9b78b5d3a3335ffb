"""fal's queue over HTTP: submit, status, stream, result, cancel."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.foreign import Json
from ..core.job import USUAL, Handle, Status, Terms
from ..errors import (
    AnswerError,
    JobFailedError,
    LostAnswerError,
    ServiceError,
    UnreachableError,
    UsageError,
)
from ..patience import pause, retry_after, woken
from ..wire import Answer, Wire, transient
from .advice import Sources, failure, refusal
from .queue import COMPLETED, Cancellation

STATES = ("IN_QUEUE", "IN_PROGRESS", COMPLETED)
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
NAMESPACES = {"workflows", "comfy"}
"""First segments of an endpoint that shift owner and alias by one."""
UNCLEAR = {408, 499}
"""Statuses below 500 that a gateway sends when it gave up waiting for somebody."""
EVENT_MAX = 1 << 20
"""Characters of one event of the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between two polls: they grow while nothing changes."""

    first: float = 0.5
    longest: float = 5.0
    silence: float = 45.0
    """After so many seconds without a word of the stream, polling takes over."""
    patience: float = 300.0
    """So long the service may be out of reach before the following ends (the job does not)."""


@dataclass(frozen=True, kw_only=True)
class FalQueue:
    """The queue of one service. Whatever is safe to repeat is repeated; the submit is not."""

    wire: Wire
    pace: Pace = field(default_factory=Pace)

    def submit(
        self,
        endpoint: str,
        payload: Mapping[str, Any],
        *,
        terms: Terms = USUAL,
        sources: Sources | None = None,
    ) -> Handle:
        """Send the paid request, once, on a connection of its own."""
        answer = self.wire.call(
            "POST",
            f"{self.wire.service.queue}/{endpoint}",
            body=dict(payload),
            query={"fal_webhook": terms.webhook} if terms.webhook else None,
            headers=_deadline(terms.start_timeout),
            fresh=True,
        )
        if answer.ok:
            return self._taken(endpoint, answer)
        body = _body(answer)
        if _is_clear(answer, body):
            raise refusal(answer.status, body, answer.headers, sources)
        raise LostAnswerError(f"{answer.host} answered {answer.status} and no more")

    def handle(self, endpoint: str, request_id: str) -> Handle:
        """URLs of a job by fal's form: owner and alias of the endpoint, never its whole path."""
        if not REQUEST_ID.fullmatch(request_id):
            raise UsageError(f"{request_id[:60]!r} is not a request id")
        place = f"{self.wire.service.queue}/{app_of(endpoint)}/requests/{request_id}"
        return Handle(
            request_id=request_id,
            status_url=f"{place}/status",
            response_url=place,
            cancel_url=f"{place}/cancel",
        )

    def status(self, handle: Handle, *, logs: bool = False) -> Status:
        """Where the job stands now."""
        return _status_in(self.wire.safely(lambda: self._asked(handle, logs=logs)))

    def watch(self, handle: Handle, *, deadline: float | None = None) -> Iterator[Status]:
        """The event stream as long as it speaks, then polls."""
        for status in self._stream(handle, deadline):
            yield status
            if status.state == COMPLETED:
                return
        yield from self._poll(handle, deadline)

    def result(
        self, handle: Handle, sources: Sources | None = None, *, went_well: bool = False
    ) -> Mapping[str, Any]:
        """The model's own answer: its status and body are replayed here."""
        answer = self.wire.safely(
            lambda: self.wire.call("GET", handle.response_url),
            again=_not_yet if went_well else _of_gateway,
        )
        body = _body(answer)
        if answer.ok and _has_video(body):
            return Json(body, "result").fields()
        if answer.status in {404, 410}:
            raise JobFailedError(
                f"the job {handle.request_id} has ended, but the service no longer keeps its"
                " result; look for it at fal.ai/dashboard/requests",
                http_status=answer.status,
                kind="result_expired",
            )
        if answer.status in {401, 403}:
            raise refusal(answer.status, body, answer.headers)
        if _of_gateway(answer) or (went_well and _not_yet(answer) and not _of_model(body)):
            raise LostAnswerError(f"{answer.host} answered {answer.status} instead of the result")
        raise failure(answer.status, body, answer.headers, sources)

    def cancel(self, handle: Handle) -> Cancellation:
        """Ask for the end of the job; asking twice does no harm."""
        answer = self.wire.safely(lambda: self.wire.call("PUT", handle.cancel_url))
        body = _body(answer)
        said = body if isinstance(body, dict) else {}
        # Some models' schemas answer {"success": bool} where the queue says a status.
        if said.get("status") == "ALREADY_COMPLETED" or said.get("success") is False:
            return Cancellation.TOO_LATE
        if answer.ok:
            return Cancellation.REQUESTED
        if transient(answer):  # perhaps the job goes on
            raise LostAnswerError(f"{answer.host} answered {answer.status} to the cancellation")
        raise refusal(answer.status, body, answer.headers)

    def _taken(self, endpoint: str, answer: Answer) -> Handle:
        """The handle of an accepted job; a URL that leads elsewhere is replaced by our own."""
        given = answer.json("submit").fields()
        request_id = given.get("request_id")
        if not isinstance(request_id, str) or not REQUEST_ID.fullmatch(request_id):
            raise LostAnswerError(f"{answer.host} answered {answer.status} without a request id")
        built = self.handle(endpoint, request_id)
        base = f"{self.wire.service.queue}/"
        urls = {
            name: url
            for name in ("status_url", "response_url", "cancel_url")
            if isinstance(url := given.get(name), str) and url.startswith(base)
        }
        return replace(built, **urls)

    def _stream(self, handle: Handle, deadline: float | None) -> Iterator[Status]:
        """Statuses of the event stream; it just ends when it cannot be had or breaks."""
        silence = self.pace.silence if deadline is None else min(self.pace.silence, left(deadline))
        url = f"{handle.status_url.rstrip('/')}/stream"
        try:
            with self.wire.open("GET", url, query={"logs": "1"}, read=silence) as incoming:
                spoken = incoming.headers.get("content-type", "")
                if incoming.status != 200 or "text/event-stream" not in spoken:
                    return
                with woken(incoming.hang_up):
                    for data in events_of(_until(incoming.lines(), deadline)):
                        yield status_of(Json(data, "stream"))
        except (UnreachableError, LostAnswerError, AnswerError):
            return

    def _poll(self, handle: Handle, deadline: float | None) -> Iterator[Status]:
        """Look again, more rarely while nothing changes, and once more at the deadline."""
        delay, away, last = self.pace.first, 0.0, None
        while True:
            begun = time.monotonic()
            over = deadline is not None and begun >= deadline
            seen, asked = self._glance(handle)
            if isinstance(seen, Status):
                yield seen
                delay = self.pace.first if seen != last else min(self.pace.longest, delay * 1.5)
                away, last = 0.0, seen
            else:
                # An hour in which this machine slept is no hour in which the service was away.
                away += delay + min(time.monotonic() - begun, self.wire.timeouts.total)
                delay = min(self.pace.longest, delay * 1.5)
            if over or (isinstance(seen, Status) and seen.state == COMPLETED):
                return
            if isinstance(seen, ServiceError) and away >= self.pace.patience:
                raise seen
            wait = max(delay, asked)
            pause(wait if deadline is None else min(wait, left(deadline)))

    def _glance(self, handle: Handle) -> tuple[Status | ServiceError, float]:
        """One look: the status, or what kept it away; and the seconds that the service asks for."""
        pause(0)
        try:
            answer = self._asked(handle, logs=True)
        except (LostAnswerError, UnreachableError) as error:
            return error, 0.0
        try:
            return _status_in(answer), 0.0
        except LostAnswerError as error:
            return error, retry_after(answer.headers)

    def _asked(self, handle: Handle, *, logs: bool) -> Answer:
        return self.wire.call("GET", handle.status_url, query={"logs": "1" if logs else "0"})


def _deadline(seconds: float | None) -> dict[str, str]:
    """Both names of the header: the new one of fal's documents, and the one its clients send."""
    if seconds is None:
        return {}
    asked = f"{seconds:g}"
    return {"x-fal-request-start-timeout": asked, "x-fal-request-timeout": asked}


def left(deadline: float) -> float:
    """Seconds until a moment of the monotonic clock; never quite 0, which would mean no limit."""
    return max(0.001, deadline - time.monotonic())


def app_of(endpoint: str) -> str:
    """``owner/alias``: what the URLs of an endpoint's jobs begin with."""
    parts = endpoint.split("/")
    count = 3 if parts[0] in NAMESPACES else 2
    if len(parts) < count or not all(parts):
        raise UsageError(f"{endpoint!r} is not an endpoint id such as owner/model")
    return "/".join(parts[:count])


def _status_in(answer: Answer) -> Status:
    if transient(answer):
        raise LostAnswerError(f"{answer.host} answered {answer.status} instead of the status")
    if not answer.ok:
        raise refusal(answer.status, _body(answer), answer.headers)
    return status_of(answer.json("status"))


def status_of(said: Json) -> Status:
    """Read a status. Raises ``AnswerError`` for a state that the protocol does not have."""
    state = said.text("status")
    if state not in STATES:
        raise AnswerError(f"{said.path}.status is {state[:40]!r}, not one of {', '.join(STATES)}")
    return Status(
        state=state,
        queue_position=said.maybe_whole("queue_position"),
        logs=tuple(entry.fields() for entry in said.maybe_items("logs")),
        error=said.maybe_text("error"),
        error_type=said.maybe_text("error_type"),
        metrics=said.maybe_fields("metrics"),
    )


def events_of(lines: Iterable[str]) -> Iterator[object]:
    """The JSON of each event of a ``text/event-stream``; comments and other fields are skipped."""
    data: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        if sum(map(len, data)) > EVENT_MAX:
            raise AnswerError("an event of the stream is too long")
        if not line and data:
            try:
                yield json.loads("\n".join(data))
            except ValueError as error:
                raise AnswerError("an event of the stream is not JSON") from error
            data = []


def _until(lines: Iterable[str], deadline: float | None) -> Iterator[str]:
    """Lines of a stream, keep-alives among them, as long as the caller wants to wait."""
    for line in lines:
        pause(0)
        if deadline is not None and time.monotonic() > deadline:
            return
        yield line


def _body(answer: Answer) -> object:
    """The body as JSON; ``None`` when it is none."""
    try:
        return answer.json("body").value
    except AnswerError:
        return None


def _is_clear(answer: Answer, body: object) -> bool:
    """Whether the answer says for sure that the job was not taken.

    A 4xx does. A 5xx does when the service itself wrote it; the page of a gateway between us
    tells nothing about what happened behind it.
    """
    if 400 <= answer.status < 500:
        return answer.status not in UNCLEAR
    return answer.status >= 500 and isinstance(body, dict) and "detail" in body


def _of_gateway(answer: Answer) -> bool:
    """Whether a failed result came from between: the model's own carries a request id."""
    return transient(answer) and "x-fal-request-id" not in answer.headers


def _not_yet(answer: Answer) -> bool:
    """Whether a result that must be there may come with another try.

    400 is what a queue says that does not know yet of an end that its status has told.
    """
    return transient(answer) or (answer.status == 400 and not _of_model(_body(answer)))


def _of_model(body: object) -> bool:
    """Whether an error is the model's own: a list of details, where the platform says a word."""
    return isinstance(body, dict) and isinstance(body.get("detail"), list)


def _has_video(body: object) -> bool:
    video = body.get("video") if isinstance(body, dict) else None
    return isinstance(video, dict) and isinstance(video.get("url"), str)
