"""Outputs and requests that are ready to be sent, of real files in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from seedance_prep.core.media import AudioFacts, Facts, ImageFacts, Media, VideoFacts
from seedance_prep.core.outcome import Output, Ready
from seedance_prep.core.plan import Action
from seedance_prep.core.price import Cost
from seedance_prep.core.request import Asset, Kind, Request

PROMPT = "The surfer of @Image1 waits"


def facts(kind: Kind, container: str, size: int) -> Facts:
    """What is needed of a file's facts to send it."""
    if kind is Kind.IMAGE:
        return ImageFacts(container=container, bytes=size)
    if kind is Kind.AUDIO:
        return AudioFacts(container=container, demuxer=container, bytes=size)
    return VideoFacts(container=container, demuxer="mov", bytes=size)


def output(path: Path, ref: str = "@Image1", container: str = "jpeg") -> Output:
    """A finished file."""
    kind = Kind(ref[1:-1].lower())
    asset = Asset(str(path))
    found = facts(kind, container, path.stat().st_size)
    media = Media(asset=asset, ref=ref, kind=kind, facts=found, path=path)
    return Output(
        media=media,
        ref=ref,
        kind=kind,
        path=path,
        shown=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        action=Action.UNTOUCHED,
        facts=found,
    )


def ready(outputs: Iterable[Output], high: str = "1.22", **parameters: Any) -> Ready:
    """A request whose files are ready."""
    files = tuple(outputs)
    prompt = parameters.pop("prompt", PROMPT)
    return Ready(
        request=Request(prompt=prompt, assets=[one.media.asset for one in files], **parameters),
        limits="test",
        assets=tuple(one.media for one in files),
        findings=(),
        cost=Cost(low=Decimal("1.21"), high=Decimal(high)),
        outputs=files,
        prompt=prompt,
    )
