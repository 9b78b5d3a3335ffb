"""The ledger on disk: what it keeps, who may read it, and that two processes do not quarrel."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_prep.core.job import Handle, Parts, State, Upload
from seedance_prep.core.price import Cost
from seedance_prep.core.run import Sent
from seedance_prep.errors import MachineError, UsageError
from seedance_prep.submit.ledger import Ledger, home, open_ledger
from seedance_prep.submit.schema import FIRST

HANDLE = Handle(request_id="abc", status_url="s", response_url="r", cancel_url="c")
SENT = Sent(
    ref="@Image1", source="/a/b.jpg", source_sha256=None, sent_sha256="f", action="encoded",
    bytes=9, operations=("scale 100x200 -> 300x600", "hdr \u2192 sdr"),
)  # fmt: skip
UPLOAD = Upload(
    ref="@Image1", sha256="f", url="https://u", bytes=9, content_type="image/jpeg", file_name="i"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A fresh one."""
    return open_ledger(tmp_path / "home")


def begin(ledger: Ledger) -> str:
    """A run of one picture."""
    return ledger.begin(
        endpoint="a/b",
        service="fal",
        base="https://queue.fal.run",
        request={"prompt": "p"},
        cost=Cost(low=Decimal("1.21"), high=Decimal("1.30")),
        assets=[SENT],
    )


def test_a_run_has_a_short_readable_id(ledger: Ledger) -> None:
    """The day and four letters, each id once."""
    ids = {begin(ledger) for _ in range(20)}
    assert 20 == len(ids)
    assert all(re.fullmatch(r"r-\d{8}-[0-9a-f]{4}", one) for one in ids)


def test_a_run_is_on_disk_before_anything_happens(ledger: Ledger) -> None:
    """Another reader of the file sees it, with all that was said of it."""
    run = open_ledger(ledger.path.parent).run(begin(ledger))
    assert State.PREPARED is run.state
    assert (Decimal("1.21"), Decimal("1.30")) == (run.low, run.high)
    assert {"prompt": "p"} == run.request
    assert (SENT,) == run.assets
    assert run.handle is None
    assert run.payload is None


def test_each_step_is_kept(ledger: Ledger) -> None:
    """State, URLs, payload, handle, result and path, in the order of a job."""
    run = begin(ledger)
    ledger.uploading(run)
    assert State.UPLOADING is ledger.run(run).state
    ends = datetime(2026, 12, 24, 18, tzinfo=UTC)
    ledger.placed(run, replace(UPLOAD, expires=ends))
    (placed,) = ledger.run(run).assets
    assert ("https://u", ends) == (placed.url, placed.expires)
    ledger.claim(run, {"prompt": "p"})
    claimed = ledger.run(run)
    assert (State.SUBMITTING, {"prompt": "p"}) == (claimed.state, claimed.payload)
    assert claimed.sent_at is not None
    ledger.submitted(run, HANDLE)
    assert (State.SUBMITTED, HANDLE) == (ledger.run(run).state, ledger.run(run).handle)
    ledger.finished(run, {"video": {"url": "v"}})
    ledger.saved(run, Path("/x/v.mp4"))
    ended = ledger.run(run)
    assert (State.FINISHED, {"video": {"url": "v"}}) == (ended.state, ended.result)
    assert "/x/v.mp4" == ended.saved
    assert (True, None) == (ended.charged, ended.kind)


def test_how_a_run_failed_is_kept(ledger: Ledger) -> None:
    """The sentence, the service's word for it, and whether it was paid for."""
    run = begin(ledger)
    ledger.ended(run, State.FAILED, "a picture is too small", kind="image_too_small", charged=False)
    row = ledger.run(run)
    assert ("a picture is too small", "image_too_small") == (row.error, row.kind)
    assert row.charged is False
    ledger.ended(run, State.CANCELLED, "?")
    assert ledger.run(run).charged is None


def test_what_was_given_up_meanwhile_is_not_sent(ledger: Ledger) -> None:
    """A process that slept between its claim and its send finds the run in other hands."""
    run = begin(ledger)
    ledger.claim(run, {})
    before = ledger.run(run).sent_at
    ledger.sending(run)
    after = ledger.run(run).sent_at
    assert before
    assert after
    assert before <= after
    ledger.ended(run, State.UNCERTAIN, "?")
    ledger.renewed(run)
    with pytest.raises(UsageError, match="given up"):
        ledger.sending(run)


def test_a_second_run_knows_all_of_its_files(ledger: Ledger) -> None:
    """What was done to them, where they are and until when."""
    run = begin(ledger)
    ledger.placed(run, replace(UPLOAD, expires=datetime(2026, 12, 24, tzinfo=UTC)))
    ledger.ended(run, State.UNCERTAIN, "?")
    assert ledger.run(run).assets == ledger.run(ledger.renewed(run)).assets


def test_only_one_caller_may_send_a_run(ledger: Ledger) -> None:
    """The second claim of the same run is refused, whatever came after the first."""
    run = begin(ledger)
    ledger.claim(run, {})
    for state in (State.SUBMITTING, State.UNCERTAIN, State.FAILED):
        ledger.ended(run, state, "?")
        with pytest.raises(UsageError, match=f"resume {run}"):
            ledger.claim(run, {})


def test_runs_come_newest_first(ledger: Ledger) -> None:
    """As many as asked for."""
    ids = [begin(ledger) for _ in range(5)]
    assert ids[:1:-1] == [run.id for run in ledger.runs(3)]


def test_a_run_is_found_by_its_request(ledger: Ledger) -> None:
    """By the service's id; an unknown one gives nothing."""
    run = begin(ledger)
    ledger.submitted(run, HANDLE)
    found = ledger.of_request("abc")
    assert found is not None
    assert run == found.id
    assert ledger.of_request("xyz") is None


def test_an_unknown_run_is_a_wrong_call(ledger: Ledger) -> None:
    """The sentence says how to see those that there are."""
    with pytest.raises(UsageError, match="no run r-1"):
        ledger.run("r-1")


def test_uploads_are_kept_by_store_and_digest(ledger: Ledger) -> None:
    """The latest URL of the bytes; another store knows nothing."""
    ledger.keep_upload("one", UPLOAD)
    assert UPLOAD == ledger.find_upload("one", "f")
    assert ledger.find_upload("two", "f") is None
    assert ledger.find_upload("one", "e") is None


@pytest.mark.parametrize(("hours", "offered"), [(-1, False), (23, False), (25, True)])
def test_an_upload_that_ends_soon_is_not_offered(ledger: Ledger, hours: int, offered: bool) -> None:
    """A job may wait for a day before it reads its files."""
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)
    upload = replace(UPLOAD, expires=until)
    ledger.keep_upload("one", upload)
    assert (upload if offered else None) == ledger.find_upload("one", "f")


def test_parts_are_kept_until_the_file_is_whole(ledger: Ledger) -> None:
    """The latest word on the same bytes counts; a whole upload ends it."""
    begun = datetime.now(UTC).replace(microsecond=0)
    parts = Parts(sha256="f", url="https://x.invalid/f", upload_id="1", size=5, begun=begun)
    for tags in ({}, {2: '"b"'}, {2: '"b"', 1: '"a"'}):
        ledger.keep_parts("one", replace(parts, tags=tags))
        assert replace(parts, tags=tags) == ledger.find_parts("one", "f")
    assert ledger.find_parts("two", "f") is None
    ledger.keep_upload("one", UPLOAD)
    assert ledger.find_parts("one", "f") is None


def test_nobody_else_may_read_it(ledger: Ledger) -> None:
    """Mode 0600 for the file and what sqlite puts beside it, 0700 for a new folder."""
    with sqlite3.connect(ledger.path) as db:  # keeps the log beside the file
        db.execute("BEGIN IMMEDIATE")
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in ledger.path.parent.iterdir()}
    db.close()
    assert {0o600} == set(modes.values())
    assert 0o700 == stat.S_IMODE(ledger.path.parent.stat().st_mode)


def test_a_ledger_that_was_open_to_all_is_closed(tmp_path: Path) -> None:
    """An older or copied file gets its mode back."""
    path = open_ledger(tmp_path).path
    path.chmod(0o644)
    open_ledger(tmp_path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_damaged_ledger_is_the_machine_s_fault(tmp_path: Path) -> None:
    """One sentence that says where another one could be."""
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(MachineError, match="SEEDANCE_PREP_HOME"):
        open_ledger(tmp_path)


def test_a_later_version_is_not_touched(tmp_path: Path) -> None:
    """An old program leaves a new ledger alone."""
    path = open_ledger(tmp_path).path
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(MachineError, match="version 99"):
        open_ledger(tmp_path)


def test_a_home_that_is_a_file_is_the_machine_s_fault(tmp_path: Path) -> None:
    """Nothing is sent when nothing can be written down; the path is not shown."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineError, match="ledger cannot be written") as caught:
        open_ledger(tmp_path / "file")
    assert str(tmp_path) not in str(caught.value)


def test_the_home_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SEEDANCE_PREP_HOME, else the platform's folder."""
    monkeypatch.setenv("SEEDANCE_PREP_HOME", str(tmp_path))
    assert tmp_path == home()
    monkeypatch.delenv("SEEDANCE_PREP_HOME")
    assert "seedance_prep" == home().name


WRITER = """
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from seedance_prep.submit.ledger import open_ledger
from seedance_prep.core.job import State
from seedance_prep.errors import UsageError
folder, shared = Path(sys.argv[1]), sys.argv[2:]
ledger = open_ledger(folder)
won = 0
for run in shared:
    try:
        ledger.claim(run, {"by": "me"})
        won += 1
    except UsageError:
        pass
for _ in range(8):
    run = ledger.begin(endpoint="a/b", service="fal", base="x", request={})
    ledger.claim(run, {})
    ledger.ended(run, State.FAILED, "over")
print(won)
"""


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Nothing is lost, nothing is locked out, and each shared run is sent by exactly one."""
    shared = [begin(open_ledger(tmp_path)) for _ in range(10)]
    root = Path(__file__).resolve().parents[2]
    argv = [sys.executable, "-c", WRITER, str(tmp_path), *shared]
    env = {**os.environ, "PYTHONPATH": str(root)}
    writers = [
        subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [writer.communicate(timeout=60) for writer in writers]
    assert ["", "", ""] == [err for _, err in said]
    assert 10 == sum(int(out) for out, _ in said)
    assert 34 == len(open_ledger(tmp_path).runs(200))


def test_a_fresh_ledger_may_be_made_by_several_at_once(tmp_path: Path) -> None:
    """The tables are made once, whoever comes first."""
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    argv = [sys.executable, "-c", WRITER, str(tmp_path / "new")]
    writers = [subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
               for _ in range(3)]  # fmt: skip
    assert [b"", b"", b""] == [writer.communicate(timeout=60)[1] for writer in writers]
    assert 24 == len(open_ledger(tmp_path / "new").runs(200))


def test_a_ledger_of_the_first_version_is_taken_along(tmp_path: Path) -> None:
    """Runs of before stay, and know nothing of what was added since."""
    home = tmp_path / "old"
    home.mkdir()
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as db:
        for statement in FIRST.split(";"):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        db.execute(
            "INSERT INTO runs (id, created, updated, state, endpoint, service, base, request)"
            " VALUES ('r-old', '2026-11-01T00:00:00+00:00', '2026-11-01T00:00:00+00:00',"
            " 'prepared', 'a/b', 'fal', 'b', '{}')"
        )
    ledger = open_ledger(home)
    old = ledger.run("r-old")
    assert (None, None) == (old.fingerprint, old.terms.webhook)
    ledger.claim("r-old", {})
    assert {State.SUBMITTING} == {run.state for run in open_ledger(home).runs()}
