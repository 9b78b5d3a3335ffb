"""The page in a real browser: its own script runs, a name's does not, and nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.report import html
from seedance_prep.survey.album import album

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"),
)


@pytest.mark.slow
def test_only_the_slider_moves(tmp_path: Path) -> None:
    """The slider's script is let through by the policy; what a name smuggles in is not run."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no Chromium")
    still = tmp_path / "<img src=x onerror=document.title='gone'>.png"
    Image.new("RGB", (200, 640), "orange").save(still)
    report = prep.fix(prep.Request(images=[still]), tmp_path / "ready", allow="inventive")
    assert report.profile
    page = tmp_path / "page.html"
    page.write_text(html.page(report, report.profile, album(report), {}), "utf-8")
    words = [browser, *QUIET, f"--user-data-dir={tmp_path / 'user'}", "--dump-dom", page.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert 'style="--at: 50%;"' in done.stdout  # the script has set it
    assert "<title>seedance-prep: complies</title>" in done.stdout
