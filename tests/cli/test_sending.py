"""``upload``, ``generate``, ``runs``, ``resume``: the whole job against the local service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedance_prep.local import LocalService, parse_faults

from .conftest import Call

PROMPT = ("--prompt", "@Video1 meets @Image1", "--duration", "4", "--resolution", "480p")


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_upload_prints_the_arguments(call: Call, clip: Path, photo: Path) -> None:
    """``upload`` prints the arguments object, with neutral names in the URLs."""
    answer = call("upload", clip, photo, *PROMPT, "--service", "local")
    assert answer.status == 0
    arguments = json.loads(answer.out)
    assert "@Video1 meets @Image1" == arguments["prompt"]
    assert arguments["video_urls"][0].endswith("video1.mp4")
    assert arguments["image_urls"][0].endswith("image1.jpg")
    assert "4" == arguments["duration"]


def test_generate_tells_each_step(call: Call, clip: Path, photo: Path) -> None:
    """``generate --json`` prints one object a line; the video is saved and playable."""
    answer = call(
        "generate", clip, photo, *PROMPT, "--service", "local", "--json", "--download", "out.mp4"
    )
    assert answer.status == 0
    told = lines(answer.out)
    types = [line["type"] for line in told]
    for expected in ("probed", "planned", "priced", "uploaded", "submitted", "done"):
        assert expected in types
    assert "out.mp4" == told[-1]["path"]
    facts = call("check", "out.mp4", "--json").document["assets"][0]["facts"]
    assert facts["codec"] == "h264"
    assert 3.9 < facts["duration"] < 4.2


def test_money_is_asked_for(call: Call, clip: Path) -> None:
    """Without ``--yes`` and off a terminal, nothing is spent: status 2 and the price."""
    with LocalService() as service:
        answer = call("generate", clip, *PROMPT, "--service", service.base)
        assert answer.status == 2
        assert "--yes" in answer.err
        assert 0 == len(service.submissions)


def test_cost_above_the_limit(call: Call, clip: Path) -> None:
    """``--max-cost`` under the high figure stops before the first upload."""
    with LocalService() as service:
        answer = call("generate", clip, *PROMPT, "--service", service.base, "--max-cost", "0.10")
        assert answer.status == 1
        assert "0.10" in answer.err
        assert not service.uploads


def test_dry_run_sends_nothing(call: Call, clip: Path) -> None:
    """``generate --dry-run`` stops before the first upload."""
    with LocalService() as service:
        answer = call("generate", clip, *PROMPT, "--service", service.base, "--dry-run")
        assert answer.status == 0
        assert not service.uploads
        assert not service.submissions


def test_lost_answer_is_found_again(call: Call, clip: Path) -> None:
    """A lost answer ends 5; ``resume`` finds the job, which was submitted once."""
    with LocalService(faults=parse_faults(["submit-dropped-after=1"])) as service:
        answer = call("generate", clip, *PROMPT, "--service", service.base, "--yes")
        assert answer.status == 5
        assert "resume" in answer.err
        (run,) = json.loads(call("runs", "--json").out)["runs"]
        assert "uncertain" == run["state"]
        resumed = call("resume", run["run"], "--download", "back.mp4")
        assert resumed.status == 0
        assert Path("back.mp4").stat().st_size > 1000
        assert 1 == sum(service.submissions.values())


def test_no_key_is_said_before_any_work(call: Call, clip: Path) -> None:
    """Without a key, ``generate`` on fal ends 2 at once and names the variable."""
    answer = call("generate", clip, *PROMPT, "--yes")
    assert answer.status == 2
    assert "FAL_KEY" in answer.err
    assert not Path("ready").exists()


@pytest.mark.parametrize("option", [["--json"], []])
def test_request_that_cannot_comply_is_not_sent(call: Call, option: list[str]) -> None:
    """What cannot be mended is never sent: status 1."""
    Path("notes.mp4").write_text("no film")
    with LocalService() as service:
        answer = call("generate", "notes.mp4", *PROMPT, "--service", service.base, "--yes", *option)
        assert answer.status == 1
        assert not service.uploads
