"""Recipe -> filter graph -> arguments of ffmpeg. Decides everything, does nothing.

The picture passes, in this order: deinterlace, even frame times, cut, upright, crop, scale (with
colour), pad. Frame times come first so that no frame is scaled only to be dropped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from ..core.media import VideoFacts
from ..core.need import bytes_per_second
from ..core.plan import Size, VideoRecipe
from . import colour, tones
from .effort import QUICK, QUICK_GROWTH, SPARE, SPARING, THOROUGH
from .stream import Stream
from .timing import STEADY, Timing

SAMPLE_RATE = 48_000
SOUND_RATE = {1: 96_000, 2: 160_000}
"""Bits per second of AAC by number of channels."""
OVERHEAD = 60_000
"""Bytes of index and headers, generously, for the seconds that an endpoint takes."""
BUFFER = 1.0
"""Seconds of the rate buffer."""
OVERSPENT = 0.5
"""Seconds of the ceiling's rate by which a clip that gets busier towards its end may be larger:
half a buffer is seen at most; what overspends more has a second turn."""
RATE_MIN = 100_000
ERROR_RATE = 0.1
"""Share of packets that may fail to decode before the source counts as damaged."""
FIELDED = frozenset({"h264", "mpeg2video", "vc1", "wmv3"})
"""Codecs that say of each picture whether it is made of fields, and maybe not in a header."""
LOG = ("-nostdin", "-hide_banner", "-v", "error")
PROGRESS = ("-progress", "pipe:1", "-nostats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that one encode of a clip is made of."""

    source: Path
    target: Path
    facts: VideoFacts
    recipe: VideoRecipe
    timing: Timing
    rate_factor: float = 1.0
    zscale: bool = True
    """Whether this ffmpeg has that filter."""


def encode(job: Job) -> list[str]:
    """Arguments (without the program) that make an MP4 inside every reading of the limits."""
    source = _input(job)
    streams = [_shown(source, job)]
    if job.facts.audio is not None:
        streams.append(_sound(source[f"a:{job.facts.audio.index}"], job))
    output = ffmpeg.output(*streams, str(job.target), **_encoders(job))
    return [*LOG, *PROGRESS, *output.overwrite_output().get_args()]


def _shown(source: Stream, job: Job) -> Stream:
    """The picture as it goes into the encoder."""
    return picture(source[f"V:{job.facts.stream}"], job)


def compare(job: Job, log: str, threads: int) -> list[str]:
    """Arguments that write to ``log`` how much of that picture the finished file holds.

    Both come through one clock, picture by picture: a container rounds its times.
    """
    made = ffmpeg.input(f"file:{job.target}", **_door("mov"))["V:0"]
    even = {"expr": f"1/({job.timing.fps})"}
    pair = [
        one.filter("settb", **even).filter("setpts", "N").filter("format", "yuv420p")
        for one in (made, _shown(_input(job), job))
    ]
    score = ffmpeg.filter(
        pair, "libvmaf", log_fmt="json", log_path=log, n_threads=threads, shortest=1
    )
    return [*LOG, *ffmpeg.output(score, "-", f="null").get_args()]


def copy(job: Job) -> list[str]:
    """Arguments that take the picture over as it is: new container, clean metadata.

    The sound, too, unless the recipe has it encoded.
    """
    window = job.recipe.window
    place = _at_keyframe(job.facts, job.recipe)
    source = ffmpeg.input(f"file:{job.source}", **_door(job.facts.demuxer), **place)
    streams = [source[f"V:{job.facts.stream}"]]
    options: dict[str, Any] = {"c:v": "copy"} | _container()
    if job.facts.audio is not None:
        sound = source[f"a:{job.facts.audio.index}"]
        streams.append(_kept_sound(sound, job.facts) if job.recipe.sound_anew else sound)
        options |= _aac(job.facts) if job.recipe.sound_anew else {"c:a": "copy"}
    if window:
        options["t"] = f"{window.length:.6f}"
    if job.recipe.fps is not None:
        options["bsf:v"] = _even_times(job.recipe.fps)
    if job.recipe.packets is not None:
        options["frames:v"] = job.recipe.packets
    if job.facts.codec == "hevc":
        options["tag:v"] = "hvc1"
    output = ffmpeg.output(*streams, str(job.target), **options)
    return [*LOG, *PROGRESS, *output.overwrite_output().get_args()]


def _at_keyframe(facts: VideoFacts, recipe: VideoRecipe) -> dict[str, Any]:
    """Read from the keyframe that opens the window, and call that instant zero.

    The index of an MP4 is asked far from both keyframes: where an edit list enters a group midway,
    ffmpeg counts decoding times by as many frames early as its first picture waited for its turn.
    Other indexes are asked a quarter of a frame later, so that no rounding leads to the group
    before; one of decoding times 3/23 s later, for ffmpeg goes back by that wherever pictures are
    reordered. A stream without index is entered earlier: there, whatever comes before the next
    keyframe is left out.
    """
    start = recipe.window.start if recipe.window else 0.0
    if not (start or facts.lead.sought) and recipe.entry is None:
        return {}
    late = float(1 / (4 * (facts.fps or Fraction(30))))
    match facts.demuxer:
        case "mov":
            if facts.leading is False and recipe.entry is not None:
                late = recipe.entry - start
        case "mpegts" | "mpeg":
            late = -late if start else 0.0
        case _:
            late += 3 / 23
    place = {"itsoffset": f"{late:.6f}", "ss": f"{start + facts.lead.sought + late:.6f}"}
    return place | {"noaccurate_seek": None}


def _even_times(fps: Fraction) -> str:
    """Times that a container has rounded, back on the grid of their rate, from the first on."""
    ticks = fps.denominator
    near = [
        f"{name.lower()}=STARTPTS+round(({name}-STARTPTS)/{ticks})*{ticks}"
        for name in ("PTS", "DTS")
    ]
    finer = f"setts=pts=PTS:dts=DTS:time_base=1/{fps.numerator}"
    return f"{finer},setts={':'.join(near)}:duration={ticks}"


def _kept_sound(stream: Stream, facts: VideoFacts) -> Stream:
    """Sound beside a picture that is copied, from zero on, with its holes filled."""
    return _laid_out(stream.filter("atrim", start=0), facts)


def _door(demuxer: str) -> dict[str, Any]:
    """Input options: one demuxer, no protocol but files, nothing decided by the file's name."""
    return {"f": demuxer, "protocol_whitelist": "file,pipe"}


def _input(job: Job) -> Stream:
    options = _door(job.facts.demuxer) | {"noautorotate": None, "max_error_rate": ERROR_RATE}
    if _plain(job):
        # a size that changes on the way (calls, screen recordings) is the scaler's to even out;
        # a graph that is built anew counts its frames and times from the start again
        options["reinit_filter"] = 0
    if job.timing.seek:
        options["ss"] = f"{job.timing.seek:.6f}"
        if job.timing.from_keyframe:
            options["noaccurate_seek"] = None
    if job.facts.alpha and job.facts.codec in ("vp8", "vp9"):
        # only this decoder reads the second picture that carries the alpha
        options["c:v"] = {"vp8": "libvpx", "vp9": "libvpx-vp9"}[job.facts.codec]
    source: Stream = ffmpeg.input(f"file:{job.source}", **options)
    return source


def _plain(job: Job) -> bool:
    """Whether the scaler is the first filter that touches pixels: only it takes any size."""
    facts = job.facts
    shaped = facts.rotation or facts.mirrored or _fields(facts) or facts.alpha or facts.above
    return not (shaped or job.recipe.crop or colour.needs_zscale(facts))


def picture(stream: Stream, job: Job) -> Stream:
    """The chain of filters from the stored picture to the one that is encoded."""
    facts, recipe = job.facts, job.recipe
    if facts.above:  # 608 or 512 lines of tape recorders (SMPTE ST 356), as their MXF tells
        stream = stream.filter("crop", "iw", f"ih-{facts.above}", 0, facts.above)
    stream = _timed(_deinterlaced(stream, facts), job.timing)
    stream = _upright(stream, facts)
    if facts.alpha:
        stream = tones.over_black(stream, facts)
    if recipe.crop:
        stream = _cropped(stream, facts, recipe)
    stream = tones.standard(stream, facts, target_size(facts, recipe), zscale=job.zscale)
    if recipe.canvas:
        stream = _padded(stream, recipe.canvas)
    if recipe.loop and job.timing.shown and job.timing.frames:
        stream = stream.filter("loop", loop=-1, size=job.timing.shown)
        stream = stream.filter("trim", end_frame=job.timing.frames)
    return tones.tagged(stream.filter("setsar", 1))


def target_size(facts: VideoFacts, recipe: VideoRecipe) -> Size:
    """What the picture is scaled to: even sides, as 4:2:0 needs them."""
    shown = recipe.crop or Size(facts.width or 0, facts.height or 0)
    wanted = recipe.size or Size(shown.width, shown.height)
    return Size(_even(wanted.width), _even(wanted.height))


def _even(side: int) -> int:
    return max(2, side - side % 2)


def _deinterlaced(stream: Stream, facts: VideoFacts) -> Stream:
    """Two fields joined to one picture. Where no header tells, the decoder's word on each frame."""
    if not _fields(facts):
        return stream
    parity = {True: "tff", False: "bff", None: "auto"}[facts.top_field_first]
    deint = "all" if facts.interlaced else "interlaced"
    return stream.filter("bwdif", mode="send_frame", parity=parity, deint=deint)


def _fields(facts: VideoFacts) -> bool:
    """Whether pictures may be made of two fields."""
    return facts.interlaced or (facts.interlaced is None and facts.codec in FIELDED)


def _timed(stream: Stream, timing: Timing) -> Stream:
    """Even frame times from the first kept instant, the exact number of frames, no more."""
    stream = stream.filter("setpts", _placed(timing))
    stream = stream.filter("fps", fps=str(timing.fps), start_time=0, eof_action="pass")
    if timing.shown is not None:
        stream = stream.filter("trim", end_frame=timing.shown)
    if timing.hold:
        stream = stream.filter("tpad", stop=timing.hold, stop_mode="clone")
    if timing.frames is not None:
        stream = stream.filter("trim", end_frame=timing.frames)
    return stream


def _placed(timing: Timing) -> str:
    """Times on the output's grid: as far from the last one as the picture was, if it is near that.

    Where the source has frames to spare, the nearest one is taken for each place instead.
    """
    if timing.ahead:
        return f"PTS-({timing.skip - timing.ahead:.6f})/TB"
    step = f"{timing.fps.denominator}/{timing.fps.numerator}"
    return (
        f"st(0,(T-({timing.skip:.6f}))/({step}));st(1,round(PREV_OUTT/({step})));"
        f"st(2,ld(1)+max(1,round((T-PREV_INT)/({step}))));"
        f"round(if(isnan(PREV_OUTT),round(ld(0)),"
        f"if(lt(abs(ld(0)-ld(2)),{STEADY}),ld(2),max(round(ld(0)),ld(1))))*{step}/TB)"
    )


def _upright(stream: Stream, facts: VideoFacts) -> Stream:
    """Mirror first, then turn clockwise: the order in which the facts state them."""
    if facts.mirrored:
        stream = stream.filter("hflip")
    match facts.rotation:
        case 90:
            return stream.filter("transpose", "clock")
        case 180:
            return stream.filter("hflip").filter("vflip")
        case 270:
            return stream.filter("transpose", "cclock")
    return stream


def _cropped(stream: Stream, facts: VideoFacts, recipe: VideoRecipe) -> Stream:
    """Cut in upright square pixels, said in shares: the stored pixels may not be square."""
    box = recipe.crop
    assert box is not None
    across, down = facts.width or box.width, facts.height or box.height
    return stream.filter(
        "crop",
        f"iw*{box.width}/{across}",
        f"ih*{box.height}/{down}",
        f"iw*{box.x}/{across}",
        f"ih*{box.y}/{down}",
    )


def _padded(stream: Stream, canvas: Size) -> Stream:
    width, height = _even(canvas.width), _even(canvas.height)
    return stream.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2", color="black")


def _sound(stream: Stream, job: Job) -> Stream:
    """Sound on the picture's clock: gaps filled, at most two channels, not a sample longer."""
    timing = job.timing
    skip = timing.skip + timing.lag
    if skip > 0:
        stream = stream.filter("atrim", start=f"{skip:.6f}")
    if skip:
        stream = stream.filter("asetpts", f"PTS-({skip:.6f})/TB")
    stream = _laid_out(stream, job.facts)
    if timing.frames is None:
        return stream
    samples = int(timing.frames / timing.fps * SAMPLE_RATE)
    if timing.shown is not None and timing.shown < timing.frames:
        heard = int(timing.shown / timing.fps * SAMPLE_RATE)
        stream = stream.filter("atrim", end_sample=heard)
        if job.recipe.loop:
            stream = stream.filter("apad", whole_len=heard)
            stream = stream.filter("aloop", loop=-1, size=heard)
    return stream.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _laid_out(stream: Stream, facts: VideoFacts) -> Stream:
    """One or two channels, without holes and from time zero.

    ``async=1`` fills holes without stretching; ``rematrix_maxval=1`` keeps a downmix from clipping.
    """
    stream = stream.filter(
        "aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0, "rematrix_maxval": 1}
    )
    layout = {1: "mono", 2: "stereo"}[channels(facts)]
    return stream.filter("aformat", sample_rates=SAMPLE_RATE, channel_layouts=layout)


def _aac(facts: VideoFacts) -> dict[str, Any]:
    return {"c:a": "aac", "b:a": SOUND_RATE[channels(facts)], "flags:a": "+bitexact"}


def channels(facts: VideoFacts) -> int:
    """Channels of the output's sound: one stays one, all others become two."""
    return 1 if facts.audio and facts.audio.channels == 1 else 2


def _encoders(job: Job) -> dict[str, Any]:
    options: dict[str, Any] = {
        "c:v": "libx264",
        "profile:v": "high",
        "pix_fmt": "yuv420p",
        "fps_mode": "cfr",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
        "color_range": "tv",
        "flags:v": "+bitexact",
    }
    if job.facts.audio is not None:
        options |= _aac(job.facts)
    if job.timing.frames is None:
        options["shortest"] = None
    return options | _rate(job) | _container()


def _rate(job: Job) -> dict[str, Any]:
    """How hard the encoder tries, and a ceiling that the bytes allowed cannot be broken under.

    No ceiling where it seems out of reach: keeping the encoder's books for it takes time. Should it
    be reached, a second turn has a ``rate_factor``.
    """
    seconds, room = job.timing.seconds, job.recipe.max_bytes
    if not seconds or not room:
        return _unbound(job)
    sound = SOUND_RATE[channels(job.facts)] * seconds if job.facts.audio else 0
    bits = (room - OVERHEAD) * 8 * job.rate_factor - sound
    ceiling = max(RATE_MIN, int(bits / (seconds + OVERSPENT)))
    spent = _spent(job)
    if job.rate_factor == 1 and spent * QUICK_GROWTH < ceiling:
        return _unbound(job)
    effort = QUICK if job.rate_factor == 1 and spent < ceiling else THOROUGH
    return effort | {"maxrate": ceiling, "bufsize": int(ceiling * BUFFER)}


def _unbound(job: Job) -> dict[str, Any]:
    pixels = target_size(job.facts, job.recipe).pixels * float(job.timing.fps)
    return SPARE if _source_rate(job.facts) < SPARING * pixels else QUICK


def _spent(job: Job) -> float:
    """Bits per second that the source spends on as many pixels."""
    return bytes_per_second(job.facts, target_size(job.facts, job.recipe).pixels) * 8


def _source_rate(facts: VideoFacts) -> float:
    return facts.bytes * 8 / facts.duration if facts.duration else math.inf


def _container() -> dict[str, Any]:
    """An MP4 with its index in front, and nothing in it that tells where or when it was made."""
    return {
        "f": "mp4",
        "movflags": "+faststart",
        "map_metadata": -1,
        "map_chapters": -1,
        "fflags": "+bitexact",
        "brand": "mp42",
    }
