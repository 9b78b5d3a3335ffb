"""The proof holds a new file to what the plan says of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from seedance_prep.core.plan import Size, VideoRecipe, Window
from seedance_prep.fixes import decodes, make
from seedance_prep.fixes.promise import Decoded, Promise, Span, difference

from .clips import STEREO, X264, ffmpeg, step_of, video_facts

ENCODED = Promise(frames=60, fps=Fraction(30), seconds=2.0, sound=True, exact=True)
NEAR = " no more than 10 ms between them were planned"
SOUND = Span(94, 0.0, 2.0)


@pytest.mark.parametrize(
    ("picture", "sound", "says"),
    [
        (Span(60, 0.0, 2.0), SOUND, None),
        (Span(59, 0.0, 1.967), SOUND, "made 59 pictures where 60 were planned"),
        (Span(60, 0.0, 2.011), SOUND, "made 2.011 s of picture where 2.00 s were planned"),
        (Span(60, 0.0, 2.0), None, "lost the sound"),
        (
            Span(60, 0.0, 2.0),
            Span(93, 0.021, 2.0),
            f"made sound that starts at 0.021 s and a picture that starts at 0.00 s;{NEAR}",
        ),
        (
            Span(60, 0.0, 2.0),
            Span(93, 0.0, 1.979),
            f"made sound that ends at 1.979 s and a picture that ends at 2.00 s;{NEAR}",
        ),
    ],
)
def test_what_differs_is_named_with_both_numbers(
    picture: Span, sound: Span | None, says: str | None
) -> None:
    """Frames, seconds, and both ends of both streams are held to the plan."""
    assert says == difference(ENCODED, Decoded(picture=picture, sound=sound))


def test_a_copied_stream_is_cut_between_packets() -> None:
    """Sound of a cut copy may start a packet away from the picture, not more."""
    cut = Promise(frames=60, fps=Fraction(30), seconds=2.0, sound=True)
    picture = Span(60, 0.0, 2.0)
    assert difference(cut, Decoded(picture=picture, sound=Span(93, 0.021, 2.02))) is None
    late = difference(cut, Decoded(picture=picture, sound=Span(93, 0.2, 2.02)))
    assert late is not None
    assert "starts at 0.20 s" in late


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds with a picture every 1/30 s and sound."""
    path = tmp_path_factory.mktemp("promise") / "clip.mp4"
    sources = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=3", "-f", "lavfi",
               "-i", "sine=440:d=3", "-ac", "2")  # fmt: skip
    ffmpeg(*sources, *X264, path)
    return path


def test_one_decode_counts_and_times_both_streams(clip: Path) -> None:
    """The decode that proves a file says how many pictures it has and when both streams end."""
    told: list[float] = []
    found = decodes(clip, "mov", "video", on_progress=told.append, seconds=3.0)
    assert Span(90, 0.0, 3.0) == found.picture
    assert found.sound is not None
    assert 0.0 == found.sound.start
    assert 3.0 == pytest.approx(found.sound.end, abs=0.025)
    assert sorted(told) == told
    assert 1.0 == pytest.approx(told[-1], abs=0.02)


def test_an_encode_promises_the_frames_of_its_window(clip: Path, tmp_path: Path) -> None:
    """What a fix makes carries what its decode must show."""
    facts = video_facts(clip, width=640, height=360, duration=3.0, audio=STEREO)
    recipe = VideoRecipe(window=Window(1.0, 2.5), size=Size(320, 180), fps=Fraction(24))
    with make(step_of(clip, facts, recipe), tmp_path) as draft:
        promise = draft.promise
        assert promise is not None
        assert (36, 1.5, True) == (promise.frames, promise.seconds, promise.sound)
        assert difference(promise, decodes(draft.path, "mov", "video")) is None


def test_a_file_that_lost_its_end_is_not_passed(clip: Path, tmp_path: Path) -> None:
    """Fewer pictures than promised are told, though the file decodes without fault."""
    facts = video_facts(clip, width=640, height=360, duration=3.0, audio=STEREO)
    recipe = VideoRecipe(size=Size(320, 180), fps=Fraction(30))
    with make(step_of(clip, facts, recipe), tmp_path) as draft:
        short = tmp_path / "short.mp4"
        ffmpeg("-i", draft.path, "-t", "2", "-c", "copy", short)
        assert draft.promise is not None
        says = difference(draft.promise, decodes(short, "mov", "video"))
    assert says is not None
    assert "where 90 were planned" in says
