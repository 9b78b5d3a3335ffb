"""Values as JSON objects: the contract ``seedance-prep/1``."""

from __future__ import annotations

from dataclasses import asdict, fields
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from ..core.colours import Colours
from ..core.finding import Finding
from ..core.media import AudioFacts, Facts, ImageFacts, Media, Track, VideoFacts
from ..core.naming import Binding
from ..core.outcome import Output, Report
from ..core.plan import Choice, Option, Step, Window
from ..core.price import Cost
from ..core.units import ratio_text

FORMAT = "seedance-prep/1"
INTERNAL = {"demuxer", "stream", "track", "index", "lead", "above"}
"""Facts that only this package's own stages need."""


def report_document(report: Report, version: str) -> dict[str, Any]:
    """One object on stdout for ``check``, ``fix``, ``upload`` and ``price``."""
    fixed = report.before is not None
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "endpoint": report.request.endpoint,
        "limits": report.limits,
        "ok": report.ok,
        "assets": [_asset(media, report, fixed) for media in report.assets],
    }
    if report.binding is not None:
        document["prompt"] = prompt_document(report.binding)
    if report.before is not None:
        document["before"] = [finding_document(finding) for finding in report.before]
        steps = report.plan.steps if report.plan else ()
        document["plan"] = [step_document(step) for step in steps]
    document["findings"] = [finding_document(finding) for finding in report.findings]
    document["cost"] = cost_document(report.cost) if report.cost else None
    if report.arguments is not None:
        document["arguments"] = dict(report.arguments)
    return document


def _asset(media: Media, report: Report, fixed: bool) -> dict[str, Any]:
    document = asset_document(media)
    if fixed:
        output = report.output_of(media)
        document["output"] = output_document(output) if output else None
    return document


def prompt_document(binding: Binding) -> dict[str, Any]:
    """The prompt as given and as sent, and what each name in it became."""
    names = {one.text: one.ref for one in binding.names}
    return {"given": binding.given, "sent": binding.sent, "names": names}


def asset_document(media: Media) -> dict[str, Any]:
    """An asset and its facts."""
    return {
        "ref": media.ref,
        "name": media.asset.name,
        "kind": media.kind and media.kind.value,
        "source": media.source,
        "sha256": media.sha256,
        "facts": facts_document(media.facts) if media.facts else None,
    }


def facts_document(facts: Facts | Track) -> dict[str, Any]:
    """Facts by their names; what is unknown is ``null``."""
    names = [item.name for item in fields(facts) if item.name not in INTERNAL]
    return {name: _fact(name, getattr(facts, name)) for name in names}


def _fact(name: str, value: object) -> object:
    match value:
        case Fraction():
            return ratio_text(value) if name == "sar" else round(float(value), 3)
        case float():
            return round(value, 6)
        case Enum():
            return value.value
        case Colours():
            return value.name
        case Track() | VideoFacts() | ImageFacts() | AudioFacts():
            return facts_document(value)
        case _:
            return value


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding with what would mend it (``fix`` is null when nothing can)."""
    mendable = finding.knob is not None and finding.trust is not None
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.value,
        "ref": finding.ref,
        "source": finding.source,
        "message": finding.message,
        "measured": _number(finding.measured),
        "limit": _number(finding.limit),
        "origin": finding.origin,
        "fix": {"knob": finding.knob.value, "trust": finding.trust.label}
        if mendable and finding.knob and finding.trust is not None
        else None,
        "remedy": finding.remedy,
    }


def _number(value: object) -> object:
    return float(value) if isinstance(value, Fraction | Decimal) else value


def step_document(step: Step) -> dict[str, Any]:
    """What shall be done to an asset."""
    return {
        "ref": step.media.ref,
        "source": step.media.source,
        "action": "dropped" if step.dropped else step.action.value,
        "window": window_document(step.window),
        "choice": choice_document(step.choice),
        "operations": list(step.operations),
    }


def output_document(output: Output) -> dict[str, Any]:
    """A finished file, measured again."""
    return {
        "ref": output.ref,
        "path": output.shown,
        "sha256": output.sha256,
        "action": output.action.value,
        "window": window_document(output.window),
        "choice": choice_document(output.choice),
        "operations": list(output.operations),
        "facts": facts_document(output.facts),
        "vmaf": asdict(output.vmaf) if output.vmaf else None,
    }


def window_document(window: Window | None) -> list[float] | None:
    """``[start, end]`` in seconds."""
    return [round(window.start, 3), round(window.end, 3)] if window else None


def choice_document(choice: Choice | None) -> dict[str, Any] | None:
    """Why these seconds, and which others there are; ``null`` where nothing was chosen."""
    if choice is None:
        return None
    return _option(choice.best) | {"others": [_option(other) for other in choice.others]}


def _option(option: Option) -> dict[str, Any]:
    return {"window": window_document(option.window), "reason": option.reason}


def cost_document(cost: Cost) -> dict[str, Any]:
    """Money as JSON numbers, to six places."""
    return {
        "currency": cost.currency,
        "low": float(cost.low),
        "high": float(cost.high),
        "lines": [
            {"what": line.what, "amount": float(line.amount), "uncertain": line.uncertain}
            for line in cost.lines
        ],
        "tokens": {"low": _number(cost.tokens_low), "high": _number(cost.tokens_high)},
        "reference_second": _number(cost.reference_second),
        "break_even": _number(cost.break_even),
        "advice": cost.advice,
    }
