"""Requests from a few facts, planned with the real judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from seedance_prep.checks import check
from seedance_prep.core.finding import Finding, Level, Trust
from seedance_prep.core.limits import Limits
from seedance_prep.core.media import AudioFacts, ImageFacts, Media, Track, VideoFacts
from seedance_prep.core.plan import Plan
from seedance_prep.core.refs import numbered
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Kind, Request
from seedance_prep.core.survey import Survey
from seedance_prep.limits import load
from seedance_prep.plan import plan

LIMITS = load(DEFAULT_ENDPOINT)
GOOD_VIDEO: dict[str, Any] = {
    "container": "mp4",
    "demuxer": "mov",
    "bytes": 5_000_000,
    "codec": "h264",
    "width": 1280,
    "height": 720,
    "sar": Fraction(1),
    "rotation": 0,
    "mirrored": False,
    "fps": Fraction(30),
    "vfr": False,
    "duration": 5.0,
    "bits": 8,
    "chroma": "4:2:0",
    "audio": Track(index=0, codec="aac", channels=2),
    "audio_tracks": 1,
}
GOOD_IMAGE: dict[str, Any] = {
    "container": "jpeg",
    "bytes": 500_000,
    "width": 1600,
    "height": 1200,
    "mode": "RGB",
    "bits": 8,
}
GOOD_AUDIO: dict[str, Any] = {
    "container": "mp3",
    "demuxer": "mp3",
    "bytes": 100_000,
    "codec": "mp3",
    "duration": 5.0,
}


def video(asset: Asset | None = None, **facts: Any) -> Media:
    """A video that complies, but for the facts given."""
    return Media(
        asset=asset or Asset("clip.mp4"),
        kind=Kind.VIDEO,
        facts=VideoFacts(**GOOD_VIDEO | facts),
    )


def image(asset: Asset | None = None, **facts: Any) -> Media:
    """A still that complies, but for the facts given."""
    return Media(
        asset=asset or Asset("still.jpg"),
        kind=Kind.IMAGE,
        facts=ImageFacts(**GOOD_IMAGE | facts),
    )


def sound(asset: Asset | None = None, **facts: Any) -> Media:
    """A sound that complies, but for the facts given."""
    return Media(
        asset=asset or Asset("voice.mp3"),
        kind=Kind.AUDIO,
        facts=AudioFacts(**GOOD_AUDIO | facts),
    )


def found(
    media: Sequence[Media], limits: Limits = LIMITS, prompt: str | None = None
) -> Sequence[Finding]:
    """What the real check says."""
    return check(Request(prompt=prompt), media, limits)


def planned(
    *media: Media,
    allow: Trust = Trust.LOSSY,
    mend: Level = Level.ERROR,
    limits: Limits = LIMITS,
    prompt: str | None = None,
    surveys: Mapping[int, Survey] | None = None,
    metadata: str | None = None,
) -> Plan:
    """The plan of a request, judged by the real check."""
    files = numbered(media)
    return plan(
        Request(prompt=prompt, metadata=metadata),
        files,
        found(files, limits, prompt),
        limits,
        allow=allow,
        mend=mend,
        judge=lambda predicted: found(predicted, limits, prompt),
        surveys=surveys,
    )


def codes(plan: Plan) -> list[tuple[str, str | None]]:
    """Code and reference of every error that is left."""
    return [(one.code, one.ref) for one in plan.left if one.level is Level.ERROR]
