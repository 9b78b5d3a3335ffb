"""The whole job on sample media against the local service: no key, no network, no cost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from . import pipeline
from .client import Client
from .core.event import Event, EventType
from .core.outcome import Report, UnfixableError
from .core.request import Clip, Image, Request, Sound
from .limits import load
from .report import text
from .samples import paths
from .workspace import output_folder

PROMPT = "The surfer of @Video1 rides into the bay of @Image1 while @Audio1 tells the story"
TOLD = {
    EventType.UPLOADED: "uploaded   {ref} -> {url}",
    EventType.SUBMITTED: "submitted  request {request_id}",
    EventType.QUEUED: "queued     {position} ahead",
    EventType.RUNNING: "running",
    EventType.LOG: "           {message}",
}
"""What is said of each event; the others are left out."""


def run(out: Path, say: Callable[[str], None], width: int) -> Path:
    """Check, fix, price, upload, submit, wait, download; the path of the video."""
    beach, phone, voice = (_beside(path, out) for path in paths())
    request = Request(
        prompt=PROMPT,
        images=[Image(beach)],
        videos=[Clip(phone, start=3, end=9.5)],
        audio=[Sound(voice)],
        resolution="480p",
        duration=5,
        aspect_ratio="16:9",
    )
    say(_title("1. check", "what a phone holds, held against every rule"))
    say(_shown(pipeline.check(request), width))
    say(_title("2. fix", f"compliant copies in {out}, decoded whole and checked again"))
    try:
        ready = pipeline.fix(request, out)
    except UnfixableError as error:
        say(_shown(error.report, width))
        raise
    say(_shown(ready, width))
    say(_title("3. price", "known before anything is sent"))
    say(text.price(ready, width))
    say(_title("4. generate", "over real HTTP, to the local service"))
    with Client(service="local", ledger=out / "ledger") as client:
        result = client.generate(ready, on_event=_teller(say))
        path = result.video.save(out / "video.mp4")
    say(f"saved      {path}")
    return Path(path)


def _beside(sample: Path, out: Path) -> Path:
    """A copy of a sample under ``out``, where people can open it."""
    folder = output_folder(out / "samples")
    return Path(shutil.copyfile(sample, folder / sample.name))


def _title(verb: str, what: str) -> str:
    return f"\n== {verb}: {what}\n"


def _shown(report: Report, width: int) -> str:
    return text.report(report, report.profile or load(report.request.endpoint), width)


def _teller(say: Callable[[str], None]) -> Callable[[Event], None]:
    """Say an event once; the queue and the log repeat themselves."""
    said: set[str] = set()

    def tell(event: Event) -> None:
        words = TOLD.get(event.type)
        if words is None:
            return
        line = words.format_map({"ref": "", "position": 0, **event.data})
        if line not in said:
            said.add(line)
            say(line)

    return tell
