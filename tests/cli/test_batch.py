"""``batch`` as a person calls it: results, summary, exit status, progress on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Call

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def manifest(tmp_path: Path, photo: Path, small: Path) -> Path:
    """One line complies, one breaks a rule, one is broken."""
    path = tmp_path / "m.jsonl"
    lines = [{"prompt": "@Image1", "images": [photo.name]}, {"videos": [str(small)], "id": "b"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "{\n")
    return path


def test_a_check_tells_counts_and_codes(call: Call, manifest: Path, tmp_path: Path) -> None:
    """The summary on stdout, and nothing written beside the manifest."""
    answer = call("batch", manifest.name)
    assert 1 == answer.status
    assert "3 lines: 1 comply, 1 with errors, 1 no request" in answer.out
    assert "VID008" in answer.out or "clip-pixels-too-few" in answer.out
    assert "  is no JSON at column 2" in answer.out, "also why a line is no request"
    assert "" == answer.err
    assert {"m.jsonl", "photo.jpg", "home"} == {path.name for path in tmp_path.iterdir()}


def test_json_is_a_line_for_each_and_a_summary(call: Call, manifest: Path) -> None:
    """The same as in the file of results."""
    answer = call("batch", manifest.name, "--json", "--results", "r.jsonl")
    told = [json.loads(line) for line in answer.out.splitlines()]
    assert ["summary"] == [one["type"] for one in told if one["type"] != "line"]
    assert {1: True, 2: False, 3: False} == {
        one["line"]: one["ok"] for one in told if one["type"] == "line"
    }
    assert answer.out == Path("r.jsonl").read_text()
    assert {"ok": 1, "findings": 1, "invalid": 1} == told[-1]["states"]


def test_lines_take_what_they_leave_open(call: Call, photo: Path) -> None:
    """The batch's prompt and resolution are those of lines without; their own stay."""
    lines: list[dict[str, object]] = [{"images": [photo.name]}] * 2
    lines[1] = lines[1] | {"resolution": "720p", "prompt": "of its own"}
    Path("m.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    answer = call("batch", "m.jsonl", "--prompt", "like @Video3", "--resolution", "900p", "--json")
    found = {
        one["line"]: {each["code"] for each in one["report"]["findings"]}
        for one in map(json.loads, answer.out.splitlines())
        if one["type"] == "line"
    }
    assert "PRM008" in found[1]
    assert "PRM008" not in found[2]
    assert found[1] - found[2] > {"PRM008"}, "its prompt was judged"


def test_what_would_harm_is_refused(call: Call, manifest: Path) -> None:
    """Results in the place of the manifest, and a journal in a store; nothing is touched."""
    before = manifest.read_bytes()
    Path("link.jsonl").symlink_to(manifest)
    for results in (manifest.name, "link.jsonl"):
        answer = call("batch", manifest.name, "--results", results)
        assert (2, True) == (answer.status, "manifest itself" in answer.err)
    answer = call("batch", manifest.name, "--fix", "--out", "s3://bucket/x")
    assert (2, True) == (answer.status, "is in a store" in answer.err)
    assert before == manifest.read_bytes()
    assert not Path("s3:").exists()


def test_a_field_that_is_none_is_named(call: Call) -> None:
    """A line that asks for nothing that is known says what it asked for."""
    Path("m.jsonl").write_text('{"imagez": ["a.jpg"]}\n')
    answer = call("batch", "m.jsonl", "--verbose")
    assert "not a field of a request: imagez" in answer.err


def test_fix_puts_folders_and_results_into_out(call: Call, manifest: Path) -> None:
    """Twice the same; the second knows what is done."""
    for kept in (False, True):
        answer = call("batch", manifest.name, "--fix", "--out", "o", "--allow", "inventive")
        assert 1 == answer.status
        assert Path("o/000001/image1.jpg").exists()
        assert Path("o/b/video1.mp4").exists()
        told = [json.loads(line) for line in Path("o/results.jsonl").read_text().splitlines()]
        assert {kept} == {one["kept"] for one in told if one.get("line") in {1, 2}}


def test_lines_come_from_stdin(manifest: Path, tmp_path: Path) -> None:
    """``-`` reads JSONL; names are of the current folder."""
    environment = os.environ | {"SEEDANCE_PREP_HOME": str(tmp_path / "h"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "seedance_prep", "batch", "-"],
        input=manifest.read_bytes(), capture_output=True, cwd=tmp_path, env=environment,
        timeout=60, check=False,
    )  # fmt: skip
    assert 1 == done.returncode
    assert b"3 lines" in done.stdout


def test_calls_that_make_no_sense_end_2(call: Call, manifest: Path) -> None:
    """One sentence each; nothing is begun."""
    assert "No such file" in call("batch", "gone.jsonl").err
    assert "--executor dask" in call("batch", manifest, "--workers", 2, "--executor", "threads").err
    assert "such as 30/min" in call("batch", manifest, "--rate", "x").err
    assert "exclude" in call("batch", manifest, "--again", "--resume").err
    refused = call("batch", manifest, "--generate", "--service", "http://127.0.0.1:9")
    assert (2, True) == (refused.status, "say --yes" in refused.err)
    assert "no key" in call("batch", manifest, "--generate", "--yes").err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
def test_a_terminal_sees_how_far_it_is(manifest: Path, tmp_path: Path) -> None:
    """Lines done, of how many, at what rate; the line is gone at the end."""
    environment = os.environ | {"SEEDANCE_PREP_HOME": str(tmp_path / "h"), "PYTHONPATH": str(ROOT)}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "seedance_prep", "batch", str(manifest)],
        stdout=subprocess.DEVNULL, stderr=theirs, cwd=tmp_path, env=environment,
    ) as child:  # fmt: skip
        child.wait(60)
        os.close(theirs)
        said = os.read(ours, 65536).decode()
    os.close(ours)
    assert "of 3 lines" in said
    assert said.endswith("\r\x1b[2K")
