"""Copy-cuts: a window between marks is as good as any, and costs nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.finding import Trust
from seedance_prep.core.media import Media, VideoFacts
from seedance_prep.core.plan import Action, VideoRecipe, Window
from seedance_prep.core.request import Asset, Keep
from seedance_prep.core.survey import Mark, Survey
from seedance_prep.plan.cutting import cuts

from .building import codes, planned, video

RATE = 30
LONG = 40.0
"""Seconds of the clips here."""


def marked(every: float, part: int = 4, seconds: float = LONG) -> Survey:
    """A survey of a clip at 30 fps: a keyframe each ``every`` seconds, a mark each ``part`` frames,
    1000 bytes a frame."""
    frames = round(seconds * RATE)
    group = round(every * RATE)
    return Survey(
        marks=tuple(
            Mark(seconds=n / RATE, packets=n, bytes=n * 1000, key=n % group == 0 and n < frames)
            for n in range(frames + 1)
            if n % part == 0 or n % group == 0 or n == frames
        )
    )


def clip(fragment: Asset | None = None) -> Media:
    return video(fragment, duration=LONG, picture_duration=LONG, bytes=10_000_000)


def test_too_long_a_clip_asks_for_its_marks_around_the_window() -> None:
    """What is encoded only because it is too long is asked about; nothing else is."""
    (want,) = planned(clip()).wants
    assert (0, Window(0.0, 16.9)) == (want.index, want.marks)
    assert () == planned(video(duration=LONG, width=1920, height=1080)).wants
    assert () == planned(video(duration=5.0)).wants


def test_a_cut_between_marks_replaces_the_encode() -> None:
    """The first seconds, up to the last mark that fits; nothing is left, nobody asks again."""
    plan = planned(clip(), surveys={0: marked(2.0)})
    (step,) = plan.steps
    assert (Action.COPIED, Trust.LOSSLESS) == (step.action, step.trust)
    assert VideoRecipe(window=Window(0.0, 444 / RATE), packets=444) == step.recipe
    assert ((), ()) == (plan.left, plan.wants)
    assert step.otherwise is not None
    assert Action.ENCODED is step.otherwise.action


def test_a_cut_needs_no_more_than_lossless_trust() -> None:
    """Where nothing may be encoded a copy still shortens; without marks the error stays."""
    (step,) = planned(clip(), allow=Trust.LOSSLESS, surveys={0: marked(2.0)}).steps
    assert step.otherwise is not None
    assert (Action.COPIED, Action.UNTOUCHED) == (step.action, step.otherwise.action)
    plan = planned(clip(), allow=Trust.LOSSLESS)
    assert (Action.UNTOUCHED, 1) == (plan.steps[0].action, len(plan.wants))
    assert "VID003" in {code for code, _ in codes(plan)}


@pytest.mark.parametrize(
    ("keep", "every", "expected"),
    [
        (Keep.FIRST, 10.0, Action.COPIED),
        (Keep.LAST, 2.0, Action.COPIED),
        (Keep.LAST, 14.0, Action.ENCODED),  # the next keyframe is far inside
    ],
)
def test_a_keyframe_far_off_is_not_as_good(keep: Keep, every: float, expected: Action) -> None:
    """At most a tenth of what may be kept is given up for a copy."""
    asset = Asset("clip.mp4", keep=keep)
    (step,) = planned(clip(asset), surveys={0: marked(every)}).steps
    assert expected is step.action


@pytest.mark.parametrize(
    ("allow", "expected"),
    [(Trust.LOSSY, Window(25.1, LONG)), (Trust.LOSSLESS, Window(28.0, LONG))],
)
def test_where_only_a_copy_is_allowed_it_may_give_up_more(allow: Trust, expected: Window) -> None:
    """Shorter than need be is better than refused; where an encode may keep more, it does."""
    asset = Asset("clip.mp4", keep=Keep.LAST)
    plan = planned(clip(asset), surveys={0: marked(14.0)}, allow=allow)
    assert (expected, ()) == (plan.steps[0].window, plan.left)


def test_a_copy_that_gives_up_most_is_none() -> None:
    """Less than half of what may be kept is no mend, even where nothing but a copy is allowed."""
    asset = Asset("clip.mp4", keep=Keep.LAST)
    plan = planned(clip(asset), surveys={0: marked(16.5)}, allow=Trust.LOSSLESS)
    assert Action.UNTOUCHED is plan.steps[0].action
    assert {"VID003", "REQ011"} == {code for code, _ in codes(plan)}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(4.0, 12.0, Action.COPIED), (4.01, 12.0, Action.COPIED), (4.5, 12.0, Action.ENCODED)],
)
def test_a_window_that_was_asked_for_is_kept(start: float, end: float, expected: Action) -> None:
    """The caller's window is copied only when a keyframe opens it, up to half a frame."""
    asset = Asset("clip.mp4", start=start, end=end)
    (step,) = planned(clip(asset), surveys={0: marked(2.0)}).steps
    assert expected is step.action


def test_a_heavy_copy_gives_way_to_an_encode() -> None:
    """A cut that would still break the limit on bytes is no mend."""
    heavy = video(duration=LONG, picture_duration=LONG, bytes=400_000_000)
    marks = marked(2.0).marks
    assert marks is not None
    dear = Survey(marks=tuple(Mark(seconds=m.seconds, packets=m.packets, key=m.key,
                                   bytes=m.bytes * 200) for m in marks))  # fmt: skip
    assert Action.ENCODED is planned(heavy, surveys={0: dear}).steps[0].action


@given(
    st.floats(0, 30), st.floats(2.5, 15), st.booleans(), st.sampled_from([0.5, 2.0, 7.0]),
    st.integers(1, 8), st.booleans(),
)  # fmt: skip
def test_a_cut_lies_inside_its_window(
    start: float, length: float, asked: bool, every: float, part: int, pressed: bool
) -> None:
    """Whatever the marks: it starts at a keyframe, and half a frame is all it may stand out by."""
    window = Window(start, min(LONG, start + length))
    marks = marked(every, part).marks
    assert marks is not None
    facts = clip().facts
    assert isinstance(facts, VideoFacts)
    found = list(cuts(marks, window, facts, asked=asked, least=2.0, pressed=pressed))
    half = float(Fraction(1, 2 * RATE)) + 1e-9
    for cut in found:
        assert window.start - half <= cut.window.start < cut.window.end <= window.end + half
        assert cut.window.start in [mark.seconds for mark in marks if mark.key]
        assert pytest.approx(cut.packets / RATE) == cut.window.length
        assert 2.0 <= cut.window.length <= window.length + half
    lengths = [cut.window.length for cut in found]
    assert sorted(lengths, reverse=True) == lengths
