"""What ``metadata="strip"`` and ``"keep"`` make of a plan."""

from __future__ import annotations

from seedance_prep.core.finding import Trust
from seedance_prep.core.plan import Action, ImageRecipe, StripRecipe

from .building import codes, image, planned, sound, video


def test_stripping_is_the_least_touch() -> None:
    """Pictures lose their metadata, videos are copied; who has an error is made anew anyway."""
    plan = planned(image(), image(container="heic"), video(), sound(), metadata="strip")
    actions = [step.action for step in plan.steps]
    assert [Action.REMUXED, Action.ENCODED, Action.REMUXED, Action.UNTOUCHED] == actions
    assert isinstance(plan.steps[0].recipe, StripRecipe)
    assert "take the metadata out" == plan.steps[0].operations[0] == plan.steps[2].operations[0]
    assert Trust.LOSSLESS == plan.steps[0].trust == plan.steps[2].trust


def test_a_picture_that_tells_nothing_stays() -> None:
    """Nothing to take out: the very same bytes."""
    (step,) = planned(image(metadata=False), metadata="strip").steps
    assert Action.UNTOUCHED is step.action


def test_no_second_is_lost_for_it() -> None:
    """Clips that fill their seconds to the last keep all of them: their streams are copied."""
    full = [video(duration=5.0), video(duration=5.0), video(duration=5.0)]
    plan = planned(*full, metadata="strip")
    assert [Action.REMUXED] * 3 == [step.action for step in plan.steps]
    assert [None] * 3 == [step.window for step in plan.steps]
    assert [] == codes(plan)


def test_it_needs_a_little_trust() -> None:
    """``lossless`` is enough, ``none`` touches nothing."""
    for allow, action in ((Trust.NONE, Action.UNTOUCHED), (Trust.LOSSLESS, Action.REMUXED)):
        plan = planned(image(), video(), allow=allow, metadata="strip")
        assert [action, action] == [step.action for step in plan.steps]


def test_keeping_is_for_pictures_that_are_made_anew() -> None:
    """The recipe says so, and so do the words."""
    still, anew = planned(image(), image(container="heic"), metadata="keep").steps
    assert Action.UNTOUCHED is still.action
    assert isinstance(anew.recipe, ImageRecipe)
    assert anew.recipe.keep_metadata
    assert "keep the metadata" == anew.operations[-1]
