"""Bytes that were changed at random, and headers that lie on purpose."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedance_prep.core.media import Fault
from seedance_prep.core.request import Kind

from .made import PICTURE, TONE, X264, fault, media

Make = Callable[..., Path]
SMALL = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=1")
CLIPS = {
    "a.mp4": (*SMALL, *TONE, *X264, "-c:a", "aac", "-movflags", "+faststart"),
    "frag.mp4": (*SMALL, *X264, "-movflags", "+frag_keyframe+empty_moov", "-g", "3"),
    "a.mov": (*SMALL, *X264, "-bf", "2"),
    "a.mkv": (*SMALL, *TONE, *X264),
    "a.avi": (*SMALL, *X264),
    "a.wav": TONE,
    "a.m4a": TONE,
    "a.ogg": TONE,
    "a.flac": TONE,
    "a.mp3": TONE,
    "a.gif": SMALL,
    "a.webp": (*SMALL, "-c:v", "libwebp_anim"),
    "a.png": (*SMALL, "-f", "apng"),
    "a.avif": (*SMALL, "-c:v", "libaom-av1", "-cpu-used", "8", "-frames:v", "2"),
    "a.tiff": (*SMALL, "-frames:v", "1"),
    "a.jpg": (*SMALL, "-frames:v", "1"),
}


def mutants(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Copies with some bytes of the head (or the tail, where an index may be) replaced."""
    chance = random.Random(seed)
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(chance.randint(1, 12)):
            span = min(len(data), 3000)
            at = chance.randrange(span)
            at = at if chance.random() < 0.7 else len(data) - 1 - at
            copy[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        yield bytes(copy)


def check_damage(made: Path, path: Path, seed: int, count: int) -> None:
    for mutant in mutants(made.read_bytes(), seed, count):
        path.write_bytes(mutant)
        for kind in (None, Kind.VIDEO):
            found = media(path, kind)
            assert (found.facts is None) != (found.problem is None)


@pytest.mark.parametrize("name", CLIPS)
def test_damaged_bytes(ffmpeg_make: Make, tmp_path: Path, name: str) -> None:
    """Whatever is wrong with the bytes, probing ends with facts or with a problem."""
    check_damage(ffmpeg_make(name, *CLIPS[name]), tmp_path / name, seed=1, count=15)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
@pytest.mark.parametrize("name", CLIPS)
def test_much_damage(ffmpeg_make: Make, tmp_path: Path, name: str, seed: int) -> None:
    """The same over many more seeds."""
    check_damage(ffmpeg_make(name, *CLIPS[name]), tmp_path / name, seed=seed, count=60)


def box(kind: bytes, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


FTYP = box(b"ftyp", b"isom", bytes(4), b"isom")


@pytest.mark.parametrize(
    "moov",
    [
        box(b"moov"),
        box(b"moov", box(b"mvhd", bytes(3))),
        box(b"moov", *(box(b"trak") for _ in range(2000))),
        b"".join((struct.pack(">I4s", 0x7FFFFFFF, b"moov"),) * 3000),
        struct.pack(">I4sQ", 1, b"moov", 1 << 63),
        struct.pack(">I4s", 0, b"moov"),
        struct.pack(">I4s", 4, b"moov"),
    ],
)
def test_boxes_that_lie(tmp_path: Path, moov: bytes) -> None:
    """Boxes without content, without end, or one in another for ever are damage."""
    path = tmp_path / "a.mp4"
    path.write_bytes(FTYP + moov)
    assert Fault.DAMAGED == fault(path)


def test_a_table_that_never_ends(ffmpeg_make: Make, tmp_path: Path) -> None:
    """A table that declares four thousand million rows is not read."""
    data = bytearray(ffmpeg_make("a.mp4", *PICTURE, *X264).read_bytes())
    at = data.index(b"stts") + 8
    data[at : at + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "a.mp4").write_bytes(data)
    assert Fault.DAMAGED == fault(tmp_path / "a.mp4")


def test_encrypted(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Encrypted media are named as such, and keep their kind when it was asked for."""
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 32)
    path = ffmpeg_make("drm.mp4", *PICTURE, *X264, *key, "-encryption_kid", "0" * 32)
    assert Fault.UNSUPPORTED == fault(path, Kind.VIDEO)
    assert Kind.VIDEO == media(path, Kind.VIDEO).kind


def test_pointers_are_not_followed(tmp_path: Path, ffmpeg_make: Make) -> None:
    """A manifest or script called .mp4 is refused, though ffmpeg would open what it names."""
    inside = ffmpeg_make("a.mp4", *PICTURE, *X264)
    texts = (
        f"ffconcat version 1.0\nfile '{inside}'\n",
        f"#EXTM3U\n#EXTINF:2,\n{inside}\n",
        f'<?xml version="1.0"?><MPD type="static"><BaseURL>{inside}</BaseURL></MPD>',
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nu={inside}\n",
    )
    for text in texts:
        (tmp_path / "a.mp4").write_text(text)
        assert Fault.UNSUPPORTED == fault(tmp_path / "a.mp4", Kind.VIDEO)
