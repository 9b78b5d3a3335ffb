"""What a command and all of its children asked the kernel for, as strace(1) writes it down.

One file a process (``-ff``), with the real path behind each descriptor (``-y``). A process is shut
in from its ``landlock_restrict_self`` on, and so is whatever it starts after that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

OPENED = ("open", "openat", "openat2", "creat")
STARTED = ("clone", "clone3", "fork", "vfork")
SOCKETS = ("socket", "socketpair", "connect", "bind")
WATCHED = (*OPENED, *STARTED, *SOCKETS, "execve", "landlock_restrict_self")
LINE = re.compile(r"^(\w+)\((.*)\)\s+= (-?\w+|\?)(?:<(.*)>)?")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one process."""

    name: str
    words: str
    answer: int
    path: str
    """What was opened, links followed; empty for anything else."""


def traced(
    argv: Sequence[str], cwd: Path, folder: Path, environment: Mapping[str, str]
) -> dict[int, list[Call]]:
    """The calls of each process of a command, by its number. Skips where nothing can be traced."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    folder.mkdir()
    watched = ["-e", "trace=" + ",".join(WATCHED), "-e", "signal=none"]
    door = [strace, "-ff", "-y", "-q", *watched, "-s", "300", "-o", str(folder / "calls")]
    words = [*door, *argv]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True)
    if "ptrace" in done.stderr.lower() and not any(folder.iterdir()):
        pytest.skip("this machine lets nobody be traced")
    return {int(one.suffix[1:]): list(_calls(one)) for one in sorted(folder.iterdir())}


def _calls(path: Path) -> Iterator[Call]:
    for line in path.read_text(errors="replace").splitlines():
        if match := LINE.match(line):
            name, words, answer, opened = match.groups()
            yield Call(name, words, int(answer, 0) if answer != "?" else -1, opened or "")


def shut_in(tree: dict[int, list[Call]]) -> dict[int, list[Call]]:
    """Of each process only what it called once it was shut in."""
    found: dict[int, list[Call]] = {}
    for number, calls in tree.items():
        for at, call in enumerate(calls):
            if call.name == "landlock_restrict_self" and call.answer == 0:
                _follow(tree, number, calls[at + 1 :], found)
                break
    return found


def _follow(
    tree: dict[int, list[Call]], number: int, calls: list[Call], found: dict[int, list[Call]]
) -> None:
    if len(found.get(number, ())) >= len(calls) and number in found:
        return
    found[number] = calls
    for call in calls:
        if call.name in STARTED and call.answer > 0:
            _follow(tree, call.answer, tree.get(call.answer, []), found)
