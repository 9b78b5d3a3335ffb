"""``upload``, ``generate``, ``runs``, ``resume``: the whole job against the local service."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from seedance_prep.client import Client
from seedance_prep.local import LocalService, parse_faults
from seedance_prep.submit.ledger import open_ledger

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


def test_lost_answer_leaves_the_place_of_the_video(call: Call, photo: Path) -> None:
    """``resume`` saves where ``generate`` was told to, though the submit's answer was lost."""
    words = ("--prompt", "@Image1", "--duration", "4", "--yes", "--download", "mine.mp4")
    with LocalService(faults=parse_faults(["submit-dropped-after=1"])) as service:
        assert 5 == call("generate", photo, *words, "--service", service.base).status
        (run,) = call("runs", "--json").document["runs"]
        assert "mine.mp4" == call("resume", run["run"]).out.splitlines()[0]


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


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere/out.mp4", "nowhere/out.mp4 cannot be written"),
        ("folder", "folder is a folder"),
        ("/dev/null", "/dev/null is a device"),
        ("photo.jpg", "photo.jpg is a file of the request"),
        ("ready/deep/out.mp4", "ready/deep/out.mp4 cannot be written"),
    ],
)
def test_bad_download_target_costs_nothing(
    call: Call, photo: Path, target: str, words: str
) -> None:
    """A video that could not be saved is not paid for; no source is ever replaced by it."""
    Path("folder").mkdir()
    before = photo.read_bytes()
    with LocalService() as service:
        answer = call(
            "generate", photo.name, "--prompt", "@Image1", "--service", service.base, "--yes",
            "--download", target,
        )  # fmt: skip
        assert 3 == answer.status
        assert words in answer.err
        assert before == photo.read_bytes()
        assert not service.uploads


def test_download_into_the_folder_that_fix_makes(call: Call, photo: Path) -> None:
    """``--out`` need not be there before the call, also when the video goes there."""
    answer = call(
        "generate", photo, "--prompt", "@Image1", "--duration", "4", "--resolution", "480p",
        "--service", "local", "--download", "ready/out.mp4",
    )  # fmt: skip
    assert 0 == answer.status
    assert Path("ready/out.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--webhook", "ftp://here"], "webhook"),
        (["--no-wait"], "--service local ends with this call"),
        (["--service", "http://127.0.0.1:9", "--no-wait", "--download", "out.mp4"], "--no-wait"),
        (["--max-cost", "nan"], "--max-cost nan"),
    ],
)
def test_senseless_options_are_refused_before_any_work(
    call: Call, photo: Path, option: list[str], words: str
) -> None:
    """Status 2 before a file is made."""
    answer = call("generate", photo, "--prompt", "@Image1", "--service", "local", *option)
    assert 2 == answer.status
    assert words in answer.err
    assert not Path("ready").exists()


def test_bare_resume_goes_on_where_the_download_ended(call: Call, photo: Path) -> None:
    """What was paid for is not lost with its download: the sentence names ``resume``.

    That goes on in the folder and under the name that ``generate`` had in mind, with the rest.
    """
    with LocalService(faults=parse_faults(["media-cut=50"])) as service:
        answer = call(
            "generate", photo, "--prompt", "@Image1", "--duration", "4", "--resolution", "480p",
            "--service", service.base, "--yes", "--out", "ready",
        )  # fmt: skip
        assert 4 == answer.status
        assert 1 == len(list(Path("ready").glob(".seedance-video_*")))
        (run,) = json.loads(call("runs", "--json").out)["runs"]
        assert f"seedance-prep resume {run['run']}" in answer.err
        assert "finished" == run["state"]
        assert not Path("ready", f"{run['run']}.mp4").exists()
        service.misbehave()
        resumed = call("resume", run["run"])
        assert 0 == resumed.status
        assert "range" in service.received[-1].headers
    assert f"ready/{run['run']}.mp4" == resumed.out.splitlines()[0]
    assert b"ftyp" == Path("ready", f"{run['run']}.mp4").read_bytes()[4:8]
    assert [] == list(Path("ready").glob(".*"))


def test_paid_job_goes_on_when_nobody_reads(spawn: Call, photo: Path, tmp_path: Path) -> None:
    """A reader of ``--json`` that goes away costs nobody the video."""
    reading, writing = os.pipe()
    os.close(reading)
    with LocalService() as service, os.fdopen(writing, "wb") as out:
        answer = spawn(
            "generate", photo, "--prompt", "@Image1", "--duration", "4", "--resolution", "480p",
            "--service", service.base, "--yes", "--json", "--download", "out.mp4",
            stdout=out, stderr=subprocess.PIPE, capture_output=False,
        )  # fmt: skip
    assert 0 == answer.status
    assert (tmp_path / "out.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("option", "status", "words"),
    [
        (["--service", "local", "--no-wait"], 2, "--no-wait"),
        (["--service", "http://127.0.0.1:9"], 2, "say --yes"),
        (["--service", "http://127.0.0.1:9", "--yes"], 4, "cannot be reached"),
        (["--service", "http://127.0.0.1:9", "--yes", "--max-cost", "0.01"], 1, "--max-cost"),
    ],
)
def test_json_ends_with_what_went_wrong(
    call: Call, photo: Path, option: list[str], status: int, words: str
) -> None:
    """Whatever ends a call, its last line and no other is of type ``failed`` and says why."""
    answer = call("generate", photo, "--prompt", "@Image1", "--json", *option)
    assert status == answer.status
    told = lines(answer.out)
    assert ["failed"] == [line["type"] for line in told if line["type"] == "failed"]
    assert words in str(told[-1]["message"])
    assert "failed" == told[-1]["outcome"]


def test_json_says_when_the_outcome_is_unknown(call: Call, photo: Path) -> None:
    """Exit 5 is no plain failure: ``outcome`` is ``unknown``, and the run can be looked up."""
    with LocalService(faults=parse_faults(["submit-dropped-before=1"])) as service:
        answer = call(
            "generate", photo, "--prompt", "@Image1", "--service", service.base, "--yes", "--json"
        )
        assert 5 == answer.status
        last = lines(answer.out)[-1]
        assert ("failed", "unknown", None) == (last["type"], last["outcome"], last["charged"])
        assert "uncertain" == last["kind"]
        assert "lost_answer" == json.loads(call("runs", "--json").out)["runs"][0]["kind"]
        (run,) = json.loads(call("runs", "--json").out)["runs"]
        assert run["run"] == last["run"]
        resumed = call("resume", run["run"], "--json")
        assert (5, "unknown") == (resumed.status, lines(resumed.out)[-1]["outcome"])
    answer = call("resume", "r-none", "--json")
    assert (2, "failed") == (answer.status, lines(answer.out)[-1]["outcome"])


def test_runs_know_the_digests_of_the_sources(call: Call, small: Path) -> None:
    """What was sent can be laid at the door of the file that it was made of."""
    call("generate", small, "--prompt", "@Video1", "--duration", "4", "--service", "local")
    (run,) = json.loads(call("runs", "--json").out)["runs"]
    (sent,) = run["assets"]
    assert hashlib.sha256(small.read_bytes()).hexdigest() == sent["sha256"]
    assert sent["sha256"] != sent["sent_sha256"]


def test_every_run_is_exported(call: Call, tmp_path: Path) -> None:
    """``runs`` shows the latest 50, ``runs --export`` all, as JSON."""
    ledger = open_ledger(tmp_path / "home")
    for number in range(60):
        ledger.begin(endpoint="a/b", service="fal", base="b", request={"prompt": str(number)})
    assert 50 == len(json.loads(call("runs", "--json").out)["runs"])
    assert 60 == len(json.loads(call("runs", "--export").out)["runs"])
    (latest, *_) = json.loads(call("runs", "--export").out)["runs"]
    assert latest == json.loads(call("runs", latest["run"], "--export").out)


def test_the_same_request_is_paid_once_by_two_calls(call: Call, photo: Path) -> None:
    """``--no-wait`` leaves it on its way; the second call ends 2 and names the run."""
    paid = ("generate", photo, "--prompt", "@Image1", "--duration", "4", "--yes", "--no-wait")
    with LocalService(faults=parse_faults(["job-never-ends"])) as service:
        assert 0 == call(*paid, "--service", service.base).status
        again = call(*paid, "--service", service.base, "--json")
        assert 2 == again.status
        (first,) = json.loads(call("runs", "--json").out)["runs"]
        assert f"seedance-prep resume {first['run']}" in str(lines(again.out)[-1]["message"])
        assert 0 == call(*paid, "--service", service.base, "--submit-again").status
        assert [2] == list(service.submissions.values())


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="needs root, to mount a small disk"
)
@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_no_money_is_spent_without_a_ledger_that_can_be_written(
    call: Call, photo: Path, tmp_path: Path, fault: str
) -> None:
    """A disk that is full, or may not be written: status 3 before anything is sent."""
    home = tmp_path / "home"
    home.mkdir()
    if os.system(f"mount -t tmpfs -o size=200k tmpfs {home}") != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        call("runs")
        if fault == "full":
            with suppress(OSError):
                (home / "fill").write_bytes(bytes(300_000))
        else:
            os.system(f"mount -o remount,ro {home}")
        with LocalService() as service:
            answer = call(
                "generate", photo, "--prompt", "@Image1", "--service", service.base, "--yes"
            )
            assert 3 == answer.status
            assert "SEEDANCE_PREP_HOME" in answer.err
            assert not service.submissions
            assert not service.uploads
    finally:
        os.system(f"umount {home}")


def test_the_same_request_within_a_day_is_asked_about(call: Call, photo: Path) -> None:
    """Off a terminal 2; with --yes a video that waits is fetched, not paid again; else it is told.

    What cost nothing is no earlier one.
    """
    paid = ("generate", photo, "--prompt", "@Image1", "--duration", "4", "--download", "out.mp4")
    with LocalService(faults=parse_faults(["submit-500=1"])) as service:
        assert 4 == call(*paid, "--yes", "--service", service.base).status
        assert 0 == call(*paid[:-2], "--yes", "--no-wait", "--service", service.base).status
        run = json.loads(call("runs", "--json").out)["runs"][0]["run"]
        with Client.of_run(run) as client:
            client.job_of_run(run).result()
        (latest, free) = json.loads(call("runs", "--json").out)["runs"]
        assert ("finished", True, None) == (latest["state"], latest["charged"], latest["saved"])
        assert ("failed", False) == (free["state"], free["charged"])
        again = call(*paid, "--yes", "--service", service.base)
        assert 2 == again.status
        assert f"`seedance-prep resume {latest['run']}` fetches its video" in again.err
        assert 0 == call(*paid, "--yes", "--submit-again", "--service", service.base).status
        unasked = call(*paid, "--service", service.base)
        assert (2, True) == (unasked.status, "costs as much again" in unasked.err)
        agreed = call(*paid, "--yes", "--service", service.base)
        assert (0, True) == (agreed.status, "costs as much again" in agreed.err)
        assert [4] == list(service.submissions.values())
        assert 3 == len(service.jobs)


def test_a_lost_job_that_the_dashboard_shows_is_taken_up(call: Call, photo: Path) -> None:
    """Where no list can be had, the caller names the job; one that is unknown is not believed."""
    faults = parse_faults(["submit-dropped-after=1", "listing-hides-running", "job-never-ends"])
    with LocalService(faults=faults) as service:
        lost = call("generate", photo, "--prompt", "@Image1", "--duration", "4", "--yes",
                    "--service", service.base)  # fmt: skip
        assert 5 == lost.status
        (run,) = json.loads(call("runs", "--json").out)["runs"]
        asked = call("resume", run["run"])
        assert (5, True) == (asked.status, "--request-id ID" in asked.err)
        wrong = call("resume", run["run"], "--request-id", "00000000")
        assert (4, True) == (wrong.status, "does not know it" in wrong.err)
        (job,) = service.jobs
        found = call("resume", run["run"], "--request-id", job.request_id, "--timeout", "0.2")
        assert (5, True) == (found.status, f"has the job {job.request_id}" in found.err)
        assert 2 == call("resume", run["run"], "--request-id", "another").status
        assert [1] == list(service.submissions.values())
