"""A request as one JSON document (``--request FILE.json``), and back through typed getters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import UsageError
from .request import (
    PARAMETERS,
    Asset,
    Fill,
    Framing,
    Keep,
    Kind,
    Request,
    member,
    parse_asset,
    without_secrets,
)

LISTS = {
    "images": Kind.IMAGE,
    "image_urls": Kind.IMAGE,
    "videos": Kind.VIDEO,
    "video_urls": Kind.VIDEO,
    "audio": Kind.AUDIO,
    "audio_urls": Kind.AUDIO,
    "assets": None,
}
"""Names of the lists of assets; the endpoint's own names are taken as well."""
ASSET_FIELDS = frozenset(
    ("source", "name", "start", "end", "keep", "weight", "frame", "fill", "loudness", "as")
)


def request_from(document: object, exists: Callable[[str], bool]) -> Request:
    """Read a request. Raises ``UsageError`` whose text says where in the document it is wrong."""
    table = _table(document, "the request")
    assets = tuple(
        _asset(item, kind, f"{name}[{index}]", exists)
        for name, kind in LISTS.items()
        for index, item in enumerate(_list(table, name))
    )
    known = {name: table[name] for name in PARAMETERS if name in table}
    other = {"prompt", "endpoint", "metadata", *LISTS, *PARAMETERS}
    extra = {name: value for name, value in table.items() if name not in other}
    prompt, endpoint = _text(table, "prompt"), _text(table, "endpoint")
    metadata = _text(table, "metadata")
    request = Request(prompt=prompt, assets=assets, metadata=metadata, extra=extra, **known)
    return replace(request, endpoint=endpoint) if endpoint else request


def document_of(request: Request, *, secrets: bool = True) -> dict[str, Any]:
    """The request as a document that ``request_from`` reads back; what was not given is absent.

    Without ``secrets``, URLs stand there as people may see them.
    """
    assets = [_fields(asset) for asset in request.entries()]
    if not secrets:
        assets = [one | {"source": without_secrets(one["source"])} for one in assets]
    return {
        "endpoint": request.endpoint,
        **({} if request.prompt is None else {"prompt": request.prompt}),
        **request.parameters(),
        "assets": assets,
    }


def _fields(asset: Asset) -> dict[str, Any]:
    given = {
        "source": asset.source,
        "name": asset.name,
        "start": asset.start,
        "end": asset.end,
        "keep": asset.keep and asset.keep.value,
        "weight": None if asset.weight == 1.0 else asset.weight,
        "frame": asset.frame and asset.frame.value,
        "fill": asset.fill and asset.fill.value,
        "loudness": asset.loudness,
        "as": asset.kind and asset.kind.value,
    }
    return {name: value for name, value in given.items() if value is not None}


def _asset(item: object, kind: Kind | None, path: str, exists: Callable[[str], bool]) -> Asset:
    if isinstance(item, str):
        asset = parse_asset(item, exists)
        return replace(asset, kind=asset.kind or kind)
    table = _table(item, path)
    if unknown := sorted(set(table) - ASSET_FIELDS):
        fields = ", ".join(sorted(ASSET_FIELDS))
        raise UsageError(f"{path}.{unknown[0]} is not a field of an asset; the fields are {fields}")
    source = _text(table, "source", path)
    if not source:
        raise UsageError(f"{path} has no source")
    return Asset(
        source,
        _text(table, "name", path),
        _number(table, "start", path),
        _number(table, "end", path),
        member(Keep, "keep", _text(table, "keep", path)),
        1.0 if (weight := _number(table, "weight", path)) is None else weight,
        member(Framing, "frame", _text(table, "frame", path)),
        member(Kind, "as", _text(table, "as", path)) or kind,
        member(Fill, "fill", _text(table, "fill", path)),
        _number(table, "loudness", path),
    )


def _table(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{path} is not a JSON object")
    return value


def _list(table: Mapping[str, Any], name: str) -> list[Any]:
    value = table.get(name, [])
    if not isinstance(value, list):
        raise UsageError(f"{name} is not a list")
    return value


def _text(table: Mapping[str, Any], name: str, path: str = "") -> str | None:
    value = table.get(name)
    if value is None or isinstance(value, str):
        return value
    raise UsageError(f"{_joined(path, name)} is not text")


def _number(table: Mapping[str, Any], name: str, path: str) -> float | None:
    value = table.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{_joined(path, name)} is not a number")
    return float(value)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
