"""REQ: all files of the request together: counts, sums, companions, addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from ..core.chosen import too_long
from ..core.finding import Knob, Level, Trust
from ..core.limits import Count, Limits, Number
from ..core.media import AudioFacts, Media, VideoFacts
from ..core.request import Kind
from ..core.units import plural
from .rule import Breach, Whole, rule
from .words import exact, length, plain, size, total, weight


def _too_many(count: int, most: Count, noun: str) -> Breach | None:
    if count <= most.value:
        return None
    return Breach(
        says=f"the request holds {plural(count, noun)}; at most {most.value} are taken",
        measured=count,
        limit=most,
    )


@rule("REQ001", Level.ERROR, Knob.COUNT, Trust.DROP, rows="R1", bounds="request.images_max")
def too_many_images(whole: Whole, limits: Limits) -> Breach | None:
    """More pictures than the endpoint takes.

    Why: the service refuses the request ("expected at most 9 reference images but got 10").
    Fix: leaves out the last ones, at trust drop only: numbers in the prompt shift with them.
    """
    return _too_many(len(whole.of(Kind.IMAGE)), limits.request.images_max, "image")


@rule("REQ002", Level.ERROR, Knob.COUNT, Trust.DROP, rows="R2", bounds="request.videos_max")
def too_many_videos(whole: Whole, limits: Limits) -> Breach | None:
    """More videos than the endpoint takes.

    Why: the service refuses the request ("at most 3 video contents but got 4").
    Fix: leaves out the last ones, at trust drop only: numbers in the prompt shift with them.
    """
    return _too_many(len(whole.of(Kind.VIDEO)), limits.request.videos_max, "video")


@rule("REQ003", Level.ERROR, Knob.COUNT, Trust.DROP, rows="R3", bounds="request.audio_max")
def too_many_sounds(whole: Whole, limits: Limits) -> Breach | None:
    """More sounds than the endpoint takes.

    Why: the service refuses the request ("at most 3 audio contents but got 4").
    Fix: leaves out the last ones, at trust drop only: numbers in the prompt shift with them.
    """
    return _too_many(len(whole.of(Kind.AUDIO)), limits.request.audio_max, "sound")


@rule("REQ004", Level.ERROR, Knob.COUNT, Trust.DROP, rows="R4", bounds="request.files_max")
def too_many_files(whole: Whole, limits: Limits) -> Breach | None:
    """More files than the endpoint publishes, over all kinds.

    Why: fal publishes 12 files in all, though 9 images, 3 videos and 3 sounds make 15.
    Fix: leaves out the last ones, at trust drop only: numbers in the prompt shift with them.
    """
    return _too_many(len(whole.media), limits.request.files_max, "file")


@rule("REQ005", Level.ERROR, rows="R5", bounds="request.audio_companions_min")
def sound_alone(whole: Whole, limits: Limits) -> Breach | None:
    """Sounds are given without a picture or a video.

    Why: the service refuses it ("reference_audio cannot be the only reference input").
    Fix: none. Add an image or a video.
    """
    least = limits.request.audio_companions_min
    beside = len(whole.media) - len(whole.of(Kind.AUDIO))
    if not whole.of(Kind.AUDIO) or beside >= least.value:
        return None
    return Breach(
        says="the request holds only sound;"
        f" at least {plural(least.value, 'image or video')} must go with it",
        measured=beside,
        limit=least,
        remedy="add an image or a video",
    )


@rule("REQ006", Level.WARNING, rows="R6", bounds="request.references_min")
def no_reference(whole: Whole, limits: Limits) -> Breach | None:
    """The request has no file at all.

    Why: the mode is made for references; whether the endpoint runs without any is unknown.
    Fix: none. Add a file, or use the endpoint that makes video from text.
    """
    least = limits.request.references_min
    if len(whole.media) >= least.value:
        return None
    return Breach(
        says=f"the request has no file; at least {plural(least.value, 'reference')} is expected",
        measured=len(whole.media),
        limit=least,
        remedy="add an image or a video, or use the text-to-video endpoint",
    )


@rule("REQ007", Level.WARNING, Knob.COUNT, Trust.DROP, rows="R7")
def same_file_twice(whole: Whole, _: Limits) -> Iterator[Breach]:
    """The same bytes are given more than once.

    Why: they count every time, in every sum and in the price: one clip of 8.75 s given twice
    is 17.5 s, and was refused.
    Fix: leaves out the second, at trust drop only. Two windows of one file are not the same.
    """
    first: dict[object, Media] = {}
    for one in sorted(whole.media, key=_position):
        if one.sha256 is None:
            continue
        key = (one.sha256, one.kind, one.asset.start, one.asset.end)
        earlier = first.setdefault(key, one)
        if earlier is not one:
            says = f"is the very same file as {earlier.ref or earlier.source}, and counts twice"
            yield Breach(says=says, media=one)


def _position(media: Media) -> tuple[int, str, str]:
    """``@Image2`` before ``@Image10``."""
    ref = media.ref or ""
    return (len(ref), ref, media.source)


@rule("REQ008", Level.ERROR, rows="R8", bounds="request.frame_roles")
def frame_roles_mixed(whole: Whole, limits: Limits) -> Iterator[Breach]:
    """A first or last frame is asked for beside references.

    Why: these are modes that exclude each other ("first/last frame content cannot be mixed
    with reference media content"), and this endpoint has no such field.
    Fix: none. Give the picture as an image, and say in the prompt that it is the first frame.
    """
    roles = limits.request.frame_roles
    for name in whole.request.extra:
        if whole.media and name in roles.value:
            yield Breach(
                says=f"{name} cannot be mixed with references",
                measured=name,
                limit=roles,
                remedy="give the picture as an image and say in the prompt which frame it is",
            )


def _passed_through(whole: Whole) -> Iterator[tuple[Media, str]]:
    """Assets whose address itself would be sent, since nothing here holds their bytes."""
    for one in whole.media:
        if one.asset.remote and one.path is None and one.problem is None:
            yield one, one.asset.source


@rule("REQ009", Level.ERROR, rows="R9")
def address_out_of_reach(whole: Whole, _: Limits) -> Iterator[Breach]:
    """An address that would be sent as it is lies where the service cannot reach it.

    Why: the service fetches the file itself; localhost and private networks are yours alone.
    Fix: none. Give the file: files and addresses that are fetched here are uploaded.
    """
    for one, address in _passed_through(whole):
        host = _host(address)
        if _private(host):
            yield Breach(
                says=f"lies on {host or 'no host'}, which the service cannot reach",
                measured=host,
                media=one,
                remedy="give the file itself, so that it is uploaded",
            )


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _private(host: str) -> bool:
    if not host or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


@rule("REQ010", Level.WARNING, rows="R10", bounds="request.inline_bytes_advised")
def inline_too_heavy(whole: Whole, limits: Limits) -> Breach | None:
    """Files given inline (data URIs) make the body of the request heavy.

    Why: the body's limit is not published; the service discourages more than a few KB inline.
    Fix: none. Give files or addresses, so that they are uploaded.
    """
    advised = limits.request.inline_bytes_advised
    inline = sum(len(one.asset.source) for one in whole.media if _inline(one))
    if inline <= advised.value:
        return None
    return Breach(
        says=f"the request holds {weight(inline, advised)} inline;"
        f" more than {size(advised)} is unwise",
        measured=inline,
        limit=advised,
        remedy="give the files themselves, so that they are uploaded",
    )


def _inline(media: Media) -> bool:
    return media.source[:5].lower() == "data:"


@rule(
    "REQ011",
    Level.ERROR,
    Knob.LENGTH,
    Trust.LOSSY,
    rows="V8",
    bounds="video.total_seconds_max video.total_seconds_max_tolerant",
    tolerant=True,
)
def clips_too_long_together(whole: Whole, limits: Limits) -> Breach | None:
    """All videos together run longer than the endpoint takes.

    Why: fal publishes 15 s for all videos together; 15.2 s was seen to pass, which `--tolerant`
    trusts. Three clips that pass alone are the usual victims.
    Fix: shares the seconds among the clips (`weight=`, `t=`). Lossy: the rest is gone.
    """
    bounds = limits.video
    return _together(
        whole,
        VideoFacts,
        (bounds.total_seconds_max, bounds.total_seconds_max_tolerant),
        limits.tolerant,
        "video",
    )


@rule(
    "REQ014",
    Level.ERROR,
    Knob.LENGTH,
    Trust.LOSSY,
    rows="A3",
    bounds="audio.total_seconds_max audio.total_seconds_max_tolerant",
    tolerant=True,
)
def sounds_too_long_together(whole: Whole, limits: Limits) -> Breach | None:
    """All sounds together run longer than the endpoint takes.

    Why: fal publishes 15 s for all sounds together; 15.2 s was seen to pass, which `--tolerant`
    trusts. The seconds of videos do not count here.
    Fix: shares the seconds among the sounds (`weight=`, `t=`). Lossy: the rest is gone.
    """
    bounds = limits.audio
    return _together(
        whole,
        AudioFacts,
        (bounds.total_seconds_max, bounds.total_seconds_max_tolerant),
        limits.tolerant,
        "sound",
    )


def _together_they(parts: Sequence[object], noun: str, one: str, many: str) -> str:
    return f"the {noun} {one}" if len(parts) == 1 else f"{len(parts)} {noun}s together {many}"


def _lengths(whole: Whole, kind: type[VideoFacts] | type[AudioFacts]) -> Sequence[Fraction | None]:
    return [exact(one.facts.duration) for one in whole.media if isinstance(one.facts, kind)]


def _together(
    whole: Whole,
    kind: type[VideoFacts] | type[AudioFacts],
    bounds: tuple[Number, Number],
    tolerant: bool,
    noun: str,
) -> Breach | None:
    published, accepted = bounds
    lengths = _lengths(whole, kind)
    seconds = total(map(_float, lengths))
    if seconds <= published.value:
        return None
    lenient = tolerant and seconds <= accepted.value
    broken = accepted if tolerant and not lenient else published
    more = " at least" if None in lengths else ""
    return Breach(
        says=f"{_together_they(lengths, noun, 'runs', 'run')}{more} {length(seconds, broken)};"
        f" {plain(broken.value)} s are taken for all together",
        measured=seconds,
        limit=broken,
        level=Level.WARNING if lenient else None,
        remedy=_shorter(too_long(whole.media, kind, float(broken.value))),
    )


def _shorter(windows: str | None) -> str | None:
    """What ``fix`` cannot do: it keeps the seconds that were asked for."""
    if windows is None:
        return None
    return f"choose shorter windows (`#t=START,END`) than {windows}, or leave a file out"


def _float(seconds: Fraction | None) -> float | None:
    return None if seconds is None else float(seconds)


@rule(
    "REQ012",
    Level.ERROR,
    Knob.LENGTH,
    Trust.INVENTIVE,
    rows="V9",
    bounds="video.total_seconds_min video.total_seconds_min_tolerant",
    tolerant=True,
)
def clips_too_short_together(whole: Whole, limits: Limits) -> Breach | None:
    """All videos together run shorter than the endpoint publishes.

    Why: fal publishes 2 s as the least for all videos together; a single clip of 1.8 s was seen
    to pass, which `--tolerant` trusts.
    Fix: holds the last frame. Inventive: changes what is shown.
    """
    lengths = _lengths(whole, VideoFacts)
    if not lengths or None in lengths:
        return None
    published, accepted = limits.video.total_seconds_min, limits.video.total_seconds_min_tolerant
    seconds = total(map(_float, lengths))
    if seconds >= published.value:
        return None
    lenient = limits.tolerant and seconds >= accepted.value
    broken = accepted if limits.tolerant and not lenient else published
    return Breach(
        says=f"{_together_they(lengths, 'video', 'runs', 'run')} {length(seconds, broken)};"
        f" at least {plain(broken.value)} s are needed for all together",
        measured=seconds,
        limit=broken,
        level=Level.WARNING if lenient else None,
    )


@rule("REQ013", Level.ERROR, Knob.BYTES, Trust.LOSSY, rows="V10", bounds="video.total_bytes_end")
def clips_too_heavy_together(whole: Whole, limits: Limits) -> Breach | None:
    """All videos together have too many bytes.

    Why: fal publishes "under 50 MB" for all videos together; MB is read as 10^6 bytes.
    Fix: encodes at a lower bit rate, sharing the bytes among the clips. Lossy.
    """
    end = limits.video.total_bytes_end
    sizes = [one.facts.bytes for one in whole.media if isinstance(one.facts, VideoFacts)]
    if sum(sizes) < end.value:
        return None
    return Breach(
        says=f"{_together_they(sizes, 'video', 'has', 'have')} {weight(sum(sizes), end)};"
        f" all together must be under {size(end)}",
        measured=sum(sizes),
        limit=end,
    )


# What signed links of the usual stores carry.
_EXPIRING = frozenset({"expires", "x-amz-expires", "x-goog-expires", "x-oss-expires", "se"})


@rule("REQ015", Level.WARNING, rows="R9")
def address_expires(whole: Whole, _: Limits) -> Iterator[Breach]:
    """An address that would be sent as it is stops working after a while.

    Why: a job may wait in the queue longer than the link lives, and fails without a file.
    Fix: none. Give the file: files and addresses that are fetched here are uploaded.
    """
    for one, address in _passed_through(whole):
        names = {name.lower() for name, _ in parse_qsl(address.partition("?")[2])}
        if names & _EXPIRING:
            yield Breach(
                says="is a link that expires; the job may wait longer than it lives",
                media=one,
                remedy="give the file itself, so that it is uploaded",
            )


@rule("REQ016", Level.ERROR, rows="R9")
def video_inline(whole: Whole, _: Limits) -> Iterator[Breach]:
    """A video is given inline, as a data URI.

    Why: the service takes videos by address only ("must be provided as a web url").
    Fix: none. Give the file, so that it is uploaded.
    """
    for one in whole.of(Kind.VIDEO):
        if _inline(one):
            yield Breach(
                says="is a video given inline; the service takes videos by address only",
                media=one,
                remedy="give the file itself, so that it is uploaded",
            )
