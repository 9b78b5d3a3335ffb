"""Sounds: copied where only a cut or a header is needed, encoded where the coding is at fault."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.plan import Action, AudioRecipe, Step
from seedance_prep.core.request import Asset

from .building import codes, image, planned, sound

WAV: dict[str, Any] = {"container": "wav", "demuxer": "wav", "codec": "pcm_s16le", "channels": 2,
                       "sample_rate": 44_100}  # fmt: skip


def one(asset: Asset | None = None, allow: Trust = Trust.LOSSY, **facts: Any) -> Step:
    """The step of one sound beside a still."""
    return planned(image(), sound(asset, **facts), allow=allow).steps[1]


@pytest.mark.parametrize("facts", [{}, WAV])
@pytest.mark.parametrize("allow", [Trust.LOSSLESS, Trust.LOSSY])
def test_a_sound_that_is_too_long_is_cut_and_not_encoded(
    facts: dict[str, Any], allow: Trust
) -> None:
    """An MP3 between frames, a WAV by samples: without loss, and an encode only if that fails."""
    step = one(duration=40.0, allow=allow, **facts)
    assert (Action.COPIED, Trust.LOSSLESS) == (step.action, step.trust)
    assert step.window is not None
    assert 14.9 == pytest.approx(step.window.length)
    assert (allow is Trust.LOSSY) == (step.otherwise is not None)


@pytest.mark.parametrize(
    "facts",
    [
        {"container": "m4a", "demuxer": "mov", "codec": "aac"},
        {"codec": "mp2"},
        {"faulty": True},
        WAV | {"codec": "pcm_s24le"},
        WAV | {"channels": 6},
        WAV | {"sample_rate": 96_000},
    ],
)
def test_what_is_cut_from_another_coding_is_encoded(facts: dict[str, Any]) -> None:
    """What no reader is sure to take is made anew when it must be touched, at most at 48 kHz."""
    step = one(duration=40.0, **facts)
    assert Action.ENCODED == step.action
    assert step.predicted is not None
    assert step.predicted.facts is not None


def test_a_chosen_window_is_cut_where_it_was_asked_for() -> None:
    """``t=`` of a WAV is kept to the sample; a window of two seconds of an MP3 ends later."""
    window = one(Asset("a.wav", start=1.25, end=3.25), duration=9.0, **WAV).window
    assert window is not None
    assert (1.25, 3.25) == (window.start, window.end)
    longer = one(Asset("a.mp3", start=1.0, end=3.0), duration=9.0).window
    assert longer is not None
    assert 2.05 < longer.length < 2.06


def test_a_wrong_header_is_written_anew() -> None:
    """With warnings mended, the sound stays bit for bit; by default it stays as it is."""
    media = (image(), sound(told=9.0))
    assert Action.UNTOUCHED == planned(*media).steps[1].action
    step = planned(*media, mend=Level.WARNING, allow=Trust.LOSSLESS).steps[1]
    assert Action.REMUXED == step.action
    assert ("write the header anew", "sound kept bit for bit") == step.operations


def test_a_header_that_is_refused_is_an_error() -> None:
    """Fourteen seconds that tell of thirty would be refused: mended by default."""
    assert Action.REMUXED == one(duration=14.0, told=30.0).action


def test_a_wish_for_a_loudness_is_an_encode() -> None:
    """What is as loud as asked stays; anything else is made anew, and then has no wish left."""
    wish = Asset("a.mp3", loudness=-16.0)
    assert Action.UNTOUCHED == one(wish, loudness=-16.3, peak=-2.0).action
    step = one(wish, loudness=-20.0, peak=-6.0)
    assert Action.ENCODED == step.action
    assert isinstance(step.recipe, AudioRecipe)
    assert -16.0 == step.recipe.loudness
    plan = planned(image(), sound(wish, loudness=-20.0, peak=-6.0), allow=Trust.LOSSLESS)
    assert [("AUD016", "@Audio1")] == codes(plan)
    assert "--allow lossy" in (plan.left[0].remedy or "")


def test_silence_is_foreseen() -> None:
    """A part of silence is silence: the plan says what will be left."""
    plan = planned(image(), sound(duration=40.0, peak=-100.0, heard=0.0), mend=Level.WARNING)
    assert "AUD012" in {finding.code for finding in plan.left}


def test_a_heavy_cover_is_left_out() -> None:
    """Twenty megabytes of picture are no reason to encode a sound."""
    step = one(bytes=20_100_000, bitrate=128_000, cover=True)
    assert (Action.REMUXED, ("leave out the cover", "sound kept bit for bit")) == (
        step.action,
        step.operations,
    )


@pytest.mark.parametrize("duration", [float("nan"), float("inf")])
def test_a_length_that_makes_no_sense_is_not_copied(duration: float) -> None:
    """Nothing raises, and nothing is promised of such a sound."""
    for mend in Level:
        plan = planned(image(), sound(duration=duration, told=5.0), mend=mend)
        assert plan.steps[1].action in (Action.UNTOUCHED, Action.ENCODED)
