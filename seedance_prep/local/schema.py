"""The shape of a request: fields, types, allowed words and counts, judged like pydantic would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import rules
from .answers import Detail

KINDS = {"image_urls": "image", "video_urls": "video", "audio_urls": "audio"}

Arguments = Mapping[str, Any]


def judge_arguments(endpoint: str, arguments: Arguments) -> list[Detail]:
    """Everything that is wrong with the fields themselves; no file is looked at."""
    found = [*_prompt(arguments), *_words(endpoint, arguments), *_scalars(arguments)]
    for field in KINDS:
        found += _urls(arguments, field)
    return found or [*_counts(arguments), *_company(arguments)]


def urls_of(arguments: Arguments, field: str) -> Sequence[str]:
    """The URLs of one kind; absent and null mean none."""
    return arguments.get(field) or ()


def _prompt(arguments: Arguments) -> Iterator[Detail]:
    if "prompt" not in arguments:
        yield Detail(loc=("prompt",), msg="Field required", type="missing", input=dict(arguments))
    else:
        yield from _text(arguments, "prompt")


def _words(endpoint: str, arguments: Arguments) -> Iterator[Detail]:
    choices = {
        "resolution": rules.RESOLUTIONS[endpoint],
        "duration": rules.DURATIONS.value,
        "aspect_ratio": rules.RATIOS.value,
        "bitrate_mode": rules.BITRATE_MODES.value,
    }
    for name, allowed in choices.items():
        value = arguments.get(name)
        if name in arguments and not (isinstance(value, str) and value in allowed):
            listed = ", ".join(f"'{word}'" for word in allowed[:-1]) + f" or '{allowed[-1]}'"
            yield Detail(
                loc=(name,),
                msg=f"Input should be {listed}",
                type="literal_error",
                ctx={"expected": listed},
                input=value,
            )


def _scalars(arguments: Arguments) -> Iterator[Detail]:
    if arguments.get("end_user_id") is not None:
        yield from _text(arguments, "end_user_id", rules.END_USER_ID_LENGTH_MAX.value)
    if "generate_audio" in arguments:
        yield from _typed(arguments, "generate_audio", _is_boolean, "boolean", "bool_parsing")
    if arguments.get("seed") is not None:
        yield from _typed(arguments, "seed", _is_integer, "integer", "int_parsing")
    for name in rules.MUST_BE_EMPTY.value:
        if arguments.get(name) is not None:
            yield Detail(
                loc=(name,),
                msg=f"the parameter `{name}` specified in the request must be empty",
                type="value_error",
                input=arguments[name],
            )


def _text(arguments: Arguments, name: str, longest: int | None = None) -> Iterator[Detail]:
    value = arguments[name]
    if not isinstance(value, str):
        msg = "Input should be a valid string"
        yield Detail(loc=(name,), msg=msg, type="string_type", input=value)
    elif longest is not None and len(value) > longest:
        yield Detail(
            loc=(name,),
            msg=f"String should have at most {longest} characters",
            type="string_too_long",
            ctx={"max_length": longest},
            input=value,
        )


def _typed(
    arguments: Arguments, name: str, is_valid: Callable[[object], bool], noun: str, word: str
) -> Iterator[Detail]:
    if not is_valid(arguments[name]):
        msg = f"Input should be a valid {noun}"
        yield Detail(loc=(name,), msg=msg, type=word, input=arguments[name])


def _is_boolean(value: object) -> bool:
    """The coercions that a lax validator makes: 0, 1 and a few words."""
    if isinstance(value, str):
        return value.lower() in {"true", "false", "1", "0", "yes", "no", "on", "off"}
    return isinstance(value, bool) or value in (0, 1)


def _is_integer(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lstrip("+-").isdecimal()
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _urls(arguments: Arguments, field: str) -> Iterator[Detail]:
    """Lists of text; a video must be a web URL, never inline data (row R9)."""
    value = arguments.get(field)
    if value is None:
        return
    if not isinstance(value, list):
        msg = "Input should be a valid list"
        yield Detail(loc=(field,), msg=msg, type="list_type", input=value)
        return
    for index, url in enumerate(value):
        if not isinstance(url, str):
            msg = "Input should be a valid string"
            yield Detail(loc=(field, index), msg=msg, type="string_type", input=url)
        elif field == "video_urls" and not url.lower().startswith(("http://", "https://")):
            msg = f"video_urls[{index}] must be provided as a web url"
            yield Detail(loc=(field, index), msg=msg, type="value_error", input=url[:200])


def _counts(arguments: Arguments) -> Iterator[Detail]:
    limits = {
        "image_urls": (rules.IMAGES_MAX.value, "reference images"),
        "video_urls": (rules.VIDEOS_MAX.value, "video contents"),
        "audio_urls": (rules.AUDIO_MAX.value, "audio contents"),
    }
    for field, (most, noun) in limits.items():
        count = len(urls_of(arguments, field))
        if count > most:
            yield _too_many((field,), most, f"expected at most {most} {noun} but got {count}")
    total = sum(len(urls_of(arguments, field)) for field in KINDS)
    if total > rules.FILES_MAX.value:
        most = rules.FILES_MAX.value
        yield _too_many((), most, f"expected at most {most} reference files but got {total}")


def _too_many(loc: tuple[str, ...], most: int, msg: str) -> Detail:
    return Detail(loc=loc, msg=msg, type="sequence_too_long", ctx={"max_length": most})


def _company(arguments: Arguments) -> Iterator[Detail]:
    """Sound alone is no reference (row R5)."""
    pictures = len(urls_of(arguments, "image_urls")) + len(urls_of(arguments, "video_urls"))
    if urls_of(arguments, "audio_urls") and not pictures:
        yield Detail(
            loc=("audio_urls",),
            msg="reference_audio cannot be the only reference input",
            type="value_error",
        )
