"""Whether the files of a request are inside the limits that the service enforces.

Texts follow the maker's words, ``type`` and ``ctx`` follow fal's list of model errors. fal's own
body for a wrong length or size is not on record, so ``loc`` (kind and index) is a choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from . import rules
from .answers import Detail
from .measure import (
    Clip,
    Picture,
    Sound,
    UnreadableError,
    measure_clip,
    measure_picture,
    measure_sound,
    sniff,
)

Measured = Picture | Clip | Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One referenced file, on disk."""

    field: str
    """``image_urls``, ``video_urls`` or ``audio_urls``."""
    index: int
    """From 0, within its field."""
    position: int
    """From 1, over all kinds: the N of the maker's ``content[N]``."""
    url: str
    path: Path

    @property
    def loc(self) -> tuple[str, int]:
        """Where in the body it stands."""
        return self.field, self.index

    @property
    def tag(self) -> str:
        """What a prompt calls it."""
        return f"@{self.field.removesuffix('_urls').capitalize()}{self.index + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A file with what was measured, or with what is wrong."""

    input: Input
    measured: Measured | None
    details: tuple[Detail, ...] = ()


def judge_input(one: Input) -> Judged:
    """Measure one file and hold it against the limits of its kind."""
    try:
        match one.field:
            case "image_urls":
                return _image(one)
            case "video_urls":
                return _video(one)
            case _:
                return _sound(one)
    except UnreadableError:
        return Judged(input=one, measured=None, details=(_unreadable(one),))


def judge_sums(judged: Sequence[Judged]) -> list[Detail]:
    """What only all files of a kind together can break."""
    clips = [one.measured.seconds for one in judged if isinstance(one.measured, Clip)]
    sounds = [one.measured.seconds for one in judged if isinstance(one.measured, Sound)]
    weight = sum(_bytes(one.input) for one in judged if one.input.field == "video_urls")
    found = [*_total("video", sum(clips), rules.VIDEO_TOTAL_SECONDS_MAX.value)]
    found += _total("audio", sum(sounds), rules.AUDIO_TOTAL_SECONDS_MAX.value)
    if weight >= rules.VIDEO_TOTAL_BYTES_END.value:
        found.append(_too_heavy(("video_urls",), weight, rules.VIDEO_TOTAL_BYTES_END.value))
    return found


def _image(one: Input) -> Judged:
    kind = sniff(one.path)
    if kind not in rules.IMAGE_FORMATS.value:
        return _wrong_format(one, "image", rules.IMAGE_FORMATS.value)
    details = []
    if (size := _bytes(one)) >= rules.IMAGE_BYTES_END.value:
        details.append(_too_heavy(one.loc, size, rules.IMAGE_BYTES_END.value, one.url))
    picture = measure_picture(one.path, kind)
    details += [*_sides(one, picture), *_image_ratio(one, picture)]
    return Judged(input=one, measured=picture, details=tuple(details))


def _sides(one: Input, picture: Picture) -> Iterator[Detail]:
    least, most = rules.IMAGE_SIDE_MIN.value, rules.IMAGE_SIDE_MAX.value
    for name, value in (("width", picture.width), ("height", picture.height)):
        if value < least:
            said = f"{name} at least {least}px, but received {value}px"
            ctx = {"min_height": least, "min_width": least}
            yield _detail(one, said, "image_too_small", ctx)
        if value > most:
            said = f"{name} at most {most}px, but received {value}px"
            ctx = {"max_height": most, "max_width": most}
            yield _detail(one, said, "image_too_large", ctx)


def _image_ratio(one: Input, picture: Picture) -> Iterator[Detail]:
    ratio = Fraction(picture.width, picture.height)
    yield from _ratio(one, ratio, rules.IMAGE_RATIO_MIN.value, rules.IMAGE_RATIO_MAX.value)


def _video(one: Input) -> Judged:
    kind = sniff(one.path)
    if kind not in rules.VIDEO_FORMATS.value:
        return _wrong_format(one, "video", rules.VIDEO_FORMATS.value)
    clip = measure_clip(one.path, kind)
    if clip.codec not in rules.VIDEO_CODECS.value:
        return _wrong_format(one, "video", rules.VIDEO_CODECS.value)
    ratio = Fraction(clip.width, clip.height)
    details = [
        *_pixels(one, clip.width * clip.height),
        *_ratio(one, ratio, rules.VIDEO_RATIO_MIN.value, rules.VIDEO_RATIO_MAX.value),
        *_rate(one, clip.fps),
        *_seconds(one, clip.seconds, rules.VIDEO_SECONDS_MIN.value, rules.VIDEO_SECONDS_MAX.value),
    ]
    return Judged(input=one, measured=clip, details=tuple(details))


def _pixels(one: Input, pixels: int) -> Iterator[Detail]:
    least, most = rules.VIDEO_PIXELS_MIN.value, rules.VIDEO_PIXELS_MAX.value
    if not least <= pixels <= most:
        said = f"video pixel count should be >= {least} and <= {most}, but received {pixels}"
        small = pixels < least
        ctx = {"ge": least} if small else {"le": most}
        yield _detail(one, said, "greater_than_equal" if small else "less_than_equal", ctx)


def _rate(one: Input, fps: Fraction) -> Iterator[Detail]:
    least, most = rules.VIDEO_FPS_MIN.value, rules.VIDEO_FPS_MAX.value
    if fps < least:
        said = f"video frame rate should be >= {float(least):g}, but received {float(fps):.2f}"
        yield _detail(one, said, "greater_than_equal", {"ge": float(least)})
    if fps > most:
        said = f"video frame rate should be <= {float(most):g}, but received {float(fps):.2f}"
        yield _detail(one, said, "less_than_equal", {"le": float(most)})


def _sound(one: Input) -> Judged:
    kind = sniff(one.path)
    if kind not in rules.AUDIO_FORMATS.value:
        return _wrong_format(one, "audio", rules.AUDIO_FORMATS.value)
    details = []
    if (size := _bytes(one)) > rules.AUDIO_BYTES_MAX.value:
        details.append(_too_heavy(one.loc, size, rules.AUDIO_BYTES_MAX.value, one.url))
    sound = measure_sound(one.path, kind)
    least, most = rules.AUDIO_SECONDS_MIN.value, rules.AUDIO_SECONDS_MAX.value
    details += _seconds(one, sound.seconds, least, most)
    return Judged(input=one, measured=sound, details=tuple(details))


def _seconds(one: Input, value: Fraction, least: Fraction, most: Fraction) -> Iterator[Detail]:
    noun = one.field.removesuffix("_urls")
    given = round(float(value), 3)
    front = f"{noun} duration (seconds) must be"
    if value < least:
        said = f"{front} greater than or equal to {float(least)}, but received {given}"
        ctx = {"min_duration": float(least), "provided_duration": given}
        yield _detail(one, said, f"{noun}_duration_too_short", ctx)
    if value > most:
        said = f"{front} less than or equal to {float(most)}, but received {given}"
        ctx = {"max_duration": float(most), "provided_duration": given}
        yield _detail(one, said, f"{noun}_duration_too_long", ctx)


def _total(noun: str, value: Fraction | int, most: Fraction) -> Iterator[Detail]:
    if value > most:
        given = round(float(value), 3)
        yield Detail(
            loc=(f"{noun}_urls",),
            msg=f"{noun} total duration (seconds) must be less than or equal to {float(most)},"
            f" but received {given}",
            type=f"{noun}_duration_too_long",
            ctx={"max_duration": float(most), "provided_duration": given},
        )


def _ratio(one: Input, ratio: Fraction, least: Fraction, most: Fraction) -> Iterator[Detail]:
    if not least <= ratio <= most:
        said = (
            f"aspect ratio (width / height) should be between {float(least):.2f} and"
            f" {float(most):.2f}, but received {float(ratio):.2f}"
        )
        small = ratio < least
        ctx = {"ge": float(least)} if small else {"le": float(most)}
        yield _detail(one, said, "greater_than_equal" if small else "less_than_equal", ctx)


def _too_heavy(loc: tuple[str | int, ...], size: int, limit: int, url: str | None = None) -> Detail:
    msg = f"file size exceeds the limit of {limit} bytes, received {size}"
    return Detail(loc=loc, msg=msg, type="file_too_large", ctx={"max_size": limit}, input=url)


def _wrong_format(one: Input, noun: str, allowed: tuple[str, ...]) -> Judged:
    said = f"{noun} format specified in the request is not valid"
    word = f"unsupported_{noun}_format"
    detail = _detail(one, said, word, {"supported_formats": list(allowed)})
    return Judged(input=one, measured=None, details=(detail,))


def _unreadable(one: Input) -> Detail:
    if one.field == "image_urls":
        return _detail(one, "the image cannot be read", "image_load_error", None)
    noun = one.field.removesuffix("_urls")
    said = f"{noun} format specified in the request is not valid"
    return _detail(one, said, f"unsupported_{noun}_format", None)


def _detail(one: Input, said: str, word: str, ctx: Mapping[str, object] | None) -> Detail:
    msg = f"the parameter `content[{one.position}]` specified in the request is not valid: {said}"
    return Detail(loc=one.loc, msg=msg, type=word, ctx=ctx, input=one.url[:200])


def _bytes(one: Input) -> int:
    return one.path.stat().st_size
