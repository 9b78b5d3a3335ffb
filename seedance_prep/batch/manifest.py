"""A manifest as lines, one at a time: a million of them take no more memory than ten.

Whatever is wrong with a line is said of that line, and the next one is read.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

from ..errors import UsageError
from .line import Line
from .rows import fields_of, line_of

LINE_MAX = 1 << 20
"""Bytes of a line; prompts have thousands of signs, not millions."""
ROWS = 256
"""Rows of a Parquet file that are held at a time."""

AHEAD = 64
"""Lines of a pipe that are read before they are asked for."""
GLANCE = 0.05
"""Seconds that the next line of a pipe is waited for, while others are worked on."""

Lines = Iterator[Line]
Coming = Iterator[Line | None]
"""Lines, and ``None`` when the next has not come yet."""


@contextmanager
def opened(name: str) -> Iterator[Coming]:
    """The lines of a manifest; ``-`` reads JSONL from stdin, as it comes.

    Raises ``UsageError`` when it cannot be opened, or its kind cannot be told by its name.
    """
    if name == "-":
        yield fed(jsonl(sys.stdin.buffer))
        return
    kinds = {".jsonl": jsonl, ".ndjson": jsonl, ".csv": table, ".tsv": table, ".parquet": columns}
    read: Callable[[IO[bytes]], Lines] | None = kinds.get(Path(name).suffix.lower())
    if read is None:
        raise UsageError(f"{name} is no .jsonl, .csv, .tsv or .parquet file")
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from None
    with file:
        yield read(file)


def counted(name: str) -> int | None:
    """About how many lines there are, for the time that is left; ``None`` where nobody knows."""
    if name == "-" or name.lower().endswith(".parquet"):
        return None
    try:
        with Path(name).open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return None


def fed(lines: Lines) -> Coming:
    """Lines that are read in a thread, as whoever writes them may take hours."""
    coming: Queue[Line | None] = Queue(AHEAD)

    def read() -> None:
        for line in lines:
            coming.put(line)
        coming.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = coming.get(timeout=GLANCE)
        except Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def jsonl(file: IO[bytes]) -> Lines:
    """One JSON object a line; empty lines are passed over."""
    for number, text in enumerate(_cut(file), 1):
        if text is None:
            yield Line(number=number, error=f"is longer than {LINE_MAX} bytes")
        elif text.strip():
            yield _parsed(number, text)


def _cut(file: IO[bytes]) -> Iterator[bytes | None]:
    """Lines of bounded length; ``None`` for one that is too long."""
    while text := file.readline(LINE_MAX + 1):
        if len(text) <= LINE_MAX:
            yield text
            continue
        while text and not text.endswith(b"\n"):
            text = file.readline(LINE_MAX)
        yield None


def _parsed(number: int, text: bytes) -> Line:
    try:
        value = json.loads(text.decode("utf-8-sig" if number == 1 else "utf-8").rstrip())
    except json.JSONDecodeError as error:
        cut = "" if text.endswith(b"\n") else "; it ends without a line break: still being written?"
        return Line(number=number, error=f"is no JSON at column {error.colno}{cut}")
    except UnicodeDecodeError:
        return Line(number=number, error="is not UTF-8 text")
    except (ValueError, RecursionError):
        return Line(number=number, error="is nested too deep or holds too long a number")
    if not isinstance(value, dict):
        return Line(number=number, error="is no JSON object")
    return line_of(number, value)


def table(file: IO[bytes]) -> Lines:
    """CSV with a heading, of commas, semicolons or tabs; several files of a cell part at ``;``."""
    rows = _rows(file)
    heading = next(rows, [])
    if isinstance(heading, str) or not any(heading):
        raise UsageError("the table has no heading: its first row names the columns")
    if double := {name for name in heading if name and heading.count(name) > 1}:
        raise UsageError(f"the table has two columns {min(double)}")
    for number, cells in enumerate(rows, 1):
        if isinstance(cells, str):
            yield Line(number=number, error=cells)
        elif cells:
            yield _row(number, heading, cells)


def _rows(file: IO[bytes]) -> Iterator[list[str] | str]:
    """The cells of each row, or what is wrong with it."""
    text = _text(file)
    try:
        first = next(text)
    except StopIteration:
        return
    delimiter = max(",;\t", key=first.count)

    def lines() -> Iterator[str]:
        yield first
        yield from text

    reader = csv.reader(lines(), delimiter=delimiter, strict=False)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"is no row of a table ({error})"


def _text(file: IO[bytes]) -> Iterator[str]:
    """Lines as text; one that is too long, or no UTF-8, holds a sign that no path has."""
    for number, line in enumerate(_cut(file)):
        encoding = "utf-8" if number else "utf-8-sig"
        yield (line or b"\xff").decode(encoding, "replace")


def _row(number: int, heading: list[str], cells: list[str]) -> Line:
    if len(cells) > len(heading):
        return Line(number=number, error=f"has {len(cells)} cells under {len(heading)} headings")
    if any("\ufffd" in cell for cell in cells):
        return Line(number=number, error="is not UTF-8 text")
    try:
        return line_of(number, fields_of(dict(zip(heading, cells, strict=False))))
    except UsageError as error:
        return Line(number=number, error=str(error))


def columns(file: IO[bytes]) -> Lines:
    """Parquet: a column each, of text, numbers or lists of text."""
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install 'seedance_prep[parquet]'") from None
    with _readable(parquet, file) as held:
        number = 0
        for batch in held.iter_batches(batch_size=ROWS):
            for cells in batch.to_pylist():
                number += 1
                yield _record(number, cells)


@contextlib.contextmanager
def _readable(parquet: Any, file: IO[bytes]) -> Iterator[Any]:  # noqa: ANN401 - has no types
    try:
        with parquet.ParquetFile(file) as held:
            yield held
    except OSError as error:  # pyarrow's own errors are among them, or of ValueError
        raise UsageError(f"the manifest is no Parquet file that can be read ({error})") from error
    except ValueError as error:
        raise UsageError(f"the manifest is no Parquet file ({error})") from error


def _record(number: int, cells: dict[str, Any]) -> Line:
    try:
        return line_of(number, fields_of(cells))
    except UsageError as error:
        return Line(number=number, error=str(error))
