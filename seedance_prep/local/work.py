"""What a job does: judge the request, then make the video, or say why not.

A failed job ends as COMPLETED like any other and its error is replayed by the result: that is
how fal reports what the model refuses, and so schema errors of the body come the same way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import PrepError
from . import rules
from .answers import Detail, answer, platform, refused
from .faults import Mischief
from .inputs import download_error, gather
from .jobs import Ending, Job, Queue, broken
from .judge import Judged, judge_input, judge_sums
from .measure import Clip, Picture
from .schema import judge_arguments
from .store import Store, Stored
from .storyboard import Shot, render

POLICY = "The request was refused because it may show a real person or break the content policy."


class Studio:
    """Does jobs, with the files of one store."""

    def __init__(self, store: Store, mischief: Mischief, base: str) -> None:
        """``base`` is the service's own address: results and own inputs are under it."""
        self._store, self._mischief, self._base = store, mischief, base
        self._port = int(base.rsplit(":", 1)[-1])

    def work(self, job: Job, queue: Queue) -> Ending | None:
        """The job's ending; ``None`` when it was told never to end."""
        queue.log(job, "Checking the inputs")
        if self._mischief.take("job_never_ends"):
            return None
        planned = self._planned_failure(job.order.arguments)
        if planned:
            return planned
        try:
            return self._make(job, queue)
        except (PrepError, OSError) as error:
            return broken(type(error).__name__)

    def _planned_failure(self, arguments: Mapping[str, Any]) -> Ending | None:
        if self._mischief.take("job_fails"):
            return _failed(500, "The runner ended with an error", "runner_server_error")
        if self._mischief.take("job_422_text"):
            return _failed(422, "The request cannot be processed", "bad_request")
        field = "video_urls" if arguments.get("video_urls") else "image_urls"
        if self._mischief.take("job_download_error"):
            return _refused([download_error((field,), None)])
        if self._mischief.take("job_policy"):
            return _refused([_policy(field)])
        if self._mischief.take("job_output_policy"):
            return _refused([_policy("generated_video")])
        return None

    def _make(self, job: Job, queue: Queue) -> Ending:
        details = judge_arguments(job.order.endpoint, job.order.arguments)
        if details:
            return _refused(details)
        with self._store.scratch() as folder:
            inputs, missing = gather(job.order.arguments, self._store, self._port, folder)
            judged = [judge_input(one) for one in inputs]
            details = [*missing, *(detail for one in judged for detail in one.details)]
            details += judge_sums(judged)
            if details:
                return _refused(details)
            queue.log(job, "Making the video")
            shot = plan_shot(job.order.arguments, judged)
            stored = self._keep(render(shot, inputs, folder), job)
        return Ending(answer=_success(job, stored, self._base, shot, judged))

    def _keep(self, path: Path, job: Job) -> Stored:
        lifetime = job.order.output_expires
        slot = self._store.reserve("output.mp4", "video/mp4", lifetime)
        kept = path.rename(self._store.folder / f"{slot.key}.mp4")
        return self._store.adopt(slot, kept)


def plan_shot(arguments: Mapping[str, Any], judged: Sequence[Judged]) -> Shot:
    """Raster, seconds and sound of the output."""
    resolution = arguments.get("resolution", "720p")
    ratio = arguments.get("aspect_ratio", "auto")
    duration = arguments.get("duration", "auto")
    rasters = rules.RASTERS[resolution]
    return Shot(
        size=_nearest(rasters, judged) if ratio == "auto" else rasters[ratio],
        seconds=rules.DEFAULT_SECONDS if duration == "auto" else int(duration),
        sound=_truth(arguments.get("generate_audio", True)),
        fine=arguments.get("bitrate_mode") == "high",
    )


def _truth(value: bool | int | str) -> bool:
    return value.lower() in {"true", "1", "yes", "on"} if isinstance(value, str) else bool(value)


def _nearest(rasters: Mapping[str, tuple[int, int]], judged: Sequence[Judged]) -> tuple[int, int]:
    """The raster nearest to the first medium's ratio, a video before an image."""
    shown: list[Clip | Picture] = []
    for kind in (Clip, Picture):
        shown += (one.measured for one in judged if isinstance(one.measured, kind))
    if not shown:
        return rasters["16:9"]
    wanted = math.log(shown[0].width / shown[0].height)
    return min(rasters.values(), key=lambda size: abs(math.log(size[0] / size[1]) - wanted))


def _success(job: Job, stored: Stored, base: str, shot: Shot, judged: Sequence[Judged]) -> Any:  # noqa: ANN401
    seed = job.order.arguments.get("seed")
    video = {
        "url": base + stored.place,
        "content_type": stored.content_type,
        "file_name": stored.name,
        "file_size": stored.size,
    }
    body = {"video": video, "seed": int(job.request_id[:7], 16) if seed is None else int(seed)}
    return answer(200, body, {"x-fal-billable-units": _units(shot, judged)})


def _units(shot: Shot, judged: Sequence[Judged]) -> str:
    """Thousands of tokens, by the formula of the price pages."""
    clips = [one.measured.seconds for one in judged if isinstance(one.measured, Clip)]
    seconds = sum(clips, Fraction(shot.seconds))
    tokens = shot.size[0] * shot.size[1] * rules.FRAME_RATE * seconds / 1024
    return f"{float(tokens / 1000):.6f}"


def _refused(details: Sequence[Detail]) -> Ending:
    first = details[0]
    return Ending(answer=refused(details), error=first.msg, error_type=first.type)


def _failed(status: int, text: str, word: str) -> Ending:
    return Ending(answer=platform(status, text, word), error=text, error_type=word)


def _policy(field: str) -> Detail:
    """Always the whole array: fal does not say which file it was."""
    reason = {"reason": "partner_validation_failed"}
    return Detail(
        loc=(field,), msg=POLICY, type="content_policy_violation", ctx={"extra_info": reason}
    )
