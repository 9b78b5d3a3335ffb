"""Names: what a prompt may call a file, and file names that no terminal would show as they are."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from .conftest import Call, Make


def codes(answer_document: dict[str, object]) -> set[str]:
    found = answer_document["findings"]
    assert isinstance(found, list)
    return {one["code"] for one in found}


def test_name_in_the_prompt_is_sent_as_the_reference(call: Call, photo: Path, clip: Path) -> None:
    """``{hero}`` goes out as the number that the file of that name has."""
    prompt = "{hero} dances as in {moves}"
    answer = call(
        "upload", f"hero={photo}", f"moves={clip}", "--prompt", prompt, "--service", "local"
    )
    assert answer.status == 0, answer.err
    assert "@Image1 dances as in @Video1" == json.loads(answer.out)["prompt"]


def test_named_file_counts_as_mentioned(call: Call, photo: Path) -> None:
    """A file that the prompt calls by name is not found to be unmentioned."""
    answer = call("check", f"hero={photo}", "--prompt", "{hero} dances", "--json")
    assert not {"PRM002", "PRM003"} & codes(answer.document)


def test_name_that_no_file_has_is_found(call: Call, photo: Path) -> None:
    """Braces around a name that no file has are a warning; other braces are just text."""
    answer = call("check", f"hero={photo}", "--prompt", '{hero} {villain} {"a": 1}', "--json")
    assert answer.status == 0
    found = [one for one in answer.document["findings"] if one["code"] == "PRM002"]
    assert ["villain"] == [one["measured"] for one in found]


def test_name_of_a_file_that_is_missing(call: Call, photo: Path) -> None:
    """A missing file is found once, not also as a name that nothing stands behind."""
    answer = call("check", photo, "hero=nowhere.png", "--prompt", "{hero} @Image1", "--json")
    assert {"FIL001"} == codes(answer.document)


def test_json_of_a_name_that_is_no_text(photo: Path, tmp_path: Path, spawn: Call) -> None:
    """A name of undecodable bytes leaves stdout one valid JSON object in UTF-8."""
    odd = os.fsdecode(b"caf\xe9.jpg")
    shutil.copy(photo, tmp_path / odd)
    answer = spawn("check", odd, "--json")  # decoding it strictly is part of the test
    assert answer.status == 0
    assert odd == answer.document["assets"][0]["source"]


def test_json_where_stdout_is_ascii(
    photo: Path, tmp_path: Path, spawn: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON comes whole on a stdout that knows only ASCII."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    shutil.copy(photo, tmp_path / "b\u00e4che.jpg")
    answer = spawn("check", "b\u00e4che.jpg", "--json")
    assert answer.status == 0, answer.err
    assert answer.out.isascii()
    assert "b\u00e4che.jpg" == answer.document["assets"][0]["source"]


def test_remedy_holds_no_control_signs(call: Call, ffmpeg_make: Make) -> None:
    """The command that mends a file of an odd name shows no escape, and a shell reads it back."""
    name = "a\x1b[31m\n'b\\.m4a"
    shutil.copy(ffmpeg_make("voice.m4a", "-f", "lavfi", "-i", "sine=d=3"), name)
    answer = call("check", name, "--json")
    (found,) = [one for one in answer.document["findings"] if one["code"] == "AUD001"]
    command = found["remedy"].split("`")[1]
    assert command.isprintable()
    script = command.replace("seedance-prep", "printf '%s|'", 1)
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert name == shown.stdout.split("|")[1]


def test_remedy_keeps_how_the_file_is_read(call: Call, ffmpeg_make: Make) -> None:
    """The command that mends an asset carries the fragment that it was given with."""
    gif = ffmpeg_make("moves.gif", "-f", "lavfi", "-i", "testsrc2=s=640x640:r=10:d=3")
    answer = call("check", f"{gif}#keep=last&frame=crop&as=video", "--json")
    (found,) = [one for one in answer.document["findings"] if one["code"] == "VID001"]
    assert f"{gif}#keep=last&frame=crop&as=video" in shlex.split(found["remedy"].split("`")[1])


def test_mapping_is_shown(call: Call, photo: Path, clip: Path) -> None:
    """The report says what each name became, and how the prompt goes out; JSON, too."""
    prompt = "{hero} dances as in @clip.mp4"
    answer = call("check", f"hero={photo}", clip, "--prompt", prompt)
    assert "prompt   @Image1 dances as in @Video1" in answer.out
    assert "{hero} is @Image1, @clip.mp4 is @Video1" in answer.out
    document = call("check", f"hero={photo}", clip, "--prompt", prompt, "--json").document
    names = {"{hero}": "@Image1", "@clip.mp4": "@Video1"}
    sent = "@Image1 dances as in @Video1"
    assert {"given": prompt, "sent": sent, "names": names} == document["prompt"]


def test_another_hosts_form_is_mended_where_asked_for(call: Call, photo: Path) -> None:
    """``--mend warnings`` writes fal's form and says so; without it the words stay."""
    prompt = "[Image1] on https://example.org/[Image1], image 1 of 2"
    kept = call("fix", photo, "--prompt", prompt, "--json").document
    assert prompt == kept["prompt"]["sent"]
    assert "PRM004" in codes(kept)
    mended = call("fix", photo, "--prompt", prompt, "--mend", "warnings", "--json").document
    assert "@Image1 on https://example.org/[Image1], image 1 of 2" == mended["prompt"]["sent"]
    assert "PRM004" in {one["code"] for one in mended["before"]}
    assert "PRM004" not in codes(mended)
    planned = call(
        "fix", photo, "--prompt", prompt, "--mend", "warnings", "--dry-run", "--json"
    ).document
    assert codes(mended) == codes(planned)


def test_each_finding_about_a_prompt_keeps_its_own_remedy(call: Call, photo: Path) -> None:
    """Several findings of one rule are all told after a fix, each with what mends it."""
    answer = call("fix", f"hero={photo}", "--prompt", "{hero} {hreo} {mood}", "--json")
    found = [one for one in answer.document["findings"] if one["code"] == "PRM002"]
    assert {"hreo": "did you mean {hero}?"} == {
        one["measured"]: one["remedy"] for one in found if "mean" in one["remedy"]
    }
    assert {"hreo", "mood"} == {one["measured"] for one in found}


def test_names_survive_files_that_are_left_out(call: Call, tmp_path: Path) -> None:
    """Of eleven pictures two are left out; the names stay on their files, and say so."""
    paths = [tmp_path / f"{number}.png" for number in range(11)]
    for number, path in enumerate(paths):
        Image.new("RGB", (320, 320), (number * 20, 100, 100)).save(path)
    named = [f"n{number}={path}" for number, path in enumerate(paths)]
    prompt = "{n10} follows {n0}, as in @5.png"
    answer = call("fix", *named, "--prompt", prompt, "--allow", "drop", "--json")
    assert answer.status == 0, answer.err
    kept = [one for one in answer.document["assets"] if one["output"]]
    refs = {one["name"]: one["output"]["ref"] for one in kept}
    assert 9 == len(kept)
    assert {"{n10}": refs["n10"], "{n0}": refs["n0"], "@5.png": refs["n5"]} == (
        answer.document["prompt"]["names"]
    )
    sent = f"{refs['n10']} follows {refs['n0']}, as in {refs['n5']}"
    assert sent == answer.document["prompt"]["sent"]
