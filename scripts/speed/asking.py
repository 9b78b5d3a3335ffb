"""What is said before anything is sent: names bound, the whole request judged, its price.

Against what people write by hand for the first and the last of these: a loop of replacements and
the formula of the price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from seedance_prep.checks import check
from seedance_prep.core.media import AudioFacts, Facts, ImageFacts, Media, VideoFacts
from seedance_prep.core.naming import bind
from seedance_prep.core.price import cost
from seedance_prep.core.refs import numbered
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Kind, Request
from seedance_prep.limits import load

from .measure import Work, turns
from .video import Settings

REPEATED = 500
FACTS: dict[Kind, Facts] = {
    Kind.IMAGE: ImageFacts(container="jpeg", bytes=900_000, width=1600, height=1200, mode="RGB",
                           bits=8, orientation=1, alpha=False, frames=1),
    Kind.VIDEO: VideoFacts(container="mp4", demuxer="mov", bytes=4_000_000, codec="h264",
                           width=1280, height=720, duration=4.2, bits=8, chroma="4:2:0",
                           fps=Fraction(30), vfr=False, sar=Fraction(1), rotation=0,
                           interlaced=False),
    Kind.AUDIO: AudioFacts(container="mp3", demuxer="mp3", bytes=90_000, codec="mp3", duration=4.2),
}  # fmt: skip
COUNTS = {Kind.IMAGE: 6, Kind.VIDEO: 3, Kind.AUDIO: 3}
MEDIA = numbered(
    Media(asset=Asset(f"refs/{kind}{number}.bin", f"{kind}{number}"), kind=kind, facts=FACTS[kind])
    for kind, count in COUNTS.items()
    for number in range(count)
)
PROMPT = " ".join(
    f"{{{one.asset.name}}} stays as it is while the camera follows slowly along the shore."
    for one in MEDIA
)
ASKED = Request(duration=8, resolution="720p", aspect_ratio="16:9")
LIMITS = load(DEFAULT_ENDPOINT)


def asking(settings: Settings) -> Iterator[dict[str, Any]]:
    """A request of twelve files that were read before."""
    record = {"case": "request", "each_ms_at_most": 1, "files": len(MEDIA), "signs": len(PROMPT)}
    record |= turns(lambda: _often(ours), lambda: _often(by_hand), settings.pairs)
    record["each_ms"] = round(record["ours"]["cpu_seconds"] * 1000 / REPEATED, 3)  # type: ignore[index]
    yield record


def _often(work: Work) -> None:
    for _ in range(REPEATED):
        work()


def ours() -> None:
    said = replace(ASKED, prompt=bind(PROMPT, MEDIA).sent)
    check(said, MEDIA, LIMITS)
    cost(said, MEDIA, LIMITS)


def by_hand() -> float:
    prompt = PROMPT
    for one in MEDIA:
        prompt = prompt.replace(f"{{{one.asset.name}}}", str(one.ref))
    inputs = sum(one.facts.duration or 0 for one in MEDIA if isinstance(one.facts, VideoFacts))
    return 1280 * 720 * 24 * (8 + inputs) / 1024 / 1000 * 0.0112 * 0.6
