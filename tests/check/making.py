"""Media and requests from the tables of the case files: good facts, with a few of them changed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from seedance_prep.core.limits import Limits
from seedance_prep.core.media import (
    AudioFacts,
    Facts,
    Fault,
    Hdr,
    ImageFacts,
    Media,
    Problem,
    Track,
    VideoFacts,
)
from seedance_prep.core.refs import numbered
from seedance_prep.core.request import Asset, Kind, Request
from seedance_prep.limits import load

CASES = Path(__file__).parent / "cases"
FAST = "bytedance/seedance-2.0/fast/reference-to-video"
STANDARD = "bytedance/seedance-2.0/reference-to-video"

GOOD_IMAGE = ImageFacts(
    container="jpeg", bytes=3_000_000, width=1600, height=1200, orientation=1, mode="RGB", bits=8,
    alpha=False, frames=1, gps=False,
)  # fmt: skip
GOOD_VIDEO = VideoFacts(
    container="mp4", demuxer="mov", bytes=4_000_000, codec="h264", width=1280, height=720,
    coded_width=1280, coded_height=720, sar=Fraction(1), rotation=0, mirrored=False,
    fps=Fraction(30), vfr=False, duration=5.0, pixel_format="yuv420p", bits=8, chroma="4:2:0",
    interlaced=False, audio=Track(index=0, codec="aac"), audio_tracks=1,
)  # fmt: skip
GOOD_AUDIO = AudioFacts(
    container="mp3", demuxer="mp3", bytes=200_000, codec="mp3", duration=5.0, sample_rate=48_000,
    channels=2,
)  # fmt: skip

GOOD: Mapping[str, Facts] = {"image": GOOD_IMAGE, "video": GOOD_VIDEO, "audio": GOOD_AUDIO}
_READ: Mapping[str, Any] = {
    "fps": Fraction,
    "sar": Fraction,
    "hdr": Hdr,
    "audio": lambda table: Track(index=0, **table) if table else None,
}


def documents() -> list[dict[str, Any]]:
    """Every case file, by the order of the codes, with its ``code``."""
    return [
        {"code": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))}
        for path in sorted(CASES.glob("*.toml"))
    ]


def media_of(case: Mapping[str, Any]) -> tuple[Media, ...]:
    """The numbered media of one case: images, videos, sounds, then files of no kind."""
    made = [
        one
        for kind in ("image", "video", "audio", "file")
        for table in case.get(kind, [])
        for one in [_media(kind, table)] * table.get("times", 1)
    ]
    return numbered(made)


def _media(kind: str, table: Mapping[str, Any]) -> Media:
    asset = Asset(**{"source": _source(kind, table)} | table.get("asset", {}))
    return Media(
        asset=asset,
        kind=None if kind == "file" else Kind(kind),
        facts=facts_of(kind, table),
        problem=_problem(table),
        path=Path("/private/copy") if table.get("fetched") else None,
        sha256=table.get("sha256"),
    )


def _source(kind: str, table: Mapping[str, Any]) -> str:
    """A name, or a data URI of so many characters."""
    inline = table.get("inline")
    return "data:image/png;base64,".ljust(inline, "A") if inline else f"a.{kind}"


def _problem(table: Mapping[str, Any]) -> Problem | None:
    fault = table.get("problem")
    return Problem(fault=Fault(fault), says=f"is {fault}") if fault else None


NOT_FACTS = {"asset", "fetched", "inline", "problem", "sha256", "times", "unknown"}


def facts_of(kind: str, table: Mapping[str, Any]) -> Facts | None:
    """Good facts with the table's values; those named in ``unknown`` are ``None``."""
    if kind == "file" or "problem" in table:
        return None
    known = {key: value for key, value in table.items() if key not in NOT_FACTS}
    values = {key: _READ.get(key, _same)(value) for key, value in known.items()}
    changed: Facts = replace(GOOD[kind], **values | dict.fromkeys(table.get("unknown", [])))
    return changed


def _same(value: Any) -> Any:
    return value


def request_of(case: Mapping[str, Any]) -> Request:
    """The request of one case; its media are given apart."""
    if "repeat" in case:
        text, times = case["repeat"]
        return Request(prompt=text * times)
    return Request(**case.get("request", {}))


def limits_of(case: Mapping[str, Any]) -> Limits:
    """The limits that the case is judged by."""
    endpoint = case.get("endpoint") or (STANDARD if case.get("standard") else FAST)
    return load(endpoint, tolerant=case.get("tolerant", False))
