"""Files on the desk: dropped, judged, cut, named, put in order."""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import expect

from .browsing import DROP, PATIENCE, Visit

pytestmark = pytest.mark.slow


def drop(page: Visit, path: Path, event: str = "drop") -> None:
    words = [path.name, "application/octet-stream", b64encode(path.read_bytes()).decode(), event]
    page.page.evaluate(DROP, words)


def test_dropped_file_is_judged(page: Visit, fixtures_dir: Path) -> None:
    """A dropped file shows its verdict, what is wrong by code, and what a fix will do."""
    drop(page, fixtures_dir / "phone.mov")
    card = page.card("phone.mov")
    expect(card.locator(".badge")).to_contain_text("A fix will mend it", timeout=PATIENCE)
    expect(card.locator(".finding.error")).to_contain_text("VID009")
    expect(card.get_by_role("list")).to_contain_text("scale 1080x1920 -> 720x1280")
    expect(page.page.get_by_role("log")).to_contain_text("@Video1 phone.mov: a fix will mend it")


def test_pasted_file_is_judged(page: Visit, fixtures_dir: Path) -> None:
    """A pasted picture comes onto the desk as a dropped one does."""
    drop(page, fixtures_dir / "photo.jpg", "paste")
    expect(page.card("photo.jpg").locator(".badge")).to_contain_text("Complies", timeout=PATIENCE)


def test_folder(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """A folder brings its files, but none that the system hides in it."""
    folder = tmp_path / "takes"
    folder.mkdir()
    for name in ("photo.jpg", "voice.m4a"):
        shutil.copy(fixtures_dir / name, folder)
    (folder / ".DS_Store").write_bytes(b"\0")
    page.page.set_input_files("#folder-input", folder)
    expect(page.badges()).to_have_count(2, timeout=PATIENCE)
    assert {"@Image1", "@Audio1"} == set(page.refs())


def test_window_by_pointer(page: Visit, fixtures_dir: Path) -> None:
    """While an end of the window is dragged, the seconds, the bars and the price move along."""
    page.choose(fixtures_dir / "phone.mov")
    bar = page.page.locator(".sum", has_text="Video time")
    price = page.page.locator(".price .price-range")
    expect(bar).to_contain_text("6.01 of 15 s")
    before = price.inner_text()
    box = page.page.get_by_role("slider", name="End of the kept part").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x - 400, y, steps=10)
    expect(bar).not_to_contain_text("6.01")
    expect(price).not_to_have_text(before)
    expect(page.page.locator(".weighed")).to_contain_text("videos together")
    page.page.mouse.up()
    kept = page.page.get_by_label("Keep until, seconds").input_value()
    page.open()
    expect(page.page.get_by_label("Keep until, seconds")).to_have_value(kept)
    assert 2 < float(kept) < 5


def test_findings_move_with_the_window(page: Visit, fixtures_dir: Path) -> None:
    """What a window would break is said while it is dragged, and goes when it would not."""
    page.choose(fixtures_dir / "photo.jpg", fixtures_dir / "phone.mov")
    end = page.page.get_by_role("slider", name="End of the kept part")
    end.scroll_into_view_if_needed()
    box = end.bounding_box()
    assert box is not None
    found, x, y = page.card("phone.mov").locator(".finding"), box["x"] + 4, box["y"] + 20
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x - 620, y, steps=8)
    expect(found.filter(has_text="2 to 15 s are documented")).to_be_visible()
    page.page.mouse.move(x, y, steps=8)
    expect(found.filter(has_text="2 to 15 s are documented")).to_have_count(0)
    page.page.mouse.up()


def test_no_picture(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """A still that cannot be decoded says so in the place of its picture."""
    path = tmp_path / "half.jpg"
    path.write_bytes((fixtures_dir / "photo.jpg").read_bytes()[:9000] + bytes(80_000) + b"\xff\xd9")
    page.choose(path)
    expect(page.card("half.jpg").locator(".thumb")).to_have_text(re.compile("no picture|[?]"))


def test_window_by_keys(page: Visit, fixtures_dir: Path) -> None:
    """Arrow keys move an end by a tenth of a second, shifted by a whole one, and say so."""
    page.choose(fixtures_dir / "long.mp3")
    end = page.page.get_by_role("slider", name="End of the kept part of long.mp3")
    expect(end).to_have_attribute("aria-valuetext", "14.9 seconds of 20.0")
    end.focus()
    for key in ("Shift+ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.page.keyboard.press(key)
    expect(end).to_have_attribute("aria-valuetext", "13.8 seconds of 20.0")
    expect(page.page.get_by_label("Keep until, seconds")).to_have_value("13.80")
    page.page.get_by_role("button", name="Let the plan choose").click()
    expect(end).to_have_attribute("aria-valuetext", "14.9 seconds of 20.0")


def test_wave(page: Visit, fixtures_dir: Path) -> None:
    """A sound shows its waveform, a clip its film."""
    page.choose(fixtures_dir / "long.mp3", fixtures_dir / "phone.mov")
    expect(page.page.locator(".wave path")).to_have_attribute("d", re.compile("^M0.5 "))
    film = page.page.locator(".pane.video img")
    film.scroll_into_view_if_needed()
    expect(film).to_have_js_property("complete", True)
    assert film.evaluate("image => image.naturalWidth") > 300


def test_order(page: Visit, fixtures_dir: Path) -> None:
    """Buttons and dragging change the order, and the prompt keeps naming the same files."""
    page.choose(fixtures_dir / "photo.jpg", fixtures_dir / "beach.heic")
    page.write("@Image1 beside @Image2")
    page.button("Move down @Image1 photo.jpg").click()
    expect(page.prompt()).to_have_value("@Image2 beside @Image1")
    assert "beach.heic" in page.page.locator(".card h3").first.inner_text()
    handle = page.page.locator(".card .handle").last.bounding_box()
    target = page.page.locator(".card").first.bounding_box()
    assert handle is not None
    assert target is not None
    page.page.mouse.move(handle["x"] + 5, handle["y"] + 10)
    page.page.mouse.down()
    page.page.mouse.move(handle["x"] + 5, target["y"] + 5, steps=6)
    page.page.mouse.up()
    expect(page.prompt()).to_have_value("@Image1 beside @Image2")


def test_names(page: Visit, fixtures_dir: Path) -> None:
    """A name is put in from the menu, follows its renaming, and leaves its number behind."""
    page.choose(fixtures_dir / "photo.jpg")
    page.page.get_by_text("Options").click()
    name = page.page.get_by_label("Name in the prompt")
    name.fill("hero")
    name.press("Enter")
    expect(page.page.locator(".card h3")).to_contain_text("{hero}")
    page.prompt().click()
    page.page.keyboard.type("Look at @")
    expect(page.page.get_by_role("option", name="@Image1")).to_be_visible()
    page.page.keyboard.press("Enter")
    page.page.keyboard.type("dancing")
    expect(page.prompt()).to_have_value("Look at {hero} dancing")
    name.fill("surfer")
    name.press("Enter")
    expect(page.prompt()).to_have_value("Look at {surfer} dancing")
    name.fill("")
    name.press("Enter")
    expect(page.prompt()).to_have_value("Look at @Image1 dancing")


def test_name_that_is_none(page: Visit, fixtures_dir: Path) -> None:
    """A name that no prompt could hold is refused at the field, and nothing changes."""
    page.choose(fixtures_dir / "photo.jpg")
    page.page.get_by_text("Options").click()
    name = page.page.get_by_label("Name in the prompt")
    name.fill("two words")
    name.press("Enter")
    assert name.evaluate("field => !field.validity.valid")
    expect(page.page.locator(".card h3")).not_to_contain_text("{")


def test_removed(page: Visit, fixtures_dir: Path) -> None:
    """What named a file that is gone names no other one."""
    page.choose(fixtures_dir / "photo.jpg", fixtures_dir / "beach.heic")
    page.write("@Image1 beside @Image2")
    page.button("Remove @Image1 photo.jpg").click()
    expect(page.prompt()).to_have_value("@photo.jpg beside @Image1")


def test_wishes(page: Visit, fixtures_dir: Path) -> None:
    """Options of a file and of the request change the plan and the price at once."""
    page.choose(fixtures_dir / "phone.mov")
    before = page.page.locator(".price .price-range").inner_text()
    page.page.get_by_label("Resolution").select_option("480p")
    expect(page.page.locator(".price .price-range")).not_to_have_text(before)
    page.page.get_by_text("Options").click()
    page.page.get_by_label("Use it as").select_option("audio")
    expect(page.page.locator(".card .chip")).to_have_text("@Audio1", timeout=PATIENCE)


def test_hostile_names(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """A name with markup in it is shown as text."""
    path = tmp_path / "<img src=x onerror=alert(1)>.jpg"
    shutil.copy(fixtures_dir / "photo.jpg", path)
    page.choose(path)
    expect(page.page.locator(".card h3")).to_contain_text("<img src=x onerror=alert(1)>.jpg")
    assert 0 == page.page.locator(".card h3 img").count()
