"""A plan: what shall be done to each asset, decided before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from .finding import Finding, Trust
from .media import Media


class Action(StrEnum):
    """How an output comes from its source, least touch first."""

    UNTOUCHED = "untouched"
    """The very same bytes."""
    REMUXED = "remuxed"
    """Streams copied; container or metadata new."""
    COPIED = "copied"
    """Streams copied, cut on a keyframe."""
    ENCODED = "encoded"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Area."""
        return self.width * self.height

    def __str__(self) -> str:
        """``1280x720``."""
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the upright picture: offset from the left and top, and size, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Window:
    """The seconds that are kept, on the clip's own clock."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Seconds that could be kept, and what speaks for and against them."""

    window: Window
    reason: str
    """For people: ``no black or frozen part, no cut inside, starts and ends between words``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The best seconds to keep, and the next best."""

    best: Option
    others: tuple[Option, ...] = ()
    """At most two, the better one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What the plan would like to know of one asset."""

    index: int
    """Position of the asset in the request."""
    marks: Window | None = None
    """Where packets may have to be parted, in seconds; ``None`` when they need not be."""
    look: float | None = None
    """Seconds that shall be kept of the best of it; ``None`` when the caller chose which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRecipe:
    """All operations of one encode (or copy) of a video, in the order they are applied."""

    window: Window | None = None
    length: float | None = None
    """Seconds to reach by holding the last frame (and silence); ``None`` keeps the length."""
    loop: bool = False
    """Reach that length by playing it again instead."""
    crop: Box | None = None
    """Cut from the upright picture with square pixels."""
    size: Size | None = None
    """Scale the (cropped) picture to this."""
    canvas: Size | None = None
    """Pad the scaled picture to this, centred on black."""
    fps: Fraction | None = None
    """Constant frame rate of the output. Of a copy: times that the container has rounded are put
    back on the grid of this rate; ``None`` leaves them."""
    max_bytes: int | None = None
    """The file must be smaller than this."""
    sound_anew: bool = False
    """Of a copy: the sound is encoded beside the picture, which is not."""
    packets: int | None = None
    """Of a copy: packets of the picture from the window's start; ``None`` copies all to the end."""
    entry: float | None = None
    """Of a copy that starts behind other packets: seconds on the clip's clock, safely between the
    keyframe that opens the window and the next one; ``None`` starts with the file's first packet,
    or a moment behind the window's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecipe:
    """All operations of one encode of a still."""

    crop: Box | None = None
    size: Size | None = None
    canvas: Size | None = None
    format: str = "jpeg"
    """``jpeg``, ``png`` or ``webp``: what it is written as, unless only another fits. ``png`` is
    wished for where nothing shall be lost."""
    max_bytes: int | None = None
    """The file must be smaller than this."""
    aim_bytes: int | None = None
    """Better smaller than this, too, where that can be had without a visible loss."""
    lossless_bytes: int | None = None
    """What nothing shall be lost of may have so many bytes; ``None`` is those aimed for. With it a
    WebP is wished for without loss, too."""
    keep_metadata: bool = False
    """Whether EXIF and XMP go along, made true of the new picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripRecipe:
    """A picture or sound that stays as it is, in a file that tells nothing besides."""

    max_bytes: int | None = None
    """It only gets smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRecipe:
    """All operations of one encode of a sound."""

    window: Window | None = None
    length: float | None = None
    """Seconds to reach with silence at the end; ``None`` keeps the length."""
    format: str = "mp3"
    """``mp3`` or ``wav``."""
    max_bytes: int | None = None
    loudness: float | None = None
    """LUFS to bring it to; ``None`` leaves it."""


Recipe = VideoRecipe | ImageRecipe | StripRecipe | AudioRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens to one asset."""

    media: Media
    action: Action
    recipe: Recipe | None = None
    """``None`` when the bytes stay as they are."""
    operations: tuple[str, ...] = ()
    """For people: ``trim 3.000-9.500 s``, ``scale 1080x1920 -> 720x1280``."""
    trust: Trust = Trust.NONE
    """The highest trust that this step makes use of."""
    dropped: bool = False
    """Left out of the request (only at ``Trust.DROP``)."""
    predicted: Media | None = None
    """The asset as it should be after the step; what ``check`` says of it is the plan's promise."""
    choice: Choice | None = None
    """Why these seconds, where that was left to the plan (``keep=best``)."""
    otherwise: Step | None = None
    """What is done instead when a copy turns out not to be as predicted."""

    @property
    def window(self) -> Window | None:
        """The seconds that are kept, when some are left out."""
        return self.recipe.window if isinstance(self.recipe, VideoRecipe | AudioRecipe) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One step per asset, in request order, and what the plan cannot mend."""

    steps: tuple[Step, ...]
    left: tuple[Finding, ...] = ()
    """Findings that stay, each naming the option that would mend it."""
    wants: tuple[Want, ...] = ()
    """What it would be better to know; a plan made with the answers may touch less."""
    notes: tuple[Finding, ...] = ()
    """Info findings about what the steps do: a picture that is scaled up gains no detail."""
