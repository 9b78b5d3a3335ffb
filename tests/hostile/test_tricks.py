"""Files that make a careless reader open other files, or call somebody: nobody is touched."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedance_prep import pipeline
from seedance_prep.core.event import drain
from seedance_prep.core.finding import Trust
from seedance_prep.core.outcome import Report
from seedance_prep.core.request import Asset, Kind, Request

from ..conftest import Make
from .canary import Canary

OPTIONS = pipeline.Options(allow=Trust.INVENTIVE, jobs=1)
NO_MEDIA = {"FIL005", "FIL006"}
"""Not media, or of a kind that nothing here opens."""
Lure = Callable[[Path, str], str]
"""The text of a file that names another file and an address."""

TEXTS: dict[str, Lure] = {
    "dash": lambda path, url: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        ' mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="0" bandwidth="9"><BaseURL>file://{path}</BaseURL></Representation>'
        f'<Representation id="1" bandwidth="8"><BaseURL>{url}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "hls": lambda path, url: (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://{path}\n#EXTINF:4,\n{url}\n"
        "#EXT-X-ENDLIST\n"
    ),
    "concat": lambda path, url: f"ffconcat version 1.0\nfile '{path}'\nfile '{url}'\n",
    "plain list": lambda path, url: f"file '{path}'\nfile '{url}'\n",
    "sdp": lambda path, url: (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{url}\n"
        "m=video 5004 RTP/AVP 96\n"
    ),
    "pls": lambda path, url: f"[playlist]\nFile1={path}\nFile2={url}\nNumberOfEntries=2\n",
    "asx": lambda path, url: f'<asx version="3"><entry><ref href="{url}"/></entry></asx>',
    "smil": lambda path, url: f'<smil><body><video src="{url}"/></body></smil>',
    "svg": lambda path, url: (
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="640">'
        f'<image href="file://{path}" width="9" height="9"/><image href="{url}"/></svg>'
    ),
    "svg with an entity": lambda path, url: (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{path}">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="640"><text>&x;</text></svg>'
    ),
    "subtitles": lambda path, url: f"1\n00:00:00,000 --> 00:00:04,000\n<img src='{url}'>\n",
    "ass": lambda path, url: f"[Script Info]\nTitle: {path}\n[Fonts]\nfontname: {path}\n",
    "graph": lambda path, url: f"movie={path}[out0]",
    "metadata": lambda path, url: f";FFMETADATA1\ntitle={path}\n",
    "terminal": lambda path, url: f"\x1b[2J\x1b[1;31m{path}\x1b[0m\n" * 40,
    "html": lambda path, url: f"<!doctype html><img src='{url}'><video src='file://{path}'>",
}
ENDINGS = (".mp4", ".png", "")


@pytest.fixture
def canary(ffmpeg_make: Make, tmp_path: Path) -> Iterator[Canary]:
    """A real clip that must not be opened, and a port that must not be called."""
    clip = ffmpeg_make("canary.mov", "-f", "lavfi", "-i", "testsrc2=s=640x640:d=4:r=30",
                       "-pix_fmt", "yuv420p")  # fmt: skip
    target = tmp_path / "canary.mov"
    target.write_bytes(clip.read_bytes())
    with Canary(target) as watched:
        yield watched


def fixed(path: Path, kind: Kind | None = None) -> Report:
    """All that can be done with a file, alone in a request."""
    request = Request(assets=[Asset(str(path), kind=kind)])
    return drain(pipeline.fixing(request, path.parent / "out", OPTIONS))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("trick", TEXTS)
def test_a_text_that_names_others(canary: Canary, tmp_path: Path, trick: str, ending: str) -> None:
    """Whatever it is called, it is refused as what it is, and what it names is left alone."""
    lure = tmp_path / f"lure{ending}"
    lure.write_text(TEXTS[trick](canary.path, canary.url))
    for kind in (None, Kind.VIDEO, Kind.AUDIO):
        report = fixed(lure, kind)
        assert NO_MEDIA & {one.code for one in report.findings}
        assert () == report.outputs
    assert not canary.sang()


def test_a_movie_whose_media_are_in_another_file(
    canary: Canary, ffmpeg_make: Make, tmp_path: Path
) -> None:
    """A data reference of QuickTime's that points elsewhere is not followed."""
    whole = ffmpeg_make("canary.mov", "-f", "lavfi", "-i", "testsrc2=s=640x640:d=4:r=30",
                        "-pix_fmt", "yuv420p").read_bytes()  # fmt: skip
    lure = tmp_path / "lure.mov"
    lure.write_bytes(with_reference(whole, canary.path))
    report = fixed(lure)
    assert () == report.outputs
    assert "FIL007" in {one.code for one in report.findings}
    assert not canary.sang()


def with_reference(movie: bytes, path: Path) -> bytes:
    """The headers of a movie alone, its data reference leading to ``path``."""
    at = movie.index(b"moov") - 4
    moov = movie[at : at + int.from_bytes(movie[at : at + 4], "big")]
    location = f"file://{path}".encode() + b"\0"
    entry = struct.pack(">I4sI", 12 + len(location), b"url ", 0) + location
    return movie[:20] + _replaced(moov, b"dref", bytes(4) + struct.pack(">I", 1) + entry)


def _replaced(data: bytes, kind: bytes, payload: bytes) -> bytes:
    """Boxes in which each of ``kind`` holds ``payload`` instead."""
    made, at = b"", 0
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + size]
        if name == kind:
            body = payload
        elif name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            body = _replaced(body, kind, payload)
        made += struct.pack(">I4s", 8 + len(body), name) + body
        at += size
    return made


MODULES = {
    "protracker": b"song".ljust(1080, b"\0") + b"M.K." + bytes(2048),
    "fasttracker": b"Extended Module: song".ljust(37, b" ") + b"\x1a" + bytes(2048),
    "impulse": b"IMPM" + b"song".ljust(26, b"\0") + bytes(2048),
    "scream": b"song".ljust(28, b"\0") + b"\x1a\x10" + bytes(14) + b"SCRM" + bytes(2048),
    "midi": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0",
}


@pytest.mark.parametrize("name", MODULES)
def test_music_that_is_a_program(tmp_path: Path, name: str) -> None:
    """Module music is played by a library of its own, which nobody gets to see it."""
    lure = tmp_path / "song.mp3"
    lure.write_bytes(MODULES[name])
    for kind in (None, Kind.AUDIO):
        report = fixed(lure, kind)
        assert () == report.outputs
        assert NO_MEDIA & {one.code for one in report.findings}


@pytest.mark.parametrize(
    "name", ["%d.png", "-i.png", "concat:a.png", "file:a.png", "a|b.png", "#t=1.png", "image*.png"]
)
def test_a_name_is_only_a_name(
    ffmpeg_make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No name is taken for a pattern, an option, a protocol or a fragment when the file exists."""
    photo = ffmpeg_make("photo.bmp", "-f", "lavfi", "-i", "testsrc2=s=640x640", "-frames:v", "1")
    (tmp_path / name).write_bytes(photo.read_bytes())
    (tmp_path / "0.png").write_text("another one")
    monkeypatch.chdir(tmp_path)
    (output,) = drain(
        pipeline.fixing(Request(assets=[Asset(name)]), tmp_path / "out", OPTIONS)
    ).outputs
    assert "image1.png" == output.path.name
