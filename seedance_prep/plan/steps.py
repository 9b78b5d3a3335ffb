"""One step: everything that happens to one asset, in one encode (or copy)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ..core.finding import Trust
from ..core.limits import Limits
from ..core.media import AudioFacts, ImageFacts, Media, VideoFacts
from ..core.plan import (
    Action,
    AudioRecipe,
    Choice,
    ImageRecipe,
    Size,
    Step,
    StripRecipe,
    VideoRecipe,
    Window,
)
from ..core.request import Fill
from . import geometry, predict, words
from .cutting import Cut
from .formats import audio_format, evened, image_format, sound_fits, sound_may_copy
from .rate import target_rate
from .windows import on_blocks, on_frames

MP3_BLOCK = Fraction(1152, 44_100)
"""Seconds of the longest block of an MP3 that is written."""
BLOCK_ROOM = 0.03
"""Seconds of silence on top: readers differ in whether they count the last block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the solvers that see all assets gave to this one."""

    action: Action = Action.UNTOUCHED
    window: Window | None = None
    length: float | None = None
    max_bytes: int | None = None
    strict: bool = False
    """Whether a still's advised bytes bind, because warnings are mended."""
    keep_metadata: bool = False
    cut: Cut | None = None
    """The window of a copy."""
    choice: Choice | None = None
    """Why this window."""
    cut_choice: Choice | None = None
    """Why the window of the copy."""


def step_of(media: Media, share: Share, limits: Limits, allow: Trust) -> Step:
    """The step of one asset; what its own knobs need is decided here."""
    step = _made(media, share, limits, allow)
    return replace(step, choice=share.cut_choice if share.cut else share.choice)


def _made(media: Media, share: Share, limits: Limits, allow: Trust) -> Step:
    facts = media.facts
    if share.action is Action.UNTOUCHED or facts is None:
        return Step(media=media, action=Action.UNTOUCHED, predicted=media)
    if not isinstance(facts, VideoFacts) and share.action is Action.REMUXED:
        return _stripped(media, facts)
    if isinstance(facts, ImageFacts):
        return _image(media, facts, share, limits, allow)
    if isinstance(facts, AudioFacts):
        return _audio(media, facts, share, limits, allow)
    if share.action is Action.ENCODED:
        return _video(media, facts, share, limits, allow)
    copied = _copied(media, facts, share.cut, limits)
    if allow < Trust.LOSSY:
        whole = Step(media=media, action=Action.UNTOUCHED, predicted=media)
        return replace(copied, otherwise=whole)
    room = share.max_bytes or predict.copied_bytes(facts.bytes)
    anew = replace(share, action=Action.ENCODED, cut=None, max_bytes=room)
    return replace(copied, otherwise=step_of(media, anew, limits, allow))


def _video(media: Media, facts: VideoFacts, share: Share, limits: Limits, allow: Trust) -> Step:
    shown = _size(facts)
    shape = geometry.clip_shape(shown, media.asset.frame, limits, allow) if shown else None
    fps = target_rate(facts, limits.video)
    recipe = VideoRecipe(
        window=on_frames(share.window, fps, limits.video),
        length=share.length,
        loop=share.length is not None and media.asset.fill is Fill.LOOP,
        crop=shape.crop if shape else None,
        size=shape.size if shape else None,
        canvas=shape.canvas if shape else None,
        fps=fps,
        max_bytes=share.max_bytes,
    )
    after = predict.video_after(facts, recipe, shape.final if shape else shown, fps)
    return Step(
        media=media,
        action=Action.ENCODED,
        recipe=recipe,
        operations=tuple(words.video_words(facts, recipe, after)),
        trust=_trust(shape, share.length),
        predicted=predict.predicted(media, recipe, after),
    )


def _copied(media: Media, facts: VideoFacts, cut: Cut | None, limits: Limits) -> Step:
    recipe = VideoRecipe(fps=evened(facts), sound_anew=not sound_fits(facts, limits))
    after = predict.video_copied(facts, recipe)
    if cut:
        recipe = replace(recipe, window=cut.window, packets=cut.packets, entry=cut.entry)
        after = predict.video_cut(after, cut)
    return Step(
        media=media,
        action=Action.COPIED if cut else Action.REMUXED,
        recipe=recipe,
        operations=tuple(words.copy_words(facts, recipe, after)),
        trust=Trust.LOSSY if recipe.sound_anew else Trust.LOSSLESS,
        predicted=predict.predicted(media, recipe, after),
    )


def _image(media: Media, facts: ImageFacts, share: Share, limits: Limits, allow: Trust) -> Step:
    shown, aim = _size(facts), limits.image.bytes_advised.value
    most = aim if share.strict else limits.image.bytes_end.value
    shape = geometry.image_shape(shown, media.asset.frame, limits.image, allow) if shown else None
    final = shape.final if shape else shown
    recipe = ImageRecipe(
        crop=shape.crop if shape else None,
        size=shape.size if shape else None,
        canvas=shape.canvas if shape else None,
        format=image_format(facts),
        max_bytes=most,
        aim_bytes=aim,
        keep_metadata=share.keep_metadata,
        lossless_bytes=_lossless(facts, most if final == shown else aim),
    )
    after = predict.image_after(facts, recipe, final)
    return Step(
        media=media,
        action=Action.ENCODED,
        recipe=recipe,
        operations=tuple(words.image_words(facts, recipe, after)),
        trust=_trust(shape, None),
        predicted=predict.predicted(media, recipe, after),
    )


def _lossless(facts: ImageFacts, room: int) -> int | None:
    """Bytes that a picture may have without loss which came so in a format that is taken."""
    return room if facts.container == "png" or facts.lossless else None


def _stripped(media: Media, facts: ImageFacts | AudioFacts) -> Step:
    recipe = StripRecipe()
    after: ImageFacts | AudioFacts
    if isinstance(facts, ImageFacts):
        kept, after = "picture", replace(facts, gps=False, metadata=False, personal=())
    else:
        kept, after = "sound", replace(facts, cover=False, personal=())
    return Step(
        media=media,
        action=Action.REMUXED,
        recipe=recipe,
        operations=("take the metadata out", f"{kept} kept bit for bit"),
        trust=Trust.LOSSLESS,
        predicted=predict.predicted(media, recipe, after),
    )


def _audio(media: Media, facts: AudioFacts, share: Share, limits: Limits, allow: Trust) -> Step:
    copied = _sound_copied(media, facts, share, limits)
    if copied and allow < Trust.LOSSY:
        return copied
    encoded = _sound_encoded(media, facts, share, limits)
    return replace(copied, otherwise=encoded) if copied else encoded


def _sound_copied(media: Media, facts: AudioFacts, share: Share, limits: Limits) -> Step | None:
    """The window as it is stored, where nothing but a cut or a new header is needed."""
    anew = share.length is not None or media.asset.loudness is not None
    if anew or not sound_may_copy(facts, limits):
        return None
    window = share.window
    if facts.container == "mp3":
        window = on_blocks(window, 2 * MP3_BLOCK, limits.audio, facts.duration)
    recipe = AudioRecipe(window=window, format=facts.container)
    after = predict.audio_copied(facts, recipe)
    return Step(
        media=media,
        action=Action.COPIED if window else Action.REMUXED,
        recipe=recipe,
        operations=tuple(words.sound_words(facts, recipe)),
        trust=Trust.LOSSLESS,
        predicted=predict.predicted(media, recipe, after),
    )


def _sound_encoded(media: Media, facts: AudioFacts, share: Share, limits: Limits) -> Step:
    room = limits.audio.bytes_advised.value
    window = share.window
    length = None if share.length is None else share.length + BLOCK_ROOM
    timed = AudioRecipe(window=window, length=length)
    seconds = predict.seconds_after(facts.duration, timed)
    written = audio_format(facts, seconds, room)
    if written == "mp3":
        window = on_blocks(window, 2 * MP3_BLOCK, limits.audio, facts.duration)
    recipe = AudioRecipe(
        window=window,
        length=length,
        format=written,
        max_bytes=room,
        loudness=media.asset.loudness,
    )
    after = predict.audio_after(facts, recipe)
    return Step(
        media=media,
        action=Action.ENCODED,
        recipe=recipe,
        operations=tuple(words.audio_words(facts, recipe, after)),
        trust=_trust(None, length),
        predicted=predict.predicted(media, recipe, after),
    )


def _size(facts: VideoFacts | ImageFacts) -> Size | None:
    """The size as a viewer sees it, when it is known and makes sense."""
    width, height = facts.width, facts.height
    return Size(width, height) if width and height and width > 0 and height > 0 else None


def _trust(shape: geometry.Shape | None, length: float | None) -> Trust:
    needs = [Trust.LOSSY]
    if shape:
        needs.append(shape.trust)
    if length is not None:
        needs.append(Trust.INVENTIVE)
    return max(needs)
