"""The plan on one page: every knob is turned at most once, in this order.

1. count: which files stay in the request (``count``).
2. Which of them must be made anew, and whether a copy of the streams is enough (``board``).
   A file whose own errors cannot all be mended at this trust stays the very same bytes: an output
   that the service would refuse helps nobody.
3. length: the seconds that all clips have together (``windows``, ``budget``).
4. bytes: the bytes that all videos have together (``budget``).
   3 and 4 may find that one more file must be made anew; then both are asked again, so that in
   the end each was answered once for the final set (``sharing``).
5. size, rate, colour, codec, container: each file by itself, in one encode (``steps``).
6. What the judge says of the predicted outputs is what is left (``remedies``: what would help).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from ..core.finding import Finding, Level, Trust
from ..core.limits import Limits
from ..core.media import Media, VideoFacts
from ..core.plan import Action, Plan, Step, VideoRecipe, Want
from ..core.prompt import tags
from ..core.refs import numbered
from ..core.request import Keep, Metadata, Request, member
from ..core.survey import Survey
from .board import Board, Judge
from .count import dropped
from .cutting import around
from .notes import noted
from .predict import longer
from .remedies import Key, Outcome, explained, keyed
from .sharing import alone, together


def plan(
    request: Request,
    media: Sequence[Media],
    findings: Sequence[Finding],
    limits: Limits,
    *,
    allow: Trust = Trust.LOSSY,
    mend: Level = Level.ERROR,
    judge: Judge,
    surveys: Mapping[int, Survey] | None = None,
    explain: bool = True,
) -> Plan:
    """One step per asset, in request order, and what the plan cannot mend.

    ``media`` are numbered, ``findings`` are what ``judge`` says of them; ``judge`` is asked again
    about the predicted outputs. Findings of level ``mend`` and above cause a touch, nothing else.
    ``surveys`` answer the ``wants`` of an earlier plan, by position in the request. Without
    ``explain``, which takes most of the time, what is left does not say what would mend it.
    Never raises for what is wrong with media.
    """
    named = frozenset(
        tag.ref for tag in tags(request.prompt if isinstance(request.prompt, str) else "")
    )
    metadata = member(Metadata, "metadata", request.metadata)
    known = dict(surveys or {})
    whole = Whole(tuple(media), tuple(findings), limits, judge, named, known, metadata)

    def settle(trust: Trust, level: Level) -> Outcome:
        return _settled(whole, trust, level)

    outcome = settle(allow, mend)
    if explain:
        left = explained(outcome, allow, mend, settle)
    else:
        left = tuple(sorted(outcome.left.values(), key=lambda finding: finding.order))
    return Plan(
        steps=outcome.steps,
        left=left,
        notes=noted(outcome.steps, named),
        wants=outcome.wants,
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """What a plan is made of."""

    media: tuple[Media, ...]
    findings: tuple[Finding, ...]
    limits: Limits
    judge: Judge
    named: frozenset[str]
    """References that the prompt names."""
    surveys: Mapping[int, Survey] = field(default_factory=dict)
    metadata: Metadata | None = None


def _settled(whole: Whole, allow: Trust, mend: Level) -> Outcome:
    """The steps at one trust, and what is left after them."""
    causes = [one for one in whole.findings if one.level.rank <= mend.rank]
    gone = frozenset[int]()
    if allow >= Trust.DROP:
        gone = dropped(whole.media, causes, whole.limits.request, whole.named)
    places = [index for index in range(len(whole.media)) if index not in gone]
    media = tuple(whole.media[index] for index in places)
    if gone:
        media = numbered(media)
    board = Board(
        media=media,
        limits=whole.limits,
        judge=whole.judge,
        allow=allow,
        mend=mend,
        surveys={at: whole.surveys[i] for at, i in enumerate(places) if i in whole.surveys},
        metadata=whole.metadata,
    )
    findings = whole.judge(media) if gone else whole.findings
    made, wants, uncut = _solved(board, findings)
    steps = [
        Step(media=one, action=Action.UNTOUCHED, dropped=True, trust=Trust.DROP)
        for one in whole.media
    ]
    for index, step in zip(places, made, strict=True):
        steps[index] = replace(step, media=whole.media[index])
    return Outcome(
        steps=tuple(steps),
        left=_left(board, steps),
        wants=tuple(replace(want, index=places[want.index]) for want in wants),
        uncut=frozenset(places[index] for index in uncut),
        perhaps=frozenset(
            places[want.index] for want in wants if board.cuttable(want.index, findings)
        ),
    )


def _left(board: Board, steps: Sequence[Step]) -> Mapping[Key, Finding]:
    """What is said of the outputs as predicted, and of outputs that are a margin longer."""
    kept = [step for step in steps if not step.dropped]
    exact = [step.predicted or step.media for step in kept]
    padded = [
        one if board.stripped(index, step.action) else _padded(board, step, one)
        for index, (step, one) in enumerate(zip(kept, exact, strict=True))
    ]
    found = keyed(board.judge(exact), steps)
    return (keyed(board.judge(padded), steps) | found) if padded != exact else found


def _padded(board: Board, step: Step, one: Media) -> Media:
    """Nothing is cut to a window, so muxing may add to the length."""
    if step.action is Action.UNTOUCHED or step.window:
        return one
    margin = board.limits.video.seconds_margin
    return longer(one, lambda seconds: seconds + float(margin.value))


Solved = tuple[list[Step], list[Want], set[int]]
"""A step for each file that stays, what would be good to know of it, and videos that only an
encode would cut, where none is allowed."""


def _solved(board: Board, findings: Sequence[Finding]) -> Solved:
    actions = [board.least_touch(index, findings) for index in range(len(board.media))]
    lone = [alone(board, index, action) for index, action in enumerate(actions)]
    after = board.judge([step.predicted or step.media for step in lone])
    stuck = [board.errors(one, after) for one in board.media]
    for index, one in enumerate(board.media):
        idle = board.causes(one, findings) <= board.causes(one, after)
        idle = idle and not board.stripped(index, actions[index])
        if stuck[index] or idle:
            actions[index] = Action.UNTOUCHED
    loose = [board.cuttable(index, findings) for index in range(len(board.media))]
    if board.allow >= Trust.LOSSY:
        free = [bool(one.facts) and not bad for one, bad in zip(board.media, stuck, strict=True)]
        steps = together(board, actions, free, loose)
        return steps, _wants(board, steps, loose), set()
    return _copied_only(board, actions, loose)


def _copied_only(board: Board, actions: Sequence[Action], loose: Sequence[bool]) -> Solved:
    """What is left where nothing may be encoded: whoever cannot be cut by a copy stays whole.

    One at a time, the shortest first: that leaves most to the others, and with other shares there
    may be a keyframe where they need one.
    """
    free = list(loose)
    steps = together(board, actions, free, loose)
    wants = _wants(board, steps, loose)
    while whole := [at for at, step in enumerate(steps) if step.action is Action.ENCODED]:
        free[min(whole, key=lambda at: board.stretch(at, free=True).whole or inf)] = False
        steps = together(board, actions, free, loose)
    videos = {at for at, one in enumerate(board.media) if isinstance(one.facts, VideoFacts)}
    return steps, wants, {at for at in videos if not free[at]}


def _wants(board: Board, steps: Sequence[Step], loose: Sequence[bool]) -> list[Want]:
    """A look at files whose best part shall stay, then marks for clips encoded only to be cut."""
    return [*_looks(board, steps), *_marks(board, steps, loose)]


def _looks(board: Board, steps: Sequence[Step]) -> Iterator[Want]:
    for index, step in enumerate(steps):
        if step.window and _unseen(board, index):
            yield Want(index=index, look=step.window.length)


def _unseen(board: Board, index: int) -> bool:
    """Whether the best part of a file is wanted, and nobody has looked for it."""
    asset, survey = board.media[index].asset, board.surveys.get(index)
    wanted = asset.keep is Keep.BEST and not asset.windowed
    return wanted and (survey is None or survey.look is None)


def _marks(board: Board, steps: Sequence[Step], loose: Sequence[bool]) -> list[Want]:
    return [
        Want(index=index, marks=around(step.window))
        for index, step in enumerate(steps)
        if step.action is Action.ENCODED
        and isinstance(step.recipe, VideoRecipe)
        and isinstance(step.media.facts, VideoFacts)
        and step.window
        and loose[index]
        and not _unseen(board, index)
        and _unmarked(board.surveys.get(index))
    ]


def _unmarked(survey: Survey | None) -> bool:
    return survey is None or survey.marks is None
