"""Pictures and waveforms for a report show the files, and are small whatever they show."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.core.album import Views
from seedance_prep.core.media import Media
from seedance_prep.core.outcome import Report
from seedance_prep.survey.album import (
    CLOSE_BYTES,
    FILM_BYTES,
    SIDE_BYTES,
    THUMB_BYTES,
    TILES,
    album,
)

from ..conftest import Make

COLOURS = "color=red:s=640x360:r=25:d=2[a];color=lime:s=640x360:r=25:d=2[b];[a][b]concat"
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def picture(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data)).convert("RGB")


def of(path: Path) -> Views:
    return album(prep.check(prep.Request(assets=[prep.Clip(path)]))).of(0)


def near(expected: tuple[int, int, int], got: object) -> bool:
    assert isinstance(got, tuple)
    return all(abs(one - other) < 40 for one, other in zip(expected, got, strict=True))


def test_a_film_shows_the_clip_from_start_to_end(ffmpeg_make: Make) -> None:
    """Two seconds of red, two of green: so is the film, in ten frames side by side."""
    strip = picture(of(ffmpeg_make("two.mp4", "-filter_complex", COLOURS, *QUICK)).film)
    width, height = strip.size
    assert 16 / 9 * TILES == pytest.approx(width / height, rel=0.02)
    assert near((254, 0, 0), strip.getpixel((width // 20, height // 2)))
    assert near((0, 255, 0), strip.getpixel((width - width // 20, height // 2)))


def test_the_frame_before_is_of_the_kept_part(ffmpeg_make: Make) -> None:
    """With the last second kept, the frame of the source is of that second."""
    path = ffmpeg_make("two.mp4", "-filter_complex", COLOURS, *QUICK)
    clip = prep.Clip(path, start=3, end=4)
    report = prep.check(prep.Request(videos=[clip]))
    seen = picture(album(report).of(0).before)
    assert near((0, 255, 0), seen.getpixel((seen.width // 2, seen.height // 2)))


def test_a_waveform_rises_with_the_sound(ffmpeg_make: Make) -> None:
    """Silence, then a tone: the first bars are flat and the last is the loudest."""
    path = ffmpeg_make(
        "rise.wav", "-f", "lavfi", "-i", "aevalsrc='if(gt(t,2),0.5*sin(2*PI*997*t),0)':d=4"
    )
    report = prep.check(prep.Request(audio=[path]))
    sound = album(report).of(0).sound
    assert 1.0 == max(sound)
    assert 0.05 > max(sound[: len(sound) // 3])
    assert 0.8 < min(sound[len(sound) * 2 // 3 : -2])


def test_noise_is_kept_small(tmp_path: Path, ffmpeg_make: Make) -> None:
    """What compresses worst stays below the most bytes that each picture may take."""
    still = tmp_path / "noise.png"
    Image.effect_noise((1600, 1200), 120).convert("RGB").save(still, compress_level=1)
    clip = ffmpeg_make(
        "noise.mp4",
        *("-f", "lavfi", "-i", "color=gray:s=1280x720:r=25:d=2,noise=alls=100:allf=t"),
        *QUICK,
    )
    report = prep.check(prep.Request(images=[still], videos=[clip]))
    image, video = album(report).views
    for data, most in (
        (image.thumb, THUMB_BYTES),
        (image.before, SIDE_BYTES),
        (image.close_before, CLOSE_BYTES),
        (video.before, SIDE_BYTES),
        (video.film, FILM_BYTES),
    ):
        assert data is not None
        assert most >= len(data)


def test_what_is_gone_or_damaged_has_no_views(tmp_path: Path) -> None:
    """A source that is not there any more, or no media at all, is left out without a word."""
    gone = tmp_path / "photo.png"
    Image.new("RGB", (640, 480), "teal").save(gone)
    text = tmp_path / "notes.jpg"
    text.write_text("no picture")
    report = prep.check(prep.Request(assets=[gone, text]))
    gone.unlink()
    assert (Views(), Views()) == album(report).views


def test_a_turned_picture_stands_upright(fixtures_dir: Path) -> None:
    """A photo of a phone held upright is higher than it is wide, as viewers show it."""
    report = prep.check(prep.Request(images=[fixtures_dir / "photo_exif6.jpg"]))
    media: Media = report.assets[0]
    seen = picture(album(report).of(0).before)
    facts = media.facts
    assert isinstance(facts, prep.ImageFacts)
    assert facts.width
    assert facts.height
    assert facts.width / facts.height == pytest.approx(seen.width / seen.height, rel=0.02)


def test_only_so_many_files_are_shown(tmp_path: Path) -> None:
    """A thirteenth file has no pictures: a page stays small, and the rest is told in words."""
    paths = []
    for number in range(13):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (320, 320), (number * 9, 90, 90)).save(path)
        paths.append(path)
    report: Report = prep.check(prep.Request(images=paths))
    shown = album(report)
    assert 12 == len(shown.views)
    assert Views() == shown.of(12)
