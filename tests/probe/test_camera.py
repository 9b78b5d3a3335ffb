"""Camera raw files: the JPEG inside that shows the whole picture, never the thumbnail."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep.core.media import Fault

from .made import fault, image, media

CFA, YCBCR = 32803, 6
Tags = dict[int, tuple[int, int]]


def jpeg(width: int, height: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), (200, 60, 40)).save(data, "JPEG")
    return data.getvalue()


def raw_file(
    path: Path, thumbnail: bytes, preview: bytes | None, orientation: int = 1, dng: bool = True
) -> Path:
    """A TIFF with a thumbnail first; a sensor of 1200x800 and a preview stand below it."""
    sensor = [{254: (4, 0), 256: (4, 1200), 257: (4, 800), 259: (3, 1), 262: (3, CFA)}]
    shown = [shown_in(thumbnail, 160, 120)] + ([shown_in(preview, 1200, 800)] if preview else [])
    data, places = b"II*\0\0\0\0\0", []
    for one, tags in zip((thumbnail, preview), shown, strict=False):
        tags[273] = (4, len(data))
        data += one or b""
    below = sensor + shown[1:]
    for each in below:
        places.append(len(data))
        data += directory(each)
    at = len(data)
    data += struct.pack(f"<{len(places)}I", *places)
    main = shown[0] | {274: (3, orientation), 330: (4, at if len(places) > 1 else places[0])}
    data = data[:4] + struct.pack("<I", len(data)) + data[8:]
    path.write_bytes(data + directory(main | ({50706: (1, 0x0401)} if dng else {}), len(places)))
    return path


def shown_in(picture: bytes, width: int, height: int) -> Tags:
    return {254: (4, 1), 256: (4, width), 257: (4, height), 258: (3, 8), 259: (3, 7),
            262: (3, YCBCR), 277: (3, 3), 278: (4, height), 279: (4, len(picture))}  # fmt: skip


def directory(tags: Tags, below: int = 1) -> bytes:
    counts = {330: below, 50706: 4}
    rows = b"".join(
        struct.pack("<HHII", tag, kind, counts.get(tag, 1), value)
        for tag, (kind, value) in sorted(tags.items())
    )
    return struct.pack("<H", len(tags)) + rows + bytes(4)


@pytest.mark.parametrize(("dng", "container"), [(True, "dng"), (False, "tiff")])
def test_the_full_preview_is_the_picture(tmp_path: Path, dng: bool, container: str) -> None:
    """Size and place are those of the preview as large as the raw picture, not the thumbnail's."""
    preview = jpeg(1200, 800)
    path = raw_file(tmp_path / "a.dng", jpeg(160, 120), preview, dng=dng)
    facts = image(path)
    assert (container, 1200, 800, 8) == (facts.container, facts.width, facts.height, facts.bits)
    assert facts.preview is not None
    start, count = facts.preview
    assert preview == path.read_bytes()[start : start + count]


def test_the_orientation_of_the_file_counts(tmp_path: Path) -> None:
    """A raw file held upright says so outside of its preview."""
    path = raw_file(tmp_path / "a.dng", jpeg(160, 120), jpeg(1200, 800), orientation=6)
    facts = image(path)
    assert (800, 1200, 6) == (facts.width, facts.height, facts.orientation)


@pytest.mark.parametrize("preview", [None, jpeg(600, 400)])
def test_a_thumbnail_is_never_the_picture(tmp_path: Path, preview: bytes | None) -> None:
    """Without a preview of full size the file needs developing first."""
    path = raw_file(tmp_path / "a.dng", jpeg(160, 120), preview)
    assert Fault.UNSUPPORTED == fault(path)


def test_a_raw_file_cut_anywhere(tmp_path: Path) -> None:
    """Any beginning of a raw file ends in facts or in a fault, never in an exception.

    What says that it is raw stands last: without that it is any other TIFF.
    """
    whole = raw_file(tmp_path / "a.dng", jpeg(160, 120), jpeg(1200, 800)).read_bytes()
    short = tmp_path / "b.dng"
    for end in range(8, len(whole), 97):
        short.write_bytes(whole[:end])
        found = media(short)
        assert found.problem or getattr(found.facts, "container", None) == "tiff"
