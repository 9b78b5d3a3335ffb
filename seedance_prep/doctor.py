"""What this machine has, measured: each fact says what was found and what it is needed for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from . import process, sandbox
from .errors import PrepError

ENCODERS = ("libx264", "aac", "libmp3lame", "png")
FILTERS = ("scale", "fps", "tpad", "bwdif", "zscale", "tonemap")
OPTIONAL = {"zscale", "tonemap"}
LAYERS = {
    "own files": (
        "Landlock",
        "a decoder opens the files it was given, and no other",
        "a decoder in wrong hands could open what you can; take strangers' files into a container",
    ),
    "no network": (
        "seccomp",
        "a decoder has no sockets",
        "a decoder in wrong hands could call somebody; take strangers' files into a container",
    ),
}
"""For each layer its mechanism, what it holds, and what its lack means."""
NEEDS = {"Landlock": "Linux 5.13 or newer", "seccomp": "Linux on x86-64 or AArch64"}
APART = "each file is read in a process of its own, which cannot take this program along"
HERE = "files are read inside this program: one that a reader falls over ends it"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked for."""

    name: str
    found: str
    ok: bool
    needed: bool = True
    """Whether no job can be done without it."""

    def line(self) -> str:
        """For people: ``ok  ffmpeg  9.0.2``."""
        mark = "ok" if self.ok else ("MISSING" if self.needed else "no")
        return f"{mark:8} {self.name:14} {self.found}"

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def healthy(facts: Sequence[Fact]) -> bool:
    """Whether everything that is needed was found."""
    return all(fact.ok or not fact.needed for fact in facts)


def examine(service: str) -> list[Fact]:
    """Look at everything; one that fails does not hide the next."""
    return [
        *_ffmpeg(),
        _mediainfo(),
        _pillow(),
        _key(),
        *_containment(),
        _ledger(),
        _reach(service),
    ]


def _ffmpeg() -> Iterator[Fact]:
    try:
        path = process.ffmpeg()
        version = _said("-version").splitlines()[0].removeprefix("ffmpeg version ").split(" ")[0]
    except PrepError as error:
        yield Fact("ffmpeg", str(error), ok=False)
        return
    origin = "SEEDANCE_PREP_FFMPEG" if os.environ.get("SEEDANCE_PREP_FFMPEG") else "bundled"
    yield Fact("ffmpeg", f"{version} ({origin}, {path.rsplit(os.sep, 1)[-1]})", ok=True)
    yield _listed("encoders", ENCODERS)
    yield _listed("filters", FILTERS)


def _listed(what: str, wanted: Sequence[str]) -> Fact:
    have = {line.split()[1] for line in _said(f"-{what}").splitlines() if len(line.split()) > 1}
    missing = [name for name in wanted if name not in have]
    found = f"without {', '.join(missing)}" if missing else ", ".join(wanted)
    return Fact(what, found, ok=not missing, needed=not set(missing) <= OPTIONAL)


def _said(option: str) -> str:
    return process.run([process.ffmpeg(), "-hide_banner", option]).stdout.decode("utf-8", "replace")


def _guarded(name: str, look: Callable[[], str]) -> Fact:
    try:
        return Fact(name, look(), ok=True)
    except (ImportError, OSError, RuntimeError) as error:
        return Fact(name, f"cannot be loaded ({type(error).__name__})", ok=False)


def _mediainfo() -> Fact:
    def look() -> str:
        from pymediainfo import MediaInfo

        if not MediaInfo.can_parse():
            raise RuntimeError("the library is not there")
        return "library loaded"

    return _guarded("MediaInfo", look)


def _pillow() -> Fact:
    def look() -> str:
        import PIL
        import pillow_heif

        return f"Pillow {PIL.__version__}, HEIF {pillow_heif.libheif_version()}"

    return _guarded("pictures", look)


def _key() -> Fact:
    from .core.key import key_from

    key = key_from(os.environ)
    found = "set (not shown)" if key else "not set: FAL_KEY, needed for upload and generate on fal"
    return Fact("key", found, ok=key is not None, needed=False)


def _containment() -> Iterator[Fact]:
    """What holds a decoder that a stranger's file has in its hands, and what a lack of it means."""
    force = process.in_force()
    always = ["no shell", "closed stdin", "no keys", "own process group", "deadline"]
    limits = [one for one in force if one in sandbox.TOLD.values()]
    yield Fact("containment", ", ".join([*always, *limits]), ok=bool(limits), needed=False)
    for name, (layer, held, lacking) in LAYERS.items():
        found = next((one for one in force if layer in one), None)
        says = f"{held} ({layer})" if found else f"{_why(layer)}: {lacking}"
        yield Fact(name, says, ok=found is not None, needed=False)
    apart = sys.platform == "linux" and bool(process.python()) and not process.unconfined()
    yield Fact("readers", APART if apart else HERE, ok=apart, needed=False)


def _why(layer: str) -> str:
    if process.unconfined():
        return "switched off by SEEDANCE_PREP_SANDBOX"
    return f"this system has no {layer} ({NEEDS[layer]})"


def _ledger() -> Fact:
    from .submit.ledger import open_ledger

    try:
        with open_ledger() as ledger:
            return Fact("ledger", f"{len(ledger.runs())} runs", ok=True)
    except PrepError as error:
        return Fact("ledger", str(error), ok=False)


def _reach(service: str) -> Fact:
    from .submit.access import service_of
    from .wire import Wire

    try:
        chosen = service_of(service)
        with Wire(service=chosen) as wire:
            status = wire.call("GET", chosen.queue).status
    except PrepError as error:
        return Fact("service", f"{service}: {error}", ok=False, needed=False)
    return Fact("service", f"{service} answers (status {status})", ok=True, needed=False)
