"""The settling law: after one plan, only what the plan said it could not mend is left."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_prep.core.finding import Finding, Level, Trust
from seedance_prep.core.limits import Limits
from seedance_prep.core.look import Look, Span
from seedance_prep.core.media import (
    AudioFacts,
    Fault,
    Hdr,
    ImageFacts,
    Media,
    Problem,
    Track,
    VideoFacts,
)
from seedance_prep.core.plan import (
    Action,
    AudioRecipe,
    ImageRecipe,
    Plan,
    Size,
    Step,
    VideoRecipe,
    Window,
)
from seedance_prep.core.refs import numbered
from seedance_prep.core.request import DEFAULT_ENDPOINT, Asset, Framing, Keep, Kind
from seedance_prep.core.survey import Mark, Survey
from seedance_prep.limits import load

from .building import found, planned

# ---- random requests

SIDES = st.sampled_from([240, 300, 360, 480, 640, 720, 834, 1080, 1112, 1280, 1920, 6000]) | (
    st.integers(1, 9000)
)
SECONDS = st.sampled_from([0.9, 1.8, 1.9, 2.0, 4.9, 5.0, 7.5, 14.9, 14.98, 15.0, 15.1, 15.2]) | (
    st.floats(0.1, 4000).map(lambda value: round(value, 3))
    | st.floats(0.1, 20).map(lambda value: round(value, 3))
)
RATES = st.sampled_from(
    [Fraction(text) for text in ("12", "15", "24000/1001", "25", "30", "60", "60.04", "120")]
) | st.fractions(1, 240, max_denominator=1001)
SIZES = st.integers(1_000, 60_000_000)


@st.composite
def assets(draw: st.DrawFn) -> Asset:
    """What a caller may say of a file."""
    start = draw(st.none() | st.floats(0, 20).map(lambda value: round(value, 2)))
    end = None
    if start is not None:
        end = round(start + draw(st.floats(0.5, 16)), 2)
    return Asset(
        draw(st.text("abc", min_size=1, max_size=3)),
        start=start,
        end=end,
        keep=draw(st.sampled_from([None, *Keep])),
        weight=draw(st.sampled_from([1.0, 1.0, 2.0, 0.1, 1000.0])),
        frame=draw(st.sampled_from([None, *Framing])),
    )


@st.composite
def videos(draw: st.DrawFn) -> VideoFacts:
    container = draw(st.sampled_from(["mp4", "mp4", "mov", "matroska", "webm", "avi", "gif"]))
    sound = draw(st.sampled_from([None, "aac", "mp3", "opus", "pcm_s16le"]))
    return VideoFacts(
        container=container,
        demuxer="mov",
        bytes=draw(SIZES),
        codec=draw(st.sampled_from(["h264", "h264", "hevc", "vp9", "prores"])),
        width=draw(SIDES),
        height=draw(SIDES),
        sar=draw(st.sampled_from([Fraction(1), Fraction(4, 3)])),
        rotation=draw(st.sampled_from([0, 90])),
        mirrored=draw(st.booleans()),
        fps=draw(RATES),
        vfr=draw(st.sampled_from([False, True, None])),
        duration=draw(SECONDS),
        bits=draw(st.sampled_from([8, 10, None])),
        chroma=draw(st.sampled_from(["4:2:0", "4:4:4"])),
        hdr=draw(st.sampled_from([None, Hdr.PQ, Hdr.HLG])),  # nothing mends DOLBY_VISION
        audio=None if sound is None else Track(index=0, codec=sound, channels=2),
        audio_tracks=0 if sound is None else 1,
    )


@st.composite
def images(draw: st.DrawFn) -> ImageFacts:
    alpha = draw(st.booleans())
    return ImageFacts(
        container=draw(st.sampled_from(["jpeg", "png", "webp", "heic", "tiff", "gif", "bmp"])),
        bytes=draw(SIZES),
        width=draw(SIDES),
        height=draw(SIDES),
        orientation=draw(st.sampled_from([None, 1, 6])),
        mode="RGBA" if alpha else "RGB",
        bits=8,
        alpha=alpha,
        frames=1,
    )


@st.composite
def sounds(draw: st.DrawFn) -> AudioFacts:
    container, codec = draw(
        st.sampled_from(
            [
                ("mp3", "mp3"),
                ("wav", "pcm_s16le"),
                ("wav", "pcm_f32le"),
                ("m4a", "aac"),
                ("ogg", "opus"),
            ]
        )
    )
    return AudioFacts(
        container=container,
        demuxer=container,
        bytes=draw(SIZES),
        codec=codec,
        duration=draw(SECONDS),
        channels=draw(st.sampled_from([1, 2, 6])),
    )


@st.composite
def media(draw: st.DrawFn) -> Media:
    asset = draw(assets())
    kind = draw(st.sampled_from([Kind.IMAGE, Kind.VIDEO, Kind.VIDEO, Kind.AUDIO, None]))
    match kind:
        case Kind.IMAGE:
            asset = replace(asset, start=None, end=None)
            return Media(asset=asset, kind=kind, facts=draw(images()))
        case Kind.VIDEO:
            return Media(asset=asset, kind=kind, facts=draw(videos()))
        case Kind.AUDIO:
            return Media(asset=asset, kind=kind, facts=draw(sounds()))
    problem = Problem(fault=Fault.DAMAGED, says="is cut short")
    return Media(asset=asset, kind=draw(st.sampled_from([None, *Kind])), problem=problem)


@dataclass(frozen=True, slots=True)
class Case:
    """One random request, how it is planned, and how the encoder turns out."""

    files: tuple[Media, ...]
    allow: Trust
    mend: Level
    tolerant: bool
    slack: float
    """0..1 of what muxing and rounding may add or leave out."""
    group: float | None = None
    """Seconds between the keyframes of all clips; ``None`` when nobody looked."""

    @property
    def limits(self) -> Limits:
        """Numbers of the fast endpoint."""
        return load(DEFAULT_ENDPOINT, tolerant=self.tolerant)

    def plan(self, allow: Trust | None = None, mend: Level | None = None) -> Plan:
        """The plan of it."""
        return planned(
            *self.files,
            allow=self.allow if allow is None else allow,
            mend=mend or self.mend,
            limits=self.limits,
            surveys=self.surveys(),
        )

    def surveys(self) -> dict[int, Survey]:
        """Marks twice a second, and at each keyframe; a look at whatever lasts."""
        if self.group is None:
            return {}
        group = self.group
        return {
            index: _survey(one.facts, group)
            for index, one in enumerate(self.files)
            if isinstance(one.facts, VideoFacts | AudioFacts) and (one.facts.duration or 0) > 0
        }

    def unwindowed(self) -> Case:
        """The same without windows that the caller chose: those nobody else may change."""
        files = (replace(one, asset=replace(one.asset, start=None, end=None)) for one in self.files)
        return replace(self, files=numbered(files))


def _survey(facts: VideoFacts | AudioFacts, group: float) -> Survey:
    marks = tuple(_marks(facts, group)) if isinstance(facts, VideoFacts) else None
    return Survey(marks=marks, look=_look(facts))


def _look(facts: VideoFacts | AudioFacts) -> Look:
    """Black for the first third, a cut at the half, a word each second; the end was not seen."""
    whole = min(facts.duration or 0.0, 60.0)
    words = tuple(Window(at + 0.2, at + 0.8) for at in range(int(whole)))
    return Look(
        spans=(Span(window=Window(0.0, 0.9 * whole), motion=(1.0, 2.0)),),
        black=(Window(0.0, whole / 3),),
        cuts=(Window(whole / 2 - 0.05, whole / 2),),
        heard=words,
        words=words,
    )


def _marks(facts: VideoFacts, group: float) -> Iterator[Mark]:
    """As many as matter: behind a minute nothing is ever kept here but the end."""
    assert facts.duration is not None
    seconds = min(facts.duration, 60.0)
    for half in range(int(seconds * 2) + 1):
        at = half / 2
        share = at / facts.duration
        packets = int(at * (facts.fps or 30))
        yield Mark(seconds=at, packets=packets, bytes=int(facts.bytes * share), key=not at % group)


CASES = st.builds(
    Case,
    files=st.lists(media(), max_size=13).map(numbered),
    allow=st.sampled_from(list(Trust)),
    mend=st.sampled_from([Level.ERROR, Level.ERROR, Level.WARNING]),
    tolerant=st.booleans(),
    slack=st.floats(0, 1),
    group=st.sampled_from([None, 0.5, 2.0, 5.0]),
)

NONSENSE = st.sampled_from([None, 0, -1, 10**9])
UNKNOWN = st.fixed_dictionaries(
    {},
    optional={
        "width": NONSENSE,
        "height": NONSENSE,
        "duration": NONSENSE | st.sampled_from([math.inf, math.nan]),
        "fps": st.sampled_from([None, Fraction(0), Fraction(-1), Fraction(10**9)]),
        "codec": st.none(),
        "audio": st.none(),
        "sar": st.none(),
        "alpha": st.none(),
    },
)


@st.composite
def unknowns(draw: st.DrawFn) -> Media:
    """A file of which the probe learned little, or nonsense."""
    one = draw(media())
    changes = draw(UNKNOWN)
    match one.facts:
        case VideoFacts() | ImageFacts() | AudioFacts() as facts:
            known: dict[str, Any] = {
                name: changes[name] for name in changes if hasattr(facts, name)
            }
            return replace(one, facts=replace(facts, **known))
    return one


# ---- what an encoder makes of a recipe, told independently of the plan's own prediction


def _made(step: Step, slack: float) -> Media:
    """The finished file: ``slack`` (0..1) of what muxing and rounding may add or leave out."""
    one, recipe = step.media, step.recipe
    if recipe is None:
        return one
    asset = one.asset
    facts: VideoFacts | ImageFacts | AudioFacts
    if isinstance(recipe, VideoRecipe):
        assert isinstance(one.facts, VideoFacts)
        facts = (
            _copied(one.facts, step, recipe, slack)
            if step.action in (Action.REMUXED, Action.COPIED)
            else _encoded(one.facts, recipe, slack)
        )
    elif isinstance(recipe, ImageRecipe):
        assert isinstance(one.facts, ImageFacts)
        facts = _painted(one.facts, recipe, slack)
    else:
        assert isinstance(one.facts, AudioFacts)
        assert isinstance(recipe, AudioRecipe)
        facts = _recorded(one.facts, recipe, slack)
    return replace(one, asset=replace(asset, start=None, end=None, keep=None), facts=facts)


def _copied(facts: VideoFacts, step: Step, recipe: VideoRecipe, slack: float) -> VideoFacts:
    """Sound ends with a packet, so a cut may be longer by one of them."""
    assert facts.duration is not None
    size, length = int(facts.bytes * (1 + 0.005 * slack)) + int(8_000 * slack), facts.duration
    if recipe.window:
        assert step.predicted is not None
        assert isinstance(step.predicted.facts, VideoFacts)
        size, length = int(step.predicted.facts.bytes * slack), recipe.window.length
    return replace(
        facts,
        container="mp4",
        bytes=size,
        duration=round(length + 0.08 * slack, 3),
        audio=Track(index=0, codec="aac") if recipe.sound_anew else facts.audio,
    )


def _encoded(facts: VideoFacts, recipe: VideoRecipe, slack: float) -> VideoFacts:
    assert facts.duration is not None
    assert facts.width is not None
    assert facts.height is not None
    assert recipe.fps is not None
    assert recipe.max_bytes is not None
    shown = Size(facts.width, facts.height)
    if recipe.crop:
        assert recipe.crop.x + recipe.crop.width <= shown.width
        assert recipe.crop.y + recipe.crop.height <= shown.height
        shown = Size(recipe.crop.width, recipe.crop.height)
    shown = recipe.size or shown
    if recipe.canvas:
        assert shown.width <= recipe.canvas.width
        assert shown.height <= recipe.canvas.height
        shown = recipe.canvas
    return VideoFacts(
        container="mp4",
        demuxer="mov",
        bytes=int((recipe.max_bytes - 1) * slack),
        codec="h264",
        width=shown.width // 2 * 2,
        height=shown.height // 2 * 2,
        sar=Fraction(1),
        rotation=0,
        mirrored=False,
        fps=recipe.fps,
        vfr=False,
        duration=_frames(facts.duration, recipe, slack),
        bits=8,
        chroma="4:2:0",
        audio=Track(index=0, codec="aac") if facts.audio else None,
        audio_tracks=1 if facts.audio else 0,
    )


def _frames(whole: float, recipe: VideoRecipe, slack: float) -> float:
    """Whole frames: never over a window; a length that is reached or kept is rounded up."""
    assert recipe.fps is not None
    if recipe.length is None and recipe.window:
        return math.floor(Fraction(recipe.window.length) * recipe.fps + Fraction(1, 1000)) / float(
            recipe.fps
        )
    frames = math.ceil(Fraction(recipe.length or whole) * recipe.fps - Fraction(1, 1000))
    return round(frames / float(recipe.fps) + 0.02 * slack, 6)


def _painted(facts: ImageFacts, recipe: ImageRecipe, slack: float) -> ImageFacts:
    assert facts.width is not None
    assert facts.height is not None
    assert recipe.aim_bytes is not None  # what needs more says so itself, with its file
    shown = Size(facts.width, facts.height)
    if recipe.crop:
        assert recipe.crop.x + recipe.crop.width <= shown.width
        assert recipe.crop.y + recipe.crop.height <= shown.height
        shown = Size(recipe.crop.width, recipe.crop.height)
    shown = recipe.size or shown
    if recipe.canvas:
        assert shown.width <= recipe.canvas.width
        assert shown.height <= recipe.canvas.height
        shown = recipe.canvas
    return ImageFacts(
        container=recipe.format,
        bytes=int((recipe.aim_bytes - 1) * slack),
        width=shown.width,
        height=shown.height,
        mode="RGBA" if facts.alpha and recipe.format != "jpeg" else "RGB",
        bits=8,
        alpha=bool(facts.alpha) and recipe.format != "jpeg",
        frames=1,
    )


def _recorded(facts: AudioFacts, recipe: AudioRecipe, slack: float) -> AudioFacts:
    """An MP3 is whole frames of 26 ms: fewer than a window, more than a length that is kept."""
    assert facts.duration is not None
    length = recipe.length or (recipe.window.length if recipe.window else facts.duration)
    if recipe.max_bytes is None:  # a copy
        spread = 0.14 * slack - 0.04 if recipe.format == "mp3" and recipe.window else 0.0
        most = int(40_000 * length) if recipe.format == "mp3" else facts.bytes  # 320 kbit/s
        stored = min(facts.bytes, most) + 1000  # what is not sound stays behind
        return replace(facts, duration=length + spread, bytes=stored, cover=False)
    if recipe.format == "mp3":
        cut = recipe.window is not None and recipe.length is None
        length = length - 0.026 * slack if cut else length + 0.08 * slack
    return AudioFacts(
        container=recipe.format,
        demuxer=recipe.format,
        bytes=int((recipe.max_bytes - 1) * slack),
        codec="mp3" if recipe.format == "mp3" else "pcm_s16le",
        duration=round(length, 6),
        channels=2,
    )


def _after(plan: Plan, slack: float) -> tuple[Media, ...]:
    return numbered(_made(step, slack) for step in plan.steps if not step.dropped)


def _keys(findings: Sequence[Finding]) -> set[tuple[str, str | None]]:
    return {(one.code, one.ref) for one in findings if one.level is not Level.INFO}


# ---- the laws


def only_what_the_plan_said_is_left(case: Case) -> None:
    """Errors and warnings about the finished files are among those that the plan foretold."""
    plan = case.plan()
    after = found(_after(plan, case.slack), case.limits)
    assert set() == _keys(after) - _keys(plan.left)


def touched(plan: Plan) -> list[Step]:
    """The steps that make a new file."""
    return [step for step in plan.steps if step.recipe is not None and not step.dropped]


def planning_the_result_touches_nothing(case: Case) -> None:
    """A second run finds nothing more that it may mend: one plan is enough.

    Windows that the caller chose and that overrun the sum are not cut; once they are files, they
    are no longer chosen. Such a request is held to the law without its windows.
    """
    once = case.plan()
    if {"REQ011", "REQ014"} & {one.code for one in once.left}:
        once = case.unwindowed().plan()
    after = _after(once, case.slack)
    again = planned(*after, allow=case.allow, mend=case.mend, limits=case.limits)
    assert [] == touched(again)
    assert not any(step.dropped for step in again.steps)


def without_errors_nothing_is_touched(case: Case) -> None:
    """A touched file has an error of its own, or its part in a sum, or makes room for another."""
    plan = case.plan(mend=Level.ERROR)
    errors = [one for one in found(case.files, case.limits) if one.level is Level.ERROR]
    own = {one.ref for one in errors if one.ref}
    sums = {one.knob for one in errors if one.ref is None}
    for step in touched(plan):
        alike = [one for one in touched(plan) if one.media.kind is step.media.kind]
        assert step.media.ref in own or sums or len(alike) > 1
    if not errors:
        assert [] == touched(plan)


def no_step_goes_farther_than_allowed(case: Case) -> None:
    """Every step stays within the trust, and what is left would need more than that."""
    plan = case.plan()
    assert len(case.files) == len(plan.steps)
    assert all(step.trust <= case.allow for step in plan.steps)
    for one in plan.left:
        if one.level.rank <= case.mend.rank and one.knob is not None and one.trust is not None:
            assert one.trust > case.allow


def what_is_said_to_mend_it_does(case: Case) -> None:
    """A finding that names a trust is gone from a plan at that trust."""
    plan = case.plan()
    for one in plan.left:
        if one.knob is None or one.trust is None:
            continue
        better = case.plan(allow=one.trust, mend=max(one.level, case.mend, key=_rank))
        kept = [step.media.source for step in better.steps if not step.dropped]
        assert len(kept) < len(case.files) or (one.code, one.ref) not in _keys(better.left)


def _rank(level: Level) -> int:
    return level.rank


def full_trust_mends_every_readable_file(case: Case) -> None:
    """At ``inventive`` no readable file keeps an error, but for windows that the caller chose."""
    free = case.unwindowed()
    readable = {one.ref for one in free.files if one.facts}
    errors = [one for one in free.plan(Trust.INVENTIVE).left if one.level is Level.ERROR]
    assert [] == [(one.code, one.ref) for one in errors if one.ref in readable]


def dropping_mends_the_counts_as_well(case: Case) -> None:
    """At ``drop`` what is left is unreadable, or sound that nothing goes with."""
    left = case.unwindowed().plan(Trust.DROP).left
    errors = {one.code for one in left if one.level is Level.ERROR}
    assert set() == {code for code in errors if not code.startswith("FIL")} - {"REQ005"}


LAWS = [
    only_what_the_plan_said_is_left,
    planning_the_result_touches_nothing,
    without_errors_nothing_is_touched,
    no_step_goes_farther_than_allowed,
    what_is_said_to_mend_it_does,
    full_trust_mends_every_readable_file,
    dropping_mends_the_counts_as_well,
]
CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("law", LAWS)
@settings(deadline=None, max_examples=25, suppress_health_check=CALM)
@given(case=CASES)
def test_settling(law: Callable[[Case], None], case: Case) -> None:
    """Each law holds for random requests."""
    law(case)


@settings(deadline=None, max_examples=60, suppress_health_check=CALM)
@given(files=st.lists(unknowns(), max_size=13).map(numbered), allow=st.sampled_from(list(Trust)))
def test_unknown_facts_never_raise(files: tuple[Media, ...], allow: Trust) -> None:
    """A plan is made whatever the probe could not measure; what is unknown stays unknown."""
    plan = planned(*files, allow=allow)
    assert len(files) == len(plan.steps)
    for step in touched(plan):
        before, after = step.media.facts, step.predicted and step.predicted.facts
        if isinstance(before, VideoFacts | ImageFacts) and before.width is None:
            assert isinstance(after, VideoFacts | ImageFacts)
            assert after.width is None


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@settings(deadline=None, max_examples=1500, suppress_health_check=CALM)
@given(case=CASES)
def test_settling_far_and_wide(law: Callable[[Case], None], case: Case) -> None:
    """Each law holds for very many random requests."""
    law(case)
