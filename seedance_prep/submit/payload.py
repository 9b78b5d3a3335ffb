"""The body of the paid request, as the endpoint's schema wants it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from ..core.foreign import compact
from ..core.job import Upload
from ..core.outcome import Report
from ..core.refs import TAGS
from ..core.request import Kind
from ..errors import UsageError

FIELDS = {Kind.IMAGE: "image_urls", Kind.VIDEO: "video_urls", Kind.AUDIO: "audio_urls"}


def payload(report: Report, uploads: Iterable[Upload]) -> dict[str, Any]:
    """Prompt, URLs in the order of their references, and the parameters that were given.

    Raises ``UsageError`` without a prompt, or when something in it is no JSON.
    """
    prompt = report.prompt if report.prompt is not None else report.request.prompt
    if not prompt or not prompt.strip():
        raise UsageError("a prompt is needed; give one with --prompt or --prompt-file")
    sent = list(uploads)
    urls = {field: _urls(sent, TAGS[kind]) for kind, field in FIELDS.items()}
    given = report.request.parameters()
    body = {
        "prompt": prompt,
        **{field: found for field, found in urls.items() if found},
        **{name: _as_sent(name, value) for name, value in given.items()},
    }
    compact(body)
    return body


def fingerprint(report: Report) -> str:
    """The same for the very same request: what is said, asked for, and in the files."""
    files = [
        Upload(
            ref=one.ref, sha256=one.sha256, url=one.sha256, bytes=0, content_type="", file_name=""
        )
        for one in report.outputs
    ]
    said = {"endpoint": report.request.endpoint, "payload": payload(report, files)}
    return hashlib.sha256(compact(said)).hexdigest()


def _urls(uploads: Iterable[Upload], tag: str) -> list[str]:
    numbered = sorted(
        (int(upload.ref.removeprefix(tag)), upload.url)
        for upload in uploads
        if upload.ref.startswith(tag)
    )
    return [url for _, url in numbered]


def _as_sent(name: str, value: object) -> object:
    """Seconds go out as text: the endpoint's ``duration`` is ``"auto"`` or ``"4"`` … ``"15"``."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if name == "duration" and whole else value
