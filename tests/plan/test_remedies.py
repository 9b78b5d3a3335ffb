"""What is said to mend a finding does, whoever says it, and names what stands in the way."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given, settings

from seedance_prep.checks import foretold
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.media import Media
from seedance_prep.core.plan import Action, Plan
from seedance_prep.core.request import Asset, Fill, Framing, Keep, parse_asset
from seedance_prep.core.survey import Survey

from .building import found, image, planned, video
from .test_cutting import marked
from .test_settling import CALM, CASES, Case

BY_COPY = "by a copy where keyframes allow it"


def _clip(seconds: float, asset: Asset | None = None, **facts: Any) -> Media:
    size = int(seconds * 250_000)
    return video(asset, duration=seconds, picture_duration=seconds, bytes=size, **facts)


def _remedies(plan: Plan) -> dict[tuple[str, str | None], str]:
    return {(one.code, one.ref): one.remedy or "" for one in plan.left}


OFF_KEYFRAME = _clip(16.0, Asset("b.mp4", start=3.3, end=8))
LAST_OF_LONG_GROUPS = _clip(16.0, Asset("b.mp4", keep=Keep.LAST))
OTHER_CODEC = _clip(16.0, codec="vp9")


@pytest.mark.parametrize(
    ("other", "every"), [(OFF_KEYFRAME, 2.0), (LAST_OF_LONG_GROUPS, 15.9), (OTHER_CODEC, 2.0)]
)
def test_what_no_copy_can_cut_is_named_as_being_in_the_way(other: Media, every: float) -> None:
    """Lossless trust could cut one clip; it does not, for the other stays too long, and says so."""
    surveys = {0: marked(1.0, 1, 20.0), 1: marked(every, 1, 16.0)}
    plan = planned(_clip(20.0), other, allow=Trust.LOSSLESS, surveys=surveys)
    assert {Action.UNTOUCHED} == {step.action for step in plan.steps}
    said = _remedies(plan)
    blocked = "@Video2 stands in the way: no copy can cut it as needed"
    assert said["REQ011", None] == f"`--allow lossy` mends it ({blocked})"
    assert blocked in said["VID003", "@Video1"]
    assert blocked not in said["VID003", "@Video2"]
    assert "`--allow lossy` mends it" in said["VID003", "@Video2"]
    better = planned(_clip(20.0), other, surveys=surveys)
    assert ((), Action.COPIED) == (better.left, better.steps[0].action)


@pytest.mark.parametrize(("seconds", "expected"), [(10.0, 4.9), (12.0, 2.9)])
def test_a_clip_that_must_stay_whole_leaves_the_rest_to_the_others(
    seconds: float, expected: float
) -> None:
    """The clip with few keyframes keeps all it has; the other is copied short enough for both."""
    few = _clip(seconds, Asset("few.mp4", keep=Keep.LAST))
    surveys = {0: marked(1.0, 1, 10.0), 1: marked(seconds - 0.1, 1, seconds)}
    plan = planned(_clip(10.0), few, allow=Trust.LOSSLESS, surveys=surveys)
    assert [Action.COPIED, Action.UNTOUCHED] == [step.action for step in plan.steps]
    assert plan.steps[0].window is not None
    assert expected == pytest.approx(plan.steps[0].window.length)
    assert () == plan.left


def test_an_encode_is_not_promised_where_a_copy_may_do() -> None:
    """Before anybody looked for keyframes the remedy is true with them and without."""
    said = _remedies(planned(_clip(20.0), allow=Trust.NONE))
    enough = f"{BY_COPY}, for which `--allow lossless` may be enough"
    assert said["VID003", "@Video1"] == f"`--allow lossy` mends it (trim 0.000-14.900 s; {enough})"
    assert said["REQ011", None] == f"`--allow lossy` mends it ({enough})"


def test_what_is_said_of_best_seconds_is_true_before_anybody_looked() -> None:
    """Which they are is not known yet; a clip that must be encoded is promised no copy."""
    best = Asset("clip.mp4", keep=Keep.BEST)
    said = _remedies(planned(_clip(20.0, best), allow=Trust.NONE))["VID003", "@Video1"]
    assert f"`--allow lossy` mends it (trim to the best 14.9 s; {BY_COPY}" in said
    said = _remedies(planned(_clip(20.0, best, codec="vp9"), allow=Trust.NONE))["VID003", "@Video1"]
    assert "`--allow lossy` mends it (trim to the best 14.9 s; vp9 -> h264)" == said


def test_every_finding_of_a_clip_tells_the_same_of_its_mending() -> None:
    """The container that is new in a copy is not said to take an encode."""
    said = _remedies(planned(_clip(20.0, container="matroska"), allow=Trust.NONE))
    assert said["VID001", "@Video1"] == said["VID003", "@Video1"]
    assert BY_COPY in said["VID001", "@Video1"]


def test_a_copy_is_promised_where_its_keyframes_are_known() -> None:
    """With marks the remedy is that copy; where there are none, the encode."""
    clip = _clip(20.0)
    plan = planned(clip, allow=Trust.NONE, surveys={0: marked(1.0, 1, 20.0)})
    assert _remedies(plan)["VID003", "@Video1"] == (
        "`--allow lossless` mends it (cut 0.000-14.900 s between keyframe and packet;"
        " picture and sound kept bit for bit)"
    )
    plan = planned(clip, allow=Trust.NONE, surveys={0: Survey(marks=())})
    said = _remedies(plan)["VID003", "@Video1"]
    assert "`--allow lossy` mends it (trim 0.000-14.900 s)" == said


def test_nothing_is_said_of_copies_that_cannot_be() -> None:
    """Another codec must be encoded, whatever its keyframes."""
    said = _remedies(planned(_clip(20.0, codec="vp9"), allow=Trust.NONE))
    assert "copy" not in said["VID003", "@Video1"]


def test_a_check_knows_what_keeps_a_fix_from_mending() -> None:
    """A HEIC that is far too wide stays as it is by default: its format is not mended alone."""
    still = image(container="heic", width=1920, height=720)
    plan = planned(still)
    told = foretold(found([plan.steps[0].media]), plan.left, [plan.steps[0].media])
    command = "`seedance-prep fix still.jpg --out ready --allow inventive` mends it"
    assert {("IMG001", command), ("IMG007", command)} == {(one.code, one.remedy) for one in told}
    assert {Trust.INVENTIVE} == {one.trust for one in told}


@pytest.mark.parametrize(
    "asset",
    [
        Asset("a b.mp4", start=1234.5678, end=1240.0625),
        Asset("a.mp4", keep=Keep.BEST, fill=Fill.LOOP, frame=Framing.CROP),
        Asset("a.mp4", keep=Keep.LAST, loudness=-16.5),
    ],
)
def test_the_command_names_the_file_with_all_that_decides_its_mending(asset: Asset) -> None:
    """Read back by the command line, it is the same asset."""
    (one, *_) = [one for one in found([video(asset, codec="vp9", duration=2000.0)]) if one.source]
    command = (one.remedy or "").split("`")[1]
    said = shlex.split(command)[2]
    assert asset == parse_asset(said, lambda _: False)


def _commands_mend(case: Case) -> None:
    """A finding of ``check`` whose remedy is a command is gone from the plan of that command."""
    left = planned(*case.files, limits=case.limits).left
    for one in foretold(found(case.files, case.limits), left, case.files):
        said = one.remedy or ""
        if one.trust is None or not said.startswith("`seedance-prep fix"):
            continue
        alone = one.ref is not None and " … " not in said
        files = [file for file in case.files if file.ref == one.ref] if alone else case.files
        allow = max(Trust.LOSSY, one.trust)
        mend = Level.WARNING if "--mend warnings" in said else Level.ERROR
        after = planned(*files, allow=allow, mend=mend, limits=case.limits)
        mine = [step for step in after.steps if alone or step.media.ref == one.ref]
        refs = {step.predicted and step.predicted.ref for step in mine if not step.dropped}
        assert not any(
            stays.code == one.code and (one.ref is None or stays.ref in refs)
            for stays in after.left
        )
        assert (allow > Trust.LOSSY) == ("--allow" in said)


@settings(deadline=None, max_examples=40, suppress_health_check=CALM)
@given(case=CASES)
def test_a_command_that_check_names_mends_what_it_says(case: Case) -> None:
    """Over random requests: the plan of the command that stands in a remedy has no such finding."""
    _commands_mend(case)


@pytest.mark.slow
@settings(deadline=None, max_examples=1500, suppress_health_check=CALM)
@given(case=CASES)
def test_a_command_that_check_names_mends_what_it_says_far_and_wide(case: Case) -> None:
    """The same over very many requests."""
    _commands_mend(case)
