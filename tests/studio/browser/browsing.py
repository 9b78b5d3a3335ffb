"""A studio as a process of its own, and what a person does on its page."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page, Request

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FIX = re.compile("^(Fix|Make the set)")
PATIENCE = 60_000
"""Milliseconds for what reads or encodes media; a busy machine is no failure."""
DROP = """([name, kind, bytes, event]) => {
    const transfer = new DataTransfer();
    const raw = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
    const file = new File([raw], name, { type: kind });
    transfer.items.add(file);
    const made = event === "paste"
        ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
        : new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(made);
}"""


def found_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


class Studio:
    """``seedance-prep studio`` on a home of its own; can be stopped and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = 0
        self.address = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Studio:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FAL_")}
        argv = [sys.executable, "-m", "seedance_prep", "studio", "--no-open", "--service", "local",
                "--port", str(self.port)]  # fmt: skip
        said = self.home.with_name("stderr.txt")
        with said.open("w") as errors:
            self._process = subprocess.Popen(
                argv, stdout=subprocess.PIPE, stderr=errors, text=True,
                env=clean | {"SEEDANCE_PREP_HOME": str(self.home)},
            )  # fmt: skip
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        assert self.address, said.read_text()
        self.port = urlsplit(self.address).port or 0

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


class Visit:
    """One page on a studio, what it complained of, and whom else it asked."""

    def __init__(self, page: Page, studio: Studio) -> None:
        self.page, self.studio = page, studio
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.forgiven: tuple[str, ...] = ()
        page.set_default_timeout(20_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        self.open()

    def open(self) -> None:
        self.page.goto(self.studio.address)
        self.page.wait_for_selector("body[data-ready]")

    def forgive(self, *words: str) -> None:
        """What a test brings about by intent, a server that is gone, is no complaint."""
        self.forgiven = words

    def _console(self, message: ConsoleMessage) -> None:
        said = f"{message.type}: {message.text}"
        known = any(words in said for words in self.forgiven)
        if message.type in {"error", "warning"} and not known:
            self.complaints.append(said)

    def _asked(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme not in {"data", "blob"} and asked.netloc != f"127.0.0.1:{self.studio.port}":
            self.strangers.append(request.url)

    # What is seen -------------------------------------------------------------------------------

    def card(self, name: str) -> Locator:
        return self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=name))

    def badges(self) -> Locator:
        return self.page.locator(".badge.ok, .badge.mend, .badge.stuck, .badge.unreadable")

    def button(self, name: str | re.Pattern[str], **how: Any) -> Locator:
        return self.page.get_by_role("button", name=name, **how)

    def prompt(self) -> Locator:
        return self.page.get_by_role("textbox", name="Prompt", exact=True)

    def refs(self) -> list[str]:
        return self.page.locator(".card .chip").all_inner_texts()

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        ))  # fmt: skip

    # What is done -------------------------------------------------------------------------------

    def choose(self, *paths: Path) -> None:
        """Choose files, and wait until each has its verdict."""
        from playwright.sync_api import expect

        before = self.badges().count()
        self.page.set_input_files("#file-input", list(paths))
        expect(self.badges()).to_have_count(before + len(paths), timeout=PATIENCE)

    def write(self, prompt: str) -> None:
        with self.page.expect_response(lambda answer: answer.url.endswith("/api/request")):
            self.prompt().fill(prompt)

    def fix(self) -> None:
        self.button(FIX).click()
        self.page.get_by_role("link", name="Download the set").wait_for(timeout=PATIENCE)
