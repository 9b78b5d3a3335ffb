"""The corpus' manifest: what ffmpeg and Pillow say of each file, as expectations."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

LAYOUTS = {"mono": 1, "stereo": 2, "4.0": 4, "5.1": 6, "5.1(side)": 6, "7.1": 8}


@dataclass(frozen=True, slots=True)
class Row:
    """One file of the manifest."""

    columns: dict[str, str]

    @property
    def file(self) -> str:
        return self.columns["file"]

    @property
    def folder(self) -> str:
        return self.file.partition("/")[0]

    @property
    def video(self) -> str:
        """The first video stream that is no attached picture, as ffmpeg prints it."""
        streams = self.columns["video_streams"].split(" ; ")
        return next((each for each in streams if each and not each.endswith(" PIC")), "")

    @property
    def seen(self) -> tuple[int, int] | None:
        """Stored size and pixel aspect and rotation, put together."""
        width, _, height = self.columns["wxh"].partition("x")
        if not width or not height or "?" in self.columns["wxh"]:
            return None
        across, _, down = (self.columns["sar"] or "1:1").partition(":")
        wide = max(round(int(width) * Fraction(int(across), int(down))), 1)
        turned = self.rotation % 180
        return (int(height), wide) if turned else (wide, int(height))

    @property
    def fps(self) -> float | None:
        return float(self.columns["fps"]) if self.columns["fps"] else None

    @property
    def rotation(self) -> int:
        """Clockwise, as this package counts; ffmpeg's figure is the other way round."""
        return -int(self.columns["rotation"] or 0) % 360

    @property
    def seconds(self) -> float | None:
        text = self.columns["duration"]
        return float(text.removesuffix("s")) if text.endswith("s") else None

    @property
    def varies(self) -> bool:
        return self.columns["vfr"].startswith("VFR")

    @property
    def sound(self) -> tuple[str, int, int | None] | None:
        """Codec, sample rate and channels of the first sound stream."""
        parts = self.columns["audio_streams"].split(" ; ")[0].split(" ")
        if len(parts) < 3 or not parts[1].isdigit():
            return None
        return parts[0], int(parts[1]), LAYOUTS.get(parts[2])


def rows(corpus: Path) -> list[Row]:
    """All rows."""
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as file:
        return [Row(row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
