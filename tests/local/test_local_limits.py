"""Every enforced limit: accepted just inside, refused just outside; posted by fal's own client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fal_client
import pytest

from .conftest import ENDPOINT, Caller, Media

CHEAP = {
    "prompt": "x",
    "resolution": "480p",
    "duration": "4",
    "aspect_ratio": "1:1",
    "generate_audio": False,
}
FIELDS = {".png": "image_urls", ".jpg": "image_urls", ".webp": "image_urls"}
FIELDS |= {".mp3": "audio_urls", ".wav": "audio_urls"}


@pytest.fixture
def post(fal: fal_client.SyncClient, standing: Caller) -> Any:
    """``post(video_urls=[path], …)``: the output, or the details of the refusal."""

    def send(**files: Sequence[Path]) -> list[dict[str, Any]]:
        urls = {field: [standing.upload(path) for path in paths] for field, paths in files.items()}
        try:
            output = fal.subscribe(ENDPOINT, CHEAP | urls, interval=0.02)
        except fal_client.FalClientHTTPError as error:
            refusal = error
        else:
            assert {"video", "seed"} == set(output)
            return []
        assert 422 == refusal.status_code
        details: list[dict[str, Any]] = refusal.response.json()["detail"]
        return details

    return send


def types(details: list[dict[str, Any]]) -> list[str]:
    """The words of a refusal."""
    return [detail["type"] for detail in details]


CLIP_EDGES: list[tuple[str, dict[str, str], str | None]] = [
    ("V3 floor", {"size": "640x640"}, None),
    ("V3 floor", {"size": "638x640"}, "greater_than_equal"),
    ("V3 top", {"size": "1112x834"}, None),
    ("V3 top", {"size": "1114x834"}, "less_than_equal"),
    ("V3 phone", {"size": "848x480"}, "greater_than_equal"),
    ("V5 wide", {"size": "1020x408"}, None),
    ("V5 wide", {"size": "1022x408"}, "less_than_equal"),
    ("V5 tall", {"size": "408x1020"}, None),
    ("V5 tall", {"size": "408x1022"}, "greater_than_equal"),
    ("V6 slow", {"fps": "119/5"}, None),
    ("V6 slow", {"fps": "237/10"}, "greater_than_equal"),
    ("V6 fast", {"fps": "60"}, None),
    ("V6 fast", {"fps": "1501/25"}, "less_than_equal"),
    ("V6 fast", {"fps": "61"}, "less_than_equal"),
    ("V7 short", {"seconds": "1.8"}, None),
    ("V7 short", {"seconds": "1.75", "fps": "24"}, "video_duration_too_short"),
    ("V7 long", {"seconds": "15.2"}, None),
    ("V7 long", {"seconds": "15.25", "fps": "24"}, "video_duration_too_long"),
    ("V1 mov", {"name": "clip.mov"}, None),
    ("V2 hevc", {"codec": "libx265"}, None),
    ("V2 mpeg4", {"codec": "mpeg4"}, "unsupported_video_format"),
    ("V1 matroska", {"name": "clip.mkv"}, "unsupported_video_format"),
    ("V1 avi", {"name": "clip.avi"}, "unsupported_video_format"),
    ("V1 3gp", {"name": "clip.3gp"}, "unsupported_video_format"),
]


@pytest.mark.parametrize(
    ("row", "shape", "word"),
    CLIP_EDGES,
    ids=[f"{r}-{list(s.values())[-1]}" for r, s, _ in CLIP_EDGES],
)
def test_clips_at_their_limits(
    post: Any, media: Media, row: str, shape: dict[str, str], word: str | None
) -> None:
    """A clip just inside each limit makes a video, one just outside is refused with its word."""
    found = types(post(video_urls=[media.clip(**shape)]))
    assert (word is None) == (found == []), found
    assert word is None or word in found


STILL_EDGES: list[tuple[str, dict[str, str], str | None]] = [
    ("I3 floor", {"size": "300x300"}, None),
    ("I3 floor", {"size": "299x300"}, "image_too_small"),
    ("I3 floor", {"size": "300x299"}, "image_too_small"),
    ("I3 top", {"name": "still.jpg", "size": "6000x2400"}, None),
    ("I3 top", {"name": "still.jpg", "size": "2400x6000"}, None),
    ("I3 top", {"name": "still.jpg", "size": "6001x2401"}, "image_too_large"),
    ("I3 top", {"name": "still.jpg", "size": "2401x6001"}, "image_too_large"),
    ("I4 wide", {"size": "750x300"}, None),
    ("I4 wide", {"size": "751x300"}, "less_than_equal"),
    ("I4 tall", {"size": "300x750"}, None),
    ("I4 tall", {"size": "300x751"}, "greater_than_equal"),
    ("I1 jpeg", {"name": "still.jpg"}, None),
    ("I1 webp", {"name": "still.webp"}, None),
    ("I1 bmp", {"name": "still.bmp"}, "unsupported_image_format"),
    ("I1 gif", {"name": "still.gif"}, "unsupported_image_format"),
    ("I1 tiff", {"name": "still.tiff"}, "unsupported_image_format"),
]


@pytest.mark.parametrize(
    ("row", "shape", "word"),
    STILL_EDGES,
    ids=[f"{r}-{list(s.values())[-1]}" for r, s, _ in STILL_EDGES],
)
def test_stills_at_their_limits(
    post: Any, media: Media, row: str, shape: dict[str, str], word: str | None
) -> None:
    """A picture just inside each limit makes a video, one just outside is refused."""
    assert ([word] if word else []) == types(post(image_urls=[media.still(**shape)]))


SOUND_EDGES: list[tuple[str, str, str, str | None]] = [
    ("A2 short", "a.mp3", "1.8", None),
    ("A2 short", "a.mp3", "1.75", "audio_duration_too_short"),
    ("A2 short", "a.wav", "1.8", None),
    ("A2 short", "a.wav", "1.79", "audio_duration_too_short"),
    ("A2 long", "a.mp3", "15.2", None),
    ("A2 long", "a.mp3", "15.25", "audio_duration_too_long"),
    ("A2 long", "a.wav", "15.2", None),
    ("A2 long", "a.wav", "15.21", "audio_duration_too_long"),
    ("A1 m4a", "a.m4a", "2", "unsupported_audio_format"),
    ("A1 ogg", "a.ogg", "2", "unsupported_audio_format"),
    ("A1 flac", "a.flac", "2", "unsupported_audio_format"),
    ("A1 aiff", "a.aiff", "2", "unsupported_audio_format"),
    ("A1 webm", "a.webm", "2", "unsupported_audio_format"),
]


@pytest.mark.parametrize(
    ("row", "name", "seconds", "word"), SOUND_EDGES, ids=[f"{e[1]}-{e[2]}" for e in SOUND_EDGES]
)
def test_sounds_at_their_limits(
    post: Any, media: Media, row: str, name: str, seconds: str, word: str | None
) -> None:
    """A sound just inside each limit makes a video, one just outside is refused."""
    sound = media.sound(name, seconds)
    found = types(post(image_urls=[media.still()], audio_urls=[sound]))
    assert word == (found[0] if found else None)


@pytest.mark.parametrize(
    ("lengths", "word"), [(("7.6", "7.6"), None), (("7.6", "7.64"), "video_duration_too_long")]
)
def test_clips_together(
    post: Any, media: Media, lengths: tuple[str, ...], word: str | None
) -> None:
    """All clips together may run 15.2 s; the refusal names the array, not a file."""
    details = post(video_urls=[media.clip(seconds=one) for one in lengths])
    assert ([word] if word else []) == types(details)
    assert all(["body", "video_urls"] == detail["loc"] for detail in details)


@pytest.mark.parametrize(
    ("lengths", "word"), [(("7.6", "7.6"), None), (("7.6", "7.65"), "audio_duration_too_long")]
)
def test_sounds_together(
    post: Any, media: Media, lengths: tuple[str, ...], word: str | None
) -> None:
    """All sounds together may run 15.2 s, apart from the clips."""
    sounds = [media.sound("a.wav", one) for one in lengths]
    clips = [media.clip(seconds="15.2")]
    assert ([word] if word else []) == types(post(video_urls=clips, audio_urls=sounds))


def test_the_same_clip_twice_counts_twice(post: Any, media: Media) -> None:
    """One file in two places is two clips in every sum."""
    clip = media.clip(seconds="7.64")
    assert ["video_duration_too_long"] == types(post(video_urls=[clip, clip]))


BYTES = [
    ("image_urls", 29_999_999, None),
    ("image_urls", 30_000_000, "file_too_large"),
    ("video_urls", 49_999_999, None),
    ("video_urls", 50_000_000, "file_too_large"),
    ("audio_urls", 15_000_000, None),
    ("audio_urls", 15_000_001, "file_too_large"),
]


@pytest.mark.parametrize(("field", "size", "word"), BYTES)
def test_files_at_their_weight(
    post: Any, media: Media, field: str, size: int, word: str | None
) -> None:
    """A file one byte under (or exactly at) its bound passes, the next byte is refused."""
    light = {"image_urls": media.still(), "video_urls": media.clip()}
    files = {field: [media.padded(light.get(field) or media.sound("a.wav"), size)]}
    if field == "audio_urls":
        files["image_urls"] = [media.still()]
    assert ([word] if word else []) == types(post(**files))


COUNTS = [
    ((9, 3, 0), None, ["image_urls"]),
    ((10, 0, 0), "sequence_too_long", ["image_urls"]),
    ((0, 3, 3), None, []),
    ((0, 4, 0), "sequence_too_long", ["video_urls"]),
    ((1, 0, 4), "sequence_too_long", ["audio_urls"]),
    ((9, 3, 1), "sequence_too_long", []),
    ((0, 0, 1), "value_error", ["audio_urls"]),
    ((1, 0, 1), None, []),
    ((0, 0, 0), None, []),
]


@pytest.mark.parametrize(("counts", "word", "place"), COUNTS)
def test_counts(
    post: Any, media: Media, counts: tuple[int, ...], word: str | None, place: list[str]
) -> None:
    """Nine, three, three, twelve together; a sound needs a picture beside it."""
    files = (media.still(), media.clip(), media.sound("a.wav"))
    fields = ("image_urls", "video_urls", "audio_urls")
    arrays = {f: [one] * n for f, one, n in zip(fields, files, counts, strict=True)}
    details = post(**arrays)
    assert ([word] if word else []) == types(details)
    assert not details or ["body", *place] == details[0]["loc"]


def test_a_refusal_says_what_was_measured(post: Any, media: Media) -> None:
    """The entry has the maker's position over all kinds, fal's word and ctx, and the index."""
    short = media.clip(seconds="1.75", fps="24")
    details = post(image_urls=[media.still()], video_urls=[media.clip(), short])
    assert ["body", "video_urls", 1] == details[0]["loc"]
    assert {"min_duration": 1.8, "provided_duration": 1.75} == details[0]["ctx"]
    assert "`content[3]`" in details[0]["msg"]
    assert "greater than or equal to 1.8" in details[0]["msg"]


def test_the_name_does_not_count(post: Any, media: Media, tmp_path: Path) -> None:
    """Formats are told by bytes: a PNG named .jpg passes, an M4A named .mp3 does not."""
    picture, sound = tmp_path / "still.jpg", tmp_path / "voice.mp3"
    picture.write_bytes(media.still().read_bytes())
    sound.write_bytes(media.sound("a.m4a").read_bytes())
    assert [] == post(image_urls=[picture])
    found = types(post(image_urls=[picture], audio_urls=[sound]))
    assert ["unsupported_audio_format"] == found


def test_broken_files_are_refused(post: Any, media: Media, tmp_path: Path) -> None:
    """Half a picture, half a clip, text, nothing: each is refused with the word of its kind."""
    half, cut = tmp_path / "half.png", tmp_path / "half.mp4"
    half.write_bytes(media.still().read_bytes()[:200])
    cut.write_bytes(media.clip().read_bytes()[:900])
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "empty.png").touch()
    assert ["image_load_error"] == types(post(image_urls=[half]))
    assert ["unsupported_image_format"] == types(post(image_urls=[tmp_path / "empty.png"]))
    assert ["unsupported_video_format"] == types(post(video_urls=[cut]))
    assert ["unsupported_video_format"] == types(post(video_urls=[tmp_path / "text.mp4"]))


def test_a_clip_without_pictures_is_no_clip(post: Any, media: Media) -> None:
    """Sound in a video's container is refused among the videos."""
    sound = media.sound("sound.mp4")
    assert ["unsupported_video_format"] == types(post(video_urls=[sound]))


def test_an_edit_list_does_not_raise_the_rate(post: Any, media: Media, ffmpeg_make: Any) -> None:
    """Frames that an edit list leaves out count neither for the rate nor for the length."""
    source = media.clip(fps="40", seconds="4")
    cut = ["-ss", "2", "-i", str(source), "-c", "copy", "-t", "2"]
    assert [] == post(video_urls=[ffmpeg_make("cut.mp4", *cut)])


def test_an_animated_webp_is_a_picture(post: Any, media: Media, ffmpeg_make: Any) -> None:
    """Its size counts like that of any other."""
    for size, word in (("300x300", []), ("299x300", ["image_too_small"])):
        source = ["-f", "lavfi", "-i", f"testsrc=s={size}:r=2:d=2", "-loop", "0"]
        assert word == types(post(image_urls=[ffmpeg_make("moving.webp", *source)]))
