"""What goes wrong: said in clear words, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import expect

from .browsing import PATIENCE, Visit

pytestmark = pytest.mark.slow


def test_unreadable(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """A file that is none of the kinds is named with the reason; the others are judged."""
    notes = tmp_path / "notes.txt"
    notes.write_text("not a picture")
    page.choose(notes, fixtures_dir / "photo.jpg")
    expect(page.card("notes.txt").locator(".badge")).to_contain_text("Cannot be read")
    expect(page.card("notes.txt").locator(".finding.error")).to_be_visible()
    expect(page.card("photo.jpg").locator(".badge")).to_contain_text("Complies")
    expect(page.page.locator(".headline")).to_have_text("1 file needs you")


def test_empty_file(page: Visit, tmp_path: Path) -> None:
    """A file without a byte is said to be one."""
    path = tmp_path / "empty.mp4"
    path.touch()
    page.choose(path)
    expect(page.card("empty.mp4").locator(".badge")).to_contain_text("Cannot be read")


def test_huge(page: Visit, tmp_path: Path) -> None:
    """Five gigabytes are refused in words before a byte is sent."""
    path = tmp_path / "feature.mov"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)
    page.page.set_input_files("#file-input", path)
    refused = page.page.get_by_role("listitem").filter(has_text="feature.mov")
    expect(refused).to_contain_text("5.00 GB")
    expect(page.page.get_by_role("log")).to_contain_text("feature.mov has 5.00 GB")
    page.button("Dismiss feature.mov").click()
    expect(refused).to_have_count(0)


def test_thirteenth(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """Twelve files at once fit; the thirteenth is said to be one too many, and can be removed."""
    kinds = {"photo.jpg": 9, "phone.mov": 2, "voice.m4a": 2}
    paths = []
    for name, count in kinds.items():
        for number in range(count):
            paths.append(tmp_path / f"{number}-{name}")
            shutil.copy(fixtures_dir / name, paths[-1])
    page.choose(*paths)
    files = page.page.locator(".sum", has_text="Files")
    expect(files).to_contain_text("13 of 12, too much")
    expect(page.page.locator(".request .finding.error").first).to_contain_text("12")
    page.button("Remove @Audio2", exact=False).click()
    expect(files).to_contain_text("12 of 12")
    expect(files).not_to_contain_text("too much")


def slow_network(page: Visit) -> None:
    wire = page.page.context.new_cdp_session(page.page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000,
    })  # fmt: skip


def test_reloaded_while_a_file_comes(page: Visit, fixtures_dir: Path, tmp_path: Path) -> None:
    """A file whose upload broke off is named, and can be dropped again; the rest is there."""
    page.forgive("Failed to load resource")
    page.choose(fixtures_dir / "photo.jpg")
    page.write("@Image1 dances")
    big = tmp_path / "big.mp4"
    big.write_bytes((fixtures_dir / "clip_720p.mp4").read_bytes() + bytes(20_000_000))
    slow_network(page)
    page.page.set_input_files("#file-input", big)
    expect(page.page.locator("#arriving")).to_contain_text("big.mp4")
    expect(page.page.locator("#arriving")).to_contain_text(" of 20")
    expect(page.page.locator("#arriving")).to_contain_text("mp4 · ", timeout=PATIENCE)
    page.page.wait_for_timeout(1500)
    page.open()
    expect(page.prompt()).to_have_value("@Image1 dances")
    expect(page.card("photo.jpg").locator(".badge")).to_contain_text("Complies", timeout=PATIENCE)
    expect(page.card("big.mp4")).to_contain_text("drop it again", timeout=PATIENCE)


def test_stopped_upload(page: Visit, tmp_path: Path) -> None:
    """A file that is stopped on its way leaves nothing behind."""
    big = tmp_path / "big.mp4"
    big.write_bytes(bytes(20_000_000))
    slow_network(page)
    page.page.set_input_files("#file-input", big)
    page.button("Stop big.mp4").click()
    expect(page.page.locator("#arriving")).to_be_hidden()
    expect(page.card("big.mp4")).to_have_count(0, timeout=PATIENCE)


def test_server_stopped(visit: Callable[..., Visit], fixtures_dir: Path) -> None:
    """A studio that ends in the middle is said to have; started again, the page goes on.

    The new studio has another token: once its address was opened in any tab, this one goes on,
    with what was typed meanwhile.
    """
    page = visit()
    page.forgive("Failed to load resource", "net::ERR")
    page.choose(fixtures_dir / "photo.jpg")
    page.write("@Image1 dances")
    page.studio.stop()
    expect(page.page.get_by_role("alert").first).to_contain_text("The studio has stopped")
    expect(page.page.locator("#link")).to_have_text("Not connected")
    page.prompt().fill("@Image1 dances all night")
    page.studio.start()
    expect(page.page.locator("#banner")).to_contain_text("Open the address", timeout=PATIENCE)
    Visit(page.page.context.new_page(), page.studio)
    expect(page.page.locator("#link")).to_have_text("Connected", timeout=PATIENCE)
    expect(page.page.locator("#banner")).to_be_hidden()
    expect(page.card("photo.jpg").locator(".badge")).to_contain_text("Complies", timeout=PATIENCE)
    expect(page.prompt()).to_have_value("@Image1 dances all night")


def test_words_of_a_lost_page(visit: Callable[..., Visit], fixtures_dir: Path) -> None:
    """Words typed while nobody heard them are there when the new address is opened instead."""
    page = visit()
    page.forgive("Failed to load resource", "net::ERR")
    page.studio.stop()
    page.prompt().fill("nobody heard this")
    expect(page.page.locator("#link")).to_have_text("Not connected")
    page.studio.start()
    page.open()
    expect(page.prompt()).to_have_value("nobody heard this")


def test_cleared(page: Visit, fixtures_dir: Path) -> None:
    """The desk is cleared after a second word only."""
    page.choose(fixtures_dir / "photo.jpg")
    page.button("Clear all").click()
    expect(page.page.locator("#banner")).to_contain_text("Your own files stay")
    page.button("Clear the desk").click()
    expect(page.badges()).to_have_count(0)
    expect(page.button("Choose files")).to_be_focused()
