"""The video that comes back: raster, length, sound, and every reference in its place."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from seedance_prep import process
from seedance_prep.local.rules import RASTERS
from seedance_prep.local.storyboard import Panel, panels, strip

from .conftest import Caller, Media

CHEAP = {"prompt": "x", "resolution": "480p", "duration": "4", "generate_audio": False}
COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255), "lime": (0, 255, 0), "yellow": (255, 255, 0)}


def made(caller: Caller, folder: Path, arguments: dict[str, Any]) -> Path:
    """The downloaded video."""
    answer = caller.result(CHEAP | arguments)
    assert 200 == answer.status_code, answer.text
    target = folder / "out.mp4"
    target.write_bytes(caller.http.get(answer.json()["video"]["url"]).content)
    return target


def ran(*argv: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(argv, check=True, capture_output=True)


def listing(path: Path, *options: str) -> str:
    """The decoded frames of a video, one line each, below a head."""
    argv = [process.ffmpeg(), "-v", "error", "-xerror", "-i", str(path), *options]
    return ran(*argv, "-f", "framecrc", "-").stdout.decode()


def pixel(path: Path, second: float, x: int, y: int) -> tuple[int, ...]:
    """The colour of one place at one time."""
    argv = [process.ffmpeg(), "-v", "error", "-ss", str(second), "-i", str(path)]
    argv += ["-frames:v", "1", "-vf", f"format=rgb24,crop=2:2:{x}:{y}", "-f", "rawvideo", "-"]
    return tuple(ran(*argv).stdout[:3])


def close(expected: tuple[int, ...], got: tuple[int, ...]) -> bool:
    """Whether two colours look the same after an encode."""
    return all(abs(one - other) < 40 for one, other in zip(expected, got, strict=True))


@pytest.mark.parametrize("second", [0.5, 3.5])
def test_every_reference_is_seen_in_its_place(
    standing: Caller, media: Media, tmp_path: Path, second: float
) -> None:
    """Images first, then videos: the middle of each panel has the reference's colour, all along."""
    images = [media.still(colour="blue"), media.still(colour="lime", size="750x300")]
    videos = [media.clip(colour="red"), media.clip(colour="yellow", size="480x864")]
    arguments = {
        "image_urls": [standing.upload(one) for one in images],
        "video_urls": [standing.upload(one) for one in videos],
        "aspect_ratio": "16:9",
    }
    out = made(standing, tmp_path, arguments)
    for place, name in zip(panels(4, (864, 496)), ("blue", "lime", "red", "yellow"), strict=True):
        middle = (place.x + place.width // 2, place.y + place.height // 2)
        assert close(COLOURS[name], pixel(out, second, *middle)), name


def test_the_names_are_written_above(standing: Caller, media: Media, tmp_path: Path) -> None:
    """There is light ink in the strip above a panel and none in the gap beside it."""
    url = standing.upload(media.clip())
    out = made(standing, tmp_path, {"video_urls": [url], "aspect_ratio": "1:1"})
    place = panels(1, (640, 640))[0]
    height = strip((640, 640))
    argv = [process.ffmpeg(), "-v", "error", "-i", str(out), "-frames:v", "1", "-f", "rawvideo"]
    crop = f"format=gray,crop=120:{height}:{place.x}:{place.y - height}"
    assert max(ran(*argv, "-vf", crop, "-").stdout) > 180


def test_a_video_moves(standing: Caller, ffmpeg_make: Any, tmp_path: Path) -> None:
    """A clip that turns from red to blue does so in its panel, and starts over at its end."""
    graph = "color=red:s=640x640:r=25:d=1[a];color=blue:s=640x640:r=25:d=1[b];[a][b]concat=n=2"
    options = ["-c:v", "libx264", "-preset", "ultrafast"]
    clip = ffmpeg_make("turn.mp4", "-filter_complex", graph, *options)
    out = made(standing, tmp_path, {"video_urls": [standing.upload(clip)]})
    seen = [pixel(out, second, 320, 320) for second in (0.5, 1.5, 2.5, 3.5)]
    for name, got in zip(("red", "blue", "red", "blue"), seen, strict=True):
        assert close(COLOURS[name], got), (name, got)


SHAPES = [("480p", ratio) for ratio in RASTERS["480p"]] + [("720p", "21:9"), ("720p", "3:4")]


@pytest.mark.parametrize(("resolution", "ratio"), SHAPES)
def test_the_raster_is_the_models_own(
    standing: Caller, tmp_path: Path, resolution: str, ratio: str
) -> None:
    """Raster, 24 frames for each second, and every frame decodes."""
    out = made(standing, tmp_path, {"resolution": resolution, "aspect_ratio": ratio})
    text = listing(out, "-map", "0:v")
    width, height = RASTERS[resolution][ratio]
    assert f"#dimensions 0: {width}x{height}" in text
    assert 4 * 24 == len(re.findall(r"^0,", text, re.MULTILINE))


AUTO = [
    ({"image_urls": ["300x400"]}, (560, 752)),
    ({"image_urls": ["300x300"], "video_urls": ["854x480"]}, (864, 496)),
    ({"image_urls": ["700x300", "300x300"]}, (992, 432)),
    ({}, (864, 496)),
]


@pytest.mark.parametrize(("sizes", "raster"), AUTO)
def test_auto_takes_the_first_mediums_ratio(
    standing: Caller,
    media: Media,
    tmp_path: Path,
    sizes: dict[str, list[str]],
    raster: tuple[int, int],
) -> None:
    """``aspect_ratio`` auto is the raster nearest to the first video, else to the first image."""
    stills = [media.still(size=one) for one in sizes.get("image_urls", ())]
    clips = [media.clip(size=one) for one in sizes.get("video_urls", ())]
    urls = {
        "image_urls": [standing.upload(one) for one in stills],
        "video_urls": [standing.upload(one) for one in clips],
    }
    out = made(standing, tmp_path, {"aspect_ratio": "auto"} | urls)
    assert f"#dimensions 0: {raster[0]}x{raster[1]}" in listing(out, "-frames:v", "1")


def loudness(path: Path) -> float:
    """The mean volume in dB."""
    argv = [process.ffmpeg(), "-hide_banner", "-i", str(path), "-map", "0:a"]
    done = ran(*argv, "-af", "volumedetect", "-f", "null", "-")
    found = re.search(r"mean_volume: (-?[\d.]+) dB", done.stderr.decode())
    assert found
    return float(found.group(1))


def test_the_sound_is_a_tone_the_references_or_nothing(
    standing: Caller, media: Media, tmp_path: Path
) -> None:
    """A tone without references, their mix with them, no track when none is wanted; full length."""
    tone = made(standing, tmp_path, {"generate_audio": True})
    assert -40 < loudness(tone) < -5
    text = listing(tone, "-map", "0:a", "-c", "copy")
    assert "#codec_id 0: aac" in text
    urls = {
        "image_urls": [standing.upload(media.still())],
        "audio_urls": [
            standing.upload(media.sound("a.mp3")),
            standing.upload(media.sound("b.wav")),
        ],
    }
    assert -40 < loudness(made(standing, tmp_path, urls | {"generate_audio": True})) < -5
    silent = made(standing, tmp_path, urls)
    assert "media_type 1" not in listing(silent)


def test_auto_duration_is_five_seconds(standing: Caller, tmp_path: Path) -> None:
    """``duration`` auto makes 5 s; the index stands before the media."""
    out = made(standing, tmp_path, {"duration": "auto", "generate_audio": True})
    assert 5 * 24 == len(re.findall(r"^0,", listing(out, "-map", "0:v"), re.MULTILINE))
    data = out.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def overlap(one: Panel, other: Panel) -> bool:
    """Whether two panels share a pixel."""
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


@pytest.mark.parametrize("size", [size for row in RASTERS.values() for size in row.values()])
def test_panels_are_apart_and_inside(size: tuple[int, int]) -> None:
    """For any number of references: no overlap, nothing outside, even numbers, room for names."""
    for count in range(1, 13):
        found: Sequence[Panel] = panels(count, size)
        assert count == len(found)
        for one in found:
            assert one.x >= 0
            assert one.y >= strip(size)
            assert one.x + one.width <= size[0]
            assert one.y + one.height <= size[1] - strip(size)
            assert min(one.width, one.height) >= 60
            assert not any(value % 2 for value in (one.x, one.y, one.width, one.height))
        assert not any(overlap(a, b) for a, b in itertools.combinations(found, 2))


@pytest.mark.slow
def test_the_largest_raster_is_made_too(tmp_path: Path, standing: Caller) -> None:
    """The standard endpoint makes 4k."""
    path = "/bytedance/seedance-2.0/reference-to-video"
    job = standing.http.post(path, json=CHEAP | {"resolution": "4k"}).json()
    assert "error" not in standing.ended(job)
    url = standing.http.get(job["response_url"]).json()["video"]["url"]
    (tmp_path / "4k.mp4").write_bytes(standing.http.get(url).content)
    assert "#dimensions 0: 3840x2160" in listing(tmp_path / "4k.mp4", "-frames:v", "1")
