"""How it looks and for whom: narrow and wide, light and dark, by keyboard, by assistive tools."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe_playwright_python is not installed")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .browsing import FIX, PATIENCE, Visit

pytestmark = pytest.mark.slow

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen_夏天的海边日落与冲浪者"


def violations(page: Visit) -> list[str]:
    """What axe-core finds wrong with the page as it stands."""
    found = Axe().run(page.page).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found for node in one["nodes"]]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe(visit: Callable[..., Visit], fixtures_dir: Path, width: int, scheme: str) -> None:
    """No main state breaks a rule of accessibility: empty, judged, fixed, each dialog."""
    page = visit(width, color_scheme=scheme, reduced_motion="reduce")
    assert [] == violations(page), "empty"
    page.choose(*(fixtures_dir / name for name in ("phone.mov", "beach.heic", "long.mp3")))
    page.write("@Image1 moves like @Video1, {nobody}")
    for summary in page.page.locator("summary").all():
        summary.click()
    assert [] == violations(page), "judged"
    page.fix()
    assert [] == violations(page), "fixed"
    page.button("Compare phone.mov").click()
    assert [] == violations(page), "compare"
    page.button("1:1").click()
    assert [] == violations(page), "pixel for pixel"
    page.page.keyboard.press("Escape")
    page.button("Generate…").click()
    assert [] == violations(page), "pay"
    page.page.keyboard.press("Escape")
    page.button("Earlier runs").click()
    assert [] == violations(page), "runs"


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_width(visit: Callable[..., Visit], fixtures_dir: Path, tmp_path: Path, width: int) -> None:
    """Twelve files with long names fit any window: nothing is cut off at its side."""
    page = visit(width, 844)
    assert 0 == page.overflow()
    paths = []
    for number, name in enumerate(["photo.jpg"] * 9 + ["voice.m4a"] * 2 + ["phone.mov"]):
        paths.append(tmp_path / f"{number} {LONG}{Path(name).suffix}")
        shutil.copy(fixtures_dir / name, paths[-1])
    page.choose(*paths)
    page.write(f"@Image1 and @{LONG} " + "endless" * 40)
    for summary in page.page.locator("summary").all():
        summary.click()
    assert 0 == page.overflow()
    expect(page.button(FIX)).to_be_in_viewport()
    page.button("Generate…").click()
    assert 0 == page.overflow()


def test_dark(visit: Callable[..., Visit]) -> None:
    """The page follows the system into the dark and back."""
    page = visit(color_scheme="dark")
    shade = "getComputedStyle(document.body).backgroundColor"
    dark = page.page.evaluate(shade)
    page.page.emulate_media(color_scheme="light")
    assert "rgb(16, 19, 23)" == dark
    assert "rgb(243, 245, 247)" == page.page.evaluate(shade)


def test_forced_colours(visit: Callable[..., Visit], fixtures_dir: Path) -> None:
    """With forced colours, the window's ends and the bars are still told from their ground."""
    page = visit(forced_colors="active", reduced_motion="reduce")
    page.choose(fixtures_dir / "phone.mov")
    colours = page.page.evaluate("""() => {
        const end = getComputedStyle(document.querySelector(".grip.end"), "::before");
        const bar = getComputedStyle(document.querySelector(".bar i"));
        return [end.backgroundColor, bar.backgroundColor,
                getComputedStyle(document.body).backgroundColor];
    }""")
    assert colours[2] not in colours[:2]
    assert [] == violations(page)


def test_keyboard_alone(page: Visit, fixtures_dir: Path) -> None:
    """From the empty desk to the video without a pointer."""
    keys = page.page.keyboard

    def to(name: str, role: str = "button") -> None:
        """Tab until it has the focus."""
        for _ in range(60):
            keys.press("Tab")
            seen = page.page.evaluate(
                "[document.activeElement.getAttribute('aria-label') ?? '',"
                " document.activeElement.labels?.[0]?.textContent ?? '',"
                " document.activeElement.textContent]"
            )
            if any(one.strip().startswith(name) for one in seen):
                return
        pytest.fail(f"no way to {name} by the Tab key")

    to("Choose files")
    with page.page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files([fixtures_dir / "photo.jpg", fixtures_dir / "phone.mov"])
    expect(page.badges()).to_have_count(2, timeout=PATIENCE)
    page.page.evaluate("document.activeElement.blur()")
    to("End of the kept part of phone.mov")
    keys.press("Shift+ArrowLeft")
    expect(page.page.get_by_label("Keep until, seconds")).to_have_value("5.01")
    to("Prompt")
    keys.type("@")
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("runs past @")
    keys.press("Enter")
    expect(page.prompt()).to_have_value("@Video1 runs past @Image1 ")
    to("Fix 1 file")
    keys.press("Enter")
    page.page.get_by_role("link", name="Download the set").wait_for(timeout=PATIENCE)
    page.page.evaluate("document.activeElement.blur()")
    to("Generate…")
    keys.press("Enter")
    to("Generate on the local service")
    keys.press("Enter")
    page.page.get_by_label("The video that was made").wait_for(timeout=PATIENCE)


def test_focus_comes_back(page: Visit, fixtures_dir: Path) -> None:
    """A dialog gives the focus back to what opened it; a card that moves keeps it."""
    page.choose(fixtures_dir / "photo.jpg", fixtures_dir / "beach.heic")
    down = page.button("Move down @Image1 photo.jpg")
    down.focus()
    page.page.keyboard.press("Enter")
    expect(page.button("Move down @Image2 photo.jpg")).to_be_focused()
    page.button("Generate…").click()
    page.page.keyboard.press("Escape")
    expect(page.button("Generate…")).to_be_focused()
