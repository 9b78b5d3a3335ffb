"""Shorthand for probing what a test has made."""

from __future__ import annotations

from pathlib import Path

from seedance_prep.core.media import AudioFacts, Fault, ImageFacts, Media, VideoFacts
from seedance_prep.core.request import Asset, Kind
from seedance_prep.probe import probe

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=192x108:rate=30:duration=2")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=48000")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def media(path: Path, kind: Kind | None = None) -> Media:
    return probe(Asset("asset", kind=kind), path)


def video(path: Path, kind: Kind | None = None) -> VideoFacts:
    found = media(path, kind)
    assert isinstance(found.facts, VideoFacts), found.problem
    assert Kind.VIDEO == found.kind
    return found.facts


def image(path: Path) -> ImageFacts:
    found = media(path)
    assert isinstance(found.facts, ImageFacts), found.problem
    assert Kind.IMAGE == found.kind
    return found.facts


def audio(path: Path, kind: Kind | None = None) -> AudioFacts:
    found = media(path, kind)
    assert isinstance(found.facts, AudioFacts), found.problem
    assert Kind.AUDIO == found.kind
    return found.facts


def fault(path: Path, kind: Kind | None = None) -> Fault:
    found = media(path, kind)
    assert found.facts is None
    assert found.problem is not None
    return found.problem.fault
