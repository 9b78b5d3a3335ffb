"""Looking at a clip: what is reached, what stays unknown, and how little of a long one is read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seedance_prep.core.look import Look
from seedance_prep.core.media import VideoFacts
from seedance_prep.core.plan import Want
from seedance_prep.core.request import Asset, Kind
from seedance_prep.probe import probe
from seedance_prep.survey import survey

from ..conftest import Make

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p")


def _look(path: Path, kept: float, kind: Kind | None = None) -> Look:
    look = survey(probe(Asset(str(path), kind=kind), path), Want(index=0, look=kept)).look
    assert look is not None
    return look


def _seconds(look: Look) -> float:
    return sum(span.window.length for span in look.spans)


def test_a_short_clip_is_seen_whole(ffmpeg_make: Make) -> None:
    """One span from the first picture to the last; without sound nothing is known of words."""
    path = ffmpeg_make("short.mkv", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=7", *X264)
    look = _look(path, 3.0)
    assert (1, 0.0) == (len(look.spans), look.spans[0].window.start)
    assert 7.0 == pytest.approx(_seconds(look), abs=0.1)
    assert look.heard is None
    assert min(look.spans[0].motion) > 0.5


def test_a_long_clip_is_seen_in_parts(ffmpeg_make: Make) -> None:
    """Of forty minutes less than two are decoded, in parts that hold what shall be kept."""
    made = ("-f", "lavfi", "-i", "testsrc2=s=640x360:d=10", "-f", "lavfi", "-i", "sine=d=10")
    short = ffmpeg_make("ten.mp4", *made, *X264, "-g", "60", "-c:a", "aac")
    looped = ("-stream_loop", "239", "-i", str(short), "-c", "copy")
    look = _look(ffmpeg_make("long.mp4", *looped), 14.9)
    assert look.spans
    assert 90.0 > _seconds(look)
    assert all(span.window.length >= 14.9 and span.motion for span in look.spans)
    assert look.heard


def test_a_black_beginning_is_not_where_a_long_clip_is_looked_at(ffmpeg_make: Make) -> None:
    """The parts are taken where something moves."""
    dark, bright = (
        ffmpeg_make(f"{name}.mp4", "-f", "lavfi", "-i", f"{graph}s=640x360:r=25:d=20", *X264)
        for name, graph in (("dark", "color=black:"), ("bright", "testsrc2="))
    )
    both = dark.parent / "both.txt"
    both.write_text("".join(f"file 'file:{path}'\n" for path in [dark] * 60 + [bright] * 30))
    joined = ("-f", "concat", "-safe", "0", "-i", str(both), "-c", "copy")
    look = _look(ffmpeg_make("both.mp4", *joined), 10.0)
    assert look.spans
    assert all(span.window.start >= 1190 for span in look.spans)


def test_times_are_on_the_clips_own_clock(ffmpeg_make: Make) -> None:
    """A transport stream whose clock starts late: the cut is where the viewer sees it."""
    graph = (
        "gradients=s=320x180:r=25:d=4:seed=9:speed=0.05,format=yuv420p[a];"
        "testsrc2=s=320x180:r=25:d=6,format=yuv420p[b];[a][b]concat"
    )
    late = ("-output_ts_offset", "5000")
    path = ffmpeg_make("late.ts", "-f", "lavfi", "-i", graph, *X264, "-g", "25", *late)
    facts = probe(Asset(str(path)), path).facts
    assert isinstance(facts, VideoFacts)
    assert (facts.start or 0) > 4000
    look = _look(path, 3.0)
    assert 1 == len(look.cuts)
    assert look.cuts[0].start < 4.0 <= look.cuts[0].end + 0.01
    assert 0.2 > look.cuts[0].length


def test_pictures_at_varying_times_are_no_frozen_ones(ffmpeg_make: Make) -> None:
    """A clip of five pictures a second moves; one that holds its picture does not."""
    slow = ffmpeg_make("slow.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=5:d=8", *X264)
    look = _look(slow, 3.0)
    assert ((), ()) == (look.frozen, look.cuts)
    held = ffmpeg_make("held.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=8",
                       "-vf", "select='lt(t,2)+gt(t,6)'", "-fps_mode", "vfr", *X264)  # fmt: skip
    assert [(2.0, 6.0)] == [(round(w.start), round(w.end)) for w in _look(held, 3.0).frozen]


def test_the_sound_of_a_video_is_heard_where_only_that_is_wanted(ffmpeg_make: Make) -> None:
    """``as=audio``: no picture is looked at."""
    tone = ("-f", "lavfi", "-i", "aevalsrc='0.3*sin(900*t)*between(mod(t,1),0.2,0.7)':d=9")
    picture = ("-f", "lavfi", "-i", "testsrc2=s=320x180:d=9")
    path = ffmpeg_make("spoken.mp4", *picture, *tone, *X264, "-c:a", "aac")
    look = _look(path, 4.0, Kind.AUDIO)
    assert 9 == len(look.words)
    assert () == look.spans[0].motion


def test_what_cannot_be_decoded_stays_unknown(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A clip whose media are garbage: a look without spans, no error."""
    good = ffmpeg_make("good.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=6", *X264)
    bad = tmp_path / "bad.mp4"
    shutil.copy(good, bad)
    data = bytearray(bad.read_bytes())
    begins = data.index(b"mdat") + 4
    index = data.index(b"moov") - 4
    data[begins : index if index > begins else len(data)] = bytes(
        (index if index > begins else len(data)) - begins
    )
    bad.write_bytes(data)
    media = probe(Asset(str(bad)), bad)
    if media.facts is not None:
        assert Look() == _look(bad, 3.0)


def test_nothing_is_looked_at_where_nothing_is_left_out(ffmpeg_make: Make) -> None:
    """A still, and a clip that keeps all it has."""
    still = ffmpeg_make("still.png", "-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1")
    assert Look() == _look(still, 3.0)
    path = ffmpeg_make("short.mkv", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=7", *X264)
    assert Look() == _look(path, 8.0)
