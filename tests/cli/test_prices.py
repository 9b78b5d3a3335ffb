"""What a price says when errors are left, and what the limit on it does."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from .conftest import Call

README = Path(__file__).resolve().parents[2] / "README.md"


def test_price_names_the_errors(call: Call, photo: Path) -> None:
    """A price that ends 1 says why, after the price."""
    answer = call("price", photo, "nowhere.png", "--duration", "99")
    assert answer.status == 1
    assert answer.out.startswith("$")
    assert {"FIL001", "PRM009"} == set(re.findall(r"[A-Z]{3}\d{3}", answer.out))


def test_price_of_what_complies_is_only_the_price(call: Call, photo: Path) -> None:
    """Nothing follows the price when nothing is wrong."""
    answer = call("price", photo)
    assert answer.status == 0
    assert "error" not in answer.out


def test_json_reader_hears_of_the_limit(call: Call, photo: Path) -> None:
    """Above ``--max-cost`` the last JSON line is of type ``failed``."""
    answer = call(
        "generate", photo, "--prompt", "@Image1", "--max-cost", "0.01", "--yes", "--json",
        "--service", "local",
    )  # fmt: skip
    assert answer.status == 1
    last = json.loads(answer.out.splitlines()[-1])
    assert ("failed", None) == (last["type"], last["run"])
    assert "$0.01" in last["message"]


def test_example_of_the_readme_is_within_its_own_limit(call: Call, clip: Path, photo: Path) -> None:
    """The README's ``generate`` does not end at its own ``--max-cost``."""
    line = next(one for one in README.read_text().splitlines() if " generate ready/" in one)
    words = shlex.split(line.split("  #")[0])[1:]
    words[1:2] = [str(photo), str(clip)]
    answer = call(*words, "--service", "local", "--yes")
    assert answer.status == 0, answer.err


def test_run_shows_no_absolute_path(call: Call, photo: Path) -> None:
    """The page of a run says where the video is from where its reader stands."""
    done = call("generate", photo, "--prompt", "@Image1", "--yes", "--service", "local")
    saved, request = done.out.splitlines()
    page = call("runs", request.split()[-1]).out
    assert f"saved     {saved}" in page
    assert str(Path.cwd()) not in page
