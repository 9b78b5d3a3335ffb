"""The pictures of the README: the report and the studio with the repository's own media."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
DOCS, FIXTURES = ROOT / "docs", ROOT / "fixtures"
MOST = 300_000
"""Bytes of a picture."""
WIDE, HIGH = 1280, 1560
PREP = (sys.executable, "-m", "seedance_prep")
PROMPT = "{hero} turns into the surfer of @Video1, who says: @Audio1"
PATIENCE = 60_000
"""Milliseconds until a verdict must be there."""


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium; ends the script with a sentence where there is none."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("no Chromium was found on PATH")
    with sync_playwright() as started:
        running = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


def media(folder: Path) -> list[str]:
    """Copies of the fixtures, as a user would give them."""
    for name in ("phone.mov", "beach.heic", "voice.m4a"):
        shutil.copy(FIXTURES / name, folder / name)
    return ["phone.mov#t=1,4.5", "hero=beach.heic", "voice.m4a"]


def report(folder: Path) -> None:
    """``fix --report``, and the page down to the end of its first file: film, slider, facts."""
    words = ("fix", *media(folder), "--prompt", PROMPT, "--report", "page.html", "--quiet")
    subprocess.run([*PREP, *words], cwd=folder, env=_environment(folder), check=True)
    with browser() as running:
        shown = running.new_page(viewport={"width": WIDE, "height": HIGH})
        shown.goto((folder / "page.html").as_uri())
        box = shown.locator("#file-1").bounding_box()
        assert box
        end = {"x": 0, "y": 0, "width": WIDE, "height": box["y"] + box["height"] + 16}
        save(shown.screenshot(full_page=True, clip=end), "report")


def studio(folder: Path) -> None:
    """The same files dropped into the studio, judged and with a prompt."""
    media(folder)
    files = [folder / name for name in ("phone.mov", "beach.heic", "voice.m4a")]
    with serving(folder) as address, browser() as running:
        shown = running.new_page(viewport={"width": WIDE, "height": HIGH})
        shown.goto(address)
        shown.locator("input[type=file]").first.set_input_files(files)
        for ref in ("@Video1", "@Image1", "@Audio1"):
            shown.get_by_text(ref).first.wait_for(timeout=PATIENCE)
        for name, seconds in (("from", "1"), ("until", "4.5")):
            field = shown.get_by_label(f"Keep {name}, seconds").first
            field.fill(seconds)
            field.press("Enter")
        box = shown.get_by_role("textbox").first
        box.click()
        shown.keyboard.type("@Image1 turns into the surfer of @Video1, who says: @Audio1")
        shown.wait_for_timeout(5000)
        save(shown.screenshot(), "studio")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A studio of its own; its address."""
    words = [*PREP, "studio", "--service", "local", "--no-open"]
    environment = _environment(folder) | {"PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        found = next(filter(None, (re.search(r"http\S+", line) for line in child.stdout)), None)
        if found is None:
            sys.exit("the studio did not start")
        yield found[0]
    finally:
        child.terminate()
        child.wait(20)


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"SEEDANCE_PREP_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}


def save(picture: bytes, name: str) -> None:
    """As WebP, at the best quality that is small enough."""
    DOCS.mkdir(exist_ok=True)
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for quality in (90, 80, 70, 60):
        target = io.BytesIO()
        image.save(target, "WEBP", quality=quality, method=6)
        if target.tell() <= MOST:
            break
    (DOCS / f"{name}.webp").write_bytes(target.getvalue())
    print(f"docs/{name}.webp: {image.width}x{image.height}, {target.tell()} bytes")


MAKERS = {"report": report, "studio": studio}


def main(names: Sequence[str]) -> None:
    """Make those that are named, or all."""
    for name in names or MAKERS:
        with tempfile.TemporaryDirectory() as folder:
            MAKERS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
