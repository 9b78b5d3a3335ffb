"""Clips of known faults: what must not be inside a window, and what must not be parted by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, cycle
from pathlib import Path

from seedance_prep.core.plan import Window

from ..conftest import Make

WHOLE, KEPT = 24.0, 8.0
SIZE = "s=320x180:r=30"
NEAR = 0.04
"""Seconds: a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A clip of ``WHOLE`` seconds, how it is made, and what is wrong in it."""

    name: str
    picture: str | None = None
    """A graph of lavfi that ends in the picture."""
    sound: str | None = None
    flaws: tuple[Window, ...] = ()
    """What must not be inside."""
    words: tuple[Window, ...] = ()
    """What must not be parted by either end."""
    moving: Window | None = None
    """What should be inside."""

    def make(self, ffmpeg_make: Make) -> Path:
        """The file, made once a session."""
        inputs = [graph for graph in (self.picture, self.sound) if graph]
        given = [word for graph in inputs for word in ("-f", "lavfi", "-i", graph)]
        if self.picture is None:
            return ffmpeg_make(f"{self.name}.wav", *given, "-t", f"{WHOLE}")
        coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p")
        return ffmpeg_make(f"{self.name}.mp4", *given, "-t", f"{WHOLE}", *coded, "-c:a", "aac")

    def faults(self, window: Window) -> list[str]:
        """What is wrong with a window, by what is known of how the clip was made."""
        found = [f"holds {flaw.start:g}-{flaw.end:g} s" for flaw in self.flaws
                 if flaw.start < window.end - NEAR and flaw.end > window.start + NEAR]  # fmt: skip
        found += [f"parts a word at {moment:.2f} s" for moment in (window.start, window.end)
                  if any(word.start < moment < word.end for word in self.words)]  # fmt: skip
        if self.moving:
            inside = min(window.end, self.moving.end) - max(window.start, self.moving.start)
            if inside < 0.9 * min(self.moving.length, window.length):
                found.append(f"has {max(inside, 0):.2f} s of what moves")
        return found


def speech(gaps: Sequence[float], lengths: Sequence[float], start: float = 0.0) -> list[Window]:
    """Words and pauses in turn, to the end of the clip."""
    steps = [step for _, *pair in zip(range(60), cycle(gaps), cycle(lengths)) for step in pair]
    ends = list(accumulate(steps, initial=start))
    pairs = zip(ends[1::2], ends[2::2], strict=False)
    return [Window(round(a, 3), round(b, 3)) for a, b in pairs if b < WHOLE]


def voiced(words: Sequence[Window]) -> str:
    """A tone that wavers like a voice, heard only in the words; a breath of noise under it."""
    spoken = "+".join(f"between(t\\,{word.start}\\,{word.end})" for word in words)
    tone = "sin(2*PI*190*t+2*sin(2*PI*5*t))+0.5*sin(2*PI*570*t)+0.3*sin(2*PI*1900*t)"
    return f"aevalsrc=exprs='0.25*({tone})*({spoken})+0.002*(random(0)-0.5)':s=16000:d={WHOLE}"


SCENE = f"testsrc2={SIZE}:d={{d}}"
STILL = f"smptehdbars={SIZE}:d={{d}}"


def scene(seconds: float) -> str:
    return SCENE.format(d=seconds)


def other(seconds: float, number: int = 5) -> str:
    """Another sight: a quarter of the same pattern, in other light."""
    place = f"iw/2:ih/2:{number % 2}*iw/2:{number // 2 % 2}*ih/2"
    light = "negate" if number % 2 else "hue=h=120:s=2"
    return f"{scene(seconds)},crop={place},scale=320:180,{light}"


def joined(*graphs: str) -> str:
    """One after the other."""
    named = [f"{graph},format=yuv420p,setsar=1[p{number}]" for number, graph in enumerate(graphs)]
    labels = "".join(f"[p{number}]" for number in range(len(graphs)))
    return f"{';'.join(named)};{labels}concat=n={len(graphs)}"


def card(seconds: float) -> str:
    """A title: still letters, or what looks like them, on one colour."""
    boxes = ",".join(f"drawbox=x={40 + 30 * n}:y=70:w=18:h=40:color=white:t=fill" for n in range(8))
    return f"color=0x203060:{SIZE}:d={seconds},{boxes}"


WORDS = speech((0.22, 0.34, 0.27), (0.41, 0.63, 0.35, 0.52))
LATE_WORDS = speech((0.3, 0.25, 0.4), (0.5, 0.36, 0.61), start=9.0)
SHAKEN = (
    "crop=320:180:"
    "x='if(lt(t,10),40+36*sin(n*2.3)+10*sin(n*1.1),40)':"
    "y='if(lt(t,10),30+26*cos(n*1.9),30)'"
)

SOURCES = (
    Source(
        name="black-head",
        picture=joined(f"color=black:{SIZE}:d=5", scene(19)),
        flaws=(Window(0.0, 5.0),),
    ),
    Source(
        name="frozen-middle",
        picture=f"{scene(WHOLE)},loop=loop=270:size=1:start=90",
        flaws=(Window(3.1, 12.0),),
    ),
    Source(
        name="a-cut",
        picture=joined(other(5), scene(19)),
        flaws=(Window(4.97, 5.0),),
    ),
    Source(name="words", picture=scene(WHOLE), sound=voiced(WORDS), words=tuple(WORDS)),
    Source(
        name="motion-in-one-third",
        picture=f"{STILL.format(d=WHOLE)}[still];testsrc2=s=120x90:r=30:d={WHOLE}[box];"
        "[still][box]overlay=x='20+20*(t-14)':y=40:enable='between(t,14,22)'",
        moving=Window(14.0, 22.0),
    ),
    Source(
        name="fade-in",
        picture=f"{scene(WHOLE)},format=yuv420p,fade=in:st=1:d=3",
        flaws=(Window(0.0, 3.7),),
    ),
    Source(
        name="title-card",
        picture=joined(card(5), scene(19)),
        flaws=(Window(0.0, 5.0),),
    ),
    Source(
        name="shake",
        picture=f"testsrc2=s=400x240:r=30:d={WHOLE},{SHAKEN}",
        flaws=(Window(0.0, 9.5),),
    ),
    Source(
        name="flash",
        picture=f"{scene(WHOLE)},drawbox=color=white:t=fill:enable='between(t,4,4.1)'",
        flaws=(Window(4.0, 4.1),),
    ),
    Source(
        name="silence",
        sound=voiced(LATE_WORDS),
        flaws=(Window(0.0, 9.0),),
        words=tuple(LATE_WORDS),
    ),
    Source(
        name="dip-to-black",
        picture=joined(scene(4), f"color=black:{SIZE}:d=1", other(19)),
        flaws=(Window(4.0, 5.0),),
    ),
    Source(
        name="montage",
        picture=joined(*(other(2, number) for number in (7, 20, 5, 22, 3)), scene(14)),
        flaws=tuple(Window(at - 0.03, at) for at in (2.0, 4.0, 6.0, 8.0, 10.0)),
    ),
    Source(
        name="words-and-a-cut",
        picture=joined(other(6), scene(18)),
        sound=voiced(WORDS),
        flaws=(Window(5.97, 6.0),),
        words=tuple(WORDS),
    ),
    Source(name="voice-note", sound=voiced(WORDS), words=tuple(WORDS)),
    Source(
        name="black-and-frozen",
        picture=joined(
            scene(6),
            f"color=black:{SIZE}:d=3",
            f"{scene(1)},loop=loop=90:size=1:start=29",
            other(11),
        ),
        flaws=(Window(6.0, 13.0),),
    ),
)
BY_NAME = {source.name: source for source in SOURCES}
