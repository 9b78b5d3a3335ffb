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
from seedance_prep.core.plan import Action
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
    "image sequence": lambda path, url: f"{path.with_name('%03d.png')}\n",
    "vobsub": lambda path, url: f"# VobSub index file, v7\nid: en, index: 0\n# {path}\n",
    "imf": lambda path, url: (
        f'<?xml version="1.0"?><AssetMap><AssetList><Path>{path}</Path></AssetList></AssetMap>'
    ),
    "asx named": lambda path, url: f"[Reference]\nRef1={url}\nRef2=file://{path}\n",
    "xbin": lambda path, url: f"XBIN\x1a{path}\n",
    "terminal": lambda path, url: f"\x1b[2J\x1b[1;31m{path}\x1b[0m\n" * 40,
    "html": lambda path, url: f"<!doctype html><img src='{url}'><video src='file://{path}'>",
}
ENDINGS = (".mp4", pytest.param(".png", marks=pytest.mark.slow))


@pytest.fixture
def canary(ffmpeg_make: Make, tmp_path: Path) -> Iterator[Canary]:
    """A real clip that must not be opened, and a port that must not be called."""
    clip = ffmpeg_make("canary.mov", *CLIP)
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
    whole = ffmpeg_make("canary.mov", *CLIP).read_bytes()
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


def test_a_playlist_behind_a_tag(canary: Canary, tmp_path: Path) -> None:
    """A tag of a sound makes no sound of what follows it."""
    lure = tmp_path / "lure.mp3"
    lure.write_bytes(b"ID3\3" + bytes(6) + TEXTS["hls"](canary.path, canary.url).encode())
    report = fixed(lure)
    assert "FIL007" in {one.code for one in report.findings}
    assert not canary.sang()


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
    "name",
    [
        "%d.png",
        "-i.png",
        "concat:a.png",
        "file:a.png",
        "a|b.png",
        "#t=1.png",
        "image*.png",
        "subfile,,start,0,end,9,,:a.png",
        "lavfi:testsrc",
        "pipe:0",
        "http:a.png",
    ],
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


def text_in(container: str, canary: Canary) -> tuple[str, ...]:
    """Arguments of ffmpeg that write where others lie into every text of a file."""
    named = f"#EXTM3U\nfile://{canary.path}\n{canary.url}"
    tags = ("title", "comment", "lyrics", "album", "artist", "copyright", "description")
    return tuple(word for tag in tags for word in ("-metadata", f"{tag}={named}"))


SOUND = ("-f", "lavfi", "-i", "sine=d=3")
PICTURE = ("-f", "lavfi", "-i", "color=teal:s=640x640:d=2:r=24")
CLIP = (*PICTURE, "-pix_fmt", "yuv420p", "-g", "24", "-preset", "ultrafast")
CARRIERS = {
    "a.mp3": SOUND,
    "a.wav": SOUND,
    "a.ogg": SOUND,
    "a.m4a": SOUND,
    "a.mp4": CLIP,
    "a.mkv": CLIP,
    "a.avi": (*CLIP, "-c:v", "mpeg4"),
    "a.mxf": (*CLIP, "-c:v", "mpeg2video", "-r", "25"),
    "a.asf": (*CLIP, "-c:v", "msmpeg4"),
}
AT_ONCE = {"a.mp3", "a.mp4"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in AT_ONCE else pytest.mark.slow) for one in CARRIERS],
)
def test_texts_in_a_good_file(canary: Canary, ffmpeg_make: Make, name: str) -> None:
    """A playlist in the tags of a file is text: the file is used, and nobody is called."""
    made = ffmpeg_make(name, *CARRIERS[name], *text_in(name, canary))
    (output,) = fixed(copied(made, canary)).outputs
    assert b"EXTM3U" not in output.path.read_bytes() or output.action is Action.UNTOUCHED
    assert not canary.sang()


def copied(made: Path, canary: Canary) -> Path:
    """Beside the canary, so that a relative name would lead to it."""
    target = canary.path.with_name("lure" + made.suffix)
    target.write_bytes(made.read_bytes())
    return target


def test_a_segment_that_names_the_next(canary: Canary, ffmpeg_make: Make) -> None:
    """Matroska may name files to go on with (NextFilename): what it names is not opened."""
    lure = copied(ffmpeg_make("a.mkv", *CLIP), canary)
    data = lure.read_bytes()
    at = data.index(b"WA\x8c" if b"WA\x8c" in data else b"WA")
    room = data[at + 2] & 0x7F
    name = b"canary.mov".ljust(room - 1, b"\0")
    linked = b"\x3e\x83\xbb" + bytes((0x80 | room - 1,)) + name
    lure.write_bytes(data[:at] + linked + data[at + len(linked) :])
    report = fixed(lure)
    assert "video1.mp4" == report.outputs[0].path.name
    assert not canary.sang()


@pytest.mark.slow
def test_a_playlist_and_a_font_attached(canary: Canary, ffmpeg_make: Make, tmp_path: Path) -> None:
    """Attachments and subtitles of a Matroska file are left where they are."""
    playlist, words = tmp_path / "list.m3u", tmp_path / "words.ass"
    playlist.write_text(TEXTS["hls"](canary.path, canary.url))
    words.write_text(
        "[Script Info]\nScriptType: v4.00+\n[Events]\nFormat: Start, End, Text\n"
        f"Dialogue: 0:00:00.00,0:00:02.00,{{\\fn{canary.path}}}x\n"
    )
    arguments = (*PICTURE, "-i", str(words), *CLIP[4:], "-map", "0", "-map", "1", "-c:s", "ass")
    attached = ("-attach", str(playlist), "-metadata:s:t", "mimetype=application/x-truetype-font")
    lure = copied(ffmpeg_make("b.mkv", *arguments, *attached), canary)
    (output,) = fixed(lure).outputs
    assert "video1.mp4" == output.path.name
    assert not canary.sang()


@pytest.mark.parametrize(
    "reference", ["alis", *(pytest.param(one, marks=pytest.mark.slow) for one in ("rsrc", "url "))]
)
def test_a_name_beside_the_movie(canary: Canary, ffmpeg_make: Make, reference: str) -> None:
    """Nor is a relative one, in any of QuickTime's kinds of reference, of a file that is whole."""
    whole = ffmpeg_make("canary.mov", *CLIP).read_bytes()
    at = whole.index(b"moov") - 4
    location = b"canary.mov\0"
    entry = struct.pack(">I4sI", 12 + len(location), reference.encode(), 0) + location
    moov = _replaced(whole[at:], b"dref", bytes(4) + struct.pack(">I", 1) + entry)
    moov = struct.pack(">I", len(moov)) + moov[4:]
    lure = canary.path.with_name("lure.mov")
    lure.write_bytes(whole[:at] + moov)
    fixed(lure)
    assert not canary.sang()


ODD = {
    "wav": (b"fmt ", 8, (b"\xff\xff", b"\x61\x01")),
    "avi": (b"vids", 4, (b"tty ", b"\xff\xff\xff\xff")),
}


@pytest.mark.parametrize("container", ODD)
def test_codecs_that_are_none(canary: Canary, ffmpeg_make: Make, container: str) -> None:
    """A name of no codec, or of something that is none, ends in a finding of that file."""
    arguments = SOUND if container == "wav" else (*CLIP, "-c:v", "mpeg4")
    data = ffmpeg_make(f"a.{container}", *arguments).read_bytes()
    before, distance, values = ODD[container]
    for value in values:
        at = data.index(before) + distance
        lure = canary.path.with_name(f"lure.{container}")
        lure.write_bytes(data[:at] + value + data[at + len(value) :])
        report = fixed(lure)
        assert report.outputs or {"FIL006", "FIL007"} & {one.code for one in report.findings}
    assert not canary.sang()
