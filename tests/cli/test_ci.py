"""``check`` for machines: each file by itself, SARIF, JUnit, and the hook of pre-commit."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml  # type: ignore[import-untyped]

from .conftest import Call

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
MEDIA = ("photo.jpg", "voice.m4a", "phone.mov")


@pytest.fixture
def media(tmp_path: Path) -> list[str]:
    """A fine photo; a sound and a clip that are refused."""
    for name in MEDIA:
        shutil.copy(FIXTURES / name, tmp_path)
    return list(MEDIA)


def test_each(call: Call, media: list[str]) -> None:
    """Each file is judged by itself: nothing is said of counts, totals or a request."""
    answer = call("check", "--each", *media, "missing.png", "--json")
    assert 1 == answer.status
    reports = answer.document["each"]
    assert [True, False, False, False] == [one["ok"] for one in reports]
    codes = {found["code"] for one in reports for found in one["findings"]}
    assert {"AUD001", "VID009", "FIL001"} <= codes
    assert not any(code.startswith(("REQ", "PRM")) for code in codes)


def test_each_in_words(call: Call, media: list[str]) -> None:
    """People see what is wrong with which file, and how many can be sent."""
    said = call("check", "--each", *media).out
    assert "VID009 clip-pixels-too-many  phone.mov" in said
    assert "@Video1" not in said
    assert said.endswith("1 of 3 files can be sent\n")
    assert "" == call("check", "--each", "photo.jpg", "-q").out


def test_files(call: Call, media: list[str], tmp_path: Path) -> None:
    """SARIF and JUnit go to files beside the usual answer, and hold the same."""
    answer = call("check", *media, "--sarif", "a.sarif", "--junit", "b.xml", "--json")
    (run,) = json.loads((tmp_path / "a.sarif").read_text())["runs"]
    wanted = sorted(one["code"] for one in answer.document["findings"])
    assert wanted == sorted(one["ruleId"] for one in run["results"])
    assert set(MEDIA) == {one["location"]["uri"] for one in run["artifacts"]}
    cases = ET.parse(tmp_path / "b.xml").getroot().findall("testsuite/testcase")
    assert [*MEDIA, "request"] == [one.attrib["name"] for one in cases]


def test_stdout(call: Call, media: list[str]) -> None:
    """``-`` puts one of them in the answer's place; two at once make no sense."""
    assert "2.1.0" == call("check", *media, "--sarif", "-").document["version"]
    assert call("check", *media, "--junit", "-").out.startswith("<?xml")
    assert 2 == call("check", *media, "--sarif", "-", "--junit", "-").status
    assert 2 == call("check", *media, "--sarif", "-", "--json").status


def test_targets(call: Call, media: list[str], tmp_path: Path) -> None:
    """A target that cannot be written is refused before a file is read, a source always."""
    (tmp_path / "folder").mkdir()
    before = (tmp_path / "photo.jpg").read_bytes()
    assert 3 == call("check", *media, "--sarif", "folder").status
    assert 3 == call("check", *media, "--junit", "nowhere/b.xml").status
    assert 2 == call("check", *media, "--junit", "photo.jpg").status
    assert before == (tmp_path / "photo.jpg").read_bytes()


def test_no_prompt_for_each(call: Call, media: list[str]) -> None:
    """A prompt belongs to a request: with ``--each`` it makes no sense."""
    answer = call("check", "--each", *media, "--prompt", "x")
    assert 2 == answer.status
    assert "leave the prompt out" in answer.err


def hook() -> dict[str, Any]:
    """The hook as pre-commit reads it."""
    (found,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert isinstance(found, dict)
    return found


def test_hook_definition() -> None:
    """It has what pre-commit requires, and leaves the many processes to this tool."""
    found = hook()
    assert {"id", "name", "entry", "language"} <= set(found)
    assert "python" == found["language"]
    assert found["require_serial"]


def test_hook_on_a_repository(spawn: Call, media: list[str], tmp_path: Path) -> None:
    """Run as pre-commit would on the files of a commit, it refuses those that are refused."""
    repository = tmp_path / "repo"
    repository.mkdir()
    for name in MEDIA:
        shutil.copy(FIXTURES / name, repository / f"a {name}")
    (repository / "notes.txt").write_text("no media")
    for command in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *command], cwd=repository, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, check=True, capture_output=True, text=True
    )
    staged = [one for one in listed.stdout.split("\0") if re.search(hook()["files"], one)]
    assert {f"a {name}" for name in MEDIA} == set(staged)
    program, *words = shlex.split(hook()["entry"])
    assert "seedance-prep" == program
    refused = spawn(*words, *staged, cwd=repository)
    assert 1 == refused.status
    assert "a voice.m4a" in refused.out
    assert "a photo.jpg" not in refused.out
    assert 0 == spawn(*words, "a photo.jpg", cwd=repository).status
