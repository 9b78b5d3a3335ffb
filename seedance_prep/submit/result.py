"""What a finished job has made."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.foreign import Json
from ..core.service import Service
from ..errors import AnswerError
from ..patience import Retry, Timeouts
from ..telemetry import span
from ..wire import Wire
from .download import Proof, download


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """The finished video, as the service describes it; only ``url`` is sure."""

    url: str
    content_type: str | None = None
    file_name: str | None = None
    file_size: int | None = None
    """Bytes."""
    timeouts: Timeouts = field(default_factory=Timeouts, repr=False)
    retry: Retry = field(default_factory=Retry, repr=False)
    on_saved: Callable[[Path], None] | None = field(default=None, repr=False, compare=False)
    proof: Proof | None = field(default=None, repr=False, compare=False)
    """Held against the file before it gets its name."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Download it to ``path``, which it replaces only when it has arrived whole and can be
        played.

        Works after the client was closed, too; one that was cut goes on where it ended. Raises
        ``ServiceError`` when it does not arrive, ``OutputError`` when it cannot be written.
        """
        # A wire of its own without a key: media are public, and a key has no business there.
        nowhere = Service(name="media", queue=self.url, rest=self.url, api=self.url)
        with (
            Wire(service=nowhere, timeouts=self.timeouts, retry=self.retry) as wire,
            span("download") as noted,
        ):
            saved = download(wire, self.url, Path(path), size=self.file_size, proof=self.proof)
            noted(bytes=saved.stat().st_size)
        if self.on_saved:
            self.on_saved(saved)
        return saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The output of a job."""

    video: Video
    seed: int | None
    request_id: str
    run: str | None = None
    """The run's id in the ledger."""
    output: Mapping[str, Any] = field(repr=False)
    """The service's own output, untouched."""
    path: Path | None = None
    """Where the video was saved, when the call was asked to."""


def result_of(
    output: Mapping[str, Any],
    request_id: str,
    *,
    run: str | None = None,
    wire: Wire | None = None,
    on_saved: Callable[[Path], None] | None = None,
    proof: Proof | None = None,
) -> Result:
    """Read a service's output. Raises ``AnswerError`` when there is no video in it.

    Details that are not as documented are left out: the video was paid for and can be fetched.
    """
    said = Json(output, "result")
    video = said.at("video")
    return Result(
        video=Video(
            url=video.text("url"),
            content_type=_or_none(lambda: video.maybe_text("content_type")),
            file_name=_or_none(lambda: video.maybe_text("file_name")),
            file_size=_or_none(lambda: video.maybe_whole("file_size")),
            timeouts=wire.timeouts if wire else Timeouts(),
            retry=wire.retry if wire else Retry(),
            on_saved=on_saved,
            proof=proof,
        ),
        seed=_or_none(lambda: said.maybe_whole("seed")),
        request_id=request_id,
        run=run,
        output=output,
    )


def _or_none(read: Callable[[], str | None] | Callable[[], int | None]) -> Any:  # noqa: ANN401
    try:
        return read()
    except AnswerError:
        return None
