"""How hard the encoder tries."""

from __future__ import annotations

from typing import Any

QUICK: dict[str, Any] = {
    "preset": "superfast",
    "crf": 17,
    "x264-params": "bframes=0:cabac=0",
}
"""High profile for the least time of encoding and of the decode that proves it: the VMAF of
``-preset medium -crf 18`` for a third of the time and about twice the bytes (scripts/bench fix)."""
SPARE: dict[str, Any] = {
    "preset": "superfast",
    "crf": 17,
    "x264-params": "mbtree=1:rc-lookahead=10",
}
"""For a source of so few bits that the above would outgrow it by far: less than half of the bytes
for a tenth more time, VMAF 99 and 97 at the 1st percentile against a clip of 1-3 Mbit/s."""
SPARING = 0.25
"""Bits of the source per pixel of the output below which that is so."""
QUICK_GROWTH = 2
"""Bytes of the quick encode for each that the source spends on as many pixels, at most."""
THOROUGH: dict[str, Any] = {"preset": "medium", "crf": 18}
"""Where bytes are scarce."""
