"""Flash and beep: sound and picture within 10 ms of each other, and no frame lost or repeated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import Size, VideoRecipe, Window
from seedance_prep.core.request import Asset
from seedance_prep.probe import probe

from .clips import BITS, Pixels, beeps, ffmpeg, fixed, numbered, numbers, pictures

SMALL = Size(320, 180)
SYNC = 0.010
FILM, NTSC, FIELD = (Fraction(base * 1000, 1001) for base in (24, 30, 60))
AVC = ("-c:v", "libx264", "-qp", "8", "-preset", "veryfast", "-g", "60", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "192k")


@dataclass(frozen=True)
class Clip:
    """A source of numbered frames with a flash and a beep at each of a few instants."""

    rate: Fraction | int
    seconds: float = 5.0
    sound: int = 48_000
    """Samples per second."""

    @property
    def flashes(self) -> list[int]:
        """Frames at which a flash of a tenth of a second begins."""
        return [round(at * self.rate) for at in (0.5, self.seconds / 2, self.seconds - 1)]

    def made(self, folder: Path, name: str, *encode: str) -> Path:
        """Encoded as ``name``; picture and sound start together."""
        frames = numbered(round(self.seconds * self.rate), 320, 180)
        frames[:, :60] = 0
        length = round(self.rate / 10)
        count = round(self.seconds * self.sound)
        heard = np.zeros(count)
        for first in self.flashes:
            frames[first : first + length, :40] = 255
            begin, end = (round(at / self.rate * self.sound) for at in (first, first + length))
            heard[begin:end] = np.sin(np.arange(end - begin) * 2 * np.pi * 1000 / self.sound)
        (folder / "frames.rgb").write_bytes(frames.tobytes())
        (folder / "heard.pcm").write_bytes((heard * 20_000).astype("<i2").tobytes())
        picture = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "320x180", "-r", str(self.rate))
        sound = ("-f", "s16le", "-ar", str(self.sound), "-ac", "1")
        source = folder / name
        ffmpeg(*picture, "-i", folder / "frames.rgb", *sound, "-i", folder / "heard.pcm",
               *encode, source)  # fmt: skip
        return source


def probed(path: Path) -> VideoFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    return facts


def made(source: Path, folder: Path, fps: Fraction | int, window: Window | None = None) -> Path:
    plan = VideoRecipe(window=window, size=SMALL, fps=Fraction(fps))
    return fixed(source, probed(source), plan, folder)


def flashes(shown: Pixels, fps: Fraction | int) -> list[float]:
    """Seconds at which the upper edge turns white."""
    lit = shown[:, 20, 160, 1] > 128
    return [float(int(at) / fps) for at in np.flatnonzero(lit[1:] & ~lit[:-1]) + 1]


def apart(out: Path, fps: Fraction | int) -> list[float]:
    """Seconds from each beep to its flash."""
    seen, heard = flashes(pictures(out), fps), beeps(out)
    assert len(seen) == len(heard)
    return [one - other for one, other in zip(seen, heard, strict=True)]


def in_order(shown: list[int]) -> bool:
    """Whether each number follows the one before, up to how far a frame can count."""
    return all((after - before) % (1 << BITS) == 1 for before, after in pairwise(shown))


CASES = [
    (Clip(30), "a.ts", (*AVC, *AAC), 30),
    (Clip(FILM), "a.mp4", (*AVC, *AAC), 24),
    (Clip(60, 11.0), "a.mkv", (*AVC, *AAC), FIELD),
]
MORE = [
    (Clip(FILM, 14.5), "a.mkv", (*AVC, *AAC), 24),
    (Clip(NTSC, 14.5, 44_100), "a.mov", (*AVC, *AAC), NTSC),
    (Clip(25, 5, 22_050), "a.mp4", (*AVC, *AAC), 25),
    (Clip(50), "a.webm", ("-c:v", "libvpx", "-b:v", "4M", "-deadline", "realtime"), 50),
    (Clip(30), "a.flv", (*AVC, *AAC), 30),
    (Clip(30), "a.mp4", (*AVC, *AAC, "-movflags", "+frag_keyframe+empty_moov"), 30),
    (Clip(NTSC), "a.m2ts", (*AVC, "-c:a", "ac3"), NTSC),
    (Clip(25), "a.mpg", ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2"), 25),
    (Clip(12), "a.mp4", (*AVC, *AAC), 24),
    (Clip(30), "a.mkv", ("-c:v", "mpeg4", "-q:v", "2", "-c:a", "libmp3lame"), 30),
]


@pytest.mark.parametrize(("clip", "name", "encode", "fps"), CASES)
def test_sound_and_picture_stay_together(
    tmp_path: Path, clip: Clip, name: str, encode: tuple[str, ...], fps: Fraction | int
) -> None:
    """Sound that comes first by its padding, film on 24, and 60 on 59.94: within 10 ms."""
    out = made(clip.made(tmp_path, name, *encode), tmp_path, fps)
    assert 3 == len(apart(out, fps))
    assert max(map(abs, apart(out, fps))) <= SYNC


@pytest.mark.slow
@pytest.mark.parametrize(("clip", "name", "encode", "fps"), MORE)
def test_sound_and_picture_stay_together_anywhere(
    tmp_path: Path, clip: Clip, name: str, encode: tuple[str, ...], fps: Fraction | int
) -> None:
    """The same in other containers, at other rates and with sound that is resampled."""
    out = made(clip.made(tmp_path, name, *encode), tmp_path, fps)
    assert 3 == len(apart(out, fps))
    assert max(map(abs, apart(out, fps))) <= SYNC


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "fps"), [(120, FIELD), (100, 50), (240, FIELD)])
def test_sound_and_picture_stay_together_when_frames_are_left_out(
    tmp_path: Path, rate: int, fps: Fraction | int
) -> None:
    """120, 100 and 240 frames a second: also flashes that begin in a frame that is left out."""
    out = made(Clip(rate, 14.5).made(tmp_path, "a.mp4", *AVC, *AAC), tmp_path, fps)
    assert max(map(abs, apart(out, fps))) <= SYNC


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("a.ts", (*AVC, *AAC)),
        ("a.avi", ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le")),
    ],
)
def test_a_window_in_a_stream_that_is_entered_anywhere(
    tmp_path: Path, name: str, encode: tuple[str, ...]
) -> None:
    """No keyframe is missed, no frame is lost to a clock of one tick a frame, sound is with it."""
    source = Clip(30).made(tmp_path, name, *encode)
    for start in (2.0, 3.3333):
        out = made(source, tmp_path, 30, Window(start, start + 1.6))
        shown = numbers(pictures(out))
        assert in_order(shown)
        assert start == pytest.approx(shown[0] / 30, abs=0.04)
        assert max(map(abs, apart(out, 30)), default=0) <= SYNC


@pytest.mark.parametrize("name", ["a.ts", "a.flv"])
def test_padding_before_the_picture_costs_no_frame(tmp_path: Path, name: str) -> None:
    """Every frame once, from the first to the last, though the sound's padding comes first."""
    source = Clip(30, 3).made(tmp_path, name, *AVC, *AAC)
    assert list(range(90)) == numbers(pictures(made(source, tmp_path, 30)))


def test_one_frame_in_a_thousand_is_left_out_once(tmp_path: Path) -> None:
    """60 -> 59.94 over times in milliseconds leaves out one frame in 11 s, and repeats none."""
    source = Clip(60, 11).made(tmp_path, "a.mkv", *AVC, *AAC)
    shown = numbers(pictures(made(source, tmp_path, FIELD)))
    steps = [(after - before) % (1 << BITS) for before, after in pairwise(shown)]
    assert [2] == [step for step in steps if step != 1]
    assert 659 == len(shown)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_window_in_a_clip_with_gaps(tmp_path: Path, name: str) -> None:
    """Between two frames of a phone that leaves some out: the others come once, sound with them."""
    gaps = ("-vf", "select=mod(n-4\\,7)", "-fps_mode", "vfr")
    source = Clip(NTSC, 6).made(tmp_path, name, *gaps, *AVC, *AAC)
    facts = probed(source)
    assert (True, NTSC) == (facts.vfr, facts.cadence)
    out = made(source, tmp_path, NTSC, Window(1.017, 5.8))
    shown = numbers(pictures(out))
    kept = [number for number in range(30, 30 + len(shown)) if (number - 4) % 7]
    assert kept == sorted(set(shown))
    assert 2 == len(apart(out, NTSC))
    assert max(map(abs, apart(out, NTSC))) <= SYNC
