"""Batches that spend money, against the local service: its own count says what was paid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_prep.batch.line import Action
from seedance_prep.batch.run import Batch
from seedance_prep.local import ALWAYS, Faults, LocalService

from .conftest import Serve
from .made import done, manifest

SMALL = {"resolution": "480p", "duration": 4, "aspect_ratio": "1:1"}
COUNT = 2


def sent(service: LocalService) -> list[str]:
    """Names of the files that were uploaded."""
    return [one.name for one in service.uploads if one.name != "output.mp4"]


@pytest.fixture
def batch(tmp_path: Path, fixtures_dir: Path) -> Batch:
    """Lines of one picture, the shortest and smallest videos."""
    picture = str(fixtures_dir / "photo.jpg")
    lines = [{"prompt": f"@Image1 turns {n}", "images": [picture], **SMALL} for n in range(COUNT)]
    path = manifest(tmp_path / "m.jsonl", lines)
    out = str(tmp_path / "out")
    return Batch(manifest=str(path), action=Action.GENERATE, out=out, cached=False)


def test_every_line_is_paid_once_and_its_file_sent_once(
    batch: Batch, serve: Serve, tmp_path: Path
) -> None:
    """As many jobs as lines, one upload of what they share; later runs send nothing.

    A video that is not there any more is fetched once more.
    """
    service, client = serve()
    first = done(batch, client)
    assert dict.fromkeys(range(1, COUNT + 1), "ok") == first.states
    assert COUNT == len(service.jobs)
    assert 1 == len(sent(service))
    assert all((tmp_path / "out" / f"{n:06}" / "output.mp4").exists() for n in range(1, COUNT + 1))
    second = done(batch, client)
    assert COUNT == second.tally.kept
    assert COUNT == len(service.jobs)
    assert first.tally.high == second.tally.saved
    (tmp_path / "out" / "000001" / "output.mp4").unlink()
    third = done(batch, client)
    assert (tmp_path / "out" / "000001" / "output.mp4").exists(), "it is fetched again"
    assert (COUNT, first.tally.high) == (third.tally.kept, third.tally.saved)
    assert not third.tally.high
    assert COUNT == len(service.jobs)


@pytest.mark.slow
def test_what_is_done_anew_is_not_paid_anew(batch: Batch, serve: Serve) -> None:
    """Without its journal's outcomes the batch asks the ledger, which knows every line."""
    service, client = serve()
    done(batch, client)
    again = done(replace(batch, again=True), client)
    assert dict.fromkeys(range(1, COUNT + 1), "ok") == again.states
    assert COUNT == len(service.jobs)


def test_the_same_request_is_sent_once_unless_it_is_another_take(
    tmp_path: Path, fixtures_dir: Path, serve: Serve
) -> None:
    """Of three lines that ask for the same, one of them as a second take, two are paid."""
    line = {"prompt": "@Image1 turns", "images": [str(fixtures_dir / "photo.jpg")], **SMALL}
    path = manifest(tmp_path / "m.jsonl", [line, line, line | {"take": 2}])
    service, client = serve()
    wanted = Batch(manifest=str(path), action=Action.GENERATE, out=str(tmp_path / "out"))
    seen = done(wanted, client)
    assert {1: "ok", 2: "same", 3: "ok"} == seen.states
    assert 1 == seen.of(2)["same_as"]
    assert 2 == len(service.jobs)


def test_no_more_is_spent_than_allowed(batch: Batch, serve: Serve) -> None:
    """Lines that might go above the sum are not sent, and say so; more money takes them up."""
    service, client = serve()
    price = done(replace(batch, action=Action.FIX, out=f"{batch.out}-dry")).of(1)["report"]["cost"]
    most = Decimal(str(price["high"]))
    seen = done(replace(batch, max_cost=most), client)
    assert 1 == len(service.jobs)
    assert ["ok", "unpaid"] == sorted(seen.states.values())
    assert 1 == seen.tally.worst
    assert COUNT == len(done(replace(batch, max_cost=most), client).lines)
    assert 1 == len(service.jobs)
    assert 0 == done(replace(batch, max_cost=most * 3), client).tally.worst
    assert COUNT == len(service.jobs)


@pytest.mark.slow
def test_a_service_that_has_too_many_is_waited_for(batch: Batch, serve: Serve) -> None:
    """A 429 costs nothing: the line's turn comes again, and all are paid once."""
    service, client = serve(Faults(submit_429=2, retry_after=0))
    assert 0 == done(batch, client).tally.worst
    assert COUNT == len(service.jobs)


def test_a_lost_answer_is_never_sent_again(batch: Batch, serve: Serve) -> None:
    """The line is uncertain; the next run looks for its job and fetches the video."""
    service, client = serve(Faults(submit_dropped_after=1))
    first = done(batch, client)
    assert 1 == list(first.states.values()).count("uncertain")
    assert 5 == first.tally.worst
    assert COUNT == len(service.jobs)
    second = done(batch, client)
    assert dict.fromkeys(range(1, COUNT + 1), "ok") == second.states
    assert COUNT == len(service.jobs)


@pytest.mark.slow
def test_a_job_that_failed_for_nothing_is_sent_again_by_the_next_run(
    batch: Batch, serve: Serve
) -> None:
    """What the service says was not charged is free to try again; what may have been is not."""
    service, client = serve(Faults(submit_422=1))
    first = done(batch, client)
    assert 1 == list(first.states.values()).count("ok")
    assert "failed" in first.states.values()
    assert 4 == first.tally.worst
    second = done(batch, client)
    assert dict.fromkeys(range(1, COUNT + 1), "ok") == second.states
    assert COUNT == len(service.jobs)


def test_what_every_line_would_meet_ends_the_batch(batch: Batch, serve: Serve) -> None:
    """An account without money: no line after it is tried, and the next run goes on."""
    service, client = serve(Faults(submit_403=ALWAYS))
    seen = done(batch, client)
    assert seen.halted is not None
    assert "balance" in str(seen.halted.message)
    assert 4 == seen.halted.status
    assert 0 == len(service.jobs)


def test_without_a_prompt_nothing_is_sent(tmp_path: Path, fixtures_dir: Path, serve: Serve) -> None:
    """The line says what it lacks."""
    path = manifest(tmp_path / "m.jsonl", [{"images": [str(fixtures_dir / "photo.jpg")]}])
    service, client = serve()
    wanted = Batch(manifest=str(path), action=Action.GENERATE, out=str(tmp_path / "out"))
    assert "a prompt is needed" == done(wanted, client).of(1)["error"]["message"]
    assert not sent(service)


def test_upload_gives_arguments_for_any_client(batch: Batch, serve: Serve) -> None:
    """Nothing is submitted."""
    service, client = serve()
    seen = done(replace(batch, action=Action.UPLOAD), client)
    assert 1 == len({one["arguments"]["image_urls"][0] for one in seen.lines})
    assert 1 == len(sent(service))
    assert 0 == len(service.jobs)


@pytest.mark.slow
def test_a_line_whose_file_has_changed_is_another_request(
    tmp_path: Path, fixtures_dir: Path, serve: Serve
) -> None:
    """The old video is not passed off as that of the new picture; what stayed is not paid again."""
    service, client = serve()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes((fixtures_dir / "photo.jpg").read_bytes())
    lines = [{"prompt": "@Image1 turns", "images": [name], **SMALL} for name in ("a.jpg", "b.jpg")]
    path = manifest(tmp_path / "m.jsonl", lines)
    wanted = Batch(manifest=str(path), action=Action.GENERATE, out=str(tmp_path / "out"))
    done(wanted, client)
    (tmp_path / "b.jpg").write_bytes((fixtures_dir / "photo_exif6.jpg").read_bytes())
    (tmp_path / "a.jpg").touch()
    assert {1: "ok", 2: "ok"} == done(wanted, client).states
    assert 3 == len(service.jobs)
