"""Real media that nobody here made: the facts agree with ffmpeg's and Pillow's, or it is said why.

Each exception below names the file, the fact and the reason.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_prep.core.media import AudioFacts, Fault, ImageFacts, Media, VideoFacts
from seedance_prep.core.request import Kind

from .made import media
from .manifest import Row, rows

CUT = "its media were cut off by whoever made the sample; declared sizes say how much is missing"
HEADLESS = "no decoder has been told how large its picture is: the sample begins behind that"
JITTER = "MediaInfo calls a clock's rounding of an even rate variable"
SUBTITLES = "ffmpeg counts subtitles into the length; nobody sees or hears them"
EXCEPTIONS: dict[str, tuple[frozenset[str], str]] = {
    name: (frozenset(facts.split()), reason)
    for name, facts, reason in (
        ("audio/m4a_cover_slides.m4a", "facts", CUT),
        ("audio/wma_lossless.wma", "facts", CUT),
        ("audio/wma_pro.wma", "facts", CUT),
        ("video/h264_paff_bff.mkv", "facts", CUT),
        ("video/rot90_and_sar_1_2_vfr.mov", "facts", CUT),
        ("audio/mp3_apev2_lyrics3.mp3", "duration", "its header tells of 4.3 MB; 0.24 s are there"),
        ("audio/opus_cover.opus", "facts", "a header, and not a packet of sound behind it"),
        ("audio/aac_8khz_mono.m4a", "duration", "its header tells of 3.33 s; 3.00 s are there"),
        ("audio/mp3_joined.mp3", "duration", "tags in its midst; it decodes to 8.46 s"),
        ("audio/ogg_chained.ogg", "duration", "the first of its chain ends at 1.0 s"),
        ("audio/amr_nb_silence.amr", "duration", "ffmpeg estimates; its 220 frames are 4.40 s"),
        ("audio/mp3_vbr_300K.mp3", "duration", "ffmpeg estimates; it decodes to 10.03 s"),
        ("audio/mp3_cover_1400x1400_chapters.mp3", "duration", "one damaged frame at the end"),
        ("audio/opus_chained_variable_channel.opus", "duration", "it decodes to 1.05 s"),
        ("audio/aac_latm_stereo_to_51.ts", "sound", "LATM is how AAC is packed, not a codec"),
        ("video/pmt_change.ts", "facts", HEADLESS),
        ("video/eia608_captions.mp4", "duration", "it starts at 10 s, and ffmpeg counts from 0"),
        ("video/asf_two_video_streams.asf", "duration", "the last packet has no length"),
        ("video/sony_mavica_160x112.mpg", "duration", "ffmpeg leaves the last frames out"),
        ("video/telegram_video_sticker_alpha.webm", "duration", "its header declares 0 s"),
        ("video/apple_chapters.mp4", "vfr", JITTER),
        ("video/ipadmini_hevc_rot90_vfr.mov", "vfr", JITTER),
        ("video/iphone4s_sideways.mov", "vfr", JITTER),
        ("video/iphone6_gps_rot.mov", "vfr", JITTER),
        ("video/mjpeg_1fps_scene.mov", "vfr", "only its last frame lasts longer"),
        ("video/apng_as_video.apng", "vfr", "MediaInfo does not tell it of animations"),
        ("video/gif_animated_1.7MB.gif", "vfr fps", "ffmpeg prints 0.69 for 0.687 fps"),
        ("video/chrome_mediarecorder_h264.mkv", "fps", "745 frames in 35.2 s; ffmpeg guesses"),
        ("video/vp9_10bit_webm.webm", "fps", "77 frames in 3.0 s; ffmpeg guesses"),
        ("video/rotate_and_reflect.mp4", "rotation", "a mirrored picture turns the other way"),
        ("video/prores4444_alpha.mov", "size", "its clean aperture is what ffmpeg decodes to"),
        ("video/xdcam_mxf_50mbps_8ch.mxf", "size", "MediaInfo leaves out the lines above it"),
        ("video/two_video_two_audio_two_sub.mp4", "size fps", "the larger of two videos counts"),
    )
}
REFUSED = (
    "image/heic_avc_coded.heif",
    "image/psd_layers.psd",
    "image/svg_check.svg",
    "image/svg_logo.svg",
)
EXACT_PICTURES = {  # what Pillow tells otherwise than seen, or not at all
    "image/heic_sequence_C032.heic": (1280, 720),
    "image/iphone7.heic": (3024, 4032),
    "image/jpeg_12bit.jpg": (999, 749),
    "image/jxl_animated.jxl": (480, 360),
    "image/jxl_naked.jxl": (1000, 1000),
    "image/png_cgbi_iphone.png": (128, 68),
    "image/psd_rgb48.psd": (128, 128),
    "image/raw_sony.dng": (600, 400),
    "image/tiff_orientation_6_g4.tif": (590, 88),
}


def kind_of(row: Row) -> Kind:
    if row.folder == "image":
        return Kind.IMAGE
    return Kind.VIDEO if row.video and row.folder == "video" else Kind.AUDIO


@pytest.fixture(scope="module")
def probed(corpus: Path) -> list[tuple[Row, Media]]:
    """All files outside ``hostile`` with what probe says of them."""
    kept = [row for row in rows(corpus) if row.folder != "hostile"]
    wanted = {".gif", ".apng"}
    return [
        (row, media(corpus / row.file, Kind.VIDEO if moving(row, wanted) else None)) for row in kept
    ]


def moving(row: Row, endings: set[str]) -> bool:
    return row.folder == "video" and Path(row.file).suffix in endings


def differences(row: Row, found: Media) -> Iterator[str]:
    facts = found.facts
    if facts is None:
        yield "facts"
        return
    if kind_of(row) != found.kind:
        yield "kind"
    if isinstance(facts, ImageFacts):
        return
    if row.seconds is not None and abs((facts.duration or 0) - row.seconds) > 0.06:
        yield "duration"
    if row.sound and row.sound != sound_of(facts):
        yield "sound"
    if isinstance(facts, VideoFacts):
        yield from picture_differences(row, facts)


def sound_of(facts: VideoFacts | AudioFacts) -> tuple[str | None, int | None, int | None]:
    track = facts.audio if isinstance(facts, VideoFacts) else facts
    assert track is not None
    return track.codec, track.sample_rate, track.channels


def picture_differences(row: Row, facts: VideoFacts) -> Iterator[str]:
    colour = row.columns["colour"]
    base = "pq" if "PQ" in colour else "hlg" if "HLG" in colour else None
    told = {
        "size": row.seen in (None, (facts.width, facts.height)),
        "fps": row.fps is None or abs(float(facts.fps or 0) / row.fps - 1) < 0.002,
        "rotation": row.rotation == facts.rotation,
        "vfr": row.varies == bool(facts.vfr),
        "codec": row.video.split("(")[0].split(" ")[0] == facts.codec,
        "interlaced": bool(row.columns["interlaced"]) == bool(facts.interlaced),
        "hdr": ("dolby-vision" if "profile5" in row.file else base) == facts.hdr,
    }
    yield from (name for name, agrees in told.items() if not agrees)


def test_sounds_and_videos_agree(probed: list[tuple[Row, Media]]) -> None:
    """Every fact agrees with the manifest, except those named above with a reason."""
    timed = [(row, found) for row, found in probed if row.folder != "image"]
    differing = {row.file: frozenset(differences(row, found)) for row, found in timed}
    expected = {name: facts for name, (facts, _) in EXCEPTIONS.items()}
    assert expected == {name: facts for name, facts in differing.items() if facts}


@pytest.mark.parametrize(
    ("reason", "says"), [(CUT, "is cut off"), (HEADLESS, "has no sequence header")]
)
def test_cut_files_say_so(probed: list[tuple[Row, Media]], reason: str, says: str) -> None:
    """A file that lacks its end or its beginning is damaged, and the sentence says which."""
    cut = {row.file: found.problem for row, found in probed if found.problem}
    named = {name for name, (_, why) in EXCEPTIONS.items() if why == reason}
    assert named == {name for name, problem in cut.items() if says in problem.says}
    assert {Fault.DAMAGED} == {cut[name].fault for name in named}


def test_nothing_else_is_refused(probed: list[tuple[Row, Media]]) -> None:
    """Every other sound and video has facts."""
    refused = {row.file for row, found in probed if found.problem and row.folder != "image"}
    assert refused == {name for name, (facts, _) in EXCEPTIONS.items() if "facts" in facts}


def test_pictures_agree(probed: list[tuple[Row, Media]]) -> None:
    """Size, mode and container of every picture are Pillow's, seen upright."""
    for row, found in probed:
        if row.folder == "image" and row.file not in REFUSED:
            assert isinstance(found.facts, ImageFacts), (row.file, found.problem)
            assert picture_size(row) == (found.facts.width, found.facts.height), row.file


def picture_size(row: Row) -> tuple[int, int]:
    if row.file in EXACT_PICTURES:
        return EXACT_PICTURES[row.file]
    parts = row.columns["image_probe"].split(" ")
    width, _, height = parts[1].partition("x")
    turned = any(f"exif_orient={n}" in parts for n in (5, 6, 7, 8))
    size = (int(width), int(height))
    return size[::-1] if turned else size


def test_what_nothing_decodes_is_refused(probed: list[tuple[Row, Media]]) -> None:
    """Drawings, H.264 in HEIF and 32 bits a channel are what is not taken."""
    refused = {
        row.file: found.problem.fault
        for row, found in probed
        if row.folder == "image" and found.problem
    }
    assert dict.fromkeys(REFUSED, Fault.UNSUPPORTED) == refused


def test_hostile_files(corpus: Path) -> None:
    """Damaged, lying and expanding files end in facts or in a problem, within bounded memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for row in rows(corpus):
        if row.folder == "hostile":
            for kind in (None, Kind.VIDEO):
                found = media(corpus / row.file, kind)
                assert (found.facts is None) != (found.problem is None), row.file
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000  # kB
