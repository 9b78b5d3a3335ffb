"""Make the media of ``fixtures/`` and of the demo anew, and note how in ``fixtures/MANIFEST.toml``.

Encoders differ between versions, so new files have new digests: commit both. Speech needs
espeak-ng; without it the committed voice stays.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import struct
import subprocess
import tempfile
import tomllib
from collections.abc import Callable
from io import BytesIO
from multiprocessing import Pool
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

from seedance_prep import process

from . import beach, sunset

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
SAMPLES = ROOT / "seedance_prep" / "samples"
MANIFEST = FIXTURES / "MANIFEST.toml"
SECONDS, FPS = 18, 30
PHONE_CLOCK = "settb=1/600,setpts=floor(N*20.02+0.5)+eq(mod(N\\,5)\\,2)-eq(mod(N\\,11)\\,7)"
"""Frame times as a phone's: about 29.97 a second on a clock of 600, never quite even."""
PLACE = {"com.apple.quicktime.location.ISO6709": "+10.0000+020.0000/", "make": "Example"}

Maker = Callable[[Path, Path], None]
MAKERS: dict[Path, tuple[str, Maker]] = {}


def makes(path: Path, how: str) -> Callable[[Maker], Maker]:
    def enter(maker: Maker) -> Maker:
        MAKERS[path] = (how, maker)
        return maker

    return enter


def ffmpeg(*args: str | Path) -> None:
    argv = [process.ffmpeg(), "-v", "error", "-nostdin", "-y", *map(str, args)]
    subprocess.run(argv, check=True)


# Sources, made once per run in the work folder -------------------------------------------------


def still(work: Path) -> Path:
    path = work / "beach.png"
    if not path.exists():
        beach.draw().save(path)
    return path


def _frame(job: tuple[int, Path]) -> None:
    number, folder = job
    picture = sunset.draw(number / FPS)
    picture.save(folder / f"{number:04d}.jpg", quality=97, subsampling=0)


def frames(work: Path) -> Path:
    folder = work / "sunset"
    if not folder.exists():
        folder.mkdir()
        with Pool(2) as pool:
            pool.map(_frame, [(number, folder) for number in range(SECONDS * FPS)])
    return folder / "%04d.jpg"


def speech(work: Path, text: str) -> Path:
    path = work / "speech.wav"
    tool = shutil.which("espeak-ng")
    if tool is None:
        raise LookupError("espeak-ng is not installed")
    subprocess.run([tool, "-v", "en-gb", "-s", "150", "-p", "42", "-w", path, text], check=True)
    return path


BT709 = ("scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
         "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709")  # fmt: skip
HLG = ("scale=out_color_matrix=bt2020nc:out_range=tv,format=yuv420p10le,"
       "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc")  # fmt: skip
H264 = ("-c:v", "libx264", "-preset", "slow", "-crf", "28")
SEA = "anoisesrc=color=pink:amplitude=0.5:seed=4:r=48000,lowpass=f=1800,tremolo=f=0.17:d=0.8"


def sea(seconds: float) -> tuple[str, ...]:
    return ("-f", "lavfi", "-t", str(seconds), "-i", SEA)


def pan(
    work: Path, size: str, fps: str, seconds: float, sound: bool = True, colour: str = BT709
) -> list[str | Path]:
    """A walk over the beach picture at ``size``, with the sea's sound; the filter comes last."""
    move = f"scale=2016:-2,crop={size}:x='60+70*t':y='240+30*t+10*sin(3*t)'"
    move = f"{move},noise=alls=4:allf=t,{colour}"
    picture = ("-loop", "1", "-framerate", fps, "-t", str(seconds), "-i", still(work))
    return [*picture, *(sea(seconds) if sound else ()), "-vf", move]


def as_phone(work: Path, target: Path, first: int, seconds: float, codec: tuple[str, ...]) -> None:
    """Portrait frames stored sideways, as phones store them, with the flag that turns them."""
    flat = work / f"flat_{target.parent.name}.mov"
    ffmpeg("-framerate", str(FPS), "-start_number", str(first), "-i", frames(work),
           *sea(seconds), "-frames:v", str(round(seconds * FPS)),
           "-vf", f"{PHONE_CLOCK},transpose=cclock,{BT709}",
           "-fps_mode", "passthrough", "-enc_time_base", "1:600", "-video_track_timescale", "600",
           *codec, "-c:a", "aac", "-b:a", "64k", "-ac", "2", flat)  # fmt: skip
    tags = [part for key, value in PLACE.items() for part in ("-metadata", f"{key}={value}")]
    ffmpeg("-display_rotation:v:0", "-90", "-i", flat, "-map", "0", "-c", "copy",
           "-metadata", "creation_time=2026-08-14T18:42:07Z", *tags,
           "-movflags", "use_metadata_tags", "-video_track_timescale", "600", target)  # fmt: skip


# The demo's media --------------------------------------------------------------------------------


@makes(SAMPLES / "phone.mov", "drawn surfer at sunset, 18 s, HEVC, stored 1920x1080 turned by 90")
def demo_phone(target: Path, work: Path) -> None:
    codec = ("-c:v", "libx265", "-preset", "slow", "-crf", "34.5", "-tag:v", "hvc1",
             "-x265-params", "log-level=error")  # fmt: skip
    as_phone(work, target, 0, SECONDS, codec)


@makes(
    SAMPLES / "beach.heic", "drawn beach, 2016x1512 in Display P3, stored turned (orientation 6)"
)
def demo_beach(target: Path, work: Path) -> None:
    turned_heic(Image.open(still(work)), target, 56)


@makes(SAMPLES / "voice.m4a", "espeak-ng speech, AAC mono 48 kHz")
def demo_voice(target: Path, work: Path) -> None:
    spoken = speech(work, "Look at that wave! The sun is going down, and she is still out there.")
    ffmpeg("-i", spoken, "-ar", "48000", "-ac", "1", "-c:a", "aac", "-b:a", "64k", target)


# Fixtures: video ---------------------------------------------------------------------------------


@makes(
    FIXTURES / "phone.mov", "6 s of the surfer, H.264 1080x1920 stored sideways, uneven 29.97 fps"
)
def phone(target: Path, work: Path) -> None:
    as_phone(work, target, 60, 6, (*H264[:-1], "34"))


@makes(FIXTURES / "clip_720p.mp4", "pan over the beach, 4 s, 1280x720 24 fps, AAC; complies")
def clip(target: Path, work: Path) -> None:
    ffmpeg(*pan(work, "1280:720", "24", 4), *H264, "-c:a", "aac", "-b:a", "64k",
           "-movflags", "+faststart", target)  # fmt: skip


@makes(FIXTURES / "small_848x480.mp4", "pan, 3 s, 848x480 25 fps, no sound: 407,040 pixels")
def small(target: Path, work: Path) -> None:
    ffmpeg(*pan(work, "848:480", "25", 3, sound=False), *H264, target)


@makes(FIXTURES / "anim_12fps.mp4", "pan, 3 s, 1280x720 at 12 fps")
def anim(target: Path, work: Path) -> None:
    ffmpeg(*pan(work, "1280:720", "12", 3, sound=False), *H264, target)


@makes(FIXTURES / "square_640.mp4", "pan, 3 s, 640x640 30 fps: the exact floor; complies")
def square(target: Path, work: Path) -> None:
    ffmpeg(*pan(work, "640:640", "30", 3), *H264, "-c:a", "aac", "-b:a", "48k",
           "-movflags", "+faststart", target)  # fmt: skip


@makes(FIXTURES / "hlg_10bit.mov", "pan, 3 s, HEVC Main 10 tagged BT.2020 HLG, 1280x720 30 fps")
def hlg(target: Path, work: Path) -> None:
    ffmpeg(*pan(work, "1280:720", "30", 3, sound=False, colour=HLG), "-c:v", "libx265",
           "-crf", "32", "-preset", "slow", "-tag:v", "hvc1",
           "-x265-params", "log-level=error", target)  # fmt: skip


@makes(FIXTURES / "interlaced_pal.ts", "pan, 3 s, MPEG-2 720x576 top field first, 16:15, MP2")
def interlaced(target: Path, work: Path) -> None:
    *source, move = pan(work, "720:576", "50", 3)
    ffmpeg(*source, f"{move},interlace=scan=tff,setsar=16/15", "-c:v", "mpeg2video", "-b:v", "700k",
           "-maxrate", "900k", "-bufsize", "1M", "-flags", "+ildct+ilme",
           "-c:a", "mp2", "-b:a", "64k", "-ac", "1", target)  # fmt: skip


@makes(FIXTURES / "screen.webm", "pan, 3 s, VP9 and Opus, 1280x720 30 fps")
def webm(target: Path, work: Path) -> None:
    ffmpeg(*pan(work, "1280:720", "30", 3), "-c:v", "libvpx-vp9", "-crf", "42",
           "-b:v", "0", "-c:a", "libopus", "-b:a", "32k", target)  # fmt: skip


# Fixtures: stills --------------------------------------------------------------------------------


def small_still(work: Path, width: int) -> Image.Image:
    picture = Image.open(still(work)).convert("RGB")
    return picture.resize((width, width * 3 // 4), Image.Resampling.LANCZOS)


@makes(FIXTURES / "beach.heic", "beach, 1008x756 in Display P3, stored turned (orientation 6)")
def heic(target: Path, work: Path) -> None:
    turned_heic(small_still(work, 1008), target, 50)


@makes(FIXTURES / "photo.jpg", "beach, 1200x900, upright; complies")
def photo(target: Path, work: Path) -> None:
    small_still(work, 1200).save(target, quality=80)


@makes(
    FIXTURES / "photo_exif6.jpg", "beach, shows 800x600, stored turned (orientation 6), with GPS"
)
def photo_turned(target: Path, work: Path) -> None:
    stored = small_still(work, 800).transpose(Image.Transpose.ROTATE_90)
    stored.save(target, quality=80, exif=camera(6))


@makes(FIXTURES / "alpha16.png", "16-bit RGBA gradient, 320x320, clear at the left")
def alpha(target: Path, _work: Path) -> None:
    planes = "r='65535*X/W':g='65535*Y/H':b='32768':a='65535*X/W'"
    ffmpeg("-f", "lavfi", "-i", f"nullsrc=s=320x320,format=gbrap16,geq={planes},format=rgba64be",
           "-frames:v", "1", target)  # fmt: skip


@makes(FIXTURES / "cmyk.jpg", "beach, CMYK as print programs save it, 600x450")
def cmyk(target: Path, work: Path) -> None:
    small_still(work, 600).convert("CMYK").save(target, quality=75)


@makes(FIXTURES / "anim.gif", "pan, 12 frames of 320x320, 2.04 s")
def gif(target: Path, work: Path) -> None:
    source = [Image.open(still(work)).convert("RGB").resize((672, 504))] * 12
    views = [
        picture.crop((n * 4, 90 + n, 320 + n * 4, 410 + n)) for n, picture in enumerate(source)
    ]
    flat = [view.quantize(16, dither=Image.Dither.NONE) for view in views]
    flat[0].save(target, save_all=True, append_images=flat[1:], duration=170, loop=0)


def turned_heic(picture: Image.Image, target: Path, quality: int) -> None:
    wide = ImageCms.ImageCmsProfile(BytesIO(display_p3()))
    painted = ImageCms.profileToProfile(
        picture.convert("RGB"), ImageCms.createProfile("sRGB"), wide
    )
    assert painted is not None
    stored = painted.transpose(Image.Transpose.ROTATE_90)  # upright again when turned clockwise
    heif = pillow_heif.from_pillow(stored)
    heif.info["icc_profile"] = display_p3()
    heif.info["exif"] = camera(6).tobytes()
    heif.save(target, quality=quality, chroma=420)


def camera(orientation: int) -> Image.Exif:
    """What a camera writes: how it was held, when, and where."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x0132] = "Example", "2026:08:14 18:42:07"
    exif.get_ifd(0x8825).update({1: "N", 2: (10.0, 0.0, 0.0), 3: "E", 4: (20.0, 0.0, 0.0)})
    return exif


def display_p3() -> bytes:
    """An ICC v4 display profile: P3 primaries adapted to D50, the curve of sRGB."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def text(words: str) -> bytes:
        coded = words.encode("utf-16-be")
        return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(coded), 28) + coded

    curve = (
        b"para"
        + struct.pack(">4xHxx", 3)
        + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    )
    xyz = b"XYZ \0\0\0\0"
    tags = {
        b"desc": text("Display P3"), b"cprt": text("CC0"), b"wtpt": xyz + fixed(0.9642, 1, 0.8249),
        b"rXYZ": xyz + fixed(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz + fixed(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz + fixed(0.15710, 0.06657, 0.78407),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
        b"chad": b"sf32\0\0\0\0" + fixed(1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707,
                                         -0.00925, 0.01508, 0.75168),
    }  # fmt: skip
    table, body = b"", b""
    for name, value in tags.items():
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += name + struct.pack(">II", offset, len(value))
        body += value + bytes(-len(value) % 4)
    data = struct.pack(">I", len(tags)) + table + body
    head = struct.pack(
        ">I4xI4s4s4s12s4s28x",
        128 + len(data),
        0x04300000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        struct.pack(">6H", 2026, 8, 14, 0, 0, 0),
        b"acsp",
    ) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + data


# Fixtures: sound ---------------------------------------------------------------------------------


@makes(FIXTURES / "voice.m4a", "espeak-ng speech of about 3 s, AAC mono 44.1 kHz")
def voice(target: Path, work: Path) -> None:
    spoken = speech(work, "Paddle now, and look at the horizon, please.")
    ffmpeg("-i", spoken, "-ar", "44100", "-ac", "1", "-c:a", "aac", "-b:a", "48k", target)


@makes(FIXTURES / "note.opus", "three rising tones, 3 s, Opus in Ogg, mono")
def note(target: Path, _work: Path) -> None:
    tones = "aevalsrc='0.3*sin(2*PI*t*(330+110*floor(t)))':d=3:s=48000"
    ffmpeg("-f", "lavfi", "-i", tones, "-c:a", "libopus", "-b:a", "24k", target)


@makes(FIXTURES / "tone.wav", "440 Hz, 2.5 s, 16-bit PCM mono 24 kHz; complies")
def tone(target: Path, _work: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=f=440:d=2.5:r=24000", "-c:a", "pcm_s16le", target)


@makes(FIXTURES / "long.mp3", "sea noise of 20 s, MP3 48 kbit/s with a cover picture")
def long_sound(target: Path, work: Path) -> None:
    cover = work / "cover.jpg"
    small_still(work, 320).save(cover, quality=70)
    ffmpeg(*sea(20), "-i", cover, "-map", "0:a", "-map", "1:v", "-c:a", "libmp3lame", "-b:a", "48k",
           "-ac", "1", "-c:v", "copy", "-disposition:v", "attached_pic", "-id3v2_version", "3",
           "-metadata", "title=Sea", target)  # fmt: skip


# The manifest ------------------------------------------------------------------------------------


def entry(path: Path, how: str) -> str:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    name = path.relative_to(ROOT).as_posix()
    return f'[[file]]\npath = "{name}"\nhow = "{how}"\nbytes = {len(data)}\nsha256 = "{digest}"\n'


def write_manifest() -> None:
    head = "# Media of the tests and the demo, made by scripts/make-fixtures, free of rights.\n"
    rows = [entry(path, how) for path, (how, _) in MAKERS.items() if path.exists()]
    MANIFEST.write_text("\n".join([head, *rows]), encoding="utf-8")
    total = sum(row["bytes"] for row in tomllib.loads(MANIFEST.read_text())["file"])
    print(f"{len(rows)} files, {total / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="make only files of this name")
    only = parser.parse_args().only
    FIXTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for path, (_, maker) in MAKERS.items():
            if only in (None, path.name):
                try:
                    maker(path, Path(folder))
                    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
                except LookupError as error:
                    print(f"{path.relative_to(ROOT)}: left as it is; {error}")
    write_manifest()


if __name__ == "__main__":
    main()
