"""Manifests: every line is a request, or says why it is none."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seedance_prep.batch import manifest, places
from seedance_prep.batch.line import Line
from seedance_prep.errors import UsageError

from .made import manifest as made


@contextmanager
def opened(path: Path) -> Iterator[Iterator[Line]]:
    """Of a file, whose lines are all there."""
    with manifest.opened(str(path)) as lines:
        yield (line for line in lines if line is not None)


def errors(path: Path) -> dict[int, str | None]:
    with opened(path) as lines:
        return {line.number: line.error for line in lines}


def test_a_broken_line_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    """Each kind of broken line says its own fault, and the good ones around them stay good."""
    lines = ['{"prompt": "a"}', "{", "[1]", "", '{"prompt": "b", "take": 0}', '{"prompt": "c"}']
    found = errors(made(tmp_path / "m.jsonl", lines))
    assert [1, 2, 3, 5, 6] == list(found)
    assert found[1] is None
    assert found[2] == "is no JSON at column 2"
    assert found[3] == "is no JSON object"
    assert found[5] == "take is '0', not a whole number from 1"
    assert found[6] is None


def test_what_no_editor_would_write_is_told(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, endless lines and endless nesting are faults of their lines."""
    path = tmp_path / "m.jsonl"
    long = b'"' + b"x" * (manifest.LINE_MAX + 5) + b'"\n'
    path.write_bytes(b"\xff\xfe\n" + long + b"[" * 100_000 + b'\n{"prompt": "a"}\n')
    found = errors(path)
    assert "is not UTF-8 text" == found[1]
    assert f"is longer than {manifest.LINE_MAX} bytes" == found[2]
    assert "is nested too deep or holds too long a number" == found[3]
    assert found[4] is None


def test_lines_that_come_while_it_is_read_are_read(tmp_path: Path) -> None:
    """A manifest that grows is read to its end; a half-written last line says what it may be."""
    path = made(tmp_path / "m.jsonl", [{"prompt": "a"}])
    with opened(path) as lines:
        assert 1 == next(lines).number
        with path.open("a") as file:
            file.write('{"prompt": "b"}\n{"prom')
        assert next(lines).error is None
        assert "still being written?" in str(next(lines).error)


def test_who_waits_for_a_pipe_can_do_other_things() -> None:
    """While the next line has not come, there is none; then there it is, and the end."""
    come = threading.Event()

    def slow() -> Iterator[Line]:
        yield Line(number=1)
        come.wait(10)
        yield Line(number=2)

    lines = manifest.fed(slow())
    assert 1 == next(line for line in lines if line).number
    assert next(lines) is None
    come.set()
    assert [2] == [line.number for line in lines if line]


def test_tables_are_read_as_people_keep_them(tmp_path: Path) -> None:
    """Headings in any case, several files in a cell, empty cells, numbers and truths as text."""
    path = tmp_path / "m.csv"
    path.write_text(
        "\ufeffID,Prompt,Image,videos,Seed,generate-audio\n"
        'one,"two, three",a.jpg; b.jpg,,7,yes\n'
        "two,x,,c.mp4,,\n"
        "three,x,,c.mp4,seven,\n"
        "four,x,,c.mp4,,,,\n"
    )
    with opened(path) as lines:
        first, second, third, fourth = lines
    assert "one" == first.name
    expected = {
        "prompt": "two, three", "images": ["a.jpg", "b.jpg"], "seed": 7, "generate_audio": True,
    }  # fmt: skip
    assert expected == dict(first.document)
    assert {"prompt": "x", "videos": ["c.mp4"]} == dict(second.document)
    assert "seed is 'seven', not a whole number" == third.error
    assert "has 8 cells under 6 headings" == fourth.error


def test_an_unknown_column_becomes_a_parameter_that_nobody_knows(tmp_path: Path) -> None:
    """The rule on unknown parameters judges it, with its near miss."""
    path = tmp_path / "m.csv"
    path.write_text("prompt,resolutoin\nx,720p\n")
    with opened(path) as lines:
        request, _ = places.request_of(next(lines).document, tmp_path)
    assert {"resolutoin": "720p"} == dict(request.extra)


@pytest.mark.parametrize("text", ["", "\n", ",,\n"])
def test_a_table_without_a_heading_is_told(tmp_path: Path, text: str) -> None:
    """Nothing can be said of its rows, so the call ends."""
    path = tmp_path / "m.csv"
    path.write_text(text)
    with manifest.opened(str(path)) as lines, pytest.raises(UsageError, match="heading"):
        list(lines)


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    """Columns of text, numbers and lists; what is null is not given."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = {"prompt": ["a", "b"], "images": [["x.jpg", "y.jpg"], None], "seed": [1, None]}
    parquet.write_table(pyarrow.table(rows), tmp_path / "m.parquet")
    with opened(tmp_path / "m.parquet") as lines:
        first, second = (dict(line.document) for line in lines)
    assert {"prompt": "a", "images": ["x.jpg", "y.jpg"], "seed": 1} == first
    assert {"prompt": "b"} == second


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    """One sentence, and no trace of the reader."""
    pytest.importorskip("pyarrow")
    (tmp_path / "m.parquet").write_bytes(b"PAR1 no PAR1")
    with (
        manifest.opened(str(tmp_path / "m.parquet")) as lines,
        pytest.raises(UsageError, match="no Parquet file"),
    ):
        list(lines)


def test_a_name_of_no_kind_is_told(tmp_path: Path) -> None:
    """The kinds that are read are named; so is a file that is not there."""
    with pytest.raises(UsageError, match=r"no \.jsonl, \.csv"), manifest.opened("list.txt"):
        pass
    with pytest.raises(UsageError, match="No such file"), manifest.opened(str(tmp_path / "m.csv")):
        pass


def test_an_id_is_a_folder_and_nothing_else() -> None:
    """No id leads out of the folder of outputs."""
    for name in ("../up", "/etc", "..", "a/b", "a\\b", ".hidden", "x" * 101, "nul\0"):
        text = f'{{"id": {name!r}}}'.replace("'", '"').replace("\\x00", "\\u0000")
        (line,) = manifest.jsonl(io.BytesIO(text.encode()))
        assert "cannot be the name of a folder" in str(line.error), name


def test_globs_and_folders_become_their_files(tmp_path: Path) -> None:
    """In natural order, by the names that the manifest uses, without hidden files."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for name in ("s10.jpg", "s2.jpg", ".s1.jpg", "t.png"):
        (folder / name).touch()
    globbed, paths = places.request_of({"images": ["shots/s*.jpg"]}, tmp_path)
    assert ["shots/s2.jpg", "shots/s10.jpg"] == [one.source for one in globbed.entries()]
    assert [folder / "s2.jpg", folder / "s10.jpg"] == list(paths)
    whole, _ = places.request_of({"assets": ["shots"]}, tmp_path)
    assert ["shots/s2.jpg", "shots/s10.jpg", "shots/t.png"] == [
        one.source for one in whole.entries()
    ]


def test_fragments_go_along_with_a_glob(tmp_path: Path) -> None:
    """Wishes behind the # are for every file that matches."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    request, _ = places.request_of({"videos": ["*.mp4#keep=last"]}, tmp_path)
    assert ["last", "last"] == [one.keep for one in request.entries()]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"images": ["*.nothing"]}, "no file matches"),
        ({"images": ["empty"]}, "holds no file"),
        ({"images": ["-"]}, "stdin"),
        ({}, "neither a file nor a prompt"),
        ({"prompt": 7}, "prompt is not text"),
        ({"images": "a.jpg"}, "images is not a list"),
    ],
)
def test_a_line_that_asks_for_nothing_is_told(
    tmp_path: Path, document: dict[str, object], says: str
) -> None:
    """One sentence for each."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=says):
        places.request_of(document, tmp_path)
