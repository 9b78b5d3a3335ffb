"""Media of exactly known content, and readers of what a fix made of them."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedance_prep import process
from seedance_prep.core.media import AudioFacts, Facts, ImageFacts, Media, Track, VideoFacts
from seedance_prep.core.plan import Action, Recipe, Step
from seedance_prep.core.request import Asset, Kind
from seedance_prep.fixes import decodes, make
from seedance_prep.fixes.promise import difference

Pixels = NDArray[np.uint8]
BITS = 8
"""Blocks across a numbered frame: the number in binary, highest bit first."""
STEREO = Track(index=0, codec="aac", channels=2, sample_rate=48_000)
KINDS = {VideoFacts: Kind.VIDEO, ImageFacts: Kind.IMAGE, AudioFacts: Kind.AUDIO}


def ffmpeg(*args: str | Path) -> bytes:
    """Run the package's ffmpeg and give what it wrote to stdout."""
    argv = [process.ffmpeg(), "-v", "error", "-nostdin", "-y", *map(str, args)]
    return subprocess.run(argv, check=True, capture_output=True).stdout


def video_facts(path: Path, **facts: Any) -> VideoFacts:
    """Facts as probe states them, for a progressive, square, upright MP4 unless told otherwise."""
    known: dict[str, Any] = {
        "container": "mp4",
        "demuxer": "mov",
        "bytes": path.stat().st_size,
        "codec": "h264",
        "rotation": 0,
        "mirrored": False,
        "vfr": False,
        "interlaced": False,
        "alpha": False,
        "full_range": False,
        "fps": Fraction(30),
    }
    known |= facts
    for side in ("width", "height"):
        known.setdefault(f"coded_{side}", known[side])
    known.setdefault("picture_duration", known.get("duration"))
    return VideoFacts(**known)


def step_of(path: Path, facts: Facts, recipe: Recipe, action: Action = Action.ENCODED) -> Step:
    kind = KINDS[type(facts)]
    media = Media(asset=Asset(str(path)), ref="@Any1", kind=kind, facts=facts, path=path)
    return Step(media=media, action=action, recipe=recipe)


def fixed(
    path: Path,
    facts: Facts,
    recipe: Recipe,
    folder: Path,
    *,
    action: Action = Action.ENCODED,
    rate_factor: float = 1.0,
) -> Path:
    """What a fix makes, proven by decoding and committed as ``folder/fixed.*``."""
    draft = make(step_of(path, facts, recipe, action), folder, rate_factor=rate_factor)
    demuxer = {"mp4": "mov", "mp3": "mp3", "wav": "wav"}.get(draft.extension)
    found = decodes(draft.path, demuxer, KINDS[type(facts)])
    assert draft.promise is None or None is difference(draft.promise, found)
    return draft.commit(folder / f"fixed.{draft.extension}", [path])


def raw_video(folder: Path, frames: Pixels, rate: str, *encode: str) -> Path:
    """Encode RGB frames (count, height, width, 3), as good as without loss."""
    _, height, width, _ = frames.shape
    (folder / "frames.rgb").write_bytes(frames.tobytes())
    target = folder / "source.mp4"
    shape = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate]
    lossless = encode or ("-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709")
    ffmpeg(*shape, "-i", folder / "frames.rgb", *lossless, *X264, target)
    return target


X264 = ("-c:v", "libx264", "-qp", "4", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")


def pictures(path: Path, demuxer: str = "mov") -> Pixels:
    """All frames of a file as RGB, read with the BT.709 limited-range matrix that it must have."""
    size = picture_size(path)
    matrix = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int"
    still = (
        "-noautorotate",
        "-f",
        demuxer,
        "-i",
        path,
        "-map",
        "0:V:0",
        "-fps_mode",
        "passthrough",
    )
    data = ffmpeg(*still, "-vf", matrix, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    return np.frombuffer(data, np.uint8).reshape(-1, size[1], size[0], 3)


def picture_size(path: Path) -> tuple[int, int]:
    """Stored width and height, by MediaInfo."""
    track = tracks(path)["Video"]
    return track["width"], track["height"]


def tracks(path: Path) -> dict[str, dict[str, Any]]:
    """What MediaInfo says, by type of track."""
    from pymediainfo import MediaInfo

    return {track.track_type: track.to_data() for track in MediaInfo.parse(path).tracks}


def seconds(path: Path) -> float:
    """Length as MediaInfo reports it: of the container or the longest stream."""
    return max(float(one.get("duration") or 0) for one in tracks(path).values()) / 1000


def samples(path: Path, demuxer: str = "mov") -> NDArray[np.int16]:
    """The first sound track: (samples, channels)."""
    channels = int(tracks(path)["Audio"]["channel_s"])
    data = ffmpeg("-f", demuxer, "-i", path, "-map", "0:a:0", "-f", "s16le", "-")
    return np.frombuffer(data, np.int16).reshape(-1, channels)


def beeps(path: Path) -> list[float]:
    """Seconds at which a tone begins after silence."""
    loud = np.flatnonzero(np.abs(samples(path)[:, 0].astype(int)) > 1500)
    first = np.concatenate([[True], np.diff(loud) > 4800])
    return [float(at / 48_000) for at in loud[first]]


def gray(path: Path, width: int, height: int, *before: str) -> Pixels:
    """All frames, filtered by ``before`` and scaled to a few pixels of brightness each."""
    chain = ",".join((*before, f"scale={width}:{height}"))
    data = ffmpeg("-i", path, "-vf", chain, "-f", "rawvideo", "-pix_fmt", "gray", "-")
    return np.frombuffer(data, np.uint8).reshape(-1, width * height)


def numbered(count: int, width: int = 320, height: int = 180) -> Pixels:
    """Frames that show their number: one white or black block per bit."""
    bits = (np.arange(count)[:, None] >> np.arange(BITS)[::-1]) & 1
    row = np.repeat(bits.astype(np.uint8) * 200 + 28, width // BITS, axis=1)
    return np.broadcast_to(row[:, None, :, None], (count, height, width, 3)).copy()


def numbers(frames: Pixels) -> list[int]:
    """The numbers that frames show, whatever size they were scaled to."""
    _, height, width, _ = frames.shape
    centres = (np.arange(BITS) * 2 + 1) * width // (2 * BITS)
    lit = frames[:, height // 2, centres, 1] > 128
    return [int(value) for value in lit @ (1 << np.arange(BITS)[::-1])]
