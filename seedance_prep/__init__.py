"""Check, fix, price, upload and submit reference media for Seedance 2.0 on fal.

    import seedance_prep as prep

    request = prep.Request(prompt="@Image1 moves like @Video1",
                           images=["beach.heic"], videos=[prep.Clip("phone.mov", start=3, end=9.5)])
    report = prep.check(request)
    ready = prep.fix(request, out="ready/")
    with prep.Client() as client:
        result = client.generate(ready, max_cost=4.00)
        result.video.save("out.mp4")

or, before a call that is there already:

    arguments = prep.arguments("{hero} dances", images={"hero": picture}, max_cost=4.00)
    fal_client.subscribe(endpoint, arguments=arguments)

Nothing happens on import; names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import seedance_prep.aio as aio
    import seedance_prep.webhook as webhook

    from .calling import arguments as arguments
    from .calling import guard as guard
    from .client import Client as Client
    from .client import Job as Job
    from .client import Result as Result
    from .core.event import Event as Event
    from .core.event import EventType as EventType
    from .core.finding import Finding as Finding
    from .core.finding import Knob as Knob
    from .core.finding import Level as Level
    from .core.finding import Trust as Trust
    from .core.media import AudioFacts as AudioFacts
    from .core.media import ImageFacts as ImageFacts
    from .core.media import Media as Media
    from .core.media import VideoFacts as VideoFacts
    from .core.outcome import Output as Output
    from .core.outcome import Ready as Ready
    from .core.outcome import Report as Report
    from .core.outcome import UnfixableError as UnfixableError
    from .core.price import Cost as Cost
    from .core.request import Asset as Asset
    from .core.request import Clip as Clip
    from .core.request import Image as Image
    from .core.request import Request as Request
    from .core.request import Sound as Sound
    from .core.version import __version__ as __version__
    from .errors import CostError as CostError
    from .errors import MachineError as MachineError
    from .errors import PrepError as PrepError
    from .errors import RefusedError as RefusedError
    from .errors import ServiceError as ServiceError
    from .errors import UncertainError as UncertainError
    from .errors import UsageError as UsageError
    from .pipeline import check as check
    from .pipeline import fix as fix

_HOMES = {
    "aio": "",
    "webhook": "",
    "arguments": "calling",
    "guard": "calling",
    "Client": "client",
    "Job": "client",
    "Result": "client",
    "Event": "core.event",
    "EventType": "core.event",
    "Finding": "core.finding",
    "Knob": "core.finding",
    "Level": "core.finding",
    "Trust": "core.finding",
    "AudioFacts": "core.media",
    "ImageFacts": "core.media",
    "Media": "core.media",
    "VideoFacts": "core.media",
    "Output": "core.outcome",
    "Ready": "core.outcome",
    "Report": "core.outcome",
    "Cost": "core.price",
    "Asset": "core.request",
    "Clip": "core.request",
    "Image": "core.request",
    "Request": "core.request",
    "Sound": "core.request",
    "__version__": "core.version",
    "CostError": "errors",
    "MachineError": "errors",
    "PrepError": "errors",
    "RefusedError": "errors",
    "ServiceError": "errors",
    "UncertainError": "errors",
    "UnfixableError": "core.outcome",
    "UsageError": "errors",
    "check": "pipeline",
    "fix": "pipeline",
}

__all__ = [
    "Asset",
    "AudioFacts",
    "Client",
    "Clip",
    "Cost",
    "CostError",
    "Event",
    "EventType",
    "Finding",
    "Image",
    "ImageFacts",
    "Job",
    "Knob",
    "Level",
    "MachineError",
    "Media",
    "Output",
    "PrepError",
    "Ready",
    "RefusedError",
    "Report",
    "Request",
    "Result",
    "ServiceError",
    "Sound",
    "Trust",
    "UncertainError",
    "UnfixableError",
    "UsageError",
    "VideoFacts",
    "__version__",
    "aio",
    "arguments",
    "check",
    "fix",
    "guard",
    "webhook",
]


def __getattr__(name: str) -> object:
    """A public name, loaded from its home when it is first used.

    ``check`` and ``fix`` are also rooms of the house; whichever is asked for by this package's
    users is the function.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    if not home:
        return importlib.import_module(f".{name}", __name__)
    return getattr(importlib.import_module(f".{home}", __name__), name)
