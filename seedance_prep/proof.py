"""Make one output and prove it: decode it whole, probe it again, and measure its size.

The loop for bytes is here: an encoder's size cannot be predicted exactly, so the finished file
decides. Each turn asks for less, and there are few turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .core.media import AudioFacts, Fault, ImageFacts, Media, Problem, VideoFacts
from .core.outcome import Verify, Vmaf
from .core.plan import Action, Step
from .core.request import Asset, Kind
from .core.units import megabytes
from .errors import ToolFailedError
from .fixes import Draft, decodes, make, plays
from .fixes import untouched as copied
from .fixes.promise import Decoded, Span, difference
from .process import whole
from .reader import NOBODY, read, stamped
from .telemetry import span

if TYPE_CHECKING:
    from .cache import Cache, Stored

SENT = frozenset({"jpeg", "png", "webp"})
"""Formats of pictures that requests take: others are kept for their owner and never sent."""
TURNS = 4
"""Encodes of one file at most."""
AIM = 0.96
"""Share of the allowed bytes that a repeated encode aims for."""
UNSCORED = "no VMAF: every picture is the source's own"
MAKING = 0.85
"""Share of the time that goes into making a file; the rest proves it."""

Told = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What became of one step."""

    step: Step
    media: Media
    """The finished file as probed again, or the source when there is none."""
    draft: Draft | Stored | None = None
    vmaf: Vmaf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a cache keeps of one step beside the file that was made, or was found to be sound."""

    tried: int
    """Copies that were tried in vain before."""
    untouched: bool
    """Whether the file is the source itself, of which nothing more is kept."""
    media: Media
    """The finished file, without names."""
    extension: str
    notes: tuple[str, ...]
    vmaf: Vmaf | None


def prove(
    step: Step,
    folder: Path,
    on_progress: Told,
    verify: Verify | None = None,
    cache: Cache | None = None,
) -> Proven:
    """Carry out one step in ``folder``; a step that fails becomes a problem of its asset.

    So does a source that is not what was judged any more. What the cache has is not made again.
    """
    digest = cache and step.media.path and not step.dropped and cache.digest(step.media.path)
    if not cache or not digest:
        return _unchanged(step, folder, on_progress, verify)
    key = cache.key(digest, "proof", verify, *_asked(step))
    if (known := _recalled(step, key, cache)) is not None:
        on_progress(1.0)
        return known
    with whole() as cut:
        proven = _unchanged(step, folder, on_progress, verify)
    return proven if cut.is_set() else _remembered(step, proven, digest, key, cache)


def _unchanged(step: Step, folder: Path, on_progress: Told, verify: Verify | None) -> Proven:
    proven = _proved(step, folder, on_progress, verify)
    if proven.draft is None or not _changed(step.media):
        return proven
    proven.draft.discard()
    return _other(step)


def _other(step: Step) -> Proven:
    """There is no file: the source is not the one that was judged."""
    says = "was changed while it was worked on"
    problem = Problem(fault=Fault.DAMAGED, says=says, remedy="run again once it stays as it is")
    return Proven(step=step, media=replace(step.media, facts=None, problem=problem))


def _changed(media: Media) -> bool:
    """Whether the file is another one than was read; unknown is no."""
    if media.stamp is None or media.path is None:
        return False
    return stamped(media.path) != media.stamp


def _asked(step: Step) -> Iterator[object]:
    """All that a finished file depends on, beside its source."""
    yield from (step.media.kind, step.media.asset.kind, step.action, step.recipe)
    yield step.predicted and step.predicted.facts
    if step.otherwise is not None:
        yield from _asked(step.otherwise)


def _recalled(step: Step, key: str, cache: Cache) -> Proven | None:
    from .cache import Stored

    known = cache.value(key)
    if not isinstance(known, Known) or known.media.sha256 is None:
        return None
    file = cache.file(known.media.sha256, step.media.path if known.untouched else None)
    if file is None:
        return None
    for _ in range(known.tried):
        assert step.otherwise is not None
        step = step.otherwise
    asset = step.media.asset if known.untouched else _finished(step)
    media = replace(known.media, asset=asset, ref=step.media.ref)
    draft = Stored(cache, file, known.media.sha256, known.extension, known.notes)
    return Proven(step=step, media=media, draft=draft, vmaf=known.vmaf)


def _remembered(step: Step, proven: Proven, digest: str, key: str, cache: Cache) -> Proven:
    """With the digest of the file that was kept; what failed is tried again the next time."""
    draft, source = proven.draft, step.media.path
    if draft is None or source is None or cache.digest(source) != digest:
        return proven
    bare = replace(proven.media, asset=NOBODY, ref=None, path=None, stamp=None)

    def known(made: str) -> Known:
        return Known(
            tried=_tried(step, proven.step),
            untouched=proven.step.recipe is None,
            media=replace(bare, sha256=made),
            extension=draft.extension,
            notes=draft.notes,
            vmaf=proven.vmaf,
        )

    if proven.step.recipe is None:
        cache.put(key, known(digest))
        return proven
    assert isinstance(draft, Draft)
    made = cache.keep(key, draft.path, known)
    return replace(proven, media=replace(proven.media, sha256=made)) if made else proven


def _tried(first: Step, last: Step) -> int:
    """Steps that failed before the last one."""
    return 0 if first is last or first.otherwise is None else 1 + _tried(first.otherwise, last)


def _proved(step: Step, folder: Path, on_progress: Told, verify: Verify | None) -> Proven:
    if step.dropped or step.media.problem is not None or step.media.path is None:
        return Proven(step=step, media=step.media)
    try:
        if step.recipe is None:
            return _kept(step, folder)
        proven = _made(step, folder, on_progress)
        return _scored(proven) if verify else proven
    except ToolFailedError as error:
        if step.otherwise is not None:  # a copy that is not as predicted
            return _proved(step.otherwise, folder, on_progress, verify)
        return Proven(step=step, media=_failed(step.media, str(error), step.recipe is None))


def playable(path: Path) -> None:
    """Decode a video that somebody else made. Raises ``ToolFailedError`` when much is missing."""
    media = read(Asset(str(path)), path)
    if media.problem or not isinstance(media.facts, VideoFacts):
        says = media.problem.says if media.problem else "is no video"
        raise ToolFailedError(("the probe",), f"says that it {says}")
    plays(path, media.facts)


def _kept(step: Step, folder: Path) -> Proven:
    """The very same bytes, read again: what is judged is the copy, not the file it is of.

    They are decoded all the same: a cut file has a sound header. That costs little: only what is
    inside the limits on seconds and pixels is kept.
    """
    try:
        with span("fix", **_known(step)):
            draft = copied(step, folder)
    except OSError:  # gone, or something else stands there
        return _other(step)
    try:
        with span("prove", **_known(step)):
            if read(step.media.asset, draft.path).facts != step.media.facts:
                draft.discard()
                return _other(step)
            _looked_through(step, draft)
    except BaseException:
        draft.discard()
        raise
    return Proven(step=step, media=replace(step.media, path=draft.path), draft=draft)


def _looked_through(step: Step, draft: Draft) -> None:
    if isinstance(step.media.facts, VideoFacts):
        plays(draft.path, step.media.facts)
    elif isinstance(step.media.facts, ImageFacts) and step.media.facts.container in SENT:
        decodes(draft.path, None, step.media.kind)
    elif isinstance(step.media.facts, AudioFacts) and step.media.facts.heard is None:
        decodes(draft.path, step.media.facts.demuxer, step.media.kind)


def _known(step: Step) -> dict[str, str | None]:
    """What may be told of a step."""
    return {"action": step.action.value, "kind": step.media.kind and step.media.kind.value}


def _made(step: Step, folder: Path, on_progress: Told) -> Proven:
    assert step.recipe is not None
    factor = 1.0
    told = _Rising(on_progress)
    for turn in range(TURNS):
        with span("fix", **_known(step)) as noted:
            draft = make(step, folder, on_progress=told.until(MAKING), rate_factor=factor)
            noted(bytes=draft.path.stat().st_size)
        try:
            with span("prove", **_known(step)):
                media = _measured(step, draft, told)
        except BaseException:
            draft.discard()
            raise
        size, cap = draft.path.stat().st_size, step.recipe.max_bytes
        last = turn == TURNS - 1 and step.otherwise is None
        if cap is None or size < cap or last:
            told.until(1.0)(1.0)
            if cap is not None and size >= cap:
                draft.notes += (_too_large(size, cap),)
            return Proven(step=step, media=media, draft=draft)
        draft.discard()
        if step.otherwise is not None:
            return _proved(step.otherwise, folder, on_progress, None)
        factor *= AIM * cap / size
    raise AssertionError("the last turn returns")


def _too_large(size: int, cap: int) -> str:
    """Said with the file; the judge of all files says whether it is an error."""
    return f"no smaller than {megabytes(size)}, though {megabytes(cap)} were its share"


def _scored(proven: Proven) -> Proven:
    """With the score of the file that was kept in the end; a copy says why it has none."""
    from .fixes.score import vmaf

    if not isinstance(proven.draft, Draft):
        return proven
    if proven.step.media.kind is Kind.VIDEO and proven.step.action is not Action.ENCODED:
        proven.draft.notes += (UNSCORED,)
        return proven
    try:
        return replace(proven, vmaf=vmaf(proven.step, proven.draft))
    except BaseException:
        proven.draft.discard()
        raise


def _measured(step: Step, draft: Draft, told: _Rising) -> Media:
    """The finished file, decoded whole and read again. Its window is cut: none is asked for now."""
    media = read(_finished(step), draft.path)
    found = _listened(media) or _decoded(step, draft, media, told)
    if draft.promise and (wrong := difference(draft.promise, found)):
        raise ToolFailedError(("ffmpeg",), wrong)
    return replace(media, ref=step.media.ref, path=draft.path)


def _finished(step: Step) -> Asset:
    return replace(step.media.asset.whole(), keep=None, kind=step.media.kind)


def _decoded(step: Step, draft: Draft, media: Media, told: _Rising) -> Decoded:
    demuxer = getattr(media.facts, "demuxer", None)
    seconds = getattr(media.facts, "duration", None)
    share = told.over(MAKING)
    return decodes(draft.path, demuxer, step.media.kind, on_progress=share, seconds=seconds)


def _listened(media: Media) -> Decoded | None:
    """What a sound holds, where the probe has decoded it whole and found no fault."""
    facts = media.facts
    if not isinstance(facts, AudioFacts) or facts.heard is None or facts.faulty:
        return None
    return Decoded(sound=Span(1, 0.0, facts.duration or 0.0))


class _Rising:
    """The share done of a whole step, never falling: making it first, then the proof."""

    def __init__(self, told: Told) -> None:
        """Tell the beginning, so that a reader knows when work on this file began."""
        self._told = told
        self._share = 0.0
        told(0.0)

    def _rise(self, share: float) -> None:
        if share > self._share:
            self._share = share
            self._told(share)

    def until(self, end: float) -> Told:
        """For a part that lasts from the beginning to ``end``."""
        return lambda share: self._rise(share * end)

    def over(self, start: float) -> Told:
        """For a part that lasts from ``start`` to the end."""
        return lambda share: self._rise(start + share * (1 - start))


def _failed(media: Media, reason: str, untouched: bool) -> Media:
    says = f"cannot be {'decoded whole' if untouched else 'converted'}: {reason}"
    remedy = None if untouched else "export it as MP4, JPEG, PNG or MP3 where it was made"
    problem = Problem(fault=Fault.DAMAGED, says=says, remedy=remedy)
    return replace(media, facts=None, problem=problem)
