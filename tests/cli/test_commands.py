"""Each command as a person calls it: the answer on stdout, the status, the files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .conftest import SAFE, Call, Make, scene


def test_check_of_what_complies(call: Call, clip: Path, photo: Path) -> None:
    """A request that complies ends 0 with the contract's JSON object."""
    answer = call("check", clip, photo, "--json")
    assert answer.status == 0
    document = answer.document
    assert "seedance-prep/1" == document["format"]
    assert document["ok"] is True
    assert ["@Video1", "@Image1"] == [asset["ref"] for asset in document["assets"]]
    facts = document["assets"][0]["facts"]
    expected = {"container": "mp4", "codec": "h264", "width": 854, "height": 480, "fps": 25.0}
    expected |= {"vfr": False, "duration": 3.0, "frames": 75, "rotation": 0, "mirrored": False}
    expected |= {"sar": "1:1", "pixel_format": "yuv420p", "hdr": None, "interlaced": False}
    assert expected == {name: facts[name] for name in expected}
    assert facts["audio"] is None
    assert "before" not in document
    assert "arguments" not in document
    assert 0 < document["cost"]["low"] <= document["cost"]["high"]


def test_finding_names_everything(call: Call, small: Path) -> None:
    """A finding says what was measured, what is allowed, whence, and what mends it."""
    answer = call("check", small, "--json")
    assert answer.status == 1
    (found,) = [one for one in answer.document["findings"] if one["level"] == "error"]
    assert (407_040, 409_600) == (found["measured"], found["limit"])
    assert {"knob": "size", "trust": "lossy"} == found["fix"]
    assert "fix" in found["remedy"]
    assert found["origin"]


def test_fix_of_what_complies_keeps_the_bytes(call: Call, clip: Path, photo: Path) -> None:
    """A file without an error comes out as the very same bytes."""
    answer = call("fix", clip, photo, "--out", "ready", "--json")
    assert answer.status == 0
    for asset, source in zip(answer.document["assets"], [clip, photo], strict=True):
        assert "untouched" == asset["output"]["action"]
        made = Path(asset["output"]["path"])
        assert source.read_bytes() == made.read_bytes()
        assert hashlib.sha256(source.read_bytes()).hexdigest() == asset["sha256"]
        assert asset["sha256"] == asset["output"]["sha256"]


def test_fix_mends_and_proves(call: Call, small: Path) -> None:
    """848x480 comes out as 854x480, and a check of the output finds no error."""
    before = small.read_bytes()
    answer = call("fix", small, "--out", "ready", "--json")
    assert answer.status == 0
    assert answer.document["findings"] == [] or answer.document["ok"]
    output = answer.document["assets"][0]["output"]
    assert ("encoded", 854, 480) == (
        output["action"],
        output["facts"]["width"],
        output["facts"]["height"],
    )
    assert call("check", output["path"]).status == 0
    assert before == small.read_bytes()


def test_fix_shares_the_seconds(call: Call, ffmpeg_make: Make) -> None:
    """Three clips of 8 s come out with at most 15 s together, each at least 2 s."""
    clips = [ffmpeg_make(f"{n}.mp4", *scene("640x640", 8, str(24 + n)), *SAFE) for n in range(3)]
    answer = call("fix", *clips, "--out", "ready", "--json")
    assert answer.status == 0
    lengths = [asset["output"]["facts"]["duration"] for asset in answer.document["assets"]]
    assert 14 < sum(lengths) <= 15
    assert all(length >= 2 for length in lengths)


def test_window_of_the_caller_wins(call: Call, ffmpeg_make: Make) -> None:
    """``#t=1,3.5`` keeps just these seconds."""
    long = ffmpeg_make("long.mp4", *scene("640x640", 6), *SAFE)
    answer = call("fix", f"{long}#t=1,3.5", "--out", "ready", "--json")
    assert answer.status == 0
    output = answer.document["assets"][0]["output"]
    assert [1.0, 3.5] == output["window"]
    assert 2.4 <= output["facts"]["duration"] <= 2.5


def test_dry_run_writes_nothing(call: Call, small: Path) -> None:
    """``fix --dry-run`` prints the plan and touches no disk."""
    answer = call("fix", small, "--out", "ready", "--dry-run")
    assert answer.status == 0
    assert "848x480 -> 854x480" in answer.out
    (step,) = call("fix", small, "--out", "ready", "--dry-run", "--json").document["plan"]
    assert ("@Video1", "encoded") == (step["ref"], step["action"])
    assert not Path("ready").exists()


def test_what_complies_is_kept_beside_what_cannot(call: Call, photo: Path) -> None:
    """``fix`` keeps the outputs that comply and says which assets have none (status 1)."""
    Path("notes.mp4").write_text("no film")
    answer = call("fix", photo, "notes.mp4", "--out", "ready", "--json")
    assert answer.status == 1
    assert ["image1.jpg"] == [path.name for path in Path("ready").iterdir()]
    assert answer.document["assets"][1]["output"] is None


def test_price_says_why(call: Call, clip: Path) -> None:
    """``price`` prints the range and one line per reason."""
    answer = call("price", clip, "--duration", "5", "--aspect-ratio", "16:9", "--json")
    assert answer.status == 0
    cost = answer.document["cost"]
    assert "USD" == cost["currency"]
    assert 1.16 < cost["low"] < 1.17  # 21,600 tokens/s x (3 + 5) s x 0.0112 x 0.6
    assert cost["lines"]


def test_request_as_one_document(call: Call, photo: Path) -> None:
    """``--request FILE.json`` holds all of it; options on the command line win."""
    Path("request.json").write_text(
        json.dumps({"prompt": "@Image1", "images": [str(photo)], "duration": 3, "speed": 2})
    )
    answer = call("check", "--request", "request.json", "--json")
    assert answer.status == 1
    names = {found["name"] for found in answer.document["findings"] if found["level"] == "error"}
    assert {"duration-not-offered", "parameter-unknown"} <= names
    better = call("check", "--request", "request.json", "--duration", "4", "--json")
    assert len(better.document["findings"]) < len(answer.document["findings"])


def test_rules_and_their_pages(call: Call) -> None:
    """``rules`` lists every rule, ``rules VID003`` prints the page of one."""
    listing = call("rules")
    assert listing.status == 0
    assert "VID003" in listing.out
    page = call("rules", "VID003")
    assert "clip-too-long" in page.out
    assert "15.2" in page.out
    unknown = call("rules", "VID999")
    assert unknown.status == 2


def test_stdin_is_one_asset(spawn: Call, photo: Path) -> None:
    """``-`` reads one asset from stdin."""
    with photo.open("rb") as file:
        answer = spawn("check", "-", "--json", stdin=file)
    assert answer.status == 0
    assert "image" == answer.document["assets"][0]["kind"]


def test_help_imports_nothing_heavy(spawn: Call) -> None:
    """``--help`` loads none of the heavy libraries."""
    code = (
        "import sys; from seedance_prep.__main__ import status; status(['--help']);"
        "print([m for m in ('httpx','PIL','pydub','pymediainfo','rich') if m in sys.modules])"
    )
    import subprocess
    import sys

    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert "[]" == done.stdout.splitlines()[-1]
