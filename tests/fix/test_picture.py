"""The picture after a fix: the right way up, the right shape, without combs, in its frame."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import Action, Box, Size, VideoRecipe, Window
from seedance_prep.core.request import Asset
from seedance_prep.fixes.argv import Job, encode
from seedance_prep.fixes.timing import timing
from seedance_prep.probe import probe

from .clips import (
    STEREO,
    X264,
    Pixels,
    ffmpeg,
    fixed,
    numbered,
    numbers,
    picture_size,
    pictures,
    raw_video,
    samples,
    seconds,
    tracks,
    video_facts,
)

RED, GREEN, BLUE, WHITE = (220, 40, 40), (40, 200, 60), (50, 60, 210), (235, 235, 235)


def corners(width: int = 320, height: int = 180) -> Pixels:
    """Four colours, one in each quarter: red green over blue white."""
    frame = np.zeros((height, width, 3), np.uint8)
    frame[: height // 2, : width // 2] = RED
    frame[: height // 2, width // 2 :] = GREEN
    frame[height // 2 :, : width // 2] = BLUE
    frame[height // 2 :, width // 2 :] = WHITE
    return frame


def quarters(frame: Pixels) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, each named by the nearest of the four."""
    height, width, _ = frame.shape
    spots = [(1, 1), (1, 3), (3, 1), (3, 3)]
    return [_nearest(frame[y * height // 4, x * width // 4]) for y, x in spots]


def _nearest(pixel: Pixels) -> tuple[int, ...]:
    known = (RED, GREEN, BLUE, WHITE)
    return min(known, key=lambda one: int(np.abs(np.array(one) - pixel.astype(int)).sum()))


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of the four colours."""
    return raw_video(tmp_path_factory.mktemp("marked"), np.stack([corners()] * 10), "30")


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_every_orientation_comes_out_upright(
    marked: Path, tmp_path: Path, turn: int, flip: bool
) -> None:
    """All eight display matrices: the output shows what a viewer sees, and needs no matrix."""
    source = tmp_path / "turned.mp4"
    mirror = ("-display_hflip:v",) if flip else ()
    ffmpeg("-display_rotation:v", str(turn), *mirror, "-i", marked, "-c", "copy", source)
    upright = np.rot90(corners(), turn // 90)  # against the clock, as ffmpeg's option turns
    upright = np.fliplr(upright) if flip else upright
    height, width, _ = upright.shape
    # as facts say it: first mirrored, then clockwise
    rotation = turn if flip else -turn % 360
    facts = video_facts(source, width=width, height=height, coded_width=320, coded_height=180,
                        rotation=rotation, mirrored=flip, duration=1 / 3)  # fmt: skip
    out = fixed(source, facts, VideoRecipe(size=Size(width, height), fps=Fraction(30)), tmp_path)
    assert quarters(upright) == quarters(pictures(out)[4])
    assert (0, False) == _orientation(probed(out))
    assert (rotation, flip) == _orientation(probed(source))
    again = fixed(source, probed(source), VideoRecipe(fps=Fraction(30)), tmp_path)
    assert quarters(upright) == quarters(pictures(again)[4])


def probed(path: Path) -> VideoFacts:
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    return facts


def _orientation(facts: VideoFacts) -> tuple[int | None, bool | None]:
    return facts.rotation, facts.mirrored


def test_wide_pixels_become_square(tmp_path: Path) -> None:
    """A circle that was stored with 4:3 pixels is round in the output, which has square pixels."""
    y, x = np.mgrid[0:240, 0:240]
    disc = ((x - 120) ** 2 * (4 / 3) ** 2 + (y - 120) ** 2) < 80**2
    frame = np.repeat((disc * 200).astype(np.uint8)[:, :, None], 3, axis=2)
    plain = raw_video(tmp_path, np.stack([frame] * 5), "30")
    source = tmp_path / "wide.mp4"
    ffmpeg("-i", plain, "-c", "copy", "-bsf:v", "h264_metadata=sample_aspect_ratio=4/3", source)
    facts = video_facts(source, width=320, height=240, coded_width=240, coded_height=240,
                        sar=Fraction(4, 3), duration=1 / 6)  # fmt: skip
    out = fixed(source, facts, VideoRecipe(size=Size(640, 480), fps=Fraction(30)), tmp_path)
    lit = pictures(out)[2][:, :, 1] > 100
    across, down = int(lit.any(axis=0).sum()), int(lit.any(axis=1).sum())
    assert across == pytest.approx(down, abs=3)
    assert 320 == pytest.approx(across, abs=4)
    assert 1.0 == float(tracks(out)["Video"]["pixel_aspect_ratio"])


def test_fields_are_joined_without_combs(tmp_path: Path) -> None:
    """A bar that moves between the two fields has straight edges after the fix.

    Also where no header tells, and only the decoder knows.
    """
    bars = np.zeros((40, 240, 320, 3), np.uint8)
    for number, frame in enumerate(bars):
        frame[:, 20 + 6 * number : 60 + 6 * number] = 235
    source = tmp_path / "interlaced.mp4"
    (tmp_path / "bars.rgb").write_bytes(bars.tobytes())
    ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "320x240", "-r", "50", "-i",
           tmp_path / "bars.rgb", "-vf", "interlace=scan=tff:lowpass=off,setfield=tff",
           "-flags", "+ilme+ildct", *X264, source)  # fmt: skip
    facts = video_facts(source, width=320, height=240, duration=0.8, fps=Fraction(25),
                        interlaced=True, top_field_first=True)  # fmt: skip
    untold = replace(facts, interlaced=None, top_field_first=None)
    combed, joined, found = (
        pictures(fixed(source, one, VideoRecipe(fps=Fraction(25)), tmp_path))[10][:, :, 1]
        for one in (replace(facts, interlaced=False), facts, untold)
    )
    assert _combs(combed) > 1000
    assert _combs(joined) < _combs(combed) / 10
    assert _combs(found) < _combs(combed) / 10


def _combs(frame: Pixels) -> int:
    """Pixels that differ a lot from the line above and the line below, both alike."""
    lines = frame.astype(int)
    above, middle, below = lines[:-2], lines[1:-1], lines[2:]
    return int(((np.abs(middle - above) > 60) & (np.abs(above - below) < 30)).sum())


def test_odd_sides_become_even(tmp_path: Path) -> None:
    """A clip of 321x241 comes out with even sides and whole."""
    source = tmp_path / "odd.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=321x241:r=30:d=0.3", "-c:v", "ffv1", source)
    facts = video_facts(source, width=321, height=241, duration=0.3, demuxer="matroska")
    out = fixed(source, facts, VideoRecipe(fps=Fraction(30)), tmp_path)
    assert (320, 240) == picture_size(out)


def test_a_size_that_changes_on_the_way(tmp_path: Path) -> None:
    """A recording whose size changes keeps every frame in its place and fills the same picture."""
    frames = numbered(90)
    parts = []
    for number, width in enumerate((320, 160, 480)):
        part = tmp_path / f"part{number}.webm"
        made = raw_video(tmp_path, frames[30 * number : 30 * number + 30], "30")
        scale = f"scale={width}:-2:flags=neighbor"
        ffmpeg("-i", made, "-vf", scale, "-c:v", "libvpx", "-b:v", "2M", part)
        parts.append(f"file '{part}'")
    (tmp_path / "parts.txt").write_text("\n".join(parts))
    source = tmp_path / "changing.webm"
    ffmpeg("-f", "concat", "-safe", "0", "-i", tmp_path / "parts.txt", "-c", "copy", source)
    facts = video_facts(source, width=320, height=180, duration=3.0, demuxer="matroska")
    plan = VideoRecipe(size=Size(640, 360), fps=Fraction(30))
    assert list(range(90)) == numbers(pictures(fixed(source, facts, plan, tmp_path)))


def test_crop_and_pad_are_where_the_recipe_says(marked: Path, tmp_path: Path) -> None:
    """The box is cut from the upright picture; the canvas around it is black."""
    facts = video_facts(marked, width=320, height=180, duration=1 / 3)
    box = Box(160, 90, 160, 90)
    plan = VideoRecipe(crop=box, size=Size(320, 180), canvas=Size(320, 320), fps=Fraction(30))
    frame = pictures(fixed(marked, facts, plan, tmp_path))[3].astype(int)
    assert (320, 320) == frame.shape[:2]
    assert WHITE == pytest.approx(tuple(frame[160, 160]), abs=6)
    assert (0, 0, 0) == pytest.approx(tuple(frame[20, 160]), abs=4)
    assert WHITE == pytest.approx(tuple(frame[75, 5]), abs=10)


def test_crop_of_a_turned_clip_with_wide_pixels(tmp_path: Path) -> None:
    """Boxes count in what a viewer sees, whatever is stored."""
    plain = raw_video(tmp_path, np.stack([corners(160, 240)] * 5), "30")
    facts = video_facts(plain, width=240, height=320, coded_width=160, coded_height=240,
                        rotation=90, sar=Fraction(2), duration=1 / 6)  # fmt: skip
    facts = replace(facts, width=240, height=320)
    plan = VideoRecipe(crop=Box(0, 0, 120, 160), size=Size(240, 320), fps=Fraction(30))
    frame = pictures(fixed(plain, facts, plan, tmp_path))[2]
    assert [BLUE] * 4 == quarters(frame)  # turned clockwise, the lower left comes to the upper left


def test_transparent_video_is_shown_on_black(tmp_path: Path) -> None:
    """Where a clip is transparent it is black, whatever colour hides there."""
    source = tmp_path / "alpha.mov"
    red = "color=c=red:s=320x180:r=30:d=0.3,format=rgba"
    fade = "geq=r='r(X,Y)':g=0:b=0:a='if(lt(X,107),0,if(lt(X,214),128,255))'"
    ffmpeg("-f", "lavfi", "-i", f"{red},{fade}", "-c:v", "qtrle", source)
    facts = video_facts(source, width=320, height=180, duration=0.3, alpha=True,
                        pixel_format="argb", codec="qtrle")  # fmt: skip
    frame = pictures(fixed(source, facts, VideoRecipe(fps=Fraction(30)), tmp_path))[3]
    shades = [int(frame[90, column, 0]) for column in (50, 160, 270)]
    assert [0, 128, 255] == pytest.approx(shades, abs=6)


@pytest.mark.parametrize(
    ("name", "demuxer"), [("a.gif", "gif"), ("a.apng", "apng"), ("a.webp", "webp_anim")]
)
def test_animations_become_clips(tmp_path: Path, name: str, demuxer: str) -> None:
    """A GIF, an APNG and an animated WebP keep their pictures and their time."""
    source = tmp_path / name
    made = raw_video(tmp_path, numbered(10), "10")
    if name.endswith("webp"):
        _webp(pictures(made), source)
    else:
        ffmpeg("-i", made, "-plays", "0", source) if name == "a.apng" else ffmpeg(
            "-i", made, source
        )
    facts = video_facts(source, width=320, height=180, duration=1.0, fps=Fraction(10),
                        vfr=None, alpha=None, demuxer=demuxer, codec=None)  # fmt: skip
    out = fixed(source, facts, VideoRecipe(fps=Fraction(30)), tmp_path)
    assert [n // 3 for n in range(30)] == numbers(pictures(out))


def _webp(frames: Pixels, target: Path) -> None:
    from PIL import Image

    first, *others = [Image.fromarray(frame) for frame in frames]
    first.save(target, save_all=True, append_images=others, duration=100, lossless=True)


def test_no_sound_stays_no_sound(marked: Path, tmp_path: Path) -> None:
    """A silent clip gets no sound track."""
    facts = video_facts(marked, width=320, height=180, duration=1 / 3)
    assert "Audio" not in tracks(fixed(marked, facts, VideoRecipe(fps=Fraction(30)), tmp_path))


def test_surround_becomes_stereo_without_clipping(tmp_path: Path) -> None:
    """5.1 comes out in two channels, the centre in both, and is not driven over full scale."""
    source = tmp_path / "surround.mkv"
    tone = "aevalsrc=exprs=0.9*sin(2*PI*440*t)|0|0.9*sin(2*PI*440*t)|0|0|0:c=5.1:s=48000:d=1"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x180:r=30:d=1", "-f", "lavfi", "-i", tone,
           "-c:a", "pcm_s16le", *X264, source)  # fmt: skip
    facts = video_facts(source, width=320, height=180, duration=1.0, demuxer="matroska")
    facts = replace(facts, audio=replace(STEREO, channels=6))
    heard = samples(fixed(source, facts, VideoRecipe(fps=Fraction(30)), tmp_path)).astype(int)
    left, right = np.abs(heard[10_000:40_000]).max(axis=0)
    assert 2 == heard.shape[1]
    assert left < 32_700
    assert right == pytest.approx(left * 0.707 / 1.707, rel=0.1)


def test_nothing_but_picture_and_sound_goes_along(marked: Path, tmp_path: Path) -> None:
    """Places, dates, names, subtitles, chapters and timecodes stay behind."""
    source, words = tmp_path / "told.mov", tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:00,300\nsecret\n")
    ffmpeg("-i", marked, "-i", words, "-map", "0", "-map", "1", "-c:v", "copy", "-c:s", "mov_text",
           "-metadata", "location=+48.85+002.35/", "-metadata", "comment=secret",
           "-timecode", "01:00:00:00", "-metadata:s:v", "handler_name=secret", source)  # fmt: skip
    facts = video_facts(source, width=320, height=180, duration=1 / 3)
    for action in (Action.ENCODED, Action.REMUXED):
        out = fixed(source, facts, VideoRecipe(fps=Fraction(30)), tmp_path, action=action)
        assert {"General", "Video"} == set(tracks(out))
        data = out.read_bytes()
        assert not [word for word in (b"secret", b"48.85", b"tmcd") if word in data]


def test_index_stands_in_front(marked: Path, tmp_path: Path) -> None:
    """The index comes before the media, encoded or copied."""
    facts = video_facts(marked, width=320, height=180, duration=1 / 3)
    for action in (Action.ENCODED, Action.REMUXED):
        data = fixed(marked, facts, VideoRecipe(), tmp_path, action=action).read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs make the same file."""
    source = tmp_path / "source.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1", "-f", "lavfi", "-i", "sine=d=1",
           *X264, "-c:a", "aac", source)  # fmt: skip
    facts = video_facts(source, width=320, height=180, duration=1.0, audio=STEREO)
    plan = VideoRecipe(size=Size(640, 360), fps=Fraction(30), max_bytes=5_000_000)
    first, second = (fixed(source, facts, plan, tmp_path).read_bytes() for _ in range(2))
    assert first == second


def test_bytes_stay_under_the_cap(tmp_path: Path) -> None:
    """Noise, the worst there is to compress, keeps under the cap in one pass; less when asked."""
    source = tmp_path / "noise.mkv"
    noise = "color=gray:s=640x360:r=30:d=2,noise=alls=100:allf=t"
    ffmpeg("-f", "lavfi", "-i", noise, *X264, source)
    facts = video_facts(source, width=640, height=360, duration=2.0, demuxer="matroska")
    plan = VideoRecipe(fps=Fraction(30), max_bytes=900_000)
    size = fixed(source, facts, plan, tmp_path).stat().st_size
    assert 450_000 < size < 900_000
    assert fixed(source, facts, plan, tmp_path, rate_factor=0.5).stat().st_size < 0.7 * size


def test_no_ceiling_over_a_source_that_fits(tmp_path: Path) -> None:
    """A source within the bytes allowed is encoded freely at first, and under a ceiling again."""
    source = tmp_path / "small.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=2", *X264, source)
    facts = video_facts(source, width=640, height=360, duration=2.0)
    plan = VideoRecipe(fps=Fraction(30), max_bytes=10 * facts.bytes + 200_000)
    job = Job(source=source, target=tmp_path / "out.mp4", facts=facts, recipe=plan,
              timing=timing(facts, plan))  # fmt: skip
    assert "-maxrate" not in encode(job)
    assert "-maxrate" in encode(replace(job, rate_factor=0.9))
    assert "-maxrate" in encode(replace(job, recipe=replace(plan, max_bytes=facts.bytes)))


def test_copy_from_a_keyframe(tmp_path: Path) -> None:
    """A cut on a keyframe copies the streams: the same coded pictures, from that frame on."""
    made = raw_video(tmp_path, numbered(100), "25")
    source = tmp_path / "cut.mp4"
    ffmpeg("-i", made, "-f", "lavfi", "-i", "sine=d=4", "-c:v", "copy", "-c:a", "aac", source)
    facts = video_facts(source, width=320, height=180, duration=4.0, fps=Fraction(25), audio=STEREO)
    plan = VideoRecipe(window=Window(1, 3))
    out = fixed(source, facts, plan, tmp_path, action=Action.COPIED)
    assert list(range(25, 75)) == numbers(pictures(out))
    assert 2.0 == pytest.approx(seconds(out), abs=0.03)


def test_remux_changes_no_picture(tmp_path: Path) -> None:
    """Another container holds the very same coded streams."""
    source = tmp_path / "source.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1", "-f", "lavfi", "-i", "sine=d=1",
           *X264, "-c:a", "aac", source)  # fmt: skip
    facts = video_facts(
        source, width=320, height=180, duration=1.0, demuxer="matroska", audio=STEREO
    )
    out = fixed(source, facts, VideoRecipe(), tmp_path, action=Action.REMUXED)
    hashes = [
        ffmpeg(
            "-i",
            one,
            "-map",
            "0",
            "-c",
            "copy",
            "-bsf:v",
            "h264_mp4toannexb",
            "-f",
            "streamhash",
            "-",
        )
        for one in (source, out)
    ]
    assert hashes[0] == hashes[1]


IMX = ("-c:v", "mpeg2video", "-pix_fmt", "yuv422p", "-g", "0", "-flags", "+ildct+low_delay",
       "-b:v", "30000k", "-minrate", "30000k", "-maxrate", "30000k", "-bufsize", "1200000",
       "-rc_init_occupancy", "1200000", "-qmin", "1", "-qmax", "12", "-intra_vlc", "1",
       "-non_linear_quant", "1", "-dc", "10", "-ps", "1", "-f", "mxf_d10")  # fmt: skip


def test_lines_above_the_picture_are_left_out(tmp_path: Path) -> None:
    """An MXF of tapes stores 608 lines (SMPTE ST 356): what a viewer sees are the last 576."""
    source = tmp_path / "tape.mxf"
    pal = "pad=720:608:0:32:white,setsar=16/15"
    ffmpeg("-f", "lavfi", "-i", "color=0xdc2828:s=720x576:r=25:d=0.4", "-f", "lavfi",
           "-i", "anullsrc=r=48000:d=0.4", "-vf", pal, *IMX, source)  # fmt: skip
    facts = probe(Asset(str(source)), source).facts
    assert isinstance(facts, VideoFacts)
    assert (768, 576, 32, Fraction(16, 15)) == (facts.width, facts.height, facts.above, facts.sar)
    out = fixed(source, facts, VideoRecipe(size=Size(768, 576), fps=Fraction(25)), tmp_path)
    shown = pictures(out)
    assert (576, 768, 3) == shown[0].shape
    assert [_nearest(shown[0][row, 384]) for row in (1, 288, 574)] == [RED, RED, RED]
