"""What the service takes: its own table, kept apart from the rules that `check` applies.

Each constant names the row of the limits document that it stands for. The numbers are the
enforced ones where error texts of the running service are on record, and fal's published ones
where nothing looser has been seen to pass. The two must not share code: this table is what the
product's rules are tried against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """One limit: its row, its value, and how it is known."""

    row: str
    value: T
    known: str


IMAGES_MAX = Rule("R1", 9, "error text of 2026-08-27")
VIDEOS_MAX = Rule("R2", 3, "error text")
AUDIO_MAX = Rule("R3", 3, "error text")
FILES_MAX = Rule("R4", 12, "published by fal, 2026-08-02")
BODY_BYTES_MAX = Rule("R10", 64_000_000, "documented by the maker")

IMAGE_FORMATS = Rule("I1", ("jpeg", "png", "webp"), "published by fal, 2026-08-02")
IMAGE_BYTES_END = Rule("I2", 30_000_000, "published by fal, exclusive")
IMAGE_SIDE_MIN = Rule("I3", 300, "error text")
IMAGE_SIDE_MAX = Rule("I3", 6000, "error text")
IMAGE_RATIO_MIN = Rule("I4", Fraction("0.4"), "error text")
IMAGE_RATIO_MAX = Rule("I4", Fraction("2.5"), "error text")

VIDEO_FORMATS = Rule("V1", ("mp4", "mov"), "published by fal, 2026-08-02")
VIDEO_CODECS = Rule("V2", ("h264", "hevc"), "documented by the maker, 2026-08")
VIDEO_PIXELS_MIN = Rule("V3", 409_600, "error text")
VIDEO_PIXELS_MAX = Rule("V3", 927_408, "error text, the lowest ceiling seen")
VIDEO_RATIO_MIN = Rule("V5", Fraction("0.4"), "code name AspectRatioTooSmall")
VIDEO_RATIO_MAX = Rule("V5", Fraction("2.5"), "error text")
VIDEO_FPS_MIN = Rule("V6", Fraction("23.8"), "error text")
VIDEO_FPS_MAX = Rule("V6", Fraction(60), "error text")
VIDEO_SECONDS_MIN = Rule("V7", Fraction("1.8"), "error text of 2026-07-13")
VIDEO_SECONDS_MAX = Rule("V7", Fraction("15.2"), "error text of 2026-04-16")
VIDEO_TOTAL_SECONDS_MAX = Rule("V8", Fraction("15.2"), "error text of 2026-04-16")
VIDEO_TOTAL_BYTES_END = Rule("V10", 50_000_000, "published by fal, exclusive")

AUDIO_FORMATS = Rule("A1", ("mp3", "wav"), "error text")
AUDIO_SECONDS_MIN = Rule("A2", Fraction("1.8"), "error text")
AUDIO_SECONDS_MAX = Rule("A2", Fraction("15.2"), "error text")
AUDIO_TOTAL_SECONDS_MAX = Rule("A3", Fraction("15.2"), "error text")
AUDIO_BYTES_MAX = Rule("A4", 15_000_000, "published by fal, inclusive")

DURATIONS = Rule("8", ("auto", *map(str, range(4, 16))), "fal's types, 2026-08-02")
RATIOS = Rule("8", ("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"), "fal's types")
BITRATE_MODES = Rule("8", ("standard", "high"), "fal's types")
END_USER_ID_LENGTH_MAX = Rule("8", 64, "documented by the maker for safety_identifier")
MUST_BE_EMPTY = Rule("8", ("camera_fixed", "frames", "draft", "service_tier"), "error text")

FAST = "bytedance/seedance-2.0/fast/reference-to-video"
STANDARD = "bytedance/seedance-2.0/reference-to-video"
MINI = "bytedance/seedance-2.0/mini/reference-to-video"
RESOLUTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        FAST: ("480p", "720p"),
        STANDARD: ("480p", "720p", "1080p", "4k"),
        MINI: ("480p", "720p"),
    }
)
"""Endpoints served, and the resolutions of each (section 8)."""

UNIT_PRICES: Mapping[str, float] = MappingProxyType({FAST: 0.0112, STANDARD: 0.014, MINI: 0.007})
"""USD per 1000 tokens (section 11); 4k has a price of its own that this listing does not show."""

RASTERS: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "480p": {
            "21:9": (992, 432),
            "16:9": (864, 496),
            "4:3": (752, 560),
            "1:1": (640, 640),
            "3:4": (560, 752),
            "9:16": (496, 864),
        },
        "720p": {
            "21:9": (1470, 630),
            "16:9": (1280, 720),
            "4:3": (1112, 834),
            "1:1": (960, 960),
            "3:4": (834, 1112),
            "9:16": (720, 1280),
        },
        "1080p": {
            "21:9": (2206, 946),
            "16:9": (1920, 1080),
            "4:3": (1664, 1248),
            "1:1": (1440, 1440),
            "3:4": (1248, 1664),
            "9:16": (1080, 1920),
        },
        "4k": {
            "21:9": (4398, 1886),
            "16:9": (3840, 2160),
            "4:3": (3326, 2494),
            "1:1": (2880, 2880),
            "3:4": (2494, 3326),
            "9:16": (2160, 3840),
        },
    }
)
"""Output rasters (section 7)."""

FRAME_RATE = 24
DEFAULT_SECONDS = 5
"""What ``duration: auto`` becomes here; the model chooses 4 to 15."""
