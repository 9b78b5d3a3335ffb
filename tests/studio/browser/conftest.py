"""A real browser on a real studio; without a browser, every test here is skipped by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .browsing import Studio, Visit, found_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once per module: while it runs, no other test of the process has a loop."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    path = found_browser()
    if path is None:
        pytest.skip("no Chromium on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def studio(browser: Browser, tmp_path: Path) -> Iterator[Studio]:
    """A studio of its own, as the command line starts it, with the local service."""
    with Studio(tmp_path / "home") as one:
        yield one


@pytest.fixture
def visit(browser: Browser, studio: Studio) -> Iterator[Callable[..., Visit]]:
    """``visit(width=…, color_scheme=…)``: the studio in a window of its own.

    At the end, no page has complained, and none has asked another origin for anything.
    """
    visits: list[Visit] = []

    def opened(width: int = 1440, height: int = 900, **settings: object) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            **settings,  # type: ignore[arg-type]
        )
        visits.append(Visit(context.new_page(), studio))
        return visits[-1]

    yield opened
    complaints = [words for one in visits for words in one.complaints]
    strangers = [address for one in visits for address in one.strangers]
    for one in visits:
        one.page.context.close()
    assert [] == complaints
    assert [] == strangers


@pytest.fixture
def page(visit: Callable[..., Visit]) -> Visit:
    """The studio on a desk's screen."""
    return visit()
