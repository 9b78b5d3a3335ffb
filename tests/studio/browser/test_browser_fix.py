"""From the desk to the video: fix, compare, generate, follow."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import expect

from .browsing import FIX, PATIENCE, Visit

pytestmark = pytest.mark.slow


def test_fix_and_compare(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """A fix shows what it made, before beside after, and gives the set as one download."""
    page.choose(fixtures_dir / "phone.mov", fixtures_dir / "photo.jpg")
    page.fix()
    expect(page.page.locator(".headline")).to_have_text("The set is made")
    card = page.card("phone.mov")
    expect(card.locator(".badge")).to_have_text("Mended")
    expect(card.locator(".outcome")).to_contain_text("video1.mp4")
    card.get_by_role("button", name="Compare phone.mov").click()
    dialog = page.page.get_by_role("dialog")
    pictures = dialog.get_by_role("img")
    expect(pictures).to_have_count(2, timeout=PATIENCE)
    assert [640, 640] == [one.evaluate("image => image.naturalHeight") for one in pictures.all()]
    line = dialog.get_by_role("slider", name="Line")
    expect(line).to_be_focused()
    page.page.keyboard.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuetext", "51 % before, 49 % after")
    dialog.get_by_role("button", name="1:1").click()
    expect(dialog.get_by_role("button", name="1:1")).to_have_attribute("aria-pressed", "true")
    expect(pictures.first).to_have_js_property("naturalHeight", 1280, timeout=PATIENCE)
    expect(pictures.last).to_have_js_property("naturalHeight", 1920, timeout=PATIENCE)
    page.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    with page.page.expect_download() as download:
        page.page.get_by_role("link", name="Download the set").click()
    download.value.save_as(tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as pack:
        assert {"video1.mp4", "image1.jpg"} <= set(pack.namelist())


def test_changed_since(page: Visit, fixtures_dir: Path) -> None:
    """A set is shown as that of before as soon as a window says otherwise."""
    page.choose(fixtures_dir / "phone.mov")
    page.fix()
    page.page.get_by_label("Keep until, seconds").fill("4")
    page.page.keyboard.press("Enter")
    expect(page.page.locator(".made")).to_contain_text("The desk has changed since the last fix.")
    expect(page.card("phone.mov").locator(".badge")).to_contain_text("A fix will mend it")


def test_stopped(page: Visit, fixtures_dir: Path) -> None:
    """A fix that is stopped says so, keeps nothing, and can be started again."""
    page.choose(fixtures_dir / "phone.mov", fixtures_dir / "hlg_10bit.mov")
    page.button(FIX).click()
    page.button("Stop the fix").click()
    expect(page.page.locator(".made")).to_contain_text("stopped", timeout=PATIENCE)
    page.fix()


def generate(page: Visit) -> None:
    page.button("Generate…").click()
    dialog = page.page.get_by_role("dialog", name="Generate the video")
    dialog.get_by_role("button", name="Generate on the local service").click()


def test_generate(page: Visit, fixtures_dir: Path) -> None:
    """The price is shown, the files are fixed, the run is followed, the video plays."""
    page.choose(fixtures_dir / "beach.heic")
    page.write("The beach of @Image1 at night")
    generate(page)
    video = page.page.get_by_label("The video that was made")
    video.wait_for(timeout=PATIENCE)
    expect(video).to_have_js_property("readyState", 4, timeout=PATIENCE)
    assert video.evaluate("video => video.duration") > 3
    expect(page.page.locator(".run-state")).to_have_text("Finished")
    page.button("Earlier runs").click()
    runs = page.page.get_by_role("dialog", name="Earlier runs")
    expect(runs).to_contain_text("The beach of @Image1 at night")
    expect(runs.get_by_role("link", name="Watch the video")).to_be_visible()


def test_reloaded_in_the_middle(page: Visit, fixtures_dir: Path) -> None:
    """A page that is reloaded while a run goes on follows it to its end."""
    page.choose(fixtures_dir / "photo.jpg")
    page.write("@Image1 dances")
    page.fix()
    generate(page)
    expect(page.page.locator(".run-state")).not_to_be_empty()
    page.open()
    expect(page.prompt()).to_have_value("@Image1 dances")
    page.page.get_by_label("The video that was made").wait_for(timeout=PATIENCE)


def test_price_gate(page: Visit, fixtures_dir: Path) -> None:
    """More than was agreed to is not spent: the page says what it may cost, and stays."""
    page.forgive("Failed to load resource")  # the refusal itself
    page.choose(fixtures_dir / "photo.jpg")
    page.write("@Image1 dances")
    page.fix()
    page.button("Generate…").click()
    dialog = page.page.get_by_role("dialog", name="Generate the video")
    dialog.get_by_label("Pay at most, USD").fill("0.01")
    dialog.get_by_role("button", name="Generate on the local service").click()
    expect(dialog.get_by_role("alert")).to_contain_text("$0.01 that are allowed (“Pay at most”)")
    expect(dialog).to_be_visible()


def test_no_key(page: Visit, fixtures_dir: Path) -> None:
    """Without a key, fal cannot be chosen for a run, and the page says what is missing."""
    page.choose(fixtures_dir / "photo.jpg")
    page.write("@Image1 dances")
    page.button("Generate…").click()
    dialog = page.page.get_by_role("dialog", name="Generate the video")
    dialog.get_by_label("Service").select_option("fal")
    expect(dialog.get_by_role("alert")).to_contain_text("FAL_KEY")
    expect(dialog.get_by_role("button", name="Generate, up to")).to_be_disabled()


def test_two_tabs(visit: Callable[..., Visit], fixtures_dir: Path) -> None:
    """Two pages on one studio show the same desk: files, words, windows, the fix."""
    one, other = visit(), visit()
    one.choose(fixtures_dir / "phone.mov")
    expect(other.card("phone.mov").locator(".badge")).to_contain_text("A fix will mend it")
    other.write("@Video1 runs")
    expect(one.prompt()).to_have_value("@Video1 runs")
    one.page.get_by_label("Keep until, seconds").fill("4")
    one.page.keyboard.press("Enter")
    expect(other.page.get_by_label("Keep until, seconds")).to_have_value("4.00")
    other.fix()
    expect(one.page.locator(".headline")).to_have_text("The set is made")
