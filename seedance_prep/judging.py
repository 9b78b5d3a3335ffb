"""Facts into a report: what is wrong, what a fix would do, what it will cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .choices import Options, limits_for
from .core.event import Event, EventType
from .core.finding import Finding, Level, Trust
from .core.media import Media
from .core.naming import Binding, bind
from .core.outcome import Report
from .core.plan import Plan
from .core.price import cost
from .core.prompt import in_fals_form
from .core.request import Request
from .report.document import finding_document, step_document
from .telemetry import span

if TYPE_CHECKING:
    from .planning import Surveyor


def judging(
    request: Request,
    media: Sequence[Media],
    options: Options,
    *,
    look: bool,
    surveyor: Surveyor | None = None,
    explain: bool = True,
) -> Generator[Event, None, Report]:
    """Check, plan and price what was probed, as events; nothing is read again.

    ``media`` stands in the order of ``request.entries()``, numbered. ``look`` also looks for the
    best seconds of a clip, which reads the file, unless ``surveyor`` knows them. Without
    ``explain`` it is quicker, and what a fix would leave does not say what would mend it.
    """
    from .checks import check as judge
    from .checks import foretold

    limits = limits_for(request, options)
    request = replace(request, endpoint=limits.endpoint)
    binding = _bound(request, media)
    request = saying(request, binding)
    with span("check", files=len(media)) as noted:
        findings = judge(request, media, limits)
        noted(**_counted(findings))
    binding = _mended(binding, media, options)
    request = saying(request, binding)
    plan = _planned(
        request, media, findings, options, look=look, surveyor=surveyor, explain=explain
    )
    findings = foretold(findings, plan.left, media)
    yield from (Event(EventType.FOUND, finding_document(one)) for one in findings)
    yield from (Event(EventType.PLANNED, step_document(step)) for step in plan.steps)
    price = cost(request, predicted(plan), limits)
    yield Event(EventType.PRICED, {"low": float(price.low), "high": float(price.high)})
    return Report(
        request=request,
        limits=limits.profile,
        profile=limits,
        assets=tuple(media),
        findings=findings,
        cost=price,
        plan=plan,
        prompt=request.prompt,
        binding=binding,
    )


def _planned(
    request: Request,
    media: Sequence[Media],
    findings: Sequence[Finding],
    options: Options,
    *,
    look: bool,
    surveyor: Surveyor | None,
    explain: bool,
) -> Plan:
    from .planning import surveyed_plan

    with span("plan", files=len(media)) as noted:
        plan = surveyed_plan(
            request,
            media,
            findings,
            limits_for(request, options),
            allow=options.allow,
            mend=options.mend,
            jobs=options.jobs,
            look=look,
            surveyor=surveyor,
            cache=options.cache,
            explain=explain,
        )
        noted(touched=sum(step.recipe is not None for step in plan.steps))
    return plan


def _counted(findings: Sequence[Finding]) -> dict[str, int]:
    levels = Counter(one.level for one in findings)
    return {"errors": levels[Level.ERROR], "warnings": levels[Level.WARNING]}


def _bound(request: Request, media: Sequence[Media]) -> Binding | None:
    """The prompt with the caller's own names of files as references; ``None`` without one."""
    return bind(request.prompt, media) if isinstance(request.prompt, str) else None


def saying(request: Request, binding: Binding | None) -> Request:
    """The request with the prompt as it would be sent."""
    return replace(request, prompt=binding.sent) if binding else request


def _mended(binding: Binding | None, media: Sequence[Media], options: Options) -> Binding | None:
    """With ``mend`` at warnings, mentions in the form of another host are brought into fal's."""
    if binding is None or options.mend is Level.ERROR or options.allow < Trust.LOSSLESS:
        return binding
    files = Counter(one.kind for one in media if one.kind)
    return replace(binding, sent=in_fals_form(binding.sent, files))


def foreseen(report: Report) -> Report:
    """What ``fix`` would do: ``before`` is what was found, ``findings`` what would be left."""
    assert report.plan is not None
    left = (*report.plan.left, *report.plan.notes)
    ordered = tuple(sorted(left, key=lambda finding: finding.order))
    return replace(report, before=report.findings, findings=ordered)


def predicted(plan: Plan) -> list[Media]:
    """What a plan would send."""
    return [step.predicted or step.media for step in plan.steps if not step.dropped]
