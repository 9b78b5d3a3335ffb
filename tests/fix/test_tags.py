"""Tags of sounds and videos: told of where they go along, and taken out bit for bit on demand."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.media import AudioFacts
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Metadata, Request
from seedance_prep.errors import ToolFailedError
from seedance_prep.fixes.tags import frames, samples
from seedance_prep.process import ffmpeg

from ..conftest import Make

TAGS = ("-metadata", "artist=Walburga", "-metadata", "title=Geheim", "-metadata",
        "location=+38.7223-009.1393/", "-metadata", "com.apple.quicktime.model=Xperia")  # fmt: skip
TONE = ("-f", "lavfi", "-i", "sine=440:d=4")
FILM = ("-f", "lavfi", "-i", "color=teal:s=854x480:r=25:d=2", "-preset", "ultrafast", "-pix_fmt",
        "yuv420p", "-movflags", "use_metadata_tags+faststart")  # fmt: skip
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (32 + 8).to_bytes(4, "little")


def fixed(path: Path, out: Path, metadata: Metadata | None = None) -> Report:
    """Beside a photo, without which no sound may stand."""
    photo = path.with_name("photo.jpg")
    Image.new("RGB", (640, 640), "teal").save(photo)
    request = Request(assets=[Asset(str(photo)), Asset(str(path))], metadata=metadata)
    return drain(pipeline.fixing(request, out, pipeline.Options(jobs=1)))


def decoded(path: Path) -> str:
    """A digest of what is heard."""
    argv = [ffmpeg(), "-v", "error", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"]
    return hashlib.sha256(subprocess.run(argv, check=True, capture_output=True).stdout).hexdigest()


@pytest.mark.parametrize("name", ["voice.mp3", "voice.wav"])
def test_a_sound_loses_its_tags_and_nothing_else(
    ffmpeg_make: Make, tmp_path: Path, name: str
) -> None:
    """It says what goes along; stripped, every sample is the source's, and nothing is told."""
    source = tmp_path / name
    source.write_bytes(ffmpeg_make(name, *TONE, *TAGS).read_bytes())
    report = fixed(source, tmp_path / "kept")
    (found,) = [one for one in report.findings if one.code == "AUD017"]
    assert "a title or text" in found.message
    assert "names of people" in found.message
    assert source.read_bytes() == report.outputs[1].path.read_bytes()
    report = fixed(source, tmp_path / "bare", Metadata.STRIP)
    (_, output) = report.outputs
    assert [] == [one for one in report.findings if one.code == "AUD017"]
    assert ("remuxed", ("take the metadata out", "sound kept bit for bit")) == (
        output.action.value,
        output.operations,
    )
    assert isinstance(output.facts, AudioFacts)
    assert () == output.facts.personal
    assert b"Walburga" not in output.path.read_bytes()
    assert decoded(source) == decoded(output.path)


def tag(kind: bytes, name: bytes, code: bytes) -> bytes:
    """An ID3v2.3 tag of one frame that brings a name along."""
    end = b"\0\0" if code == b"\1" else b"\0"
    body = code + (b"eng" if kind == b"COMM" else b"") + name + end + b"0"
    frame = kind + len(body).to_bytes(4, "big") + b"\0\0" + body
    return b"ID3\3\0\0\0\0\0" + bytes([len(frame)]) + frame


@pytest.mark.parametrize(
    ("kind", "name", "code", "told"),
    [
        (b"COMM", b"iTunSMPB", b"\0", ()),
        (b"COMM", "iTunNORM".encode("utf-16"), b"\1", ()),
        (b"COMM", b"", b"\0", ("a title or text",)),
        (b"COMM", "Oma".encode("utf-16"), b"\1", ("a title or text",)),
        (b"TXXX", "artist".encode("utf-16"), b"\1", ("names of people",)),
        (b"TXXX", b"purl", b"\3", ()),
    ],
)
def test_numbers_of_a_player_tell_of_nobody(
    ffmpeg_make: Make, tmp_path: Path, kind: bytes, name: bytes, code: bytes, told: tuple[str, ...]
) -> None:
    """Comments that iTunes keeps its loudness and gaps in are none; others are told of."""
    path = tmp_path / "voice.mp3"
    sound = frames(ffmpeg_make("voice.mp3", *TONE, "-id3v2_version", "0").read_bytes())
    path.write_bytes(tag(kind, name, code) + sound)
    (found,) = drain(
        pipeline.checking(Request(assets=[Asset(str(path))]), pipeline.Options())
    ).assets
    assert isinstance(found.facts, AudioFacts)
    assert told == found.facts.personal


def test_a_sound_without_tags_stays_the_very_same(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Where nothing is told, there is nothing to take out."""
    source = tmp_path / "voice.wav"
    source.write_bytes(ffmpeg_make("voice.wav", *TONE, "-bitexact").read_bytes())
    (_, output) = fixed(source, tmp_path / "bare", Metadata.STRIP).outputs
    assert source.read_bytes() == output.path.read_bytes()


def test_a_video_says_what_goes_along(ffmpeg_make: Make, tmp_path: Path) -> None:
    """Place and device of a compliant clip are told of; stripped, they are gone."""
    source = tmp_path / "clip.mp4"
    source.write_bytes(ffmpeg_make("clip.mp4", *FILM, *TAGS).read_bytes())
    report = fixed(source, tmp_path / "kept")
    (found,) = [one for one in report.findings if one.code == "VID037"]
    assert "the device and the place where it was taken" in found.message
    report = fixed(source, tmp_path / "bare", Metadata.STRIP)
    assert [] == [one for one in report.findings if one.code == "VID037"]
    assert b"Walburga" not in report.outputs[1].path.read_bytes()


@pytest.mark.parametrize(
    "behind",
    [
        b"",
        b"TAG".ljust(128, b"x"),
        APE + bytes(4) + (1 << 31).to_bytes(4, "little") + bytes(8) + b"x" * 8
        + APE + bytes(4) + (1 << 31).to_bytes(4, "little") + bytes(8),
        b"LYRICSBEGINabc" + b"000014" + b"LYRICS200" + b"TAG".ljust(128, b"x"),
    ],
    ids=["none", "id3v1", "ape", "lyrics and id3v1"],
)  # fmt: skip
@pytest.mark.parametrize("before", [b"", b"ID3\4\0\0\0\0\0\5artis"], ids=["bare", "id3v2"])
def test_tags_around_frames(before: bytes, behind: bytes) -> None:
    """Whatever stands before and behind, in whichever order, only the frames are left."""
    sound = b"\xff\xfb\x90\x00" * 100
    assert sound == frames(before + sound + behind)


@pytest.mark.parametrize("data", [b"", b"TAG".ljust(128, b"x"), b"ID3\4\0\0\0\0\7\x7f"])
def test_tags_alone_are_no_sound(data: bytes) -> None:
    """Nothing would be left of them."""
    with pytest.raises(ToolFailedError):
        frames(data)


@pytest.mark.parametrize("data", [b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdat"])
def test_a_wav_without_samples(data: bytes) -> None:
    """Nor is a header."""
    with pytest.raises(ToolFailedError):
        samples(data)


def test_chunks_of_a_wav() -> None:
    """Odd chunks are padded, lengths are true, also where the writer could not know them."""
    form = b"fmt " + (16).to_bytes(4, "little") + bytes(16)
    wav = b"RIFF" + b"\xff" * 4 + b"WAVE" + b"LIST\3\0\0\0abc\0" + form + b"data" + b"\xff" * 4
    got = samples(wav + b"abcde")
    assert b"RIFF" + (4 + 24 + 8 + 6).to_bytes(4, "little") + b"WAVE" + form == got[:36]
    assert b"data\5\0\0\0abcde\0" == got[36:]
