"""VID: each video on its own: container, codec, length, size, rate."""

from __future__ import annotations

from ..core.finding import LOSSY_SCALE_MAX, Knob, Level, Trust
from ..core.limits import Limits, VideoLimits
from ..core.media import VideoFacts
from ..core.plan import Size
from . import shared
from .rule import Breach, Clip, rule
from .words import listed, pixels, plain, rate

NOUN = "a clip"


def _size(clip: Clip) -> Size | None:
    return shared.size_of(clip.facts.width, clip.facts.height)


@rule("VID001", Level.ERROR, Knob.CONTAINER, Trust.LOSSY, rows="V1", bounds="video.containers")
def container_not_taken(clip: Clip, limits: Limits) -> Breach | None:
    """Video is neither MP4 nor MOV by its bytes.

    Why: the service reads the bytes, not the name, and takes these two containers only.
    Fix: copies the streams into MP4 where their codecs are taken (lossless), else encodes (lossy).
    """
    taken, facts = limits.video.containers, clip.facts
    if facts.container in taken.value:
        return None
    return Breach(
        says=f"is {facts.container} by its bytes; {listed(taken.value)} is taken",
        measured=facts.container,
        limit=taken,
        trust=Trust.LOSSLESS if _streams_fit(facts, limits.video) else Trust.LOSSY,
    )


def _streams_fit(facts: VideoFacts, bounds: VideoLimits) -> bool:
    silent = facts.audio is None or facts.audio.codec in bounds.audio_codecs.value
    return silent and facts.codec in bounds.video_codecs.value


@rule(
    "VID002",
    Level.ERROR,
    Knob.LENGTH,
    Trust.INVENTIVE,
    rows="V7",
    bounds="video.seconds_min video.seconds_safe_min",
)
def clip_too_short(clip: Clip, limits: Limits) -> Breach | None:
    """Clip runs shorter than the service takes.

    Why: the service refuses it ("greater than or equal to 1.8"), after the upload.
    Fix: holds the last frame. Inventive: changes what is shown.
    """
    bounds = limits.video
    return shared.too_short(clip.facts.duration, bounds.seconds_min, bounds.seconds_safe_min, NOUN)


@rule(
    "VID003",
    Level.ERROR,
    Knob.LENGTH,
    Trust.LOSSY,
    rows="V7",
    bounds="video.seconds_max video.seconds_safe_max",
)
def clip_too_long(clip: Clip, limits: Limits) -> Breach | None:
    """Clip runs longer than the service takes.

    Why: the service refuses it after the upload. Length is what the container or its longest
    stream reports, so a clip of nominally 15 s can report 15.21 s and fail.
    Fix: keeps a window (`t=3,9.5` chooses it, else `keep=first`). Lossy: the rest is gone.
    """
    bounds = limits.video
    return shared.too_long(clip.facts.duration, bounds.seconds_max, bounds.seconds_safe_max, NOUN)


@rule(
    "VID004",
    Level.WARNING,
    Knob.LENGTH,
    Trust.LOSSY,
    rows="V7",
    bounds="video.seconds_safe_min video.seconds_safe_max",
)
def clip_length_undocumented(clip: Clip, limits: Limits) -> Breach | None:
    """Clip's length passes only by a tolerance that no document promises.

    Why: the maker documents 2 to 15 s; 1.8 and 15.2 s were seen to pass.
    Fix: keeps a window (lossy), or holds the last frame (inventive), when warnings are mended.
    """
    bounds = limits.video
    return shared.outside_documented(
        clip.facts.duration,
        (bounds.seconds_min, bounds.seconds_max),
        (bounds.seconds_safe_min, bounds.seconds_safe_max),
    )


@rule("VID005", Level.ERROR, Knob.CODEC, Trust.LOSSY, rows="V2", bounds="video.video_codecs")
def clip_codec_not_taken(clip: Clip, limits: Limits) -> Breach | None:
    """Picture of the video is coded in a way that the service does not read.

    Why: only H.264 and H.265 are documented; others end in "UnsupportedFormat". ProRes, VP9 and
    AV1 are the usual victims.
    Fix: encodes as H.264. Lossy.
    """
    taken, codec = limits.video.video_codecs, clip.facts.codec
    if codec is None or codec in taken.value:
        return None
    return Breach(
        says=f"is coded as {codec}; {listed(taken.value)} is taken", measured=codec, limit=taken
    )


def _mov_only(codec: str, bounds: VideoLimits) -> bool:
    return any(
        codec == word or codec.startswith(f"{word}_") for word in bounds.audio_codecs_mov.value
    )


@rule("VID006", Level.ERROR, Knob.CODEC, Trust.LOSSY, rows="V2", bounds="video.audio_codecs")
def clip_sound_codec_not_taken(clip: Clip, limits: Limits) -> Breach | None:
    """Sound of the video is coded in a way that the service does not read.

    Why: AAC and MP3 are documented. A video without sound is fine.
    Fix: encodes the sound as AAC. Lossy.
    """
    taken, facts = limits.video.audio_codecs, clip.facts
    codec = facts.audio.codec if facts.audio else None
    if codec is None or codec in taken.value:
        return None
    if facts.container == "mov" and _mov_only(codec, limits.video):
        return None
    return Breach(
        says=f"has sound coded as {codec}; {listed(taken.value)} is taken",
        measured=codec,
        limit=taken,
    )


@rule("VID007", Level.WARNING, Knob.CODEC, Trust.LOSSY, rows="V2", bounds="video.audio_codecs_mov")
def clip_sound_uncompressed(clip: Clip, limits: Limits) -> Breach | None:
    """Sound of the MOV is uncompressed, which only the maker's newest document allows.

    Why: the version before it names AAC and MP3 only, so the sources disagree.
    Fix: encodes the sound as AAC when warnings are mended. Lossy.
    """
    facts = clip.facts
    codec = facts.audio.codec if facts.audio else None
    if codec is None or facts.container != "mov" or not _mov_only(codec, limits.video):
        return None
    return Breach(
        says=f"has uncompressed sound ({codec}), which older documents do not name;"
        f" {listed(limits.video.audio_codecs.value)} is safe",
        measured=codec,
        limit=limits.video.audio_codecs_mov,
    )


@rule("VID008", Level.ERROR, Knob.SIZE, Trust.LOSSY, rows="V3", bounds="video.pixels_min")
def clip_pixels_too_few(clip: Clip, limits: Limits) -> Breach | None:
    """Video has too few pixels per frame.

    Why: "480p" is a count of pixels here, width times height: 848x480 is refused (407,040) and
    854x480 passes (409,920).
    Fix: scales up: lossy to twice the size per side, inventive beyond. Adds no detail.
    """
    least, size = limits.video.pixels_min, _size(clip)
    if size is None or size.pixels >= least.value:
        return None
    reach = size.pixels * LOSSY_SCALE_MAX**2 >= least.value
    return Breach(
        says=f"is {size} = {pixels(size.pixels)}; at least {least.value:,} are needed",
        measured=size.pixels,
        limit=least,
        trust=Trust.LOSSY if reach else Trust.INVENTIVE,
    )


@rule(
    "VID009",
    Level.ERROR,
    Knob.SIZE,
    Trust.LOSSY,
    rows="V3",
    bounds="video.pixels_max video.pixels_max_tolerant",
    tolerant=True,
)
def clip_pixels_too_many(clip: Clip, limits: Limits) -> Breach | None:
    """Video has more pixels per frame than the endpoint publishes.

    Why: "720p" is a count of pixels here, width times height: 1280x724 passes and 1280x726 does
    not. Newer documents of the maker go up to 8,295,044, which `--tolerant` trusts.
    Fix: scales down. Lossy.
    """
    most, top, size = limits.video.pixels_max, limits.video.pixels_max_tolerant, _size(clip)
    if size is None or size.pixels <= most.value:
        return None
    lenient = limits.tolerant and size.pixels <= top.value
    broken = top if limits.tolerant and not lenient else most
    return Breach(
        says=f"is {size} = {pixels(size.pixels)}; at most {broken.value:,} are taken",
        measured=size.pixels,
        limit=broken,
        level=Level.WARNING if lenient else None,
    )


@rule("VID010", Level.ERROR, Knob.SIZE, Trust.LOSSY, rows="V4", bounds="video.side_min")
def clip_side_too_small(clip: Clip, limits: Limits) -> Breach | None:
    """A side of the video has too few pixels.

    Why: the maker documents 300 to 6000 pixels per side.
    Fix: scales up: lossy to twice the size per side, inventive beyond. Adds no detail.
    """
    return shared.side_too_small(_size(clip), limits.video.side_min)


@rule("VID011", Level.ERROR, Knob.SIZE, Trust.LOSSY, rows="V4", bounds="video.side_max")
def clip_side_too_large(clip: Clip, limits: Limits) -> Breach | None:
    """A side of the video has too many pixels.

    Why: the maker documents 300 to 6000 pixels per side.
    Fix: scales down. Lossy.
    """
    return shared.side_too_large(_size(clip), limits.video.side_max)


@rule("VID012", Level.ERROR, Knob.SIZE, Trust.INVENTIVE, rows="V5", bounds="video.ratio_min")
def clip_too_narrow(clip: Clip, limits: Limits) -> Breach | None:
    """Video is too tall for its width.

    Why: the service refuses it ("AspectRatioTooSmall").
    Fix: crops or pads it (`frame=crop` or `frame=pad`). Inventive: changes what is shown.
    """
    return shared.too_narrow(_size(clip), limits.video.ratio_min)


@rule("VID013", Level.ERROR, Knob.SIZE, Trust.INVENTIVE, rows="V5", bounds="video.ratio_max")
def clip_too_wide(clip: Clip, limits: Limits) -> Breach | None:
    """Video is too wide for its height.

    Why: the service refuses it ("between 0.40 and 2.50, but received …").
    Fix: crops or pads it (`frame=crop` or `frame=pad`). Inventive: changes what is shown.
    """
    return shared.too_wide(_size(clip), limits.video.ratio_max)


@rule(
    "VID014",
    Level.WARNING,
    Knob.SIZE,
    Trust.INVENTIVE,
    rows="V5",
    bounds="video.ratio_safe_min video.ratio_safe_max",
)
def clip_ratio_near_edge(clip: Clip, limits: Limits) -> Breach | None:
    """Video's ratio passes, but lies at the very edge.

    Why: sources disagree whether the edge belongs to the window, and rounding may cross it.
    Fix: crops or pads it when warnings are mended. Inventive: changes what is shown.
    """
    bounds = limits.video
    return shared.ratio_near_edge(
        _size(clip),
        (bounds.ratio_min, bounds.ratio_max),
        (bounds.ratio_safe_min, bounds.ratio_safe_max),
    )


@rule(
    "VID015",
    Level.ERROR,
    Knob.RATE,
    Trust.LOSSY,
    rows="V6",
    bounds="video.fps_min video.fps_safe_min",
)
def rate_too_low(clip: Clip, limits: Limits) -> Breach | None:
    """Video has too few frames per second on average.

    Why: the service refuses it ("FpsTooLow"); 12 fps is on record as refused.
    Fix: repeats frames. Lossy.
    """
    least, fps = limits.video.fps_min, clip.facts.fps
    if fps is None or fps >= least.value:
        return None
    return Breach(
        says=f"has {rate(fps, least)} on average; at least {plain(least.value)} is taken"
        f" ({plain(limits.video.fps_safe_min.value)} documented)",
        measured=fps,
        limit=least,
    )


@rule("VID016", Level.ERROR, Knob.RATE, Trust.LOSSY, rows="V6", bounds="video.fps_max")
def rate_too_high(clip: Clip, limits: Limits) -> Breach | None:
    """Video has too many frames per second on average.

    Why: the service refuses it: a phone clip of "60 fps" that measures 60.04 is on record.
    Fix: drops frames. Lossy.
    """
    most, fps = limits.video.fps_max, clip.facts.fps
    if fps is None or fps <= most.value:
        return None
    return Breach(
        says=f"has {rate(fps, most)} on average; at most {plain(most.value)} is taken",
        measured=fps,
        limit=most,
    )


@rule(
    "VID017",
    Level.WARNING,
    Knob.RATE,
    Trust.LOSSY,
    rows="V6",
    bounds="video.fps_safe_min video.fps_safe_max",
)
def rate_near_edge(clip: Clip, limits: Limits) -> Breach | None:
    """Video's frame rate passes only by tolerance, or lies at the very edge.

    Why: 23.976 is under the documented 24, and 60 may be measured as 60.04.
    Fix: repeats or drops frames when warnings are mended. Lossy.
    """
    bounds, fps = limits.video, clip.facts.fps
    if fps is None or not bounds.fps_min.value <= fps <= bounds.fps_max.value:
        return None
    least, most = bounds.fps_safe_min, bounds.fps_safe_max
    if least.value <= fps <= most.value:
        return None
    broken = least if fps < least.value else most
    return Breach(
        says=f"has {rate(fps, broken)} on average;"
        f" {plain(least.value)} to {plain(most.value)} is safe",
        measured=fps,
        limit=broken,
    )


@rule("VID018", Level.WARNING, Knob.RATE, Trust.LOSSY, rows="V6")
def rate_varies(clip: Clip, _: Limits) -> Breach | None:
    """Time between the frames of the video varies.

    Why: the service judges an average, and how it takes one is unknown. Phones and screen
    recorders write such files.
    Fix: makes the rate constant when warnings are mended. Lossy.
    """
    return Breach(says="has a varying frame rate, which is untested") if clip.facts.vfr else None


@rule("VID032", Level.ERROR, Knob.LENGTH, Trust.LOSSY, rows="V7", bounds="video.seconds_min")
def clip_window_not_cut(clip: Clip, limits: Limits) -> Breach | None:
    """Seconds outside the window that you chose are still in the file.

    Why: `t=` says which seconds to keep, and the file as it is would be sent whole.
    Fix: cuts the window. Lossy: what lies outside it is gone. A window under the least length
    would have to be lengthened, which is inventive.
    """
    return shared.window_not_cut(clip.asset, clip.facts.duration, limits.video.seconds_min)


@rule("VID033", Level.ERROR, rows="V7")
def clip_window_outside(clip: Clip, _: Limits) -> Breach | None:
    """The window that you chose starts where the video has already ended.

    Why: there is nothing to keep.
    Fix: none. Choose seconds inside the video.
    """
    return shared.window_outside(clip.asset, clip.facts.duration)
