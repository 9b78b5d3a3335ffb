"""Judgements that several families make with their own numbers."""

from __future__ import annotations

from fractions import Fraction

from ..core.finding import LOSSY_SCALE_MAX, Trust
from ..core.limits import Count, Number
from ..core.plan import Size
from ..core.request import Asset
from .rule import Breach
from .words import beside, exact, length, plain


def size_of(width: int | None, height: int | None) -> Size | None:
    """The size when it is known and makes sense."""
    return Size(width, height) if width and height and width > 0 and height > 0 else None


def ratio_of(size: Size | None) -> Fraction | None:
    """Width / height, exact."""
    return Fraction(size.width, size.height) if size else None


def too_short(duration: float | None, least: Number, advised: Number, noun: str) -> Breach | None:
    """Runs shorter than the enforced minimum."""
    seconds = exact(duration)
    if seconds is None or seconds >= least.value:
        return None
    return Breach(
        says=f"runs {length(seconds, least)}; {noun} must run at least {_both(least, advised)}",
        measured=seconds,
        limit=least,
    )


def too_long(duration: float | None, most: Number, advised: Number, noun: str) -> Breach | None:
    """Runs longer than the enforced maximum."""
    seconds = exact(duration)
    if seconds is None or seconds <= most.value:
        return None
    return Breach(
        says=f"runs {length(seconds, most)}; {noun} may run {_both(most, advised)}",
        measured=seconds,
        limit=most,
    )


def _both(enforced: Number, advised: Number) -> str:
    return f"{plain(enforced.value)} s ({plain(advised.value)} s documented)"


def outside_documented(
    duration: float | None,
    enforced: tuple[Number, Number],
    documented: tuple[Number, Number],
) -> Breach | None:
    """Inside what is enforced, outside what the maker documents."""
    seconds = exact(duration)
    if seconds is None or not enforced[0].value <= seconds <= enforced[1].value:
        return None
    least, most = documented
    if least.value <= seconds <= most.value:
        return None
    broken = least if seconds < least.value else most
    return Breach(
        says=f"runs {length(seconds, broken)}; {plain(least.value)} to {plain(most.value)} s are"
        " documented, this much passes only by tolerance",
        measured=seconds,
        limit=broken,
        trust=Trust.INVENTIVE if broken is least else Trust.LOSSY,
    )


def side_too_small(size: Size | None, least: Count) -> Breach | None:
    """The shorter side is under the minimum."""
    if size is None or min(size.width, size.height) >= least.value:
        return None
    side = min(size.width, size.height)
    reach = side * LOSSY_SCALE_MAX >= least.value
    return Breach(
        says=f"is {size} pixels; each side must have at least {least.value}",
        measured=side,
        limit=least,
        trust=Trust.LOSSY if reach else Trust.INVENTIVE,
    )


def side_too_large(size: Size | None, most: Count) -> Breach | None:
    """The longer side is over the maximum."""
    if size is None or max(size.width, size.height) <= most.value:
        return None
    return Breach(
        says=f"is {size} pixels; each side may have at most {most.value}",
        measured=max(size.width, size.height),
        limit=most,
    )


def too_narrow(size: Size | None, least: Number) -> Breach | None:
    """Width / height under the minimum."""
    ratio = ratio_of(size)
    if ratio is None or ratio >= least.value:
        return None
    return Breach(
        says=f"is {size}, width / height {beside(ratio, least.value)};"
        f" at least {plain(least.value)} is taken",
        measured=ratio,
        limit=least,
    )


def too_wide(size: Size | None, most: Number) -> Breach | None:
    """Width / height over the maximum."""
    ratio = ratio_of(size)
    if ratio is None or ratio <= most.value:
        return None
    return Breach(
        says=f"is {size}, width / height {beside(ratio, most.value)};"
        f" at most {plain(most.value)} is taken",
        measured=ratio,
        limit=most,
    )


def ratio_near_edge(
    size: Size | None, taken: tuple[Number, Number], safe: tuple[Number, Number]
) -> Breach | None:
    """Inside the window of ratios, but so near its edge that sources disagree."""
    ratio = ratio_of(size)
    if ratio is None or not taken[0].value <= ratio <= taken[1].value:
        return None
    least, most = safe
    if least.value <= ratio <= most.value:
        return None
    broken = least if ratio < least.value else most
    return Breach(
        says=f"is {size}, width / height {beside(ratio, broken.value)};"
        f" {plain(least.value)} to {plain(most.value)} is safe",
        measured=ratio,
        limit=broken,
    )


def heavier_than_advised(size: int, advised: Count, taken: bool, says: str) -> Breach | None:
    """Within the limit on bytes, above what some hosts take."""
    if not taken or size <= advised.value:
        return None
    return Breach(says=says, measured=size, limit=advised)


def window_not_cut(asset: Asset, duration: float | None, least: Number) -> Breach | None:
    """Seconds outside the caller's window are still in the file."""
    if not asset.windowed:
        return None
    whole = exact(duration)
    start, end = exact(asset.start) or Fraction(0), exact(asset.end)
    if whole is not None and start >= whole:
        return None
    kept_end = whole if end is None else end if whole is None else min(end, whole)
    if start == 0 and kept_end == whole and whole is not None:
        return None
    return _uncut(start, kept_end, whole, least)


def _uncut(start: Fraction, end: Fraction | None, whole: Fraction | None, least: Number) -> Breach:
    until = f"{plain(end)} s" if end is not None else "the end"
    runs = f"the file runs {plain(whole)} s" if whole is not None else "the file may run longer"
    kept = end - start if end is not None else None
    short = kept is not None and kept < least.value
    return Breach(
        says=f"is to be kept from {plain(start)} s to {until}, but {runs}; only `fix` cuts it"
        + (f", and a window must be at least {plain(least.value)} s" if short else ""),
        measured=whole,
        limit=least if short else kept,
        trust=Trust.INVENTIVE if short else None,
    )


def window_outside(asset: Asset, duration: float | None) -> Breach | None:
    """The caller's window starts where the file has already ended."""
    whole, start = exact(duration), exact(asset.start)
    if whole is None or start is None or start < whole:
        return None
    return Breach(
        says=f"is to be kept from {plain(start)} s, but runs only {plain(whole)} s",
        measured=start,
        limit=whole,
        remedy=f"choose a window inside 0 to {plain(whole)} s, or leave out `t=`",
    )
