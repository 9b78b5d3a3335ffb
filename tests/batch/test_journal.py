"""The journal: what is done is known again, by what was asked and of which files."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_prep.batch.journal import Journal
from seedance_prep.batch.line import Line, Outcome, State
from seedance_prep.errors import UsageError

FIRST = Line(number=1, document={"prompt": "a"})
OUTCOME = Outcome(
    state=State.FINDINGS, document={"ok": False}, codes=("VID001",), low=Decimal("1.5")
)


def opened(folder: Path) -> Journal:
    journal = Journal(folder / "batch.sqlite")
    journal.begin()
    return journal


def test_what_was_kept_is_known_by_the_next_process(tmp_path: Path) -> None:
    """The whole outcome comes back, when asked for in the same way, of the same files."""
    journal = opened(tmp_path)
    journal.keep(journal.place(FIRST), FIRST, "how", "stamps", OUTCOME)
    batch = journal.batch
    journal.close()
    later = opened(tmp_path)
    place = later.place(FIRST)
    assert OUTCOME == later.done(place, "how", "stamps")
    assert later.done(place, "other", "stamps") is None
    assert later.done(place, "how", "other") is None
    assert batch == later.batch
    later.close()


def test_a_line_is_known_by_what_it_asks_for(tmp_path: Path) -> None:
    """Its number may change; the same request twice is two lines, told by which came first."""
    journal = opened(tmp_path)
    first, again = journal.place(FIRST), journal.place(Line(number=2, document=FIRST.document))
    assert (0, 1) == (first.copy, again.copy)
    assert 1 == again.first
    assert first.id != again.id
    journal.begin()
    moved = journal.place(Line(number=9, document=FIRST.document))
    assert (first.id, 0, 9) == (moved.id, moved.copy, moved.first)
    journal.close()


def test_another_take_is_another_line(tmp_path: Path) -> None:
    """It stands for a video of its own."""
    journal = opened(tmp_path)
    one = journal.place(FIRST)
    other = journal.place(Line(number=2, document=FIRST.document, take=2))
    assert one.id != other.id
    assert 0 == other.copy
    journal.close()


def test_a_folder_belongs_to_one_line(tmp_path: Path) -> None:
    """Also on file systems that do not tell capitals from small letters."""
    journal = opened(tmp_path)
    assert journal.free(Line(number=1, document={"prompt": "a"}, name="Hero"))
    assert not journal.free(Line(number=2, document={"prompt": "b"}, name="hero"))
    journal.begin()
    assert journal.free(Line(number=2, document={"prompt": "b"}, name="hero"))
    journal.close()


def test_forgotten_lines_are_done_anew_under_the_same_name(tmp_path: Path) -> None:
    """What was paid is found by the batch's name, which stays."""
    journal = opened(tmp_path)
    place, batch = journal.place(FIRST), journal.batch
    journal.keep(place, FIRST, "how", "", OUTCOME)
    journal.forget()
    assert journal.done(place, "how", "") is None
    assert batch == journal.batch
    journal.close()


def test_two_processes_do_not_work_on_one_batch(tmp_path: Path) -> None:
    """The second is told so; when the first was killed, nothing stands in the way."""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from seedance_prep.batch.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\nprint('here', flush=True)\ntime.sleep(60)\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "batch.sqlite")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert "here\n" == other.stdout.readline()
        with pytest.raises(UsageError, match="another process works on this batch"):
            opened(tmp_path)
        other.kill()
    opened(tmp_path).close()
