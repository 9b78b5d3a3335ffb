"""Facts of moving pictures, made on the spot."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault, Hdr, VideoFacts
from seedance_prep.core.plan import Window
from seedance_prep.core.request import Kind
from seedance_prep.probe import marks, packets

from .made import PICTURE, TONE, X264, audio, fault, media, video

Make = Callable[..., Path]
RATE = 30


def test_a_plain_clip(ffmpeg_make: Make) -> None:
    """An ordinary MP4 has all of its facts, exact."""
    path = ffmpeg_make("a.mp4", *PICTURE, *TONE, *X264, "-c:a", "aac", "-movflags", "+faststart")
    facts = video(path)
    assert ("mp4", "mov", "h264") == (facts.container, facts.demuxer, facts.codec)
    assert (192, 108, 192, 108) == (
        *(facts.width, facts.height),
        *(facts.coded_width, facts.coded_height),
    )
    assert (Fraction(30), False, 60) == (facts.fps, facts.vfr, facts.frames)
    assert 2.0 == pytest.approx(facts.picture_duration)
    assert 2.0 == pytest.approx(facts.duration, abs=0.03)
    assert ("yuv420p", 8, "4:2:0", False) == (
        *(facts.pixel_format, facts.bits),
        *(facts.chroma, facts.alpha),
    )
    assert (0, False, None, False) == (
        *(facts.rotation, facts.mirrored),
        *(facts.hdr, facts.interlaced),
    )
    assert (True, False, 0.0) == (facts.faststart, facts.fragmented, facts.start)
    assert facts.audio is not None
    assert ("aac", 1, 48000, 0) == (
        *(facts.audio.codec, facts.audio.channels),
        *(facts.audio.sample_rate, facts.audio.index),
    )
    assert path.stat().st_size == facts.bytes


@pytest.mark.parametrize(
    ("rate", "exact"),
    [
        ("24000/1001", Fraction(24000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("60000/1001", Fraction(60000, 1001)),
        ("25", Fraction(25)),
        ("12", Fraction(12)),
        ("120", Fraction(120)),
    ],
)
@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "avi", "ts"])
def test_rates_are_exact(ffmpeg_make: Make, rate: str, exact: Fraction, container: str) -> None:
    """A broadcast rate is the fraction that it is, in every container."""
    source = ("-f", "lavfi", "-i", f"testsrc2=size=64x64:rate={rate}:duration=1")
    path = ffmpeg_make(f"a.{container}", *source, *X264)
    facts = video(path)
    assert exact == facts.fps
    assert facts.vfr in (False, None)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_rotation_and_mirror(ffmpeg_make: Make, turn: int, mirror: bool) -> None:
    """The display matrix is told as a mirror, then a clockwise turn; the seen sides swap."""
    base = ffmpeg_make("base.mp4", *PICTURE, *X264)
    flip = ("-display_hflip",) if mirror else ()
    path = ffmpeg_make(
        "turned.mp4", "-display_rotation", str(-turn), *flip, "-i", str(base), "-c", "copy"
    )
    facts = video(path)
    # ffmpeg flips after it turns; the same pose, told in this package's order, turns the other way
    expected = -turn % 360 if mirror else turn
    assert (expected, mirror) == (facts.rotation, facts.mirrored)
    assert ((108, 192) if turn % 180 else (192, 108)) == (facts.width, facts.height)
    assert (192, 108) == (facts.coded_width, facts.coded_height)


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "ts"])
def test_pixel_aspect(ffmpeg_make: Make, container: str) -> None:
    """Wide pixels make a wide picture, whichever header tells of them."""
    path = ffmpeg_make(f"a.{container}", *PICTURE, "-vf", "setsar=4/3", *X264)
    facts = video(path)
    assert Fraction(4, 3) == facts.sar
    assert (256, 108, 192) == (facts.width, facts.height, facts.coded_width)


def test_pixel_aspect_before_rotation(ffmpeg_make: Make) -> None:
    """The stored width is stretched first, then the sides swap."""
    base = ffmpeg_make("base.mp4", *PICTURE, "-vf", "setsar=4/3", *X264)
    path = ffmpeg_make("turned.mp4", "-display_rotation", "90", "-i", str(base), "-c", "copy")
    facts = video(path)
    assert (108, 256, 270) == (facts.width, facts.height, facts.rotation)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_variable_rate(ffmpeg_make: Make, container: str) -> None:
    """A clip whose frames come unevenly says so, with its average rate."""
    drop = ("-vf", r"select='not(between(n\,10\,29))',settb=1/1000", "-fps_mode", "vfr")
    path = ffmpeg_make(f"a.{container}", *PICTURE, *drop, *X264)
    facts = video(path)
    if container == "mp4":
        assert True is facts.vfr
        assert 20.0 == pytest.approx(float(facts.fps or 0), abs=0.1)
    picture, _ = packets(facts, path)
    assert picture is not None
    assert (40, True) == (picture.frames, picture.vfr)


def test_a_live_recording_without_length(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A WebM that was written to a pipe, as browsers do, is measured by its packets."""
    encode = ("-c:v", "libvpx", "-b:v", "200k", "-deadline", "realtime")
    path = ffmpeg_make("live.webm", *PICTURE, *encode, "-f", "webm", "-live", "1")
    facts = video(path)
    assert "webm" == facts.container
    assert 2.0 == pytest.approx(facts.duration, abs=0.05)
    assert (Fraction(30), 60) == (facts.fps, facts.frames)


def keyframes(facts: VideoFacts, path: Path) -> list[float]:
    """Seconds at which a copy of the packets can start."""
    found = marks(facts, path, Window(0.0, 9.0))
    assert found is not None
    return [mark.seconds for mark in found if mark.key]


def test_fragments(ffmpeg_make: Make) -> None:
    """A fragmented MP4 is summed up from its fragments."""
    flags = ("-g", "15", "-movflags", "+frag_keyframe+empty_moov")
    path = ffmpeg_make("frag.mp4", *PICTURE, *X264, *flags)
    facts = video(path)
    assert (True, 60, Fraction(30)) == (facts.fragmented, facts.frames, facts.fps)
    assert 2.0 == pytest.approx(facts.duration, abs=0.05)
    assert [0.0, 0.5, 1.0, 1.5] == keyframes(facts, path)


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_keyframes(ffmpeg_make: Make, container: str) -> None:
    """Keyframes are told in seconds of the clip, from the index or from the packets."""
    path = ffmpeg_make(f"keys.{container}", *PICTURE, *X264, "-g", "20", "-bf", "2")
    facts = video(path)
    assert pytest.approx([0.0, 2 / 3, 4 / 3], abs=0.002) == keyframes(facts, path)


def test_marks_stand_where_no_picture_waits_for_a_later_one(ffmpeg_make: Make) -> None:
    """Two reordered pictures between references: packets part at every third one, and the end."""
    x264 = (*X264, "-x264-params", "keyint=30:bframes=2:b-adapt=0:b-pyramid=0:scenecut=0")
    path = ffmpeg_make("marks.mp4", *PICTURE, *x264)
    found = marks(video(path), path, Window(0.0, 9.0))
    assert found is not None
    assert [0, 1, 4, 7, 10] == [mark.packets for mark in found[:5]]
    assert pytest.approx([0, 1 / 30, 4 / 30, 7 / 30, 10 / 30]) == [m.seconds for m in found[:5]]
    assert (60, False) == (found[-1].packets, found[-1].key)
    assert pytest.approx(2.0) == found[-1].seconds
    assert path.stat().st_size > found[-1].bytes > 0.8 * path.stat().st_size


def test_an_open_group_is_no_start(ffmpeg_make: Make) -> None:
    """A keyframe that earlier shown pictures follow is no place to start a copy at."""
    x264 = (*X264, "-x264-params", "keyint=20:bframes=2:b-adapt=0:open-gop=1:scenecut=0")
    path = ffmpeg_make("open.ts", *PICTURE, *x264)
    assert [0.0] == pytest.approx(keyframes(video(path), path), abs=0.002)


def test_marks_of_a_part_are_those_of_the_whole(ffmpeg_make: Make) -> None:
    """Whoever asks for a part of a file without an index gets that part's marks."""
    path = ffmpeg_make("part.mkv", *PICTURE, *X264, "-g", "10")
    whole = marks(video(path), path, Window(0.0, 9.0))
    part = marks(video(path), path, Window(1.0, 9.0))
    assert whole is not None
    assert part is not None
    assert [m.seconds for m in whole if m.seconds >= 1] == [m.seconds for m in part]


def test_an_edit_list_cuts(ffmpeg_make: Make) -> None:
    """What an edit list hides does not count."""
    base = ffmpeg_make("base.mp4", *PICTURE, *X264, "-g", "60")
    path = ffmpeg_make("cut.mp4", "-ss", "0.5", "-i", str(base), "-c", "copy")
    facts = video(path)
    assert 1.5 == pytest.approx(facts.duration, abs=0.04)


def test_cover_art_is_no_video(ffmpeg_make: Make) -> None:
    """A song with a cover is a sound; a film with a cover is the film."""
    cover = ffmpeg_make("cover.jpg", *PICTURE, "-frames:v", "1")
    song = ffmpeg_make(
        *("song.m4a", *TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy"),
        *("-disposition:v", "attached_pic"),
    )
    film = ffmpeg_make(
        *("film.mp4", *PICTURE, "-i", str(cover), *TONE, "-map", "0", "-map", "1", "-map", "2"),
        *("-c:v:0", "libx264", "-c:v:1", "mjpeg", "-disposition:v:1", "attached_pic"),
    )
    assert ("m4a", True) == (audio(song).container, audio(song).cover)
    assert ("h264", 192, 0) == (video(film).codec, video(film).width, video(film).stream)


def test_the_larger_of_two_pictures(ffmpeg_make: Make) -> None:
    """Of two videos of the same standing the larger counts, by ffmpeg's own number."""
    small = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=1")
    equal = ("-disposition:v:0", "default", "-disposition:v:1", "default")
    path = ffmpeg_make("two.mkv", *small, *PICTURE, "-map", "0", "-map", "1", *X264, *equal)
    facts = video(path)
    assert (192, 1) == (facts.width, facts.stream)


def test_the_default_sound(ffmpeg_make: Make) -> None:
    """Of two sounds the one that players choose counts."""
    low = ("-f", "lavfi", "-i", "sine=frequency=110:duration=1:sample_rate=22050")
    choice = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    for name in ("two.mp4", "two.mkv"):
        path = ffmpeg_make(
            *(name, *PICTURE, *low, *TONE, "-map", "0", "-map", "1", "-map", "2", *X264),
            *("-c:a", "aac", *choice),
        )
        facts = video(path)
        assert facts.audio is not None
        assert (2, 1, 48000) == (
            *(facts.audio_tracks, facts.audio.index),
            facts.audio.sample_rate,
        )


@pytest.mark.parametrize(
    ("transfer", "hdr"), [("smpte2084", Hdr.PQ), ("arib-std-b67", Hdr.HLG), ("bt709", None)]
)
def test_high_dynamic_range(ffmpeg_make: Make, transfer: str, hdr: Hdr | None) -> None:
    """PQ and HLG are told from the transfer; depth and colours have ffmpeg's names."""
    params = f"log-level=none:transfer={transfer}:colorprim=bt2020:colormatrix=bt2020nc"
    path = ffmpeg_make(
        *("hdr.mp4", *PICTURE, "-vf", f"setparams=color_trc={transfer}", "-t", "0.2"),
        *("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", params),
        *("-preset", "ultrafast", "-tag:v", "hvc1"),
    )
    facts = video(path)
    assert (hdr, "yuv420p10", 10) == (facts.hdr, facts.pixel_format, facts.bits)
    assert ("bt2020", transfer, "bt2020nc") == (facts.primaries, facts.transfer, facts.matrix)


@pytest.mark.parametrize(("order", "top"), [("top", True), ("bottom", False)])
def test_interlaced(ffmpeg_make: Make, order: str, top: bool) -> None:
    """Interlaced pictures are told, with the field that comes first."""
    mode = "tff=1" if top else "bff=1"
    path = ffmpeg_make(
        *(f"{order}.mp4", *PICTURE, "-vf", f"setfield={'tff' if top else 'bff'}"),
        *("-c:v", "libx264", "-x264-params", mode, "-preset", "ultrafast", "-flags", "+ildct+ilme"),
    )
    facts = video(path)
    assert (True, top) == (facts.interlaced, facts.top_field_first)


def test_moving_pictures_as_video(ffmpeg_make: Make) -> None:
    """GIF, APNG and WebP are pictures until the caller wants them as videos."""
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=1")
    for name, more, demuxer in (
        ("a.gif", (), "gif"),
        ("a.png", ("-f", "apng"), "apng"),
        ("a.webp", ("-c:v", "libwebp_anim"), "webp_anim"),
    ):
        path = ffmpeg_make(name, *source, *more)
        assert Kind.IMAGE == media(path).kind
        facts = video(path, Kind.VIDEO)
        assert (Fraction(10), 10, 64) == (facts.fps, facts.frames, facts.width)
        assert demuxer == facts.demuxer
        assert 1.0 == pytest.approx(facts.duration)


def test_wrong_kinds(ffmpeg_make: Make) -> None:
    """What cannot be read as the caller wants is a finding that keeps its number."""
    still = ffmpeg_make("still.jpg", *PICTURE, "-frames:v", "1")
    silent = ffmpeg_make("silent.mp4", *PICTURE, *X264)
    tone = ffmpeg_make("tone.wav", *TONE)
    for path, kind in (
        (still, Kind.VIDEO),
        (still, Kind.AUDIO),
        (silent, Kind.IMAGE),
        (silent, Kind.AUDIO),
        (tone, Kind.IMAGE),
        (tone, Kind.VIDEO),
    ):
        assert Fault.WRONG_KIND == fault(path, kind)
        assert kind == media(path, kind).kind


def test_the_sound_of_a_video(ffmpeg_make: Make) -> None:
    """A video that is wanted as a sound is told as its sound."""
    path = ffmpeg_make("a.mp4", *PICTURE, *TONE, *X264, "-c:a", "aac")
    facts = audio(path, Kind.AUDIO)
    assert ("mp4", "aac", 48000) == (facts.container, facts.codec, facts.sample_rate)


def test_names_lie(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A Matroska file called .mp4 is Matroska."""
    path = tmp_path / "film.mp4"
    shutil.copy(ffmpeg_make("a.mkv", *PICTURE, *X264), path)
    facts = video(path)
    assert ("matroska", "matroska") == (facts.container, facts.demuxer)


def test_cut_short(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A file whose end is missing is damaged, not shorter."""
    for name, more in (("a.mp4", ("-movflags", "+faststart")), ("b.mp4", ()), ("a.mkv", ())):
        data = ffmpeg_make(name, *PICTURE, *X264, "-g", "5", *more).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        assert Fault.DAMAGED == fault(tmp_path / name)


def test_a_hole_left_by_a_careless_cut_counts(ffmpeg_make: Make) -> None:
    """Cut in decoding order, the last picture is shown later than the samples are long together."""
    pyramid = (*X264, "-x264-params", "bframes=3:b-pyramid=normal:b-adapt=0:keyint=60")
    whole = ffmpeg_make("whole.mp4", *PICTURE, *pyramid)
    path = ffmpeg_make("hole.mp4", "-t", "1.2", "-i", str(whole), "-c", "copy")
    facts = video(path)
    listed = packets(facts, path)[0]
    assert listed is not None
    assert listed.frames / RATE < listed.seconds - 0.05
    assert listed.seconds == pytest.approx(facts.duration, abs=0.02)


def test_pictures_without_a_time_of_their_own_count(ffmpeg_make: Make) -> None:
    """Small pictures that share a packet of a program stream leave none out at the end."""
    small = ("-f", "lavfi", "-i", "color=gray:s=192x108:r=30:d=2")
    facts = video(ffmpeg_make("a.mpg", *small, "-c:v", "mpeg2video", "-bf", "2"))
    assert facts.frames == 60
    assert 2.0 == pytest.approx(facts.picture_duration)


@pytest.mark.parametrize(("form", "alpha"), [("yuva444p10le", True), ("yuv444p10le", False)])
def test_transparency_of_prores_of_version_0(ffmpeg_make: Make, form: str, alpha: bool) -> None:
    """The sample entry tells the alpha of frames that MediaInfo takes for opaque ones."""
    picture = (*PICTURE, "-frames:v", "2", "-pix_fmt", form)
    path = ffmpeg_make("a.mov", *picture, "-c:v", "prores_ks", "-profile:v", "4444")
    path.write_bytes(path.read_bytes().replace(b"icpf\0\x94\0\1", b"icpf\0\x94\0\0"))
    facts = video(path)
    assert alpha is bool(facts.alpha)
    assert ("yuva444p12" if alpha else "yuv444p12") == facts.pixel_format
