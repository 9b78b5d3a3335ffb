"""What an agent asks for: the request document, with its fields described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from ..choices import Options
from ..core.document import request_from
from ..core.finding import Level, Trust
from ..core.request import Asset, Request
from ..errors import UsageError
from ..limits import names, profile
from .places import Places

TRUSTS = Literal["none", "lossless", "lossy", "inventive", "drop"]


class WantedAsset(BaseModel):
    """One reference file, with what shall be kept of it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: Annotated[str, Field(description="Path in an open folder, file: URI, or http(s) URL.")]
    name: Annotated[
        str | None, Field(description="What the prompt may call it: `hero` for `{hero}`.")
    ] = None
    start: Annotated[float | None, Field(description="Keep from this second.")] = None
    end: Annotated[float | None, Field(description="Keep up to this second.")] = None
    keep: Annotated[
        Literal["first", "last", "best"] | None,
        Field(description="Which part stays when a clip must become shorter."),
    ] = None
    weight: Annotated[
        float | None, Field(description="Share of the seconds that all clips have together.")
    ] = None
    frame: Annotated[
        Literal["crop", "pad"] | None, Field(description="How a wrong ratio is mended.")
    ] = None
    fill: Annotated[
        Literal["hold", "loop"] | None, Field(description="How a clip too short gets longer.")
    ] = None
    loudness: Annotated[float | None, Field(description="LUFS to bring a sound to.")] = None
    kind: Annotated[
        Literal["image", "video", "audio"] | None,
        Field(alias="as", description="Read it as this: a GIF as a video, a video's sound."),
    ] = None


class Wanted(BaseModel):
    """A request to the endpoint: what is said, what is shown, how it shall come out."""

    model_config = ConfigDict(extra="forbid")

    assets: Annotated[
        list[str | WantedAsset],
        Field(
            description="Reference files in the order of @Image1, @Video1, @Audio1 (each kind is"
            " numbered by itself; the kind is read from the bytes). A text is"
            " [NAME=]PATH-or-URL[#t=3,9.5&keep=best]; relative paths start at an open folder."
        ),
    ] = []
    prompt: Annotated[
        str | None,
        Field(
            description="What shall be made; refers to files as @Image1, @Video1, @Audio1 or"
            " {name}. Needed by generate only."
        ),
    ] = None
    endpoint: Annotated[str | None, Field(description="Endpoint id; default: the fast tier.")] = (
        None
    )
    resolution: Annotated[
        str | None, Field(description="480p or 720p; the standard tier also takes 1080p, 4k.")
    ] = None
    duration: Annotated[
        str | int | None, Field(description="Seconds of the video, 4 to 15, or auto.")
    ] = None
    aspect_ratio: Annotated[
        str | None, Field(description="auto, 21:9, 16:9, 4:3, 1:1, 3:4 or 9:16.")
    ] = None
    generate_audio: Annotated[bool | None, Field(description="Whether it has sound.")] = None
    seed: int | None = None
    end_user_id: str | None = None
    bitrate_mode: Annotated[str | None, Field(description="standard or high.")] = None
    tolerant: Annotated[
        bool, Field(description="What is known to be accepted is only a warning.")
    ] = False
    profile: Annotated[
        str | None, Field(description="Limits by name instead of the endpoint's own.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request whose files may be read."""

    request: Request
    names: Mapping[str, str]
    """By the real path of each file, what the agent has called it."""

    def __repr__(self) -> str:
        """Without prompts and paths."""
        return f"Asked({len(self.request.assets)} assets)"


def asked(wanted: Wanted, places: Places) -> Asked:
    """The request of what is wanted. Raises ``UsageError``, also for a file that lies elsewhere."""
    document = wanted.model_dump(
        by_alias=True, exclude_none=True, exclude={"tolerant", "profile"}, mode="json"
    )
    request = request_from(document, lambda text: _is_there(text, places))
    if not request.assets and request.prompt is None:
        raise UsageError("no asset was given; name at least one file in request.assets")
    found = [_placed(one, places) for one in request.entries()]
    given = zip(request.entries(), found, strict=True)
    called = {one.source: before.source for before, one in given if not one.remote}
    return Asked(request=replace(request, assets=found), names=MappingProxyType(called))


def _is_there(text: str, places: Places) -> bool:
    try:
        return places.readable(text).exists()
    except UsageError:
        return False


def _placed(asset: Asset, places: Places) -> Asset:
    if asset.stored and not places.stores:
        raise UsageError(
            f"{asset.source.partition('://')[0]}:// is read with the rights of whoever started this"
            " server, which did not allow it (--allow-stores)"
        )
    if asset.remote:
        return asset
    if asset.source == "-":
        raise UsageError("an agent has no stdin to give a file by; name a path or a URL")
    if asset.source[:5].lower() == "data:":
        raise UsageError("a data: URI is no asset; write it to a file in an open folder")
    return replace(asset, source=str(places.readable(asset.source)))


def options_of(
    wanted: Wanted,
    *,
    allow: str = "lossy",
    mend: str = "errors",
    private_addresses: bool = False,
) -> Options:
    """How it is judged, and how far a fix may go. Raises ``UsageError`` for an unknown profile."""
    if wanted.profile is not None and wanted.profile not in names():
        raise UsageError(f"there is no profile {wanted.profile}; there are {', '.join(names())}")
    return Options(
        allow=Trust[allow.upper()],
        mend=Level.ERROR if mend == "errors" else Level.WARNING,
        tolerant=wanted.tolerant,
        private_addresses=private_addresses,
        profile=profile(wanted.profile) if wanted.profile else None,
    )


def plain(wanted: Wanted) -> dict[str, Any]:
    """What is wanted as JSON, to tell two askings apart."""
    return wanted.model_dump(by_alias=True, mode="json")


def mistakes(error: ValidationError) -> str:
    """What is wrong with the arguments of a call, in one sentence, without what they hold."""
    told = [_mistake(one) for one in error.errors(include_url=False, include_input=True)]
    return (
        "; ".join(dict.fromkeys(one for one in told if one)) or "the arguments are not as declared"
    )


def _mistake(one: ErrorDetails) -> str | None:
    """One of them; ``None`` for the branch of a choice that was not meant."""
    *path, last = one["loc"]
    if last == "str" and isinstance(one["input"], dict):
        return None
    steps = [step for step in (*path, last) if step not in {"str", WantedAsset.__name__}]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
    match one["type"]:
        case "missing":
            return f"{where} is needed"
        case "extra_forbidden":
            model = WantedAsset if WantedAsset.__name__ in path else Wanted
            known = (item.alias or name for name, item in model.model_fields.items())
            return f"{where} is not a field; the fields are {', '.join(known)}"
        case _:
            return f"{where}: {one['msg'][:1].lower()}{one['msg'][1:]}"
