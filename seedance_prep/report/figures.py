"""The pictures of the HTML report: sliders, films and waveforms with the kept part."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from ..core.album import Views
from ..core.media import Facts, Media, VideoFacts
from ..core.outcome import Output
from ..core.plan import Choice, Window
from .told import Deed

BAR_STEP = 3
"""Width of a waveform's bar with the gap behind it."""
SMALL_BARS = 26
HALF = 50
"""Half of its height."""


def image(data: bytes, alt: str, name: str = "") -> str:
    """A JPEG inside the page."""
    kind = f' class="{name}"' if name else ""
    return (
        f'<img{kind} alt="{escape(alt)}" src="data:image/jpeg;base64,{b64encode(data).decode()}">'
    )


def timelines(media: Media, views: Views, deed: Deed | None, title: str) -> Iterator[str]:
    """A film and a waveform of the source, with what is kept of it."""
    kept = deed.window if deed else None
    whole = getattr(media.facts, "duration", None)
    if not whole:
        return
    part = ", and what is kept of it" if kept else ""
    if views.film:
        yield f"<h4>The source{part}</h4>"
        yield _strip(image(views.film, f"Frames of {title}"), whole, kept, deed)
    if views.sound:
        if not views.film:
            yield f"<h4>The sound{part}</h4>"
        yield _strip(_wave(views.sound, title), whole, kept, deed)


def pictures(media: Media, views: Views, output: Output | None, title: str) -> Iterator[str]:
    """Before and after with a slider, and pixel for pixel; or the one picture that there is."""
    frame = _frame_words(media.facts) if isinstance(media.facts, VideoFacts) else ""
    ratio = _ratio(output.facts if output else media.facts) or _ratio(media.facts) or 1.0
    if views.before and views.after:
        yield "<h4>Before and after</h4>"
        yield _slider(views.before, views.after, title, frame, ratio)
    elif one := views.before or views.after:
        caption = f"<figcaption>{frame}</figcaption>" if frame else ""
        yield f'<figure class="one">{image(one, title)}{caption}</figure>'
    yield from _close(views, title)


def _ratio(facts: Facts | None) -> float | None:
    width, height = getattr(facts, "width", None), getattr(facts, "height", None)
    return width / height if width and height else None


def _frame_words(facts: VideoFacts) -> str:
    pale = "; the source's HDR is shown as it is stored, and looks pale" if facts.hdr else ""
    return f"A frame from the start of what is kept{pale}"


def _slider(before: bytes, after: bytes, title: str, caption: str, ratio: float) -> str:
    said = f"{caption}. " if caption else ""
    return (
        f'<figure class="compare" style="--ratio:{ratio:.4f}"><div class="stack">'
        f"{image(after, f'{title}, after')}{image(before, f'{title}, before', 'src')}"
        '<span class="tag l">before</span><span class="tag r">after</span></div>'
        '<input type="range" min="0" max="100" value="50"'
        f' aria-label="Share of the picture that shows {escape(title)} before">'
        f'<figcaption>{said}<span class="hint">Drag, or use the arrow keys.</span></figcaption>'
        "</figure>"
    )


def _close(views: Views, title: str) -> Iterator[str]:
    pairs = (("before", views.close_before), ("after", views.close_after))
    shown = [
        f'<figure><div class="scroll" tabindex="0">{image(data, f"{title}, {when}, centre")}</div>'
        f"<figcaption>{when}</figcaption></figure>"
        for when, data in pairs
        if data
    ]
    if shown:
        inside = "".join(shown)
        yield (
            "<details><summary>The centre, pixel for pixel</summary>"
            f'<div class="close">{inside}</div></details>'
        )


# Time --------------------------------------------------------------------------------------------


def _strip(inside: str, whole: float, kept: Window | None, deed: Deed | None) -> str:
    marks = _marks(kept, whole) if kept else ""
    others = _others(deed.choice, whole) if deed and deed.choice else ""
    return (
        f'<figure><div class="strip">{inside}{marks}</div>{others}{_times(kept, whole)}'
        f"<figcaption>{_kept_words(kept, whole)}</figcaption></figure>"
    )


def _marks(kept: Window, whole: float) -> str:
    start, end = _share(kept.start, whole), _share(kept.end, whole)
    return (
        f'<span class="cut" style="left:0;width:{start:.2f}%"></span>'
        f'<span class="keep" style="left:{start:.2f}%;width:{end - start:.2f}%"></span>'
        f'<span class="cut" style="left:{end:.2f}%;right:0"></span>'
    )


def _others(choice: Choice, whole: float) -> str:
    marks = (
        f'<i style="left:{_share(one.window.start, whole):.2f}%;'
        f'width:{_share(one.window.length, whole):.2f}%"></i>'
        for one in choice.others
    )
    return f'<div class="others" aria-hidden="true">{"".join(marks)}</div>'


def _times(kept: Window | None, whole: float) -> str:
    middle = _share((kept.start + min(kept.end, whole)) / 2, whole) if kept else 0.0
    mark = f'<b style="left:{min(88.0, max(12.0, middle)):.2f}%">kept</b>' if kept else ""
    ends = f"<span>0 s</span>{mark}<span>{whole:.1f} s</span>"
    return f'<div class="times" aria-hidden="true">{ends}</div>'


def _kept_words(kept: Window | None, whole: float) -> str:
    if kept is None:
        return f"All of its {whole:.2f} s"
    end = min(kept.end, whole)
    return f"Kept: {kept.start:.2f} to {end:.2f} s of {whole:.2f} s"


def _share(seconds: float, whole: float) -> float:
    return 100 * min(1.0, max(0.0, seconds / whole))


def _wave(heights: Sequence[float], title: str) -> str:
    return _drawn(heights, f'role="img" aria-label="Loudness of {escape(title)} over time"')


def small_wave(heights: Sequence[float]) -> str:
    """A waveform as small as a thumbnail, beside what it shows in words."""
    per = -(-len(heights) // SMALL_BARS)
    few = [max(heights[at : at + per]) for at in range(0, len(heights), per)]
    return _drawn(few, 'class="thumb" aria-hidden="true"')


def _drawn(heights: Sequence[float], words: str) -> str:
    size = f"0 0 {BAR_STEP * len(heights)} {2 * HALF}"
    path = "".join(_bars(heights))
    return (
        f'<svg viewBox="{size}" preserveAspectRatio="none" {words}>'
        f'<path fill="currentColor" d="{path}"/></svg>'
    )


def _bars(heights: Iterable[float]) -> Iterator[str]:
    for number, height in enumerate(heights):
        tall = max(1.0, height * (HALF - 4))
        left, wide = number * BAR_STEP, BAR_STEP - 1
        yield f"M{left} {HALF - tall:.1f}h{wide}v{2 * tall:.1f}h-{wide}z"
