"""Every rule on every subject: all findings, sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from ..core.finding import FILE_KNOBS, Finding, Level, Trust
from ..core.limits import Bound, Limits
from ..core.media import AudioFacts, ImageFacts, Media, VideoFacts
from ..core.request import Asset, Kind, Request
from ..core.shell import quoted
from .registry import RULES
from .rule import Breach, Judge, Seen, Whole

Subject = tuple[Media | None, object]
_FAMILIES = tuple((judge, judge.rule.family) for judge in RULES)


def check(request: Request, media: Sequence[Media], limits: Limits) -> tuple[Finding, ...]:
    """All findings about a request and its (numbered) media, errors first.

    Judges the sources as they are. Never raises for what is wrong with media or parameters.
    """
    subjects = _subjects(Whole(request, media))
    found = (
        _finding(judge, breach, breach.media or about)
        for judge, family in _FAMILIES
        for about, subject in subjects[family]
        for breach in judge.judge(subject, limits)
    )
    return tuple(sorted(found, key=lambda finding: finding.order))


def foretold(
    findings: Sequence[Finding], left: Sequence[Finding], media: Sequence[Media]
) -> tuple[Finding, ...]:
    """Findings with what a plan knows of their mending, by what it would leave of them.

    A rule sees one fault: a file that has another, which needs more trust, is not mended for the
    first one alone.
    """
    known = {(one.code, one.ref, one.source): one for one in left if one.knob in FILE_KNOBS}
    about = {one.ref: one for one in media}

    def told(finding: Finding) -> Finding:
        stays = known.get((finding.code, finding.ref, finding.source))
        if stays is None:
            return finding
        alone = about.get(finding.ref) if stays.trust is not Trust.DROP else None
        remedy = _remedy(finding.level, stays.trust, alone) or stays.remedy
        return replace(finding, trust=stays.trust, remedy=remedy)

    return tuple(told(finding) for finding in findings)


def as_asked(
    findings: Sequence[Finding], made: Sequence[Media], sources: Sequence[Media]
) -> tuple[Finding, ...]:
    """Findings about finished files, with remedies that start from what the caller asked for.

    ``made`` are the finished files, whole and without wishes, ``sources`` what each came from.
    """
    calls = {
        one.ref: (f"fix {_argument(one.asset)} ", f"fix {_argument(source.asset)} ")
        for one, source in zip(made, sources, strict=True)
    }

    def told(finding: Finding) -> Finding:
        if finding.remedy is None or finding.ref not in calls:
            return finding
        return replace(finding, remedy=finding.remedy.replace(*calls[finding.ref]))

    return tuple(map(told, findings))


def _subjects(whole: Whole) -> Mapping[str, Sequence[Subject]]:
    """What the rules of each family are asked about."""
    everything: Sequence[Subject] = ((None, whole),)
    return {
        "FIL": [(one, one) for one in whole.media],
        "IMG": list(_seen(whole.media, ImageFacts)),
        "VID": list(_seen(whole.media, VideoFacts)),
        "AUD": list(_seen(whole.media, AudioFacts)),
        "REQ": everything,
        "PRM": everything,
    }


def _seen(media: Sequence[Media], kind: type) -> Iterator[Subject]:
    for one in media:
        if isinstance(one.facts, kind):
            yield one, Seen(one.facts, one.asset)


def _finding(judge: Judge, breach: Breach, about: Media | None) -> Finding:
    rule = judge.rule
    level = breach.level or rule.level
    trust = breach.trust or rule.trust
    bound = breach.limit if isinstance(breach.limit, Bound) else None
    return Finding(
        code=rule.code,
        name=rule.name,
        level=level,
        message=breach.says,
        ref=about.ref if about else None,
        source=about.source if about else None,
        measured=_json(breach.measured),
        limit=_json(bound.value if bound else breach.limit),
        knob=rule.knob,
        trust=trust,
        origin=bound.origin if bound else None,
        remedy=breach.remedy or _remedy(level, trust, about),
    )


def _json(value: object) -> float | int | str | None:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value if isinstance(value, int | float | str) else None


def _remedy(level: Level, trust: Trust | None, about: Media | None) -> str | None:
    """The command that mends it, when one does."""
    if trust is None:
        return None
    file = _argument(about.asset) if about else "…"
    allow = f" --allow {trust.label}" if trust > Trust.LOSSY else ""
    mend = "" if level is Level.ERROR else " --mend warnings"
    return f"`seedance-prep fix {file} --out ready{allow}{mend}` mends it"


def _argument(asset: Asset) -> str:
    """The asset as a shell takes it, with what decides how it is mended."""
    path = f"./{asset.shown}" if asset.source.startswith("-") else asset.shown
    fields = "&".join(_fields(asset))
    return quoted(f"{path}#{fields}" if fields else path)


def _fields(asset: Asset) -> Iterator[str]:
    if asset.windowed:
        start = f"{asset.start:.12g}" if asset.start is not None else ""
        end = f",{asset.end:.12g}" if asset.end is not None else ""
        yield f"t={start}{end}"
    if asset.keep:
        yield f"keep={asset.keep}"
    if asset.frame:
        yield f"frame={asset.frame}"
    if asset.fill:
        yield f"fill={asset.fill}"
    if asset.loudness is not None:
        yield f"loudness={asset.loudness:.12g}"
    if asset.kind in {Kind.VIDEO, Kind.AUDIO}:  # a picture is read as one without being told
        yield f"as={asset.kind}"
