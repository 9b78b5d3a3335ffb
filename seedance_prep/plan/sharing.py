"""Knobs ``length`` and ``bytes`` across the request: who gets what, and who is made anew for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..core.finding import Level, Trust
from ..core.media import AudioFacts, VideoFacts
from ..core.need import bytes_per_second
from ..core.plan import Action, Choice, Step
from ..core.request import Kind
from .best import as_good, told
from .board import Board
from .budget import TOLERANCE, Load, allotted, too_heavy
from .cutting import Cut, cuts
from .predict import copied_bytes
from .steps import Share, step_of
from .windows import Seconds, Stretch, choice_of, cut, lengthened, shared


def alone(board: Board, index: int, action: Action) -> Step:
    """What a file's step would be if no other file shared the seconds and bytes."""
    one = board.media[index]
    if not isinstance(one.facts, VideoFacts | AudioFacts) or action is not Action.ENCODED:
        return step_of(one, board.share(action), board.limits, board.allow)
    rule, clip = board.rule(type(one.facts)), board.stretch(index, free=True)
    share = _share(clip, clip.natural(rule, encoded=True), action, rule, None)
    return step_of(one, share, board.limits, board.allow)


def together(
    board: Board, actions: Sequence[Action], free: Sequence[bool], loose: Sequence[bool]
) -> list[Step]:
    """The steps of all files. ``free`` says which may be cut or encoded for the sake of the others,
    ``loose`` which a copy may cut.

    Whoever must be cut or made lighter is encoded, which may change what the others get: asked
    again until nobody joins, at most once per file.
    """
    turns = list(actions)
    while True:
        videos, audio = (_shared(board, kind, turns, free) for kind in (VideoFacts, AudioFacts))
        joining = {
            index
            for index in videos[1] | audio[1]
            if free[index] and turns[index] is not Action.ENCODED
        }
        if not joining:
            break
        for index in joining:
            turns[index] = Action.ENCODED
    shares = videos[0] | audio[0]
    return [
        step_of(
            one,
            _lightest(board, index, shares.get(index) or board.share(turns[index]), loose[index]),
            board.limits,
            board.allow,
        )
        for index, one in enumerate(board.media)
    ]


def _lightest(board: Board, index: int, share: Share, loose: bool) -> Share:
    """The share with a copy-cut where that is as good as an encode, and no larger."""
    cut = next(_copies(board, index, share), None) if loose else None
    if cut is None:
        return share
    chosen = _retold(board.stretch(index, free=True), share, cut)
    return replace(share, action=Action.COPIED, cut=cut, cut_choice=chosen)


def _copies(board: Board, index: int, share: Share) -> Iterator[Cut]:
    """Cuts that may stand for the share, the best first.

    None brings a flaw into a window that was chosen for having none, unless nothing but a copy may
    be made.
    """
    facts, survey = board.media[index].facts, board.surveys.get(index)
    encoded = share.action is Action.ENCODED and share.length is None
    if not (encoded and share.window and isinstance(facts, VideoFacts) and survey and survey.marks):
        return
    pressed, asked = board.allow < Trust.LOSSY, board.media[index].asset.windowed
    least, room = board.rule(VideoFacts).least, share.max_bytes
    found = [
        cut
        for cut in cuts(
            survey.marks, share.window, facts, asked=asked, least=least, pressed=pressed
        )
        if room is None or cut.bytes < room
    ]
    look, whole = survey.look, facts.duration
    if share.choice is None or look is None or whole is None:
        yield from found
        return
    yield from (cut for cut in found if as_good(look, cut.window, share.window, whole))
    if pressed:
        yield from found


def _retold(clip: Stretch, share: Share, cut: Cut) -> Choice | None:
    """What speaks for the window of the copy, which is a little less than was chosen."""
    if share.choice is None or clip.look is None or clip.whole is None:
        return None
    kept = share.choice.best.window.length
    return replace(share.choice, best=told(clip.look, cut.window, kept, clip.whole))


def _shared(
    board: Board,
    kind: type[VideoFacts] | type[AudioFacts],
    actions: Sequence[Action],
    free: Sequence[bool],
) -> tuple[dict[int, Share], set[int]]:
    """What each clip of a kind gets, and who must be encoded for that."""
    rule, clips = board.rule(kind), list(_clips(board, kind, free))
    made = {
        clip.index
        for clip in clips
        if actions[clip.index] is not Action.UNTOUCHED
        and not board.stripped(clip.index, actions[clip.index])
    }
    kept = shared(clips, made, rule)
    anew = {clip.index for clip in clips if clip.free and cut(clip, kept[clip.index])}
    rooms: Mapping[int, int] = {}
    if kind is VideoFacts:
        loads = [_load(board, clip, actions[clip.index], kept[clip.index]) for clip in clips]
        end = board.limits.video.total_bytes_end.value
        rooms = allotted(loads, end)
        anew |= _too_short(board, clips, kept)
        if not board.crowded(Kind.VIDEO):
            anew |= too_heavy(loads, end)
    shares = {
        clip.index: _share(clip, kept[clip.index], actions[clip.index], rule, rooms.get(clip.index))
        for clip in clips
    }
    return shares, anew


def _clips(
    board: Board, kind: type[VideoFacts] | type[AudioFacts], free: Sequence[bool]
) -> Iterator[Stretch]:
    for index, one in enumerate(board.media):
        if isinstance(one.facts, kind):
            yield board.stretch(index, free=free[index])


def _share(
    clip: Stretch, kept: float, action: Action, rule: Seconds, max_bytes: int | None
) -> Share:
    if action is not Action.ENCODED:
        return Share(action=action)
    window = cut(clip, kept)
    length = lengthened(clip, window, rule)
    choice = choice_of(clip, kept)
    return Share(action=action, window=window, length=length, max_bytes=max_bytes, choice=choice)


def _load(board: Board, clip: Stretch, action: Action, kept: float) -> Load:
    facts = board.media[clip.index].facts
    size = facts.bytes if facts else 0
    return Load(
        index=clip.index,
        bytes=copied_bytes(size) if action is Action.REMUXED else size,
        seconds=kept,
        weight=clip.asset.weight,
        need=bytes_per_second(facts, board.limits.video.pixels_max.value)
        if isinstance(facts, VideoFacts)
        else 0.0,
        encoded=action is Action.ENCODED,
        free=clip.free,
    )


def _too_short(board: Board, clips: Sequence[Stretch], kept: Mapping[int, float]) -> set[int]:
    """Clips to lengthen because all videos together are too short, where that is allowed."""
    bounds, lenient = board.limits.video, board.limits.tolerant and board.mend is Level.ERROR
    least = bounds.total_seconds_min_tolerant if lenient else bounds.total_seconds_min
    known = all(clip.whole is not None for clip in clips)
    if not known or sum(kept.values()) >= float(least.value) - TOLERANCE:
        return set()
    return {clip.index for clip in clips if clip.longer}
