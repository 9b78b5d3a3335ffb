"""What a step does that nobody asked for in so many words: told, never hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..core.finding import Finding, Knob, Level
from ..core.media import VideoFacts
from ..core.plan import ImageRecipe, Size, Step, VideoRecipe


def noted(steps: Sequence[Step], named: Collection[str]) -> tuple[Finding, ...]:
    """Findings about the steps: a picture scaled up (info), a file left out that the prompt names.

    ``named`` are the references that the prompt names.
    """
    found = [note for step in steps for note in _scaled_up(step)]
    found += [_named(step) for step in steps if step.dropped and step.media.ref in named]
    return tuple(sorted(found, key=lambda finding: finding.order))


def _named(step: Step) -> Finding:
    return Finding(
        code="PRM016",
        name="tag-of-dropped-file",
        level=Level.ERROR,
        message=f"is left out, but the prompt names it as {step.media.ref}",
        ref=step.media.ref,
        source=step.media.source,
        remedy="take the tag out of the prompt, or choose yourself which files to leave out",
    )


def _scaled_up(step: Step) -> Iterator[Finding]:
    recipe, facts = step.recipe, step.media.facts
    if not isinstance(recipe, VideoRecipe | ImageRecipe) or recipe.size is None:
        return
    size = _before(step)
    if size is None or recipe.size.pixels <= size.pixels:
        return
    code, name = (
        ("VID034", "clip-scaled-up")
        if isinstance(facts, VideoFacts)
        else ("IMG017", "image-scaled-up")
    )
    yield Finding(
        code=code,
        name=name,
        level=Level.INFO,
        message=f"is scaled up from {size} to {recipe.size} to pass; that adds no detail",
        ref=(step.predicted or step.media).ref,
        source=step.media.source,
        measured=float(max(recipe.size.width / size.width, recipe.size.height / size.height)),
        knob=Knob.SIZE,
        remedy="give a larger original if there is one",
    )


def _before(step: Step) -> Size | None:
    """The part of the source that is scaled."""
    recipe, facts = step.recipe, step.media.facts
    if isinstance(recipe, VideoRecipe | ImageRecipe) and recipe.crop:
        return Size(recipe.crop.width, recipe.crop.height)
    width, height = getattr(facts, "width", None), getattr(facts, "height", None)
    return Size(width, height) if width and height else None
