"""The stages on one page: probe, check, plan, fix, prove. Each yields what it did as events.

Uploading and submitting follow in :mod:`seedance_prep.client`, which takes only a ``Ready``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from . import workspace
from .choices import Options as Options
from .choices import limits_for, profile_of
from .core.event import Event, EventType, drain
from .core.finding import FILE_KNOBS, Finding, Knob, Level, Trust
from .core.media import Media
from .core.outcome import Output, Ready, Report, UnfixableError, Verify
from .core.plan import Plan
from .core.price import cost
from .core.refs import numbered, sent_name
from .core.request import Asset, Request, member
from .errors import UsageError
from .hashing import hashed, hashing
from .judging import foreseen, judging, saying
from .process import Leash, ending, leash
from .report.document import asset_document, output_document
from .telemetry import span

if TYPE_CHECKING:
    from .planning import Surveyor
    from .proof import Proven

Told = Callable[[Event], None]


def check(
    request: Request,
    *,
    tolerant: bool = False,
    private_addresses: bool = False,
    profile: str | Path | None = None,
    cache: bool = False,
) -> Report:
    """Probe and judge; writes nothing (but its cache). Never raises for what is wrong with media.

    A URL is fetched; only with ``private_addresses`` from an address that is not public.

    ``report.cost`` is the price of the outputs as ``fix`` would make them. ``profile`` names the
    limits, by name or TOML file, instead of the endpoint's own. With ``cache``, files that were
    read before are not read again. Raises ``UsageError`` for an
    unknown endpoint, mistakes in a profile, or two assets of one name.
    """
    options = Options(
        tolerant=tolerant, private_addresses=private_addresses, profile=profile_of(profile)
    )
    with span("request"), _keeping(options, cache) as options:
        return drain(checking(request, options))


def fix(
    request: Request,
    out: str | Path = "ready",
    *,
    allow: Trust | str = Trust.LOSSY,
    mend: Level | str = Level.ERROR,
    tolerant: bool = False,
    private_addresses: bool = False,
    verify: Verify | str | None = None,
    profile: str | Path | None = None,
    cache: bool = False,
    on_event: Told | None = None,
) -> Ready:
    """Make compliant copies in ``out`` and prove them.

    An address in a store takes them once they are proven; ``output.shown`` says where each is.

    ``verify="vmaf"`` also measures what each encoded clip kept (``output.vmaf``). With ``cache``,
    what was made of the same content before is not made again.

    Raises ``UnfixableError`` (with the report) when errors would be left, ``MachineError`` when
    this machine cannot do it. Sources are never changed.
    """
    trust = Trust[allow.upper()] if isinstance(allow, str) else allow
    options = Options(
        allow=trust,
        mend=Level(mend),
        tolerant=tolerant,
        private_addresses=private_addresses,
        verify=member(Verify, "verify", verify),
        profile=profile_of(profile),
    )
    keeping, outlet = _keeping(options, cache), workspace.outlet(out)
    with span("request"), keeping as options, outlet as (folder, put):
        report = put(drain(fixing(request, folder, options), on_event))
    if isinstance(report, Ready):
        return report
    raise UnfixableError(report)


@contextmanager
def _keeping(options: Options, cache: bool) -> Iterator[Options]:
    """The same with a cache, where one is asked for."""
    if not cache:
        yield options
        return
    from .cache import opened

    with opened() as kept:
        yield replace(options, cache=kept)


def planned(request: Request, options: Options) -> Report:
    """What ``fix`` would do: ``before`` is what was found, ``findings`` what would be left."""
    return foreseen(drain(checking(request, options, look=True)))


def checking(
    request: Request, options: Options, *, look: bool = False
) -> Generator[Event, None, Report]:
    """Probe, check, plan and price, as events.

    ``look`` also looks for the best seconds of a clip, which takes some. What was found does not
    depend on them; the price may, by what a copy of them gives up (a tenth of them at most).
    """
    with ExitStack() as stack:
        media = yield from reading(request, options, stack, whole=look)
        return (yield from judging(request, media, options, look=look))


def fixing(request: Request, out: Path, options: Options) -> Generator[Event, None, Report]:
    """Probe, check, plan, fix and prove, as events; a ``Ready`` when no error is left."""
    with ExitStack() as stack:
        if options.verify:
            from .fixes.score import need_vmaf

            need_vmaf()
        media = yield from reading(request, options, stack)
        return (yield from mending(request, media, out, options))


def mending(
    request: Request,
    media: Sequence[Media],
    out: Path,
    options: Options,
    surveyor: Surveyor | None = None,
) -> Generator[Event, None, Report]:
    """Plan, fix and prove what was probed before, as ``fixing`` does.

    ``media`` stands in the order of ``request.entries()``, numbered.
    """
    with ExitStack() as stack:
        report = yield from judging(request, media, options, look=True, surveyor=surveyor)
        folder = stack.enter_context(workspace.used_folder(out))
        sources = stack.enter_context(hashing(report.assets))
        proven = yield from _proven(report, folder, options, stack)
        report = replace(report, assets=sources())
        settled = _settled(report, proven, folder, options)
    yield from (Event(EventType.FIXED, output_document(output)) for output in settled.outputs)
    return settled


def reading(
    request: Request, options: Options, stack: ExitStack, *, whole: bool = True
) -> Generator[Event, None, tuple[Media, ...]]:
    """Fetch and probe, as events; what was fetched lives as long as ``stack``.

    Unless ``whole``, only so much of large files in stores as their facts need.
    """
    from .reader import ready

    if options.cache is None:
        ready()
    limits_for(request, options)  # a call that makes no sense ends before a file is opened
    entries = _distinct(request.entries())
    with span("probe", files=len(entries)) as noted:
        media = _probed(entries, stack, options, whole=whole)
        noted(bytes=sum(one.facts.bytes for one in media if one.facts))
    yield from (Event(EventType.PROBED, asset_document(one)) for one in media)
    return media


def _distinct(entries: Sequence[Asset]) -> Sequence[Asset]:
    names = Counter(asset.name for asset in entries if asset.name)
    for name, count in names.items():
        if count > 1:
            raise UsageError(f"{count} assets are called {name}; give each its own name")
    if sum(asset.source == "-" for asset in entries) > 1:
        raise UsageError("only one asset can come from stdin (-)")
    return entries


def _probed(
    entries: Sequence[Asset], stack: ExitStack, options: Options, *, whole: bool
) -> tuple[Media, ...]:
    """Facts of every asset, numbered; files of equal size are hashed (the same file twice)."""
    from .reader import read_all, read_known, read_parts

    private = options.private_addresses
    places = workspace.located(entries, stack, private_addresses=private, whole=whole)
    pairs = list(zip(entries, places, strict=True))
    files = [(one, at) for one, at in pairs if isinstance(at, Path)]
    cache, jobs = options.cache, options.jobs
    read = iter(read_all(files, jobs) if cache is None else read_known(files, jobs, cache))
    media = numbered(
        next(read) if isinstance(at, Path) else read_parts(one, at) for one, at in pairs
    )
    sizes = Counter(one.facts.bytes for one in media if one.facts)
    return tuple(hashed(one) if one.facts and sizes[one.facts.bytes] > 1 else one for one in media)


def _proven(
    report: Report, folder: Path, options: Options, stack: ExitStack
) -> Generator[Event, None, list[Proven]]:
    """Carry out every step, several at a time; drafts that nobody commits are discarded."""
    from .proof import prove

    assert report.plan is not None
    told: SimpleQueue[Event | None] = SimpleQueue()
    pool = stack.enter_context(ThreadPoolExecutor(options.jobs))
    held = Leash()
    stack.enter_context(ending(held.pull))
    futures: list[Future[Proven]] = []
    stack.callback(_discard, futures, held)
    for step in report.plan.steps:
        context = copy_context()
        context.run(leash.set, held)
        tell = _progress(step.media.ref, told)
        future = pool.submit(context.run, prove, step, folder, tell, options.verify, options.cache)
        future.add_done_callback(lambda _: told.put(None))
        futures.append(future)
    yield from _until(told, len(futures))
    return [future.result() for future in futures]


def _progress(ref: str | None, told: SimpleQueue[Event | None]) -> Callable[[float], None]:
    from .fixes.progress import Pace

    pace = Pace()

    def tell(share: float) -> None:
        data = {"ref": ref, "progress": round(share, 4), "seconds_left": pace.left(share)}
        told.put(Event(EventType.FIXING, data))

    return tell


def _until(told: SimpleQueue[Event | None], ends: int) -> Iterator[Event]:
    """Events as they come, until that many ends (``None``) have come too."""
    while ends:
        event = told.get()
        if event is None:
            ends -= 1
        else:
            yield event


def _discard(futures: Sequence[Future[Proven]], held: Leash) -> None:
    """Whatever ended the run: no child goes on, no draft is left."""
    for future in futures:
        future.cancel()
    held.pull()
    for future in futures:
        if not future.cancelled() and future.exception() is None:
            draft = future.result().draft
            if draft is not None:
                draft.discard()


def _settled(report: Report, proven: Sequence[Proven], folder: Path, options: Options) -> Report:
    """Judge what was made as a whole; commit the drafts that comply, discard the others."""
    from .checks import as_asked
    from .checks import check as judge

    assert report.plan is not None
    limits = limits_for(report.request, options)
    kept = [one for one in proven if not one.step.dropped]
    final = numbered(hashed(one.media) for one in kept)
    binding = report.binding and report.binding.moved(_moves(kept, final))
    request = saying(report.request, binding)
    found = as_asked(judge(request, final, limits), final, [one.step.media for one in kept])
    wrong = {finding.ref for finding in found if finding.level is Level.ERROR}
    outputs = tuple(
        _committed(one, media, folder, report, private=options.private_addresses)
        for one, media in zip(kept, final, strict=True)
        if one.draft is not None and media.ref not in wrong
    )
    left = _explained(found, _after_all(report, proven, options))
    ok = not any(finding.level is Level.ERROR for finding in left)
    return (Ready if ok else Report)(
        request=request,
        limits=report.limits,
        profile=limits,
        assets=report.assets,
        findings=left,
        cost=cost(request, final, limits),
        before=report.findings,
        outputs=outputs,
        plan=report.plan,
        prompt=request.prompt,
        binding=binding,
    )


def _moves(kept: Sequence[Proven], final: Sequence[Media]) -> dict[str, str]:
    """From each file's number before some were left out to the one after."""
    pairs = zip(kept, final, strict=True)
    return {
        one.step.media.ref: media.ref for one, media in pairs if one.step.media.ref and media.ref
    }


def _committed(one: Proven, media: Media, folder: Path, report: Report, *, private: bool) -> Output:
    assert one.draft is not None
    assert media.ref is not None
    assert media.kind is not None
    assert media.facts is not None
    assert media.sha256 is not None
    target = folder / sent_name(media.ref, one.draft.extension)
    source = one.step.media.path
    if one.step.recipe is None and source and target.exists() and target.samefile(source):
        one.draft.discard()  # it stands there already, under its own name
    else:
        others = [asset.path for asset in report.assets if asset.path is not None]
        one.draft.commit(target, others)
    return Output(
        media=one.step.media,
        ref=media.ref,
        kind=media.kind,
        path=target.absolute(),
        shown=str(target),
        sha256=media.sha256,
        action=one.step.action,
        facts=media.facts,
        operations=(*one.step.operations, *one.draft.notes),
        window=one.step.window,
        choice=one.step.choice,
        vmaf=one.vmaf,
        address=None if private or one.step.recipe else one.step.media.asset.address,
    )


def _explained(found: Sequence[Finding], plan: Plan) -> tuple[Finding, ...]:
    """What is left, with the plan's word on what would mend it, and the plan's own notes."""
    foreseen = {(one.code, one.ref): one for one in plan.left if one.knob in FILE_KNOBS}
    touched = {step.media.ref for step in plan.steps if step.recipe}
    told = [
        replace(one, trust=known.trust, remedy=known.remedy)
        if (known := foreseen.get((one.code, one.ref)))
        else _surprising(one, touched)
        for one in found
    ]
    unmade = {one.ref for one in found if one.code.startswith("FIL")}
    notes = [note for note in plan.notes if note.ref not in unmade]
    return tuple(sorted((*told, *notes), key=lambda finding: finding.order))


def _surprising(one: Finding, touched: Container[str | None]) -> Finding:
    """An error of what was made, after a plan that saw none coming: a fix would end there again."""
    measured = one.knob in (Knob.LENGTH, Knob.SIZE, Knob.RATE)
    if one.level is not Level.ERROR or not measured or one.ref not in touched:
        return one
    remedy = "the file holds something else than its header says: copy, download or export it again"
    return replace(one, trust=None, remedy=remedy)


def _after_all(report: Report, proven: Sequence[Proven], options: Options) -> Plan:
    """The plan; one without the copies that failed where only a copy was allowed.

    What that leaves is what is left of those files, with what would mend it.
    """
    from .planning import surveyed_plan

    assert report.plan is not None
    pairs = zip(report.plan.steps, proven, strict=True)
    failed = [at for at, (step, one) in enumerate(pairs) if step.recipe and not one.step.recipe]
    if not failed:
        return report.plan
    return surveyed_plan(
        report.request,
        report.assets,
        report.findings,
        limits_for(report.request, options),
        allow=options.allow,
        mend=options.mend,
        jobs=options.jobs,
        look=False,
        uncopied=failed,
        cache=options.cache,
    )
