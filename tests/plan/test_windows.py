"""Seconds: which part of each clip stays."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_prep.core.finding import Trust
from seedance_prep.core.media import Media
from seedance_prep.core.plan import Plan, Window
from seedance_prep.core.request import Asset, Keep
from seedance_prep.plan.budget import Cup, poured
from seedance_prep.plan.windows import on_blocks, on_frames

from .building import LIMITS, codes, planned, sound, video


def _windows(plan: Plan) -> list[tuple[float, float] | None]:
    return [
        (round(step.window.start, 6), round(step.window.end, 6)) if step.window else None
        for step in plan.steps
    ]


def _clips(*lengths: float) -> list[Media]:
    return [video(duration=length) for length in lengths]


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([15.0, 15.0, 15.0], [(0, 4.9), (0, 4.9), (0, 4.9)]),
        ([22.4], [(0, 14.9)]),
        ([15.04], [(0, 14.9)]),
        ([15.0], [None]),
        ([1.9, 1.9], [None, None]),
        ([14.0, 3.0], [(0, 11.9), None]),
        ([20.0, 20.0], [(0, 7.4), (0, 7.4)]),
        ([5.0, 6.0, 5.0], [None, (0, 4.9), None]),
    ],
)
def test_seconds_are_shared_among_the_clips(
    lengths: list[float], expected: list[tuple[float, float] | None]
) -> None:
    """15 s less a margin for each clip that is cut; who has less than its share keeps all."""
    plan = planned(*_clips(*lengths))
    assert expected == _windows(plan)
    assert [] == codes(plan)


@pytest.mark.parametrize(
    ("weights", "lengths", "expected"),
    [
        ((1, 1, 1), (5.04, 5.04, 5.04), [(0, 4.82), None, None]),
        ((1, 1, 1), (4.9, 5.1, 5.1), [None, (0, 4.9), None]),
        ((2, 2, 1), (5.04, 5.04, 5.04), [None, None, (0, 4.82)]),
        ((1, 1, 1), (6.0, 6.0, 6.0), [(0, 4.9), (0, 4.9), (0, 4.9)]),
        ((1, 1), (7.6, 7.6), [(0, 7.3), None]),
    ],
)
def test_a_little_too_much_is_cut_from_one_clip(
    weights: tuple[float, ...],
    lengths: tuple[float, ...],
    expected: list[tuple[float, float] | None],
) -> None:
    """Three clips that run 5 s and one frame: one is cut, two stay the very same bytes."""
    pairs = enumerate(zip(weights, lengths, strict=True))
    clips = [video(Asset(f"{n}.mp4", weight=weight), duration=long) for n, (weight, long) in pairs]
    plan = planned(*clips)
    assert expected == _windows(plan)
    assert [] == codes(plan)


def test_a_clip_that_is_made_anew_anyway_gives_the_little() -> None:
    """The others are compliant, and stay as they are."""
    other = video(Asset("b.mp4", weight=5), duration=5.04, codec="vp9")
    plan = planned(video(duration=5.04), other, video(duration=5.04))
    assert [None, (0, 4.82), None] == _windows(plan)


def test_a_weight_is_a_share_of_the_seconds() -> None:
    """``weight=2`` gets twice what ``weight=1`` gets."""
    heavy = video(Asset("a.mp4", weight=2.0), duration=30.0)
    plan = planned(heavy, *_clips(30.0, 30.0))
    assert [(0, 7.35), (0, 3.675), (0, 3.675)] == _windows(plan)


def test_no_weight_starves_a_clip() -> None:
    """Each clip keeps at least 2 s, whatever the others weigh."""
    heavy = video(Asset("a.mp4", weight=1000.0), duration=30.0)
    assert [(0, 12.8), (0, 2.0)] == _windows(planned(heavy, *_clips(30.0)))


def test_a_chosen_window_is_kept_exactly() -> None:
    """``#t=`` wins; the others share what it leaves."""
    chosen = video(Asset("a.mp4", start=3, end=9.5), duration=22.4)
    assert [(3, 9.5), (0, 8.3)] == _windows(planned(chosen, *_clips(20.0)))


def test_a_chosen_window_ends_with_the_clip() -> None:
    """An end behind the clip's end is the clip's end."""
    chosen = video(Asset("a.mp4", start=18, end=99), duration=22.4)
    assert [(18, 22.4)] == _windows(planned(chosen))


def test_windows_of_five_seconds_fit_exactly() -> None:
    """Three windows of 5 s are 15 s: a window is never overrun, so no margin is taken from them."""
    clips = [video(Asset(f"{name}.mp4", start=0, end=5), duration=20.0) for name in "abc"]
    plan = planned(*clips)
    assert [(0, 5), (0, 5), (0, 5)] == _windows(plan)
    assert [] == codes(plan)


def test_binary_noise_is_no_overrun() -> None:
    """16.28 - 1.28 is 15.000000000000002 to a computer, and 15 s to everyone else."""
    plan = planned(video(Asset("a.mp4", start=1.28, end=16.28), duration=17.0))
    assert [(1.28, 16.28)] == _windows(plan)
    assert [] == codes(plan)


def test_windows_that_overrun_the_sum_are_left_to_the_caller() -> None:
    """Nobody knows which of the chosen seconds matter less."""
    clips = [video(Asset(f"{name}.mp4", start=0, end=8), duration=20.0) for name in "ab"]
    plan = planned(*clips, allow=Trust.DROP)
    assert [("REQ011", None)] == codes(plan)
    assert plan.left[0].trust is None
    assert (
        "choose shorter windows (`#t=START,END`) than 0-8 s of @Video1 and 0-8 s of @Video2,"
        " or leave a file out"
    ) == plan.left[0].remedy


def test_a_window_outside_the_clip_is_left_to_the_caller() -> None:
    """There is nothing to keep, so nothing is cut."""
    plan = planned(video(Asset("a.mp4", start=30), duration=20.0), allow=Trust.INVENTIVE)
    assert [None] == _windows(plan)
    assert ("VID033", "@Video1") in codes(plan)


def test_keep_last_keeps_the_end() -> None:
    """``keep=last`` cuts from the front."""
    clip = video(Asset("a.mp4", keep=Keep.LAST), duration=22.4)
    assert [(7.5, 22.4)] == _windows(planned(clip))


def test_sounds_and_videos_are_separate_sums() -> None:
    """8.2 s of video beside 11.4 s of sound went through."""
    plan = planned(video(duration=8.2), sound(duration=11.4))
    assert [None, None] == _windows(plan)


def test_sounds_share_their_own_seconds() -> None:
    """Two sounds of 10 s beside a clip of 15 s."""
    plan = planned(video(duration=15.0), sound(duration=10.0), sound(duration=10.0))
    assert [None, (0, 7.4), (0, 7.4)] == _windows(plan)


def test_a_file_that_is_made_anew_leaves_a_margin() -> None:
    """Muxing adds to a length: an encode of 15.0 s is cut to 14.9 s."""
    assert [(0, 14.9)] == _windows(planned(video(duration=15.0, codec="vp9")))


def test_more_clips_than_are_taken_are_not_cut_to_fit() -> None:
    """One of four must go anyway; cut for four, the other three would be too short."""
    plan = planned(*_clips(5.0, 5.0, 5.0, 5.0))
    assert [None] * 4 == _windows(plan)
    assert [("REQ002", None), ("REQ011", None)] == codes(plan)
    assert [Trust.DROP, Trust.DROP] == [one.trust for one in plan.left]


def test_a_clip_of_unknown_length_that_is_encoded_is_bounded() -> None:
    """It may be an hour: what is kept is bounded by its share."""
    assert [(0, 14.9)] == _windows(planned(video(duration=None, codec="vp9")))


@pytest.mark.parametrize(
    ("end", "fps", "expected"),
    [
        (5.0, "30000/1001", 5.002),
        (5.0, "30", 5.0),
        (9.5, "30000/1001", 9.5),
        (4.8, "24", 4.834),
        (4.7, "24", 4.7),
    ],
)
def test_whole_frames_never_put_a_window_under_a_minimum(
    end: float, fps: str, expected: float
) -> None:
    """Two seconds at 29.97 fps would be 59 frames, 1.97 s: one frame more is kept."""
    assert Window(3.0, expected) == on_frames(Window(3.0, end), Fraction(fps), LIMITS.video)


@pytest.mark.parametrize(("end", "expected"), [(5.0, 5.03), (5.5, 5.5), (4.8, 4.83), (4.7, 4.7)])
def test_blocks_of_sound_never_put_a_window_under_a_minimum(end: float, expected: float) -> None:
    """An MP3 may lose a block: a window at a minimum gets one more."""
    block = Fraction(3, 100)
    assert Window(3.0, expected) == on_blocks(Window(3.0, end), block, LIMITS.audio, None)


def test_blocks_at_the_end_of_a_sound_are_taken_from_in_front() -> None:
    """Behind the last sample there is nothing to keep: the window starts a block earlier."""
    block = Fraction(1, 8)
    assert Window(2.875, 5.0) == on_blocks(Window(3.0, 5.0), block, LIMITS.audio, 5.0)
    assert Window(0.0, 2.0) == on_blocks(Window(0.0, 2.0), block, LIMITS.audio, 2.0)


@given(
    cups=st.lists(
        st.builds(
            Cup,
            st.floats(0.1, 4000),
            st.just(2.0),
            st.floats(0.001, 1000),
        ),
        min_size=1,
        max_size=9,
    ),
    room=st.floats(0.5, 50),
)
def test_pouring_fills_the_room_and_starves_nobody(cups: list[Cup], room: float) -> None:
    """All get their least, nobody more than it has, together the room or all there is."""
    shares = poured(cups, room)
    if shares is None:
        assert sum(cup.low for cup in cups) > room
        return
    for cup, share in zip(cups, shares, strict=True):
        assert cup.low - 1e-6 <= share <= cup.full
    there = sum(cup.full for cup in cups)
    assert min(room, there) - 0.001 * len(cups) - 1e-5 <= sum(shares) <= room + 1e-5
