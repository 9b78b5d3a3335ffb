"""A run of the ledger on a page, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from seedance_prep.core.job import Handle, State, Terms
from seedance_prep.core.run import Run, Sent
from seedance_prep.report.runs import document, listing, page

WHEN = datetime(2026, 11, 22, 10, 5, 7, tzinfo=UTC)
SENT = Sent(
    ref="@Video1", source="/home/me/secret/phone.mov", source_sha256="aa", sent_sha256="bb",
    action="encoded", bytes=123, url="https://v3.fal.media/files/b/1/video1.mp4",
    operations=("trim 3.000-9.500 s", "scale 1080x1920 -> 720x1280"), expires=WHEN.replace(day=29),
)  # fmt: skip
RUN = Run(
    id="r-20261122-3f9a", created=WHEN, updated=WHEN, state=State.FINISHED, endpoint="a/b",
    service="fal", base="https://queue.fal.run", low=Decimal("1.21"), high=Decimal("1.30"),
    request={"prompt": "a calm sea", "duration": 5,
             "assets": [{"source": "/home/me/secret/phone.mov", "start": 3}]},
    payload={"prompt": "a calm sea"}, sent_at=WHEN,
    handle=Handle(request_id="abc-1", status_url="s", response_url="r", cancel_url="c"),
    result={"video": {"url": "https://v3.fal.media/x.mp4"}, "seed": 7},
    saved="/home/me/secret/out.mp4", charged=True, assets=(SENT,),
)  # fmt: skip
LOST = replace(
    RUN, state=State.UNCERTAIN, handle=None, result=None, saved=None, charged=None,
    error="fal answered 502 and no more", kind="lost_answer",
)  # fmt: skip


def test_a_page_tells_all_of_a_run() -> None:
    """What was asked and sent, what was done to each file, what came back and what it cost."""
    assert [
        "r-20261122-3f9a    2026-11-22 10:05  finished   $1.21 to $1.30  out.mp4",
        "endpoint  a/b",
        "service   fal",
        "asked     duration 5",
        "prompt    a calm sea",
        "sent      2026-11-22 10:05:07 UTC",
        "request   abc-1",
        "charged   yes",
        "video     https://v3.fal.media/x.mp4",
        "saved     out.mp4",
        "@Video1   phone.mov (encoded, 123 bytes)",
        "          trim 3.000-9.500 s; scale 1080x1920 -> 720x1280",
        "          sha256 aa before",
        "          sha256 bb as sent",
        "          https://v3.fal.media/files/b/1/video1.mp4 (until 2026-11-29 10:05 UTC)",
    ] == page(RUN, lambda path: path.rsplit("/", 1)[-1]).splitlines()


@pytest.mark.parametrize(
    ("expected", "run"),
    [
        ("charged   unknown", LOST),
        ("error     fal answered 502 and no more [lost_answer]", LOST),
        ("next      `seedance-prep resume r-20261122-3f9a` looks whether", LOST),
        ("charged   no", replace(LOST, sent_at=None, state=State.FAILED)),
        ("charged   no", replace(LOST, charged=False, state=State.FAILED)),
        ("asked     duration 9", replace(LOST, request={"parameters": {"duration": 9}})),
        ("webhook   https://hooks.invalid/h?…", replace(
            RUN, terms=Terms(webhook="https://me:s3cr3t@hooks.invalid/h?token=s3cr3t"))),
        ("beach.jpg (encoded", replace(
            RUN, assets=(replace(SENT, source="https://x.invalid/beach.jpg?token=s3cr3t"),))),
    ],
)  # fmt: skip
def test_a_page_says_what_is_known(expected: str, run: Run) -> None:
    """Also of a run that went wrong, and of one that an older version wrote."""
    told = page(run, str)
    assert expected in told
    assert "s3cr3t" not in told
    assert "s3cr3t" not in json.dumps(document(run))


def test_no_path_of_the_user_s_is_in_the_json() -> None:
    """What may be shared holds the names of files and nothing of where they are."""
    told = document(RUN)
    assert "secret" not in json.dumps(told)
    assert ("phone.mov", "out.mp4") == (told["assets"][0]["source"], told["saved"])
    assert {"source": "phone.mov", "start": 3} == told["request"]["assets"][0]
    assert (True, None) == (told["charged"], told["kind"])
    assert "2026-11-29T10:05:07+00:00" == told["assets"][0]["expires"]
    assert ["trim 3.000-9.500 s", "scale 1080x1920 -> 720x1280"] == told["assets"][0]["operations"]


@pytest.mark.parametrize("source", [r"C:\Users\me\phone.mov", r"\\host\me\phone.mov"])
def test_nor_one_of_windows(source: str) -> None:
    """Its paths have other marks between their parts."""
    told = document(replace(RUN, saved=source, assets=(replace(SENT, source=source),)))
    assert ("phone.mov", "phone.mov") == (told["saved"], told["assets"][0]["source"])


def test_a_run_of_an_older_version_is_told_as_json() -> None:
    """Its request held the sources alone."""
    old = replace(RUN, request={"prompt": "a", "parameters": {"seed": 3}, "assets": ["/a/b.jpg"]})
    assert [{"source": "b.jpg"}] == document(old)["request"]["assets"]


def test_no_runs_say_what_makes_one() -> None:
    """An empty ledger is no blank page."""
    assert "seedance-prep generate" in listing(())


def test_cancelled_before_it_was_sent() -> None:
    """A run that was stopped before anything was sent has no end that could be asked for."""
    stopped = replace(RUN, state=State.CANCELLED, sent_at=None, handle=None, charged=False)
    assert "resume" not in page(stopped, str)
    assert "resume" in page(replace(RUN, state=State.CANCELLED), str)
