"""Whole batches that send nothing: every line has its result, and a second run does no work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_prep.batch.line import Action, State
from seedance_prep.batch.run import Batch
from seedance_prep.executors import Kind

from .made import done, manifest


@pytest.fixture
def mixed(tmp_path: Path, fixtures_dir: Path) -> Batch:
    """Six lines: two comply, two break rules, one is broken, one names a file that is gone."""
    lines: list[dict[str, Any] | str] = [
        {"prompt": "a", "images": [str(fixtures_dir / "photo.jpg")]},
        {"prompt": "b", "videos": [str(fixtures_dir / "clip_720p.mp4")], "id": "hero"},
        {"prompt": "c", "images": [str(fixtures_dir / "cmyk.jpg")], "audio": ["tone.wav"]},
        {"prompt": "d", "images": [str(fixtures_dir / "anim.gif")]},
        "{",
        {"prompt": "f", "images": ["gone.jpg"]},
    ]
    path = manifest(tmp_path / "m.jsonl", lines)
    return Batch(manifest=str(path), action=Action.CHECK, out=str(tmp_path / "out"), cached=False)


STATES = {1: "ok", 2: "ok", 3: "findings", 4: "findings", 5: "invalid", 6: "findings"}


@pytest.mark.parametrize("kind", [Kind.THREADS, Kind.PROCESSES])
def test_every_line_has_its_result(mixed: Batch, kind: Kind) -> None:
    """Whatever is wrong with a line, the others are judged; the same wherever the work is done."""
    seen = done(replace(mixed, kind=kind, jobs=3))
    assert STATES == seen.states
    assert "hero" == seen.of(2)["id"]
    assert "is no JSON at column 2" == seen.of(5)["error"]["message"]
    assert "FIL001" in {one["code"] for one in seen.of(6)["report"]["findings"]}
    assert 1 == seen.tally.worst
    assert seen.halted is None


def test_results_hold_the_names_of_the_manifest(mixed: Batch, tmp_path: Path) -> None:
    """A file that was named relatively is told so, not by where it lies."""
    seen = done(mixed)
    assert "tone.wav" == seen.of(3)["report"]["assets"][-1]["source"]
    assert "gone.jpg" == seen.of(6)["report"]["findings"][0]["source"]
    assert str(tmp_path) not in json.dumps(seen.of(6))


def test_a_second_run_knows_them_all(mixed: Batch) -> None:
    """The same results without any work, in any number of runs; a broken line is told again."""
    first, second = done(mixed), done(mixed)
    assert 5 == second.tally.kept
    assert first.states == second.states
    for number in (1, 2, 3, 4, 6):
        assert second.of(number)["kept"]
        assert first.of(number)["report"] == second.of(number)["report"]


def test_what_has_changed_is_done_anew(mixed: Batch, tmp_path: Path) -> None:
    """A file that came, a line that was added, other wishes: only what they touch."""
    done(mixed)
    (tmp_path / "gone.jpg").write_bytes(b"not a picture")
    with Path(mixed.manifest).open("a") as file:
        file.write('{"prompt": "g"}\n')
    second = done(mixed)
    anew = {one["line"] for one in second.lines if not one["kept"]}
    assert {5, 6, 7} == anew
    third = done(replace(mixed, options=replace(mixed.options, tolerant=True)))
    assert 0 == third.tally.kept


def test_again_does_everything_anew(mixed: Batch) -> None:
    """For those who do not trust what was found before."""
    done(mixed)
    assert 0 == done(replace(mixed, again=True)).tally.kept


@pytest.mark.slow
def test_fix_makes_a_folder_for_each_line(mixed: Batch, tmp_path: Path) -> None:
    """Named by number or id; what was made and is gone is made again."""
    batch = replace(mixed, action=Action.FIX)
    first = done(batch)
    assert {1: "ok", 2: "ok", 4: "ok", 5: "invalid", 6: "findings"} == {
        number: state for number, state in first.states.items() if number != 3
    }
    out = tmp_path / "out"
    assert (out / "000001" / "image1.jpg").exists()
    (out / "hero" / "video1.mp4").unlink()
    second = done(batch)
    assert not second.of(2)["kept"]
    assert second.of(1)["kept"]
    assert (out / "hero" / "video1.mp4").exists()


def test_two_lines_of_one_id_are_told(tmp_path: Path, fixtures_dir: Path) -> None:
    """The second would overwrite the first."""
    lines = [{"prompt": text, "id": "x"} for text in ("a", "b")]
    path = manifest(tmp_path / "m.jsonl", lines)
    seen = done(Batch(manifest=str(path), action=Action.CHECK))
    assert "the id x is another line's, too" == seen.of(2)["error"]["message"]


def test_too_many_failures_end_a_batch(tmp_path: Path) -> None:
    """What is under way is finished, the rest waits for the next run."""
    path = manifest(tmp_path / "m.jsonl", ["{"] * 20)
    seen = done(Batch(manifest=str(path), action=Action.CHECK, max_failures=3))
    assert 4 == len(seen.lines)
    assert seen.halted is not None
    assert "4 lines have failed, more than --max-failures 3" == seen.halted.message


def test_counts_by_finding(mixed: Batch) -> None:
    """Each code once a line."""
    tally = done(mixed).tally
    assert 1 == tally.codes["IMG001"]
    assert 2 == tally.states[State.OK]
    assert 6 == tally.document(None)["lines"]


def test_a_fault_of_one_line_does_not_end_the_batch_and_three_in_a_row_do(
    tmp_path: Path, fixtures_dir: Path
) -> None:
    """A file in the place of a line's folder is its own trouble, unless all lines have it."""
    picture = str(fixtures_dir / "photo.jpg")
    lines = [{"prompt": f"@Image1 {n}", "images": [picture], "id": f"x{n}"} for n in range(9)]
    path = manifest(tmp_path / "m.jsonl", lines)
    batch = Batch(manifest=str(path), action=Action.FIX, out=str(tmp_path / "out"), jobs=1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x3").write_text("in the way")
    seen = done(batch)
    assert ["failed"] == [state for state in seen.states.values() if state != "ok"]
    assert 3 == seen.tally.worst
    for number in range(9):
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / f"x{number}").write_text("in the way")
    halted = done(replace(batch, out=str(tmp_path / "other"))).halted
    assert halted is not None
    assert "is not a folder" in str(halted.message)


@pytest.mark.slow
def test_small_lines_do_not_wait_behind_large_ones(tmp_path: Path, fixtures_dir: Path) -> None:
    """Pictures that come after videos that must be encoded are done before the last of them."""
    lines: list[dict[str, Any] | str] = [
        {"prompt": f"{n}", "videos": [str(fixtures_dir / "phone.mov")]} for n in range(4)
    ]
    picture = str(fixtures_dir / "photo.jpg")
    lines += [{"prompt": f"@Image1 {n}", "images": [picture]} for n in range(8)]
    path = manifest(tmp_path / "m.jsonl", lines)
    wanted = Batch(manifest=str(path), action=Action.FIX, out=str(tmp_path / "out"), jobs=3,
                   cached=False)  # fmt: skip
    order = [one["line"] for one in done(wanted).lines]
    assert max(order.index(number) for number in range(5, 13)) < order.index(4)
    assert order.index(5) < max(order.index(number) for number in range(1, 4))
