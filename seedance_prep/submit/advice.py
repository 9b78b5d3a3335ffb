"""What an error of the service means, whether it was charged, and what to do about it.

Words and shapes are those of fal's documents on errors and of field reports on this endpoint; the
service's English is never read, except where a wrapped error of the maker names ``content[N]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Self

from ..core.job import Upload
from ..core.refs import TAGS
from ..core.refusal import account, detail_text
from ..core.request import Kind
from ..core.run import Sent
from ..errors import JobFailedError, RefusedError
from ..patience import retry_after

AGAIN = "run it again later"
PICK = "use another file for it"
FIX = "run `seedance-prep check` on it, and fix"
REPHRASE = "change the prompt"

WORDS: Mapping[str, tuple[str, str]] = {
    # platform, `error_type`
    "request_timeout": ("the job did not start or end in time", AGAIN),
    "startup_timeout": ("the model did not start in time", AGAIN),
    "runner_scheduling_failure": ("the service found no machine for the job", AGAIN),
    "runner_connection_timeout": ("the service lost the machine that ran the job", AGAIN),
    "runner_disconnected": ("the service lost the machine that ran the job", AGAIN),
    "runner_connection_refused": ("the service lost the machine that ran the job", AGAIN),
    "runner_connection_error": ("the service lost the machine that ran the job", AGAIN),
    "runner_incomplete_response": ("the service lost part of the model's answer", AGAIN),
    "runner_server_error": ("the model crashed", AGAIN),
    "internal_error": ("the service failed", AGAIN),
    "client_cancelled": ("the job was cancelled", "run it again if you still want it"),
    "client_disconnected": ("the service took the connection for closed", AGAIN),
    "bad_request": ("the service could not read the request", "compare it with `check --json`"),
    # model, `detail[].type`
    "internal_server_error": ("the model failed", AGAIN),
    "generation_timeout": ("the model took too long", AGAIN),
    "downstream_service_error": ("the maker's service refused or failed", f"{AGAIN}, or {FIX}"),
    "downstream_service_unavailable": ("the maker's service is out of reach", AGAIN),
    "content_policy_violation": (
        "the content policy refused it",
        "see the README on people and policy; use other media or words",
    ),
    "no_media_generated": ("the model made nothing of this prompt", REPHRASE),
    "image_too_small": ("a picture is too small", FIX),
    "image_too_large": ("a picture is too large", FIX),
    "image_load_error": ("a picture could not be opened", FIX),
    "file_download_error": (
        "the service could not download a file; its link may have expired",
        "send it again, so that the file is uploaded anew",
    ),
    "face_detection_error": ("no face was found where one is needed", PICK),
    "file_too_large": ("a file is too large", FIX),
    "audio_duration_too_long": ("a sound is too long", FIX),
    "audio_duration_too_short": ("a sound is too short", FIX),
    "video_duration_too_long": ("a video is too long", FIX),
    "video_duration_too_short": ("a video is too short", FIX),
    "unsupported_audio_format": ("a sound has a format that is not taken", FIX),
    "unsupported_image_format": ("a picture has a format that is not taken", FIX),
    "unsupported_video_format": ("a video has a format that is not taken", FIX),
    "feature_not_supported": ("this endpoint cannot do what was asked", "drop that parameter"),
    "missing": ("a field is missing", "give it"),
    "sequence_too_long": ("there are too many values", "leave some out"),
    "sequence_too_short": ("there are too few values", "add some"),
    "one_of": ("a value is not one that is taken", "choose another one"),
    "enum": ("a value is not one that is taken", "choose another one"),
    "literal_error": ("a value is not one that is taken", "choose another one"),
    "greater_than": ("a number is too small", "choose a larger one"),
    "greater_than_equal": ("a number is too small", "choose a larger one"),
    "less_than": ("a number is too large", "choose a smaller one"),
    "less_than_equal": ("a number is too large", "choose a smaller one"),
    "multiple_of": ("a number is not a multiple of what is asked for", "choose another one"),
    "invalid_archive": ("an archive could not be opened", PICK),
    "archive_file_count_below_minimum": ("an archive holds too few files", PICK),
    "archive_file_count_exceeds_maximum": ("an archive holds too many files", PICK),
    # platform, told by the HTTP status alone or a header
    "not_found": ("the service does not know it", "check the endpoint and the id"),
    "conflict": ("the request collides with another one at the service", AGAIN),
    "too_large": ("the request is too large", "shorten the prompt, and leave files out"),
    "too_many_requests": ("the service takes no more requests now", AGAIN),
    "concurrent_requests_limit": ("the account has as many requests as it may", AGAIN),
    "start_timeout": (
        "the job had not started within --start-timeout",
        "give it more seconds, or run it again later",
    ),
}

BY_STATUS = {
    404: "not_found",
    409: "conflict",
    413: "too_large",
    429: "too_many_requests",
    499: "client_disconnected",
    502: "runner_incomplete_response",
    503: "runner_scheduling_failure",
    504: "request_timeout",
}
"""Words for answers that bring none (the table of `error_type` in fal's documents, read back)."""

HINTS = ("x-fal-retryable", "x-fal-needs-retry")
"""Headers that say whether to try again: ``true`` or ``false``, in newer copies ``1`` or ``0``."""

REASONS = {
    "partner_validation_failed": "the maker takes somebody in it for a real person",
}
"""``ctx.extra_info.reason`` of a policy refusal."""

PLACES = {
    "image_urls": "the pictures",
    "video_urls": "the videos",
    "audio_urls": "the sounds",
    "prompt": "the prompt",
    "generated_video": "the finished video",
}
_FIELDS = {"image_urls": Kind.IMAGE, "video_urls": Kind.VIDEO, "audio_urls": Kind.AUDIO}
_CONTENT = re.compile(r"content\[(\d{1,3})\]")
_BOUNDS = (
    "max_duration", "min_duration", "provided_duration", "max_size", "min_width", "min_height",
    "max_width", "max_height", "min_length", "max_length", "gt", "ge", "lt", "le", "expected",
    "supported_formats", "multiple_of", "min_files", "max_files", "file_count",
)  # fmt: skip
_FEW = 3
"""Errors of one answer that are told; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What was sent, so that an error can be laid at a file's door."""

    refs: Sequence[str] = ()
    """In request order: pictures, videos, sounds."""
    by_url: Mapping[str, str] = field(default_factory=dict)
    """References by their URLs."""

    @classmethod
    def of(cls, files: Iterable[Upload | Sent]) -> Self:
        """What is known of uploads, or of the files of a run."""
        files = list(files)
        urls = {one.url: one.ref for one in files if one.url}
        return cls(refs=[one.ref for one in files], by_url=urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One error of the service, in plain words."""

    kind: str | None
    """The service's own word."""
    meaning: str
    remedy: str
    charged: bool | None
    """``None``: nobody outside knows."""
    ref: str | None = None
    """The one asset that it is about, when the answer tells."""
    where: str | None = None
    """The part of the request that it is about."""
    said: str = ""
    """The service's own words, on one line."""
    retryable: bool | None = None
    """Whether the service says that the same request may go well later."""
    others: tuple[Advice, ...] = ()
    """What else the same answer finds fault with."""

    @property
    def sentence(self) -> str:
        """One sentence: where, what, what to do, what it cost, and what the service said."""
        bill = {True: "it was charged", False: "nothing was charged", None: "it may be charged"}
        words = f'; the service says "{self.said}"' if self.said else ""
        others = "".join(f"; also {one.fault}" for one in self.others[: _FEW - 1])
        more = len(self.others) - _FEW + 1
        return (
            f"{self.fault}{others}{f'; and {more} more' if more > 0 else ''};"
            f" {self.remedy} ({bill[self.charged]}){words}"
        )

    @property
    def fault(self) -> str:
        """Where and what."""
        where = f"{self.ref or self.where}: " if self.ref or self.where else ""
        return f"{where}{self.meaning}"


def advise(
    status: int,
    body: object,
    headers: Mapping[str, str] | None = None,
    sources: Sources | None = None,
) -> Advice:
    """Read an error answer in either of fal's shapes; ``headers`` have lower-case names."""
    headers, sources = headers or {}, sources or Sources()
    detail = body.get("detail") if isinstance(body, dict) else None
    charged = _charged(status, headers)
    if known := account(status, body):
        return Advice(
            kind=known.kind,
            meaning=known.meaning,
            remedy=known.remedy,
            charged=False,
            said=detail_text(body),
        )
    retryable = _retryable(headers)
    items = [one for one in _list(detail) if isinstance(one, dict)]
    if items:
        first, *others = (_of_model(one, charged, sources) for one in items)
        return _hinted(replace(first, others=tuple(others)), retryable)
    return _hinted(_of_platform(status, body, headers, charged), retryable)


def refusal(
    status: int,
    body: object,
    headers: Mapping[str, str] | None = None,
    sources: Sources | None = None,
) -> RefusedError:
    """The service said no to the request."""
    advice = advise(status, body, headers, sources)
    return RefusedError(
        f"the service refused the request ({status}): {advice.sentence}",
        http_status=status,
        kind=advice.kind,
        charged=advice.charged,
        retryable=advice.retryable,
        retry_after=retry_after(headers or {}),
    )


def failure(
    status: int | None,
    body: object,
    headers: Mapping[str, str] | None = None,
    sources: Sources | None = None,
) -> JobFailedError:
    """The job ended without a result; ``status`` is that of the result, where it was had."""
    advice = advise(status or 0, body, headers, sources)
    return JobFailedError(
        f"the job failed: {advice.sentence}",
        http_status=status,
        kind=advice.kind,
        charged=advice.charged,
        retryable=advice.retryable,
    )


def _of_model(item: Mapping[str, Any], charged: bool | None, sources: Sources) -> Advice:
    kind = item.get("type") if isinstance(item.get("type"), str) else None
    context = item["ctx"] if isinstance(item.get("ctx"), dict) else {}
    loc = [part for part in _list(item.get("loc")) if isinstance(part, str | int)]
    said = detail_text({"detail": [item]})
    meaning, remedy = WORDS.get(kind or "", (f"the service calls it {kind}", FIX))
    field_name = next((str(part) for part in loc if part != "body"), None)
    # One that came with a 4xx was billed (a field report), though most are not.
    unsure = kind == "downstream_service_error" and not charged
    return Advice(
        kind=kind,
        meaning=meaning + _details(context),
        remedy=_remedy(kind, field_name, remedy),
        charged=None if unsure else charged,
        ref=_ref(item, context, loc, sources),
        where=PLACES.get(field_name or "", field_name),
        said=said,
    )


def _of_platform(
    status: int, body: object, headers: Mapping[str, str], charged: bool | None
) -> Advice:
    word = body.get("error_type") if isinstance(body, dict) else None
    kind = word if isinstance(word, str) else headers.get("x-fal-error-type")
    if headers.get("x-fal-request-timeout-type") == "user":
        kind = "start_timeout"
    kind = kind or BY_STATUS.get(status)
    said = detail_text(body)
    silent = f"the service answered {status}" + ("" if said else " and said nothing")
    meaning, remedy = WORDS.get(kind or "", (silent, AGAIN if status >= 500 else FIX))
    return Advice(kind=kind, meaning=meaning, remedy=remedy, charged=charged, said=said)


def _charged(status: int, headers: Mapping[str, str]) -> bool | None:
    """A 5xx is never billed; a 422 perhaps, unless the header gives the units.

    Nor is what was refused before it ran: the other 4xx, but for those that say nothing of that.
    """
    units = headers.get("x-fal-billable-units", "")
    if re.fullmatch(r"\d+(\.\d+)?", units):
        return float(units) > 0
    return False if status >= 400 and status not in {408, 422, 499} else None


def _retryable(headers: Mapping[str, str]) -> bool | None:
    """The service's hint under its two names; a yes of either counts."""
    hints = [headers.get(name, "").strip().lower() for name in HINTS]
    if any(hint in {"1", "true"} for hint in hints):
        return True
    return False if any(hint in {"0", "false"} for hint in hints) else None


def _hinted(advice: Advice, retryable: bool | None) -> Advice:
    """The advice with the service's hint, which wins over ours about trying again."""
    remedy = advice.remedy
    if retryable and AGAIN not in remedy:
        remedy = f"{AGAIN} (the service says that may help), or {remedy}"
    elif retryable is False and remedy == AGAIN:
        remedy = "the service says that trying again does not help: change the request"
    return replace(advice, remedy=remedy, retryable=retryable)


def _details(context: Mapping[str, Any]) -> str:
    """The numbers and reasons that came along, as ``(max_duration 15, …)``."""
    extra = context.get("extra_info")
    reason = extra.get("reason") if isinstance(extra, dict) else None
    notes = [f"{name} {_bounded(context[name])}" for name in _BOUNDS if name in context]
    if isinstance(reason, str):
        notes.insert(0, REASONS.get(reason, reason[:80]))
    return f" ({', '.join(notes)})" if notes else ""


def _bounded(value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shown[:120]


def _remedy(kind: str | None, field_name: str | None, remedy: str) -> str:
    if kind != "content_policy_violation":
        return remedy
    if field_name == "prompt":
        return REPHRASE
    return f"{REPHRASE} or the media" if field_name == "generated_video" else remedy


def _ref(
    item: Mapping[str, Any], context: Mapping[str, Any], loc: Sequence[str | int], sources: Sources
) -> str | None:
    """The asset, from its URL, its index in an array, or the maker's ``content[N]``."""
    for text in _texts((item.get("input"), context)):
        if text in sources.by_url:
            return sources.by_url[text]
    for name, index in pairwise(loc):
        if name in _FIELDS and isinstance(index, int) and index >= 0:
            return f"{TAGS[_FIELDS[str(name)]]}{index + 1}"
    # content[0] is the prompt, content[N] the N-th file over all kinds in request order.
    if match := _CONTENT.search(str(item.get("msg", ""))):
        number = int(match.group(1))
        return sources.refs[number - 1] if 0 < number <= len(sources.refs) else None
    only = [ref for ref in sources.refs for name in loc if _belongs(ref, name)]
    return only[0] if len(only) == 1 else None


def _belongs(ref: str, name: str | int) -> bool:
    kind = _FIELDS.get(str(name))
    return kind is not None and ref.startswith(TAGS[kind])


def _texts(value: object) -> Iterator[str]:
    """Every text in a small foreign value, three levels deep."""
    level = [value]
    for _ in range(4):
        yield from (one for one in level if isinstance(one, str))
        level = [inner for one in level for inner in _inside(one)]


def _inside(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
