"""How much of a clip an encode kept: VMAF against the picture as it went into the encoder.

The finished file is measured, not what the encoder meant to write, and once only, however often a
clip had to be encoded for its bytes: so in a run of its own, beside the decode that proves it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path

from .. import process
from ..core.media import VideoFacts
from ..core.outcome import Vmaf
from ..core.plan import Step, VideoRecipe
from ..errors import ToolFailedError, ToolMissingError
from . import argv, tool, video
from .draft import Draft, temporary

THREADS_MAX = 4
"""Threads of the measurement; each holds frames of its own."""
SLOWER = 4
"""How much longer than an encode a measurement may take."""


def need_vmaf() -> None:
    """Raise ``ToolMissingError`` where this ffmpeg cannot measure."""
    if "libvmaf" not in tool.filters():
        raise ToolMissingError(
            "this ffmpeg has no libvmaf filter, which `--verify vmaf` measures with; unset"
            " SEEDANCE_PREP_FFMPEG to use the bundled one, or leave the option away"
        )


def vmaf(step: Step, draft: Draft) -> Vmaf | None:
    """The score of an encoded clip; ``None`` where no picture was encoded.

    Raises ``ToolFailedError`` when it cannot be measured within its deadline.
    """
    facts, source = step.media.facts, step.media.path
    encoded = isinstance(facts, VideoFacts) and isinstance(step.recipe, VideoRecipe)
    if not encoded or source is None or draft.timing is None:
        return None
    assert isinstance(facts, VideoFacts)
    assert isinstance(step.recipe, VideoRecipe)
    job = argv.Job(
        source=source.absolute(),
        target=draft.path,
        facts=facts,
        recipe=step.recipe,
        timing=draft.timing,
        zscale="zscale" in tool.filters(),
    )
    with temporary(draft.path.parent, "json") as log:
        return _measured(job, log)


def _measured(job: argv.Job, log: Path) -> Vmaf:
    threads = max(1, min(THREADS_MAX, os.cpu_count() or 1))
    allowed = video.bounds(job, slower=SLOWER)
    command = [process.ffmpeg(), *argv.compare(job, log.name, threads)]
    process.run(command, bounds=allowed, cwd=log.parent)
    scores = [float(frame["metrics"]["vmaf"]) for frame in json.loads(log.read_text())["frames"]]
    if len(scores) != (job.timing.frames or len(scores)) or not scores:
        says = f"compared {len(scores)} pictures where {job.timing.frames} were planned"
        raise ToolFailedError(command, says)
    return pooled(scores)


def pooled(scores: Sequence[float]) -> Vmaf:
    """Mean, 1st percentile (nearest rank) and least of the scores of single pictures."""
    ranked = sorted(scores)
    return Vmaf(
        mean=round(math.fsum(ranked) / len(ranked), 2),
        p1=round(ranked[math.ceil(0.01 * len(ranked)) - 1], 2),
        min=round(ranked[0], 2),
    )
