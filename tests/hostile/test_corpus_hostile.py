"""Damaged, lying and expanding files: each is refused with a true sentence, or safely fixed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Level, Trust
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Request

TABLE = Path(__file__).with_name("outcomes.tsv")
OPTIONS = pipeline.Options(allow=Trust.INVENTIVE, jobs=1)
QUICK = frozenset(
    {"bomb_65536_uint32.png", "bomb_oom.wav", "bomb_png_text_dos.png", "declares_i64max.mp4",
     "hls_interstitial_https.m3u8", "media_segment_only.mp4", "moz_img_crash_1509998.gif",
     "moz_mp4_demuxer_1296473.mp4", "zero_empty_stsc.mp4"}
)  # fmt: skip
"""One of each kind of trouble, for every run of the tests."""


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus, and what must become of it."""

    file: str
    outcome: str
    """The codes of the errors that are left, or what was done to make an output."""
    says: str
    """Words of the sentence that tells why, or of what is told about the output."""


def rows() -> list[Row]:
    with TABLE.open(newline="") as file:
        return [Row(**row) for row in csv.DictReader(file, delimiter="\t")]


def each() -> Iterator[object]:
    for row in rows():
        marks = () if row.file in QUICK else (pytest.mark.slow,)
        yield pytest.param(row, id=row.file, marks=marks)


@pytest.mark.parametrize("row", list(each()))
def test_a_hostile_file_ends_as_it_must(corpus: Path, tmp_path: Path, row: Row) -> None:
    """What it ends in is known, and nothing but the output stands in the folder."""
    out = tmp_path / "out"
    request = Request(assets=[Asset(str(corpus / "hostile" / row.file))])
    report = drain(pipeline.fixing(request, out, OPTIONS))
    assert (row.outcome, True) == (_outcome(report), row.says in _said(report))
    assert {output.path for output in report.outputs} == set(out.iterdir())


def test_the_table_names_every_file(corpus: Path) -> None:
    """A file that somebody adds must be judged, too."""
    assert sorted(path.name for path in (corpus / "hostile").iterdir()) == [
        row.file for row in rows()
    ]


def _outcome(report: Report) -> str:
    if report.outputs:
        return report.outputs[0].action.value
    ref = report.assets[0].ref
    errors = {one.code for one in report.findings if one.level is Level.ERROR and one.ref == ref}
    return " ".join(sorted(errors))


def _said(report: Report) -> str:
    ref = report.assets[0].ref
    told = [one.message for one in report.findings if one.ref == ref]
    return "\n".join([*told, *(note for one in report.outputs for note in one.operations)])
