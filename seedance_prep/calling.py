"""One line before a call of any fal client: what a caller has becomes arguments that comply.

arguments = prep.arguments("{hero} dances", images={"hero": picture}, videos=["phone.mov"])
fal_client.subscribe("bytedance/seedance-2.0/fast/reference-to-video", arguments=arguments)

subscribe = prep.guard(fal_client.subscribe, max_cost=4)    # the same around a call
subscribe("bytedance/seedance-2.0/reference-to-video", arguments={"prompt": …, "image_urls": …})
"""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import tempfile
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ParamSpec,
    Protocol,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)
from urllib.parse import unquote_to_bytes

from .client import Client
from .core.event import Event
from .core.finding import Level, Trust
from .core.key import Key
from .core.request import DEFAULT_ENDPOINT, PARAMETERS, Asset, Kind, Request
from .core.service import Service
from .errors import UsageError
from .limits import endpoints
from .pipeline import fix
from .private import workroom
from .submit.payload import FIELDS
from .submit.spending import Money


class Readable(Protocol):
    """An open file, in binary mode."""

    def read(self, size: int = ..., /) -> bytes:
        """So many bytes at most, or all."""


if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    Inside: TypeAlias = bytes | bytearray | memoryview | Readable | Picture
    Medium: TypeAlias = Asset | str | os.PathLike[str] | Inside
    """What a file may be given as: path or URL, its bytes, an open file, a PIL image."""
    Media: TypeAlias = Iterable[Medium] | Mapping[str, Medium]

__all__ = ["How", "arguments", "guard"]

P = ParamSpec("P")
Value = TypeVar("Value")


class How(TypedDict, total=False):
    """How far a fix may go, what it may cost, and where the files go."""

    allow: Trust | str
    mend: Level | str
    tolerant: bool
    private_addresses: bool
    profile: str | Path | None
    max_cost: Money | None
    """USD; a request that may cost more is not uploaded."""
    service: str | Service | None
    key: str | Key | None
    client: Client | None
    """One that is there already, instead of ``service`` and ``key``; it stays open."""
    on_event: Callable[[Event], None] | None


def arguments(
    prompt: str | Request,
    *,
    images: Media = (),
    videos: Media = (),
    audio: Media = (),
    endpoint: str = DEFAULT_ENDPOINT,
    resolution: str | None = None,
    duration: str | int | None = None,
    aspect_ratio: str | None = None,
    generate_audio: bool | None = None,
    seed: int | None = None,
    end_user_id: str | None = None,
    bitrate_mode: str | None = None,
    **how: Unpack[How],
) -> dict[str, Any]:
    """Check, fix and upload; the ``arguments`` of a request that complies.

    Files are paths, URLs, bytes, open files, PIL images, or ``prep.Clip`` and its like; a mapping
    gives them names (``{"hero": picture}`` for ``{hero}``). A whole ``Request`` may stand in place
    of the prompt. A public URL that complies goes out as it is; everything else is uploaded.
    Nothing is submitted. Raises ``UnfixableError`` (with the report) when errors would be left,
    ``CostError`` before the first upload.
    """
    if isinstance(prompt, Request):
        return _prepared(prompt, how)
    with ExitStack() as stack:
        desk = _Desk(stack.enter_context(workroom()))
        request = Request(
            prompt=prompt,
            images=desk.laid(images, Kind.IMAGE),
            videos=desk.laid(videos, Kind.VIDEO),
            audio=desk.laid(audio, Kind.AUDIO),
            endpoint=endpoint,
            resolution=resolution,
            duration=duration,
            aspect_ratio=aspect_ratio,
            generate_audio=generate_audio,
            seed=seed,
            end_user_id=end_user_id,
            bitrate_mode=bitrate_mode,
        )
        return _prepared(request, how)


# A guard around a call ---------------------------------------------------------------------------


@overload
def guard(call: Callable[P, Value], /, **how: Unpack[How]) -> Callable[P, Value]: ...


@overload
def guard(
    call: None = None, /, **how: Unpack[How]
) -> Callable[[Callable[P, Value]], Callable[P, Value]]: ...


def guard(call: Callable[..., Any] | None = None, /, **how: Unpack[How]) -> Callable[..., Any]:
    """Guard a call of a fal client: its ``arguments`` are prepared before it is made.

    ``call`` takes an endpoint first and ``arguments`` by that name, as ``fal_client.subscribe``,
    ``submit`` and their coroutines do; also as a decorator, with and without options. Its lists of
    URLs may hold whatever ``prep.arguments`` takes. Calls of endpoints without limits pass as they
    are. Raises what ``prep.arguments`` raises, before anything is submitted.
    """
    if call is None:
        return lambda later: guard(later, **how)
    signature = inspect.signature(call)

    def ready(args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        bound = signature.bind(*args, **kwargs)
        given, name = bound.arguments.get("arguments"), next(iter(bound.arguments.values()), None)
        if isinstance(given, Mapping) and name in endpoints():
            bound.arguments["arguments"] = _prepared_call(str(name), given, how)
        return bound

    if inspect.iscoroutinefunction(call):

        @wraps(call)
        async def awaited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the call has it
            bound = await asyncio.to_thread(ready, args, kwargs)
            return await call(*bound.args, **bound.kwargs)

        return awaited

    @wraps(call)
    def plain(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        bound = ready(args, kwargs)
        return call(*bound.args, **bound.kwargs)

    return plain


def _prepared_call(endpoint: str, given: Mapping[str, Any], how: How) -> dict[str, Any]:
    """The arguments of one call, prepared."""
    with ExitStack() as stack:
        desk = _Desk(stack.enter_context(workroom()))
        media = {kind: desk.laid(_listed(given, field), kind) for kind, field in FIELDS.items()}
        known = {name: given[name] for name in PARAMETERS if name in given}
        rest = set(given) - {"prompt", *FIELDS.values(), *PARAMETERS}
        request = Request(
            prompt=given.get("prompt"),
            images=media[Kind.IMAGE],
            videos=media[Kind.VIDEO],
            audio=media[Kind.AUDIO],
            endpoint=endpoint,
            extra={name: given[name] for name in rest},
            **known,
        )
        return _prepared(request, how)


def _listed(given: Mapping[str, Any], field: str) -> list[Medium]:
    value = given.get(field) or ()
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise UsageError(f"{field} is not a list")
    return list(value)


# What a caller has -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where what has no path of its own lies while it is worked on."""

    folder: Path

    def laid(self, media: Media, kind: Kind) -> tuple[Asset, ...]:
        """Assets of what was given, in order."""
        if isinstance(media, str | bytes | os.PathLike):
            raise UsageError(f"give a list of files for {FIELDS[kind]}, not a single one")
        pairs = media.items() if isinstance(media, Mapping) else ((None, one) for one in media)
        return tuple(self._asset(one, kind, name) for name, one in pairs)

    def _asset(self, one: Medium, kind: Kind, name: str | None) -> Asset:
        if isinstance(one, Asset):
            asset = one if one.kind else replace(one, kind=kind)
            return replace(asset, name=name) if name else asset
        return Asset(self._source(one, kind), name, kind=kind)

    def _source(self, one: str | os.PathLike[str] | Inside, kind: Kind) -> str:
        if isinstance(one, str) and one[:5].lower() == "data:":
            return self._kept(kind, partial(Path.write_bytes, data=_inline(one)))
        if isinstance(one, str | os.PathLike):
            return os.fspath(one)
        if isinstance(one, bytes | bytearray | memoryview):
            return self._kept(kind, partial(Path.write_bytes, data=one))
        if hasattr(one, "read"):
            return self._kept(kind, partial(_copied, one), _name(one))
        if hasattr(one, "save") and hasattr(one, "mode"):
            return self._kept(kind, partial(_drawn, one))
        raise UsageError(
            f"{FIELDS[kind]} cannot hold {type(one).__name__}; give a path, a URL, bytes,"
            " an open file or a PIL image"
        )

    def _kept(self, kind: Kind, write: Callable[[Path], object], name: str | None = None) -> str:
        """Each in a folder of its own, so that none takes another's name."""
        place = Path(tempfile.mkdtemp(dir=self.folder)) / (name or kind.value)
        write(place)
        return str(place)


def _inline(uri: str) -> bytes:
    """The bytes of a data URI."""
    head, comma, body = uri.partition(",")
    try:
        data = unquote_to_bytes(body)
        return b64decode(data, validate=True) if head.lower().endswith(";base64") else data
    except NotBase64:
        comma = ""
    if not comma:
        raise UsageError(f"{head[:60]}: is no data URI that can be read")
    return b""


def _name(file: Readable) -> str | None:
    """The last part of an open file's name, so that a prompt may call it."""
    given = getattr(file, "filename", None) or getattr(file, "name", None)
    name = Path(given).name[-_NAME_MAX:] if isinstance(given, str) else ""
    return name if name not in {"", ".", ".."} and name.isprintable() else None


_NAME_MAX = 60
"""Signs of a name that are kept: in bytes, a name may be four times as long."""


def _copied(file: Readable, path: Path) -> None:
    if inspect.iscoroutinefunction(file.read):
        raise UsageError(f"{path.name} is read with await; give the file beneath it (its .file)")
    with path.open("wb") as target:
        try:
            shutil.copyfileobj(file, target)
        except TypeError:
            raise UsageError(f"{path.name} is open as text; open it in binary mode") from None


def _drawn(picture: Picture, path: Path) -> None:
    """Without loss, with its profile; what PNG does not know becomes RGB."""
    known = picture.mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
    shown = picture if known else picture.convert("RGB")
    icc = picture.info.get("icc_profile") if known else None
    shown.save(path, "PNG", icc_profile=icc, compress_level=1)


# What goes out -----------------------------------------------------------------------------------


def _prepared(request: Request, how: How) -> dict[str, Any]:
    with ExitStack() as stack:
        out = stack.enter_context(workroom())
        ready = fix(
            request,
            out,
            allow=how.get("allow", Trust.LOSSY),
            mend=how.get("mend", Level.ERROR),
            tolerant=how.get("tolerant", False),
            private_addresses=how.get("private_addresses", False),
            profile=how.get("profile"),
            on_event=how.get("on_event"),
        )
        client = how.get("client")
        if client is None:
            client = stack.enter_context(Client(how.get("service"), how.get("key")))
        client.allowed(ready, how.get("max_cost"))
        return client.upload(ready, how.get("on_event"))
