"""Files left out: the numbers of the others move, and the prompt with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import seedance_prep as prep
from seedance_prep.core.prompt import renumbered


@pytest.fixture
def eleven(tmp_path: Path) -> list[str]:
    """Eleven pictures, two more than the endpoint takes."""
    paths = [tmp_path / f"{number}.png" for number in range(1, 12)]
    for number, path in enumerate(paths):
        Image.new("RGB", (320, 320), (number * 20, 100, 100)).save(path)
    return [str(path) for path in paths]


def test_tags_follow_their_files(eleven: list[str], tmp_path: Path) -> None:
    """What the prompt names is kept; its tags move to the new numbers."""
    request = prep.Request(prompt="@Image11 follows @Image1 and Image 10", images=eleven)
    ready = prep.fix(request, tmp_path / "ready", allow="drop")
    kept = [output.media.source for output in ready.outputs]
    assert 9 == len(kept)
    place = {source: number for number, source in enumerate(kept, 1)}
    first, tenth, last = (place[eleven[index]] for index in (0, 9, 10))
    assert f"@Image{last} follows @Image{first} and Image {tenth}" == ready.prompt


def test_named_file_is_never_dropped_silently(eleven: list[str], tmp_path: Path) -> None:
    """When every file is named, one that is left out is an error that names its tag."""
    prompt = " ".join(f"@Image{number}" for number in range(1, 12))
    with pytest.raises(prep.UnfixableError) as caught:
        prep.fix(prep.Request(prompt=prompt, images=eleven), tmp_path / "ready", allow="drop")
    assert "PRM016" in {finding.code for finding in caught.value.report.findings}


def test_nothing_else_is_rewritten() -> None:
    """Only numbers of tags change: words, mail addresses, other numbers and emoji stay."""
    text = "🏄 @Image2和@Image3, me@Image2.org, 3 images at 12:30, [Image3]"
    assert "🏄 @Image1和@Image2, me@Image2.org, 3 images at 12:30, [Image2]" == renumbered(
        text, {"@Image2": "@Image1", "@Image3": "@Image2"}
    )
