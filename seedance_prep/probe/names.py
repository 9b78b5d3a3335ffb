"""Translate MediaInfo's words and ISO's codes into ffmpeg's names: codecs, pixels, colours."""

from __future__ import annotations

from .mediainfo import Section

_VIDEO_FORMATS = {
    "AVC": "h264",
    "HEVC": "hevc",
    "VVC": "vvc",
    "MPEG-4 Visual": "mpeg4",
    "JPEG": "mjpeg",
    "DV": "dvvideo",
    "VC-1": "vc1",
    "VC-3": "dnxhd",
    "CineForm": "cfhd",
    "Sorenson Spark": "flv1",
    "Sorenson 1": "svq1",
    "Sorenson 3": "svq3",
    "TechSmith": "tscc",
    "RealVideo 1": "rv10",
    "RealVideo 2": "rv20",
    "RealVideo 3": "rv30",
    "RealVideo 4": "rv40",
    "QuickTime Animation": "qtrle",
    "JPEG 2000": "jpeg2000",
    "H.263": "h263",
    "Ut Video": "utvideo",
    "RGB": "rawvideo",
    "RGBA": "rawvideo",
    "YUV": "rawvideo",
    "Bitmap": "bmp",
}
_VIDEO_IDS = {
    "WMV1": "wmv1",
    "WMV2": "wmv2",
    "WMV3": "wmv3",
    "MPG4": "msmpeg4v1",
    "MP41": "msmpeg4v1",
    "MP42": "msmpeg4v2",
    "MP43": "msmpeg4v3",
    "DIV3": "msmpeg4v3",
    "MTS2": "mts2",
    "SVQ3": "svq3",
    "CFHD": "cfhd",
    "tscc": "tscc",
    "TSCC": "tscc",
    "CVID": "cinepak",
    "cvid": "cinepak",
    "s263": "h263",
    "H263": "h263",
}
FOURCCS = {
    **dict.fromkeys(("avc1", "avc2", "avc3", "avc4", "dvav", "dva1"), "h264"),
    **dict.fromkeys(("hev1", "hvc1", "dvh1", "dvhe", "hvt1"), "hevc"),
    **dict.fromkeys(("apch", "apcn", "apcs", "apco", "ap4h", "ap4x"), "prores"),
    **dict.fromkeys(("jpeg", "mjpa", "mjpb", "mjpg"), "mjpeg"),
    "av01": "av1",
    "dav1": "av1",
    "vp08": "vp8",
    "vp09": "vp9",
    "CFHD": "cfhd",
    "SVQ1": "svq1",
    "SVQ3": "svq3",
    "rle": "qtrle",
    "png": "png",
    "s263": "h263",
    "h263": "h263",
    "cvid": "cinepak",
    "AVdn": "dnxhd",
    "AVdh": "dnxhd",
    "vvc1": "vvc",
    "vvi1": "vvc",
    "samr": "amr_nb",
    "sawb": "amr_wb",
    "alac": "alac",
    "ac-3": "ac3",
    "ec-3": "eac3",
    "ac-4": "ac4",
    "Opus": "opus",
    "fLaC": "flac",
    "dtsc": "dts",
    "dtsh": "dts",
    "dtsl": "dts",
    "dtse": "dts",
    "ima4": "adpcm_ima_qt",
    "ulaw": "pcm_mulaw",
    "alaw": "pcm_alaw",
    "fl32": "pcm_f32be",
    "FL32": "pcm_f32be",
    "fl64": "pcm_f64be",
    "sowt": "pcm_s16le",
    "mha1": "mpegh_3d_audio",
    "mhm1": "mpegh_3d_audio",
    ".mp3": "mp3",
    "QDM2": "qdm2",
    "QDMC": "qdmc",
}
"""Sample entries of ISO files that name a codec by themselves."""

_AUDIO_FORMATS = {
    "AC-3": "ac3",
    "E-AC-3": "eac3",
    "AC-4": "ac4",
    "MLP FBA": "truehd",
    "MLP": "mlp",
    "USAC": "aac",
    "AAC LATM": "aac",
    "Monkey's Audio": "ape",
    "Musepack SV7": "mpc7",
    "Musepack SV8": "mpc8",
    "MPEG-H 3D Audio": "mpegh_3d_audio",
    "MPEG-H": "mpegh_3d_audio",
    "ATRAC3": "atrac3",
    "Ogg": "vorbis",
    "RT29": "metasound",
    "Cooker": "cook",
    "QDesign 2": "qdm2",
    "Nellymoser": "nellymoser",
    "VoxWare MetaSound": "metasound",
}
_PLAIN = frozenset({"AAC", "FLAC", "Opus", "Vorbis", "DTS", "ALAC", "Speex"})
_WAVE_TAGS = {
    "2": "adpcm_ms",
    "6": "pcm_alaw",
    "7": "pcm_mulaw",
    "11": "adpcm_ima_wav",
    "22": "truespeech",
    "A": "wmavoice",
    "31": "gsm_ms",
    "50": "mp2",
    "55": "mp3",
    "75": "metasound",
    "160": "wmav1",
    "161": "wmav2",
    "162": "wmapro",
    "163": "wmalossless",
}
_PRIMARIES = {
    "BT.709": "bt709",
    "BT.470 System M": "bt470m",
    "BT.601 PAL": "bt470bg",
    "BT.470 System B/G": "bt470bg",
    "BT.601 NTSC": "smpte170m",
    "SMPTE 240M": "smpte240m",
    "Generic film": "film",
    "BT.2020": "bt2020",
    "XYZ": "smpte428",
    "DCI P3": "smpte431",
    "Display P3": "smpte432",
    "EBU Tech 3213": "ebu3213",
}
_TRANSFERS = {
    "BT.709": "bt709",
    "BT.470 System M": "gamma22",
    "BT.470 System B/G": "gamma28",
    "BT.601": "smpte170m",
    "SMPTE 240M": "smpte240m",
    "Linear": "linear",
    "xvYCC": "iec61966-2-4",
    "sRGB/sYCC": "iec61966-2-1",
    "BT.2020 (10-bit)": "bt2020-10",
    "BT.2020 (12-bit)": "bt2020-12",
    "PQ": "smpte2084",
    "SMPTE 428M": "smpte428",
    "HLG": "arib-std-b67",
}
_MATRICES = {
    "Identity": "gbr",
    "BT.709": "bt709",
    "FCC 73.682": "fcc",
    "BT.470 System B/G": "bt470bg",
    "BT.601": "smpte170m",
    "SMPTE 240M": "smpte240m",
    "YCgCo": "ycgco",
    "BT.2020 non-constant": "bt2020nc",
    "BT.2020 constant": "bt2020c",
    "ICtCp": "ictcp",
}
PRIMARIES_CODES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
"""Colour code points of ITU-T H.273, as ``colr`` boxes hold them."""
TRANSFER_CODES = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    11: "iec61966-2-4",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
MATRIX_CODES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    14: "ictcp",
}


def video_codec(section: Section) -> str | None:
    """Ffmpeg's name of a picture codec."""
    name, identity = section.text("Format"), section.text("CodecID") or ""
    if identity in _VIDEO_IDS:
        return _VIDEO_IDS[identity]
    if name == "MPEG Video":
        return (
            "mpeg1video" if section.text("Format_Version") in ("1", "Version 1") else "mpeg2video"
        )
    return _VIDEO_FORMATS.get(name or "", _slug(name))


def _slug(name: str | None) -> str | None:
    return name.lower().replace(" ", "_") if name else None


def audio_codec(section: Section) -> str | None:
    """Ffmpeg's name of a sound codec."""
    name, identity = section.text("Format"), section.text("CodecID") or ""
    profile = section.text("Format_Profile") or ""
    if identity in FOURCCS:
        return FOURCCS[identity]
    match name:
        case "MPEG Audio":
            return {"Layer 1": "mp1", "Layer 2": "mp2"}.get(profile, "mp3")
        case "PCM" if identity not in ("6", "7"):
            return _pcm(section)
        case "AMR":
            return "amr_wb" if "Wide" in profile else "amr_nb"
        case "A-Law" | "Alaw":
            return "pcm_alaw"
        case "U-Law" | "Ulaw":
            return "pcm_mulaw"
        case "ADPCM" | "PCM" | "WMA" | "TrueSpeech" | "VoxWare MetaSound" | None:
            return _WAVE_TAGS.get(identity) or _slug(name)
    tagged = None if name in _PLAIN else _WAVE_TAGS.get(identity)
    return _AUDIO_FORMATS.get(name or "") or tagged or _slug(name)


def _pcm(section: Section) -> str | None:
    bits = section.whole("BitDepth")
    told = section.text("Format_Settings_Endianness")
    if not bits or (section.text("CodecID") == "lpcm" and not told):
        return None
    profile = section.text("Format_Profile") or section.text("Format_Settings") or ""
    order = "be" if told == "Big" else "le"
    if "Float" in profile or section.text("Format_Settings_Sign") == "Float":
        return f"pcm_f{bits}{order}"
    stored = -(-bits // 8) * 8
    if stored == 8:
        return "pcm_s8" if section.text("Format_Settings_Sign") == "Signed" else "pcm_u8"
    return f"pcm_s{stored}{order}"


def pixel_format(
    section: Section,
    codec: str | None,
    chroma: str | None,
    bits: int | None,
    clear: bool | None,
) -> str | None:
    """The pixel format in ffmpeg's words, without byte order, where enough is known to name it;
    ``clear`` is one with alpha.
    """
    space = section.text("ColorSpace")
    if bits is None:
        return None
    depth = "" if bits == 8 else str(bits)
    alpha = "a" if clear else ""
    if space in ("YUV", "YUVA", None) and chroma in ("4:2:0", "4:2:2", "4:4:4", "4:1:1", "4:1:0"):
        return f"yuv{alpha}{chroma.replace(':', '')}p{depth}"
    if space == "Y" or chroma == "4:0:0":
        return f"gray{depth}"
    if space in ("RGB", "RGBA"):
        planar = codec in ("h264", "hevc", "vp9", "av1", "ffv1", "utvideo", "cfhd", "jpeg2000")
        return f"gbr{alpha}p{depth}" if planar else f"rgb{alpha}" if alpha else "rgb24"
    return None


def alpha_of(section: Section) -> bool | None:
    """Whether the picture has transparency; ``None`` when MediaInfo does not say."""
    space = section.text("ColorSpace")
    if section.more("alpha_mode") or section.more("AlphaMode"):
        return True
    return space.endswith("A") if space else None


def colours(section: Section) -> tuple[str | None, str | None, str | None]:
    """Ffmpeg's names of primaries, transfer and matrix."""
    return (
        _PRIMARIES.get(section.text("colour_primaries") or ""),
        _TRANSFERS.get(section.text("transfer_characteristics") or ""),
        _MATRICES.get(section.text("matrix_coefficients") or ""),
    )
