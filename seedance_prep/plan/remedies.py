"""What is left, and for each finding the option that would mend it for this very asset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ..core.chosen import too_long
from ..core.finding import FILE_KNOBS, Finding, Knob, Level, Trust
from ..core.media import AudioFacts, VideoFacts
from ..core.plan import Step, Want
from ..core.request import Asset

Key = tuple[str, str | int | None]
"""Code, and the asset's position in the request (its source when it has no number)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The steps at one trust, and what is left after them."""

    steps: tuple[Step, ...]
    left: Mapping[Key, Finding]
    wants: tuple[Want, ...] = ()
    uncut: frozenset[int] = frozenset()
    """Videos that only an encode would cut, where none is allowed."""
    perhaps: frozenset[int] = frozenset()
    """Videos that a copy may cut, if they have keyframes where nobody has looked yet."""


Settle = Callable[[Trust, Level], Outcome]


def keyed(findings: Sequence[Finding], steps: Sequence[Step]) -> dict[Key, Finding]:
    """Findings about predicted outputs by something that dropping files does not renumber."""
    places = {
        step.predicted.ref: index
        for index, step in enumerate(steps)
        if step.predicted and step.predicted.ref
    }
    return {
        (finding.code, places.get(finding.ref) if finding.ref else _said(finding)): finding
        for finding in findings
    }


def _said(finding: Finding) -> str | None:
    """What tells findings about the request apart: a rule may have several about one prompt."""
    return finding.source or (None if finding.knob in FILE_KNOBS else finding.message)


def explained(outcome: Outcome, allow: Trust, mend: Level, settle: Settle) -> tuple[Finding, ...]:
    """What is left, sorted, with the trust and the option that would mend it."""
    once = cache(settle)

    def copies(key: Key, finding: Finding, trust: Trust, better: Outcome) -> Iterator[str]:
        if finding.knob is Knob.LENGTH or isinstance(key[1], int):
            between = allow < Trust.LOSSLESS < trust
            yield from _by_copy(key, better, once(Trust.LOSSLESS, mend) if between else None)
        if finding.knob is Knob.LENGTH and allow is Trust.LOSSLESS:
            yield from _in_the_way(key, outcome, better)

    def one(key: Key, finding: Finding) -> Finding:
        if finding.knob not in FILE_KNOBS:
            return finding
        for trust, level in _farther(finding, allow, mend):
            better = once(trust, level)
            if key not in better.left:
                option = _option(allow, mend, trust, level)
                does = "; ".join((*_done(key, better), *copies(key, finding, trust, better)))
                remedy = f"`{option}` mends it" + (f" ({does})" if does else "")
                return replace(finding, trust=trust, remedy=remedy)
        step = outcome.steps[key[1]] if isinstance(key[1], int) else None
        return replace(finding, trust=None, remedy=_by_hand(finding, step, outcome.steps))

    found = (one(key, finding) for key, finding in outcome.left.items())
    return tuple(sorted(found, key=lambda finding: finding.order))


def _farther(finding: Finding, allow: Trust, mend: Level) -> Iterator[tuple[Trust, Level]]:
    """Options that go farther than what was allowed, the least first."""
    if finding.level.rank <= mend.rank:
        yield from ((trust, mend) for trust in Trust if trust > allow)
    elif finding.level is Level.WARNING:
        yield from ((trust, Level.WARNING) for trust in Trust if trust >= allow)


def _option(allow: Trust, mend: Level, trust: Trust, level: Level) -> str:
    """The options to add, in the command's words."""
    words = [f"--allow {trust.label}"] if trust > allow else []
    if level is not mend:
        words.append("--mend warnings")
    return " ".join(words)


def _by_copy(key: Key, better: Outcome, lossless: Outcome | None) -> Iterator[str]:
    """That keyframes, which nobody has looked for, may make an encode needless."""
    mine = {key[1]} if isinstance(key[1], int) else set(range(len(better.steps)))
    if mine & better.perhaps:
        enough = lossless and mine & lossless.perhaps
        which = ", for which `--allow lossless` may be enough" if enough else ""
        yield f"by a copy where keyframes allow it{which}"


def _in_the_way(key: Key, outcome: Outcome, better: Outcome) -> Iterator[str]:
    """Other videos that stay whole, because only an encode would cut them."""
    own = key[1] if isinstance(key[1], int) else None
    if own is not None and (own in outcome.uncut or not better.steps[own].window):
        return
    steps = [better.steps[at] for at in sorted(outcome.uncut - outcome.perhaps)]
    names = [step.media.ref or step.media.source for step in steps if step.window]
    if names:
        stand, them = ("stands", "it") if len(names) == 1 else ("stand", "them")
        yield f"{' and '.join(names)} {stand} in the way: no copy can cut {them} as needed"


def _done(key: Key, better: Outcome) -> Iterator[str]:
    """What the plan would do to that asset, or whom it would leave out."""
    if isinstance(key[1], int) and not better.steps[key[1]].dropped:
        step = better.steps[key[1]]
        unseen = any(want.look and want.index == key[1] for want in better.wants)
        yield from _best(step) if unseen else step.operations
        if any(word.startswith("pad ") for word in step.operations):
            yield "`#frame=crop` crops instead"
        return
    gone = [step.media.ref or step.media.source for step in better.steps if step.dropped]
    if gone:
        yield f"leaves out {', '.join(gone)}"


def _best(step: Step) -> Iterator[str]:
    """What is done to a clip whose best seconds nobody has looked for yet."""
    for word in step.operations:
        trims = step.window and word.startswith("trim ")
        yield f"trim to the best {step.window.length:.1f} s" if trims and step.window else word


def _by_hand(finding: Finding, step: Step | None, steps: Sequence[Step]) -> str | None:
    """What only the caller can do."""
    if finding.trust is None and finding.remedy:
        return finding.remedy
    asset = step.media.asset if step else None
    match finding.knob:
        case Knob.LENGTH if asset is None or asset.windowed:
            if not _long(finding):
                return "choose a longer window (`#t=START,END`)"
            than = _than(finding, steps)
            return f"choose shorter windows (`#t=START,END`){than}, or leave a file out"
        case Knob.COUNT:
            return "leave files out"
    return _elsewhere(asset)


def _than(finding: Finding, steps: Sequence[Step]) -> str:
    """The windows of the caller that are in each other's way, when it is a sum that is broken."""
    media = [step.media for step in steps if not step.dropped]
    kind = {"REQ011": VideoFacts, "REQ014": AudioFacts}.get(finding.code)
    named = too_long(media, kind) if kind else None
    return f" than {named}" if named else ""


def _long(finding: Finding) -> bool:
    measured, limit = finding.measured, finding.limit
    if isinstance(measured, int | float) and isinstance(limit, int | float):
        return measured > limit
    return True


def _elsewhere(asset: Asset | None) -> str:
    what = "the file" if asset else "the files"
    return f"change {what} with another program, or leave it out"
