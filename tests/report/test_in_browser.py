"""The page in a real browser: for eyes, keyboards and assistive tools; it fetches nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.checks import RULES
from seedance_prep.report import html, rules
from seedance_prep.survey.album import album

from ..conftest import Make

pytestmark = pytest.mark.slow
EVIL = "<img src=x onerror=document.title='gone'>.png"
SIZES = [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, ffmpeg_make: Make) -> Path:
    """A fixed request: a padded still of a hostile, endless name, a cut clip, a sound, no file."""
    folder = tmp_path_factory.mktemp("page")
    still = folder / EVIL
    Image.effect_noise((300, 960), 80).convert("RGB").save(still)
    clip = ffmpeg_make(
        "clip.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=854x480:r=25:d=4", "-f", "lavfi", "-i", "sine=d=4"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    )
    sound = ffmpeg_make("tone.ogg", "-f", "lavfi", "-i", "sine=d=3", "-c:a", "libvorbis")
    hero, clip_kept = prep.Image(still, name="hero"), prep.Clip(clip, start=1, end=3.5)
    request = prep.Request(
        prompt="{hero} like @Video1 " + "w" * 300,
        assets=[hero, clip_kept, prep.Sound(sound), prep.Image("x" * 200 + ".png")],
    )
    with pytest.raises(prep.UnfixableError) as caught:
        prep.fix(request, folder / "ready", allow="inventive")
    report = caught.value.report
    assert report.profile
    pages = {judge.rule.code: rules.page(judge.rule, report.profile) for judge in RULES}
    text = html.page(report, report.profile, album(report), pages, own_names=True)
    target = folder / "page.html"
    target.write_text(text, "utf-8")
    return target


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_nothing_is_wrong_with_it(browser: Any, page: Path, width: int, scheme: str) -> None:
    """No violation by axe, no error, no request, no sideways scrolling; all parts open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe").Axe()
    size = {"width": width, "height": 800}
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    shown, said = context.new_page(), []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("request", lambda request: said.append(request.url))
    shown.goto(page.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert width >= shown.evaluate("document.documentElement.scrollWidth")
    found = axe.run(shown).response["violations"]
    context.close()
    assert [] == [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert [page.as_uri()] == [one for one in said if not one.startswith("data:image/jpeg")]


def test_the_slider_is_moved_by_keys_and_by_the_picture(browser: Any, page: Path) -> None:
    """Arrow keys, Home and End on the range; a press on the picture goes to that place.

    The page's policy is in force: its own script runs, what a name smuggles in does not.
    """
    shown = browser.new_page(viewport={"width": 1000, "height": 900})
    shown.goto(page.as_uri())
    slider = shown.locator(".compare input").first
    share = "one => getComputedStyle(one.parentElement).getPropertyValue('--at')"
    seen = [slider.evaluate(share)]
    slider.focus()
    for key in ("ArrowLeft", "End", "Home"):
        slider.press(key)
        seen.append(slider.evaluate(share))
    picture = shown.locator(".compare .stack").first
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] / 4, "y": box["height"] / 2})
    seen.append(slider.evaluate(share))
    assert ["50%", "49%", "100%", "0%", "25%"] == seen
    assert shown.title().startswith("seedance-prep: ")
    shown.close()


def test_print_shows_both_pictures(browser: Any, page: Path) -> None:
    """On paper nothing slides: before stands beside after, and both are seen."""
    shown = browser.new_page(viewport={"width": 720, "height": 1000})
    shown.goto(page.as_uri())
    shown.emulate_media(media="print")
    assert not shown.locator(".compare input").first.is_visible()
    after, before = (one.bounding_box() for one in shown.locator(".stack img").all()[:2])
    shown.close()
    assert before["x"] + before["width"] <= after["x"]
    assert before["y"] == after["y"]
