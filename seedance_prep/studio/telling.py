"""The desk as JSON: what the page shows. No path of this machine and no key is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.finding import Finding, Level, Trust
from ..core.limits import Limits
from ..core.media import AudioFacts, Media, VideoFacts
from ..core.outcome import Output, Report
from ..core.plan import Step
from ..core.request import Asset, Fill, Framing, Keep, Kind
from ..limits import names, profile
from ..report.bars import Bar, bars
from ..report.document import (
    choice_document,
    cost_document,
    facts_document,
    finding_document,
    output_document,
    prompt_document,
    window_document,
)
from .desk import Desk, Piece

SUMS = {
    "files": ("files", "count"),
    "images": ("images", "count"),
    "videos": ("videos", "count"),
    "video seconds": ("videos", "seconds"),
    "video bytes": ("videos", "bytes"),
    "sounds": ("audio", "count"),
    "sound seconds": ("audio", "seconds"),
}
"""Where each bar of the report goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The desk's files, judged and planned."""

    desk: Desk
    report: Report
    """``before``: what was found; ``findings``: what a fix would leave."""
    looking: bool = False
    """Whether a closer look at a file may still change the plan."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the files, in the order of the report's assets."""
        return tuple(one.id for one in self.desk.readable)

    def place(self, known: str) -> int | None:
        """Position of a file among the assets."""
        return self.ids.index(known) if known in self.ids else None

    @property
    def limits(self) -> Limits:
        """The numbers that were gone by."""
        assert self.report.profile is not None
        return self.report.profile

    @property
    def steps(self) -> tuple[Step, ...]:
        """What a fix would do, in the order of the assets."""
        assert self.report.plan is not None
        return self.report.plan.steps


def desk_document(judged: Judged) -> dict[str, Any]:
    """All that lies on the desk, judged."""
    report, desk = judged.report, judged.desk
    return {
        "request": _request(desk),
        "options": {"allow": desk.allow.label, "mend": f"{desk.mend.value}s"},
        "service": desk.service,
        "assets": [_asset(one, judged) for one in desk.pieces],
        "findings": [_found(one, judged) for one in _all(judged) if _whole_request(one)],
        "bound": prompt_document(report.binding) if report.binding else None,
        "limits": sums(judged),
        "cost": cost_document(report.cost) if report.cost else None,
        "ok_after_fix": report.ok,
        "looking": judged.looking,
        "endpoints": _endpoints(),
        "choices": _choices(judged.limits),
    }


def weighed_document(judged: Judged) -> dict[str, Any]:
    """What other windows would come to."""
    report = judged.report
    return {
        "limits": sums(judged),
        "cost": cost_document(report.cost) if report.cost else None,
        "ok_after_fix": report.ok,
        "findings": [_found(one, judged) for one in _all(judged) if _whole_request(one)],
        "assets": {known: _judged(at, judged) for at, known in enumerate(judged.ids)},
    }


def sums(judged: Judged) -> dict[str, Any]:
    """What the request would use up of each limit, as planned."""
    found: dict[str, dict[str, Any]] = {}
    for bar in bars(judged.report, judged.limits, every=True):
        kind, what = SUMS[bar.label]
        found.setdefault(kind, {})[what] = _sum(bar)
    return found


def _sum(bar: Bar) -> dict[str, Any]:
    used = round(bar.used, 3)
    return {"used": used, "max": bar.most, "words": bar.words, "over": bar.share > 1}


def _request(desk: Desk) -> dict[str, Any]:
    asked = desk.request
    fields = ("prompt", "endpoint", "resolution", "duration", "aspect_ratio", "generate_audio",
              "seed", "bitrate_mode", "end_user_id")  # fmt: skip
    return {name: getattr(asked, name) for name in fields} | {
        "metadata": asked.metadata and str(asked.metadata)
    }


# Files --------------------------------------------------------------------------------------------


def _asset(piece: Piece, judged: Judged) -> dict[str, Any]:
    asset, at = piece.asset, judged.place(piece.id)
    wishes = {
        "id": piece.id,
        "name": asset.name,
        "source": asset.source,
        "as": asset.kind and asset.kind.value,
        "t": [asset.start, asset.end] if asset.windowed else None,
        "keep": asset.keep and asset.keep.value,
        "weight": asset.weight,
        "frame": asset.frame and asset.frame.value,
        "fill": asset.fill and asset.fill.value,
        "loudness": asset.loudness,
        "state": piece.stage.value,
        "received": piece.received,
        "looks": piece.looks,
        "bytes": piece.bytes,
    }
    return wishes | (_unread(asset) if at is None else _facts(at, judged) | _judged(at, judged))


def _unread(asset: Asset) -> dict[str, Any]:
    nothing = dict.fromkeys(("ref", "facts", "duration", "verdict", "action", "window", "choice"))
    return nothing | {"kind": asset.kind and asset.kind.value, "findings": [], "will": []}


def _facts(at: int, judged: Judged) -> dict[str, Any]:
    media = judged.report.assets[at]
    return {
        "ref": media.ref,
        "kind": media.kind and media.kind.value,
        "facts": facts_document(media.facts) if media.facts else None,
        "duration": _duration(media),
    }


def _duration(media: Media) -> float | None:
    timed = media.facts if isinstance(media.facts, VideoFacts | AudioFacts) else None
    return round(timed.duration, 3) if timed and timed.duration is not None else None


def _judged(at: int, judged: Judged) -> dict[str, Any]:
    media, step = judged.report.assets[at], judged.steps[at]
    length = _duration(media)
    whole = None if length is None else [0.0, length]
    return {
        "verdict": _verdict(media, step, judged.report.findings),
        "findings": [_found(one, judged) for one in _all(judged) if _about(one, media)],
        "will": ["left out of the request"] if step.dropped else list(step.operations),
        "action": "dropped" if step.dropped else step.action.value,
        "window": window_document(step.window) or whole,
        "choice": choice_document(step.choice),
    }


def _verdict(media: Media, step: Step, left: Sequence[Finding]) -> str:
    """``ok``: stays as it is; ``mend``: a fix mends it; ``stuck``: an error would be left."""
    if any(one.level is Level.ERROR and _about(one, media) for one in left):
        return "stuck"
    return "mend" if step.dropped or step.recipe is not None else "ok"


def _about(finding: Finding, media: Media) -> bool:
    if media.ref or finding.ref:
        return finding.ref == media.ref
    return finding.source is not None and finding.source == media.source


def _whole_request(finding: Finding) -> bool:
    return finding.ref is None and finding.source is None


def _all(judged: Judged) -> list[Finding]:
    """What was found, and what the plan adds to it."""
    before = list(judged.report.before or ())
    known = {(one.code, one.ref, one.source) for one in before}
    more = [one for one in judged.report.findings if (one.code, one.ref, one.source) not in known]
    return [*before, *more]


def _found(finding: Finding, judged: Judged) -> dict[str, Any]:
    """A finding, and whether it would be left after a fix."""
    left = any(
        (one.code, one.ref, one.source) == (finding.code, finding.ref, finding.source)
        for one in judged.report.findings
    )
    return finding_document(finding) | {"left": left}


def output(one: Output, known: str | None) -> dict[str, Any]:
    """A finished file, by its name alone."""
    document = output_document(one)
    return document | {"path": one.path.name, "id": known, "kind": one.kind.value,
                       "bytes": one.facts.bytes}  # fmt: skip


# What may be chosen -------------------------------------------------------------------------------


def _endpoints() -> list[str]:
    return [one.endpoint for name in names() if (one := profile(name)).service == "fal"]


def _choices(limits: Limits) -> Mapping[str, list[str]]:
    given = limits.parameter
    return {
        "resolution": list(given.resolution.value),
        "duration": list(given.duration.value),
        "aspect_ratio": list(given.aspect_ratio.value),
        "bitrate_mode": list(given.bitrate_mode.value),
        "allow": [one.label for one in Trust],
        "mend": ["errors", "warnings"],
        "keep": [one.value for one in Keep],
        "frame": [one.value for one in Framing],
        "fill": [one.value for one in Fill],
        "as": [one.value for one in Kind],
    }
