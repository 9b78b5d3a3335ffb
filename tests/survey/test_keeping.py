"""``keep=best`` from the asset to the file: what is kept, what is said of it, how it is shared."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep import process
from seedance_prep.__main__ import status
from seedance_prep.core.outcome import Output

from ..conftest import Make

SIZE = "s=854x480:r=30"
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p")


def _dark_first(make: Make, name: str, dark: float, bright: float, *more: str) -> Path:
    graph = f"color=black:{SIZE}:d={dark}[a];testsrc2={SIZE}:d={bright}[b];[a][b]concat"
    return make(f"{name}.mp4", "-f", "lavfi", "-i", graph, *X264, *more)


def _light(path: Path) -> list[float]:
    """Mean light of three pictures a second."""
    argv = [process.ffmpeg(), "-v", "error", "-i", str(path), "-vf",
            "fps=3,scale=16:9:out_range=full,format=gray", "-f", "rawvideo", "-"]  # fmt: skip
    data = subprocess.run(argv, check=True, capture_output=True).stdout
    return [sum(data[at : at + 144]) / 144 for at in range(0, len(data), 144)]


def _fixed(tmp_path: Path, *videos: prep.Asset, **more: object) -> tuple[Output, ...]:
    return prep.fix(prep.Request(videos=videos, **more), tmp_path / "out").outputs  # type: ignore[arg-type]


def test_the_output_holds_the_bright_part(tmp_path: Path, ffmpeg_make: Make) -> None:
    """A clip of 20 s that is black for 5: what is kept has none of that, and the reason says so."""
    path = _dark_first(ffmpeg_make, "dark", 5, 15, "-g", "45")
    (output,) = _fixed(tmp_path, prep.Clip(path, keep="best"))
    assert min(_light(output.path)) > 60
    assert output.choice is not None
    assert output.window == output.choice.best.window
    assert output.window is not None
    assert output.window.start >= 5.0
    assert "no black or frozen part" in output.choice.best.reason
    assert 2 == len(output.choice.others)


def test_clips_share_by_weight_and_each_keeps_its_best(tmp_path: Path, ffmpeg_make: Make) -> None:
    """Twice the weight, twice the seconds; neither shows its black beginning. Both are encoded:
    twelve pictures a second are too few."""
    one = prep.Clip(_dark_first(ffmpeg_make, "one", 4, 14, "-r", "12"), keep="best", weight=2)
    two = prep.Clip(_dark_first(ffmpeg_make, "two", 6, 12, "-r", "12"), keep="best")
    outputs = _fixed(tmp_path, one, two)
    assert ["encoded", "encoded"] == [output.action for output in outputs]
    lengths = [output.window.length for output in outputs if output.window]
    assert 2.0 == pytest.approx(lengths[0] / lengths[1], rel=0.02)
    assert all(min(_light(output.path)) > 60 for output in outputs)


def test_a_voice_note_keeps_what_is_said(tmp_path: Path, ffmpeg_make: Make) -> None:
    """A sound of 22 s that begins with 6 s of silence."""
    said = "0.4*sin(1400*t)*gt(t,6)*between(mod(t,0.9),0.1,0.6)"
    note = ffmpeg_make("note.m4a", "-f", "lavfi", "-i", f"aevalsrc='{said}':d=22", "-c:a", "aac")
    still = ffmpeg_make("still.png", "-f", "lavfi", "-i", "testsrc2=s=640x640", "-frames:v", "1")
    request = prep.Request(images=[still], audio=[prep.Sound(note, keep="best")])
    output = prep.fix(request, tmp_path / "out").outputs[1]
    assert output.window is not None
    assert 6.0 <= output.window.start <= 7.2
    assert output.choice is not None
    assert "no silence" in output.choice.best.reason


def test_a_chosen_window_is_looked_at_by_nobody(tmp_path: Path, ffmpeg_make: Make) -> None:
    """``t=`` wins over ``keep``."""
    path = _dark_first(ffmpeg_make, "dark", 5, 15, "-g", "45")
    (output,) = _fixed(tmp_path, prep.Clip(path, start=0, end=6, keep="best"))
    assert (0.0, None) == (output.window and output.window.start, output.choice)


def test_the_report_names_the_reason_and_the_alternatives(
    ffmpeg_make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words and as JSON, before anything is made."""
    path = _dark_first(ffmpeg_make, "dark", 5, 15, "-g", "45")

    def said(asset: object, *more: str) -> str:
        assert 0 == status(["fix", str(asset), "--dry-run", *more])
        return capsys.readouterr().out

    lines = [line.strip() for line in said(f"{path}#keep=best").splitlines()]
    assert 1 == sum(line.startswith("keeps ") for line in lines)
    assert 2 == sum(line.startswith("or ") for line in lines)
    (step,) = json.loads(said(f"{path}#keep=best", "--json"))["plan"]
    assert step["window"] == step["choice"]["window"]
    assert [{"window", "reason"}] * 2 == [set(other) for other in step["choice"]["others"]]
    assert json.loads(said(path, "--json"))["plan"][0]["choice"] is None
