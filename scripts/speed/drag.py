"""The studio's page: frames a second while a window is dragged, as the browser draws them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_prep.studio.serving import studio

from .measure import Spent, spent, summary
from .video import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

FRAME_MS = 1000 / 30
"""Milliseconds from one frame to the next, on average, at most."""
MOVES = 240
"""Of the pointer in one turn, some three seconds."""
PATIENCE = 120_000
WATCH = """() => {
    window.frames_seen = [];
    const seen = (at) => {
        frames_seen.push(at);
        window.next_frame = requestAnimationFrame(seen);
    };
    window.next_frame = requestAnimationFrame(seen);
}"""
SEEN = "() => (cancelAnimationFrame(next_frame), frames_seen)"


def drag(files: Sequence[Path], settings: Settings) -> Iterator[dict[str, Any]]:
    """The end of a clip's window, to and fro, with a full desk; beside it, the pointer alone."""
    record: dict[str, Any] = {"case": "studio-drag", "files": len(files), "pairs": settings.pairs}
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        yield record | {"skipped": "no Chromium is installed"}
        return
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as home,
        studio(folder=Path(home)) as address,
        sync_playwright() as driver,
        driver.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.set_input_files("#file-input", list(files))
        judged = page.locator(".badge.ok, .badge.mend, .badge.stuck")
        judged.nth(len(files) - 1).wait_for(timeout=PATIENCE)
        yield record | _dragged(page, settings)


def _dragged(page: Page, settings: Settings) -> dict[str, Any]:
    grip = page.locator(".grip.stop").first
    grip.scroll_into_view_if_needed()
    ours: list[Spent] = []
    theirs: list[Spent] = []
    gaps: list[float] = []
    for _ in range(settings.pairs):
        box = grip.bounding_box()
        if box is None:
            raise SystemExit("the window has no end that could be dragged")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate(WATCH)
        ours.append(spent(lambda x=x, y=y: _moved(page, x, y)))  # type: ignore[misc]
        gaps += _gaps(page.evaluate(SEEN))
        page.mouse.up()
        theirs.append(spent(lambda y=y: _moved(page, 700, y + 300)))  # type: ignore[misc]
    gaps.sort()
    each = sum(gaps) / len(gaps)
    return {"each_ms": round(each, 2), "each_ms_at_most": round(FRAME_MS, 1),
            "fps": round(1000 / each, 1), "slowest_20th_ms": round(gaps[len(gaps) * 19 // 20], 1),
            "ours": summary(ours), "theirs": summary(theirs)}  # fmt: skip


def _moved(page: Page, x: float, y: float) -> None:
    for number in range(MOVES):
        away = abs(number % 120 - 60) * 5
        page.mouse.move(x - away, y)


def _gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]
