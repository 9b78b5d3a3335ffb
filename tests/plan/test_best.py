"""Which seconds are best: flaws are avoided wherever that can be done, then motion counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_prep.core.finding import Trust
from seedance_prep.core.look import Look, Span
from seedance_prep.core.plan import Action, Choice, Window
from seedance_prep.core.request import Asset, Keep
from seedance_prep.core.survey import Mark, Survey
from seedance_prep.plan.best import NEAR, choose, told

from .building import planned, video

WHOLE = 30.0


def _look(
    *,
    black: tuple[Window, ...] = (),
    frozen: tuple[Window, ...] = (),
    cuts: tuple[Window, ...] = (),
    flashes: tuple[Window, ...] = (),
    shaky: tuple[Window, ...] = (),
    heard: tuple[Window, ...] | None = None,
    words: tuple[Window, ...] = (),
    motion: tuple[float, ...] = (1.0,) * 300,
    whole: float = WHOLE,
) -> Look:
    return Look(
        spans=(Span(window=Window(0.0, whole), motion=motion),),
        black=black,
        frozen=frozen,
        cuts=cuts,
        flashes=flashes,
        shaky=shaky,
        heard=heard,
        words=words,
    )


def _chosen(look: Look, kept: float, whole: float = WHOLE) -> Choice:
    choice = choose(look, kept, whole)
    assert choice is not None
    return choice


def _best(look: Look, kept: float = 10.0) -> tuple[float, float]:
    window = _chosen(look, kept).best.window
    return window.start, window.end


def test_of_equals_the_first_seconds_are_kept() -> None:
    """Where nothing speaks for any part, ``best`` is ``first``."""
    assert (0.0, 10.0) == _best(_look())


@pytest.mark.parametrize("kind", ["black", "frozen", "cuts", "flashes", "shaky"])
def test_a_flaw_at_the_head_is_left_out(kind: str) -> None:
    """The window opens where the flaw has just ended."""
    assert (2.5, 12.5) == _best(_look(**{kind: (Window(0.3, 2.5),)}))  # type: ignore[arg-type]


def test_a_window_ends_before_a_flaw_that_comes_later() -> None:
    """Of two windows without the flaw the earlier is kept."""
    assert (0.0, 10.0) == _best(_look(cuts=(Window(10.0, 10.1), Window(15.0, 15.1))))


def test_no_end_falls_into_a_word() -> None:
    """Both ends stand in pauses when there is such a window."""
    words = tuple(Window(at + 0.1, at + 0.8) for at in (0, 1, 2, 3, 4, 5.3, 6.5, 8, 9.6, 11))
    assert (0.0, 9.5) == _best(_look(heard=words, words=words), 9.5)
    start, end = _best(_look(heard=words, words=words), 8.35)
    assert not any(word.start < moment < word.end for word in words for moment in (start, end))


def test_most_motion_is_kept_where_nothing_else_differs() -> None:
    """The third in which something moves; a twentieth of the motion does not tip the scales."""
    motion = (0.1,) * 100 + (3.0,) * 100 + (0.1,) * 100
    assert 10.0 == pytest.approx(_best(_look(motion=motion))[0], abs=0.5)
    assert (0.0, 10.0) == _best(_look(motion=(3.0,) * 200 + (3.1,) * 100))


def test_black_weighs_more_than_cuts_and_cuts_more_than_words() -> None:
    """A window of the smaller fault is taken where one without any does not exist."""
    everywhere = tuple(Window(at, at + 0.1) for at in range(1, 15))
    assert 15.0 <= _best(_look(cuts=everywhere, black=(Window(14.2, 15.0),)))[0]
    word = (Window(0.0, WHOLE - 0.5),)
    cut = tuple(Window(at, at + 0.1) for at in (5.0, 17.0, 24.0))
    assert (5.1, 15.1) == _best(_look(cuts=cut, words=word, heard=word))


def test_a_sound_keeps_what_is_heard() -> None:
    """Seconds of silence are to a sound what black is to a picture."""
    words = tuple(Window(at, at + 0.7) for at in (6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0))
    look = _look(heard=words, words=words, motion=())
    choice = _chosen(look, 7.0)
    assert Window(6.0, 13.0) == choice.best.window
    assert "starts and ends between words, no silence" == choice.best.reason


def test_the_reason_tells_what_was_avoided_and_what_was_not() -> None:
    """Words for people: of the best and of the two alternatives."""
    look = _look(black=(Window(0.0, 2.0),), cuts=(Window(25.0, 25.1),))
    choice = _chosen(look, 10.0)
    assert "no black or frozen part, no cut inside, most motion" == choice.best.reason
    assert 2 == len(choice.others)
    assert "1 cut inside" in _chosen(look, 29.0).best.reason
    assert "1.0 s black" in _chosen(look, 29.0).best.reason


def test_alternatives_are_other_parts_of_the_clip() -> None:
    """Not the same seconds a tenth later."""
    starts = [
        one.window.start for one in (_chosen(_look(), 5.0).best, *_chosen(_look(), 5.0).others)
    ]
    assert all(abs(a - b) >= 2.4 for a, b in pairwise(sorted(starts)))


def test_nothing_is_chosen_where_nothing_was_seen() -> None:
    """A look without spans, or with none that is long enough, speaks for no window."""
    assert choose(Look(), 10.0, WHOLE) is None
    assert choose(_look(whole=8.0), 10.0, WHOLE) is None


def test_only_seen_parts_are_chosen_from() -> None:
    """Of a long file no more than some spans are known; the reason says how much."""
    spans = (
        Span(window=Window(600.0, 620.0), motion=(1.0,) * 20),
        Span(window=Window(1800.0, 1820.0), motion=(2.0,) * 20),
    )
    choice = choose(Look(spans=spans), 15.0, 7200.0)
    assert choice is not None
    assert Window(1800.0, 1815.0) == choice.best.window
    assert choice.best.reason.endswith("(of 40 s looked at)")
    assert {600.0} <= {option.window.start for option in choice.others}
    assert 2 == len(choice.others)


def windows(longest: float) -> st.SearchStrategy[tuple[Window, ...]]:
    """Parts of a clip, in whole milliseconds, in order and apart from each other."""
    steps = st.tuples(st.integers(1, 9000), st.integers(10, int(longest * 1000)))

    def laid(pairs: list[tuple[int, int]]) -> tuple[Window, ...]:
        found, now = [], 0
        for gap, length in pairs:
            start, now = now + gap, now + gap + length
            found.append(Window(start / 1000, now / 1000))
        return tuple(one for one in found if one.end <= WHOLE)

    return st.lists(steps, max_size=5).map(laid)


LOOKS = st.builds(
    _look,
    black=windows(4),
    frozen=windows(4),
    cuts=windows(0.2),
    flashes=windows(0.4),
    shaky=windows(3),
    words=windows(2),
    heard=st.none() | windows(3),
    motion=st.lists(st.floats(0, 20), min_size=1, max_size=90).map(tuple),
)
KEPT = st.integers(1800, 29_990).map(lambda ms: ms / 1000)


@settings(max_examples=60)
@given(look=LOOKS, kept=KEPT)
def test_every_window_lies_in_the_clip_and_keeps_the_seconds_asked_for(
    look: Look, kept: float
) -> None:
    """The best and its alternatives alike; the same again when asked again."""
    choice = _chosen(look, kept)
    for option in (choice.best, *choice.others):
        assert 0.0 <= option.window.start
        assert WHOLE >= option.window.end - 1e-9
        assert kept == pytest.approx(option.window.length)
    choose.cache_clear()
    assert choice == _chosen(look, kept)


def _flawed(look: Look, start: float, end: float, near: float = 0.0) -> bool:
    parts = (*look.black, *look.frozen, *look.cuts, *look.flashes, *look.shaky)
    inside = any(part.start < end - near and part.end > start + near for part in parts)
    return inside or any(
        word.start + near < moment < word.end - near
        for word in look.words
        for moment in (start, end)
    )


@settings(max_examples=60)
@given(look=LOOKS, kept=KEPT)
def test_a_flaw_is_avoided_whenever_that_can_be_done(look: Look, kept: float) -> None:
    """If any start (to 50 ms) gives a window without a flaw, the best one has none."""
    room = int((WHOLE - kept) * 20)
    clean = [at / 20 for at in range(room + 1) if not _flawed(look, at / 20, at / 20 + kept)]
    window = _chosen(look, kept).best.window
    assert not (clean and _flawed(look, window.start, window.end, NEAR * 1.5))


BEST = Asset("a.mp4", keep=Keep.BEST)


def test_a_plan_asks_for_a_look_and_then_for_marks() -> None:
    """The window must be known before it can be asked where it may be cut."""
    clip = video(BEST, duration=WHOLE)
    (want,) = planned(clip).wants
    assert (0, None) == (want.index, want.marks)
    assert 14.9 == pytest.approx(want.look)
    seen = planned(clip, surveys={0: Survey(look=_look(black=(Window(0.0, 3.0),)))})
    (step,), (want,) = seen.steps, seen.wants
    assert step.window is not None
    assert 3.0 == step.window.start
    assert step.choice is not None
    assert step.window == step.choice.best.window
    assert want.look is None
    assert want.marks is not None
    assert want.marks.start < 3.0 < want.marks.end


def test_where_a_look_finds_nothing_the_first_seconds_are_kept() -> None:
    """``best`` of the unknown is ``first``, without a reason that nobody knows."""
    (step,) = planned(video(BEST, duration=WHOLE), surveys={0: Survey(look=Look())}).steps
    assert (0.0, None) == (step.window and step.window.start, step.choice)


@pytest.mark.parametrize(
    "asset", [Asset("a.mp4"), Asset("a.mp4", keep=Keep.LAST), Asset("a.mp4", end=9, keep=Keep.BEST)]
)
def test_nobody_looks_where_the_caller_has_chosen(asset: Asset) -> None:
    """Only ``keep=best`` without a window leaves the choice to the plan."""
    assert not any(want.look for want in planned(video(asset, duration=WHOLE)).wants)


def test_a_clip_that_fits_needs_no_look() -> None:
    """All of it stays."""
    assert () == planned(video(BEST, duration=10.0)).wants


def _marks(keys: Callable[[int], bool]) -> tuple[Mark, ...]:
    """Half a second apart, from 0 on; ``keys`` says which of them are keyframes."""
    return tuple(
        Mark(seconds=at / 2, packets=at * 15, bytes=at * 1000, key=keys(at)) for at in range(61)
    )


WORDS = tuple(Window(at + 0.3, at + 0.9) for at in range(29))
DARK = _look(black=(Window(0.0, 2.2),), heard=WORDS, words=WORDS)


def test_a_copy_that_parts_a_word_is_none_for_a_window_between_words() -> None:
    """All keyframes stand in words, the best window in pauses: that one is kept, by an encode."""
    survey = Survey(look=DARK, marks=_marks(lambda at: at % 2 == 1))
    (step,) = planned(video(BEST, duration=WHOLE), surveys={0: survey}).steps
    assert Action.ENCODED is step.action
    assert step.choice is not None
    assert step.window == step.choice.best.window
    assert "starts and ends between words" in step.choice.best.reason


def test_a_copy_ends_where_no_word_is_parted() -> None:
    """Of the cuts that a copy can make, the longest without a flaw; its reason is its own."""
    survey = Survey(look=DARK, marks=_marks(lambda at: at % 2 == 0))
    (step,) = planned(video(BEST, duration=WHOLE), surveys={0: survey}).steps
    assert (Action.COPIED, Window(3.0, 17.0)) == (step.action, step.window)
    assert step.choice is not None
    assert step.window == step.choice.best.window
    assert "no black or frozen part, no cut inside" in step.choice.best.reason
    assert "starts and ends between words" in step.choice.best.reason
    assert step.otherwise is not None
    assert step.otherwise.choice is not None
    assert step.otherwise.window == step.otherwise.choice.best.window


def test_where_only_a_copy_is_allowed_its_flaw_is_told() -> None:
    """A word is parted rather than the request refused, and the reason hides nothing."""
    survey = Survey(look=DARK, marks=_marks(lambda at: at % 2 == 1))
    clip = video(BEST, duration=WHOLE)
    (step,) = planned(clip, allow=Trust.LOSSLESS, surveys={0: survey}).steps
    assert Action.COPIED is step.action
    assert step.choice is not None
    assert step.window == step.choice.best.window
    assert "starts in mid-word" in step.choice.best.reason


@settings(max_examples=60)
@given(look=LOOKS, seconds=st.sampled_from([0.5, 1.0, 2.0, 5.0]), part=st.integers(1, 20))
def test_a_copy_of_the_best_has_no_flaw_of_its_own(look: Look, seconds: float, part: int) -> None:
    """Whatever was seen and wherever the marks stand: what a copy keeps is as good."""
    group = round(seconds * 30 / part) * part or part
    marks = tuple(
        Mark(seconds=n / 30, packets=n, bytes=n * 1000, key=n % group == 0)
        for n in range(0, int(WHOLE * 30) + 1, part)
    )
    clip = video(BEST, duration=WHOLE)
    (step,) = planned(clip, surveys={0: Survey(look=look, marks=marks)}).steps
    if step.action is Action.ENCODED:
        return
    assert step.window is not None
    assert step.choice is not None
    assert step.otherwise is not None
    best = step.otherwise.window
    assert best is not None
    assert told(look, step.window, best.length, WHOLE) == step.choice.best
    assert _faults(look, step.window) <= _faults(look, best)


def _faults(look: Look, window: Window) -> set[str]:
    """The kinds of flaws that a window has, by more than rounding."""
    near = NEAR * 1.5
    kinds = {"black": look.black, "frozen": look.frozen, "cuts": look.cuts,
             "flashes": look.flashes, "shaky": look.shaky}  # fmt: skip
    found = {
        kind
        for kind, parts in kinds.items()
        if any(one.start < window.end - near and one.end > window.start + near for one in parts)
    }
    ends = {"start": window.start, "end": window.end}
    return found | {
        edge
        for edge, moment in ends.items()
        if any(word.start + near < moment < word.end - near for word in look.words)
    }
