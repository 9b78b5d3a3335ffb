"""The tools: what each takes, does and gives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import anyio
from anyio.to_thread import run_sync
from mcp.server.mcpserver import Context, ListRoots, Resolve
from mcp.types import CallToolResult, ListRootsResult
from pydantic import Field

from ..cache import Cache
from ..choices import Options, need_sendable
from ..core.event import drain
from ..core.outcome import Report, UnfixableError
from ..core.request import DEFAULT_ENDPOINT
from ..core.run import Run
from ..errors import CostError, PrepError, UsageError
from ..judging import foreseen
from ..pipeline import checking, fixing
from ..report.told import price
from ..submit.spending import amount, check_cost
from . import answers, shelf
from .orders import VIDEO, Budget, Order, Orders
from .places import Places, folder_of, new_id
from .wanted import TRUSTS, Asked, Wanted, asked, options_of, plain
from .words import for_agents
from .works import Hold, Meter, Progress

Value = TypeVar("Value")
GLANCE = 0.25
"""Seconds between two looks at how far a piece of work is."""
WAIT_MAX = 50.0
"""Seconds that run_status waits at most: many clients give a call up after a minute."""
BRIEF = ("code", "name", "level", "summary", "fix")
"""What is told of a rule where all are: their pages together would fill an agent's memory."""
AT_ONCE = 2
"""Checks and fixes that run at a time; others take their turn."""


async def client_roots(ctx: Context) -> ListRoots | None:
    """Ask for the client's roots, if it has any."""
    known = ctx.client_capabilities
    return ListRoots() if known is not None and known.roots is not None else None


Roots = Annotated[ListRootsResult | None, Resolve(client_roots)]
Allow = Annotated[
    TRUSTS,
    Field(
        description="How far a fix may go: lossless (remux, copy-cut), lossy (scale down, encode,"
        " trim), inventive (scale up, lengthen, pad, crop), drop (leave assets out)."
    ),
]
Mend = Annotated[Literal["errors", "warnings"], Field(description="What makes a fix touch a file.")]
RunId = Annotated[str, Field(description="The id that generate gave, as r-20261123-3f9a.")]
Report_ = Annotated[CallToolResult, answers.Checked]
Run_ = Annotated[CallToolResult, answers.Told]
Rules_ = Annotated[CallToolResult, answers.Ruled]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What whoever started the server allows."""

    folders: tuple[Path, ...] = ()
    """Open besides the roots that the client declares."""
    out: Path | None = None
    private_addresses: bool = False
    stores: bool = False
    cache: Cache | None = None

    def places(self, roots: ListRootsResult | None) -> Places:
        """The folders that a call may use."""
        declared = [folder_of(str(one.uri)) for one in roots.roots] if roots else []
        return Places.of([*filter(None, declared), *self.folders], self.out, stores=self.stores)


class Tools:
    """The tools over one client of the service."""

    def __init__(self, house: House, orders: Orders, kept: shelf.Shelf) -> None:
        """Serve what ``house`` allows."""
        self._house = house
        self._orders = orders
        self._shelf = kept
        self._turns = anyio.CapacityLimiter(AT_ONCE)

    async def check(self, ctx: Context, request: Wanted, roots: Roots) -> Report_:
        """Judge files and parameters before money is spent: what the service would refuse, and why.

        Reads the files, writes nothing, costs nothing. `mendable` says whether `fix` would help.
        """
        return await self._answered(self._checked(ctx, request, roots))

    async def price(self, ctx: Context, request: Wanted, roots: Roots) -> Report_:
        """Say what `generate` would cost: USD, low and high, of the files as `fix` would make them.

        Costs nothing. Give `cost.high` or more as `max_cost` of `generate`, with the user's word.
        """
        return await self._answered(self._checked(ctx, request, roots))

    async def fix(
        self,
        ctx: Context,
        request: Wanted,
        roots: Roots,
        allow: Allow = "lossy",
        mend: Mend = "errors",
    ) -> Report_:
        """Make compliant copies of the files in a new folder, and prove them by decoding.

        Sources are never changed; files without errors stay the very same bytes. Gives their
        paths, their URIs, and a report page. Costs nothing. Not needed before `generate`.
        """
        return await self._answered(self._fixed(ctx, request, roots, allow, mend))

    async def generate(
        self,
        ctx: Context,
        request: Wanted,
        roots: Roots,
        max_cost: Annotated[
            float | None,
            Field(description="USD that this may cost at most; ask the user. Required."),
        ] = None,
        allow: Allow = "lossy",
        mend: Mend = "errors",
        submit_again: Annotated[
            bool, Field(description="Pay once more though the very same request was sent.")
        ] = False,
    ) -> Run_:
        """Make the video: fix, upload, submit once, wait, download. THIS COSTS MONEY.

        Gives a run id at once; the work goes on in the background, `run_status` follows it. Refuses
        before anything is sent what cannot comply or may cost more than `max_cost`. The same
        request is paid once, however often this is called, unless `submit_again`.
        """
        most = None if max_cost is None else str(max_cost)
        budget = Budget(most=most, again=submit_again)
        return await self._answered(self._ordered(ctx, request, roots, (allow, mend), budget))

    async def run_status(
        self,
        ctx: Context,
        run: RunId,
        roots: Roots,
        wait: Annotated[
            float, Field(ge=0, le=WAIT_MAX, description="Seconds to wait for its end.")
        ] = 0.0,
    ) -> Run_:
        """Say where a run stands; once it is finished, where its video is.

        Costs nothing. Takes up runs of a server that was ended, without paying again.
        """
        return await self._answered(self._status(ctx, run, roots, wait))

    async def cancel(self, run: RunId, roots: Roots) -> Run_:
        """End a run. Before it was submitted that costs nothing; later it may still be charged."""
        return await self._answered(self._cancelled(run, roots))

    async def rules(
        self,
        code: Annotated[
            str | None, Field(description="A code or name, as VID003; without it, all rules.")
        ] = None,
        endpoint: Annotated[str, Field(description="Whose numbers to show.")] = DEFAULT_ENDPOINT,
    ) -> Rules_:
        """Say what rules mean, how they are mended, and their limits with sources."""
        return await self._answered(self._ruled(code, endpoint))

    # What they do ---------------------------------------------------------------------------------

    async def _answered(self, answer: Awaitable[CallToolResult]) -> CallToolResult:
        try:
            return await answer
        except PrepError as error:
            return answers.refused(error)

    async def _checked(
        self,
        ctx: Context,
        request: Wanted,
        roots: ListRootsResult | None,
    ) -> CallToolResult:
        wanted = asked(request, self._house.places(roots))
        report = await self._judged(ctx, wanted, self._options(request))
        mendable = foreseen(report).ok
        return answers.result(answers.checked(report, wanted.names, mendable))

    async def _judged(self, ctx: Context, wanted: Asked, options: Options) -> Report:
        meter = Meter()
        return await self._worked(
            ctx, meter, lambda _: drain(checking(wanted.request, options), meter)
        )

    async def _fixed(
        self,
        ctx: Context,
        request: Wanted,
        roots: ListRootsResult | None,
        allow: str,
        mend: str,
    ) -> CallToolResult:
        places = self._house.places(roots)
        wanted, options = asked(request, places), self._options(request, allow, mend)
        fix, meter = new_id("f"), Meter()
        folder = places.new_folder(fix)
        try:
            report = await self._worked(ctx, meter, partial(_made, wanted, options, folder, meter))
        except anyio.get_cancelled_exc_class():  # before it began, or when it had just ended
            shutil.rmtree(folder, ignore_errors=True)
            raise
        found = self._shelf.keep(f"seedance://fixes/{fix}", report)
        await ctx.notify_resources_changed()
        document = answers.checked(report, wanted.names, None) | {"resources": found}
        links = [shelf.link(found[one.ref], one.path) for one in report.outputs]
        return answers.result(document, links)

    async def _ordered(
        self,
        ctx: Context,
        request: Wanted,
        roots: ListRootsResult | None,
        how: tuple[str, str],
        budget: Budget,
    ) -> CallToolResult:
        places = self._house.places(roots)
        wanted, options = asked(request, places), self._options(request, *how)
        if not (request.prompt or "").strip():
            raise UsageError("a prompt is needed: request.prompt says what shall be made")
        if budget.most is not None:
            amount(budget.most)
        need_sendable(options.profile)
        self._orders.client.need_key()
        asking = json.dumps([plain(request), how, _stamps(wanted)], sort_keys=True)
        known = None if budget.again else await run_sync(self._orders.known, asking)
        if known is not None:
            return self._told(known, f"run {known} is the very same request; nothing was sent anew")
        report = await self._judged(ctx, wanted, options)
        if not (left := foreseen(report)).ok:
            document = answers.checked(report, wanted.names, mendable=False)
            return answers.refused(UnfixableError(left), document)
        _affordable(report, budget.most)
        place = places.new_folder
        run = await run_sync(self._orders.start, asking, report, options, budget, place)
        return self._told(run)

    async def _status(
        self,
        ctx: Context,
        run: str,
        roots: ListRootsResult | None,
        wait: float,
    ) -> CallToolResult:
        row = await run_sync(self._row, run, self._house.places(roots))
        order = await run_sync(self._orders.follow, row)
        if order is not None and wait:
            with anyio.move_on_after(wait):
                await _until(ctx, order.meter, order.done.is_set)
        return await run_sync(self._told, run)

    async def _cancelled(self, run: str, roots: ListRootsResult | None) -> CallToolResult:
        await run_sync(self._row, run, self._house.places(roots))
        said = await run_sync(self._orders.cancel, run)
        return await run_sync(self._told, run, for_agents(said))

    async def _ruled(self, code: str | None, endpoint: str) -> CallToolResult:
        from ..checks import RULES, rule_of
        from ..limits import load
        from ..report import rules as pages

        limits = load(endpoint)
        chosen = [rule_of(code).rule] if code else [judge.rule for judge in RULES]
        found = [pages.document(rule, limits) for rule in chosen]
        if code is None:
            found = [{name: one[name] for name in BRIEF} for one in found]
        summary = (
            f"{found[0]['code']}: {found[0]['summary']}"
            if code
            else f"{len(found)} rules; one of them in full by its code"
        )
        return answers.result({"summary": summary, "rules": found})

    def _options(self, request: Wanted, allow: str = "lossy", mend: str = "errors") -> Options:
        house = self._house
        found = options_of(
            request, allow=allow, mend=mend, private_addresses=house.private_addresses
        )
        return replace(found, cache=house.cache)

    def _row(self, run: str, places: Places) -> Run:
        """A run whose files lie in the folders that are open. Raises ``UsageError``."""
        row = self._orders.client.ledger.run(run)
        if self._orders.of(run) is None and not (row.target and places.covers(Path(row.target))):
            raise UsageError(f"run {run} is not of the folders that are open to this server")
        return row

    def _told(self, run: str, said: str | None = None) -> CallToolResult:
        order = self._orders.of(run)
        row = self._orders.client.ledger.run(run)
        document = _told_of(row, order) | ({"summary": said} if said else {})
        links = []
        if row.saved and row.state.value == "finished":
            path = Path(row.saved)
            document["video"] = self._shelf.keep_file(f"seedance://runs/{run}/{VIDEO}", path)
            links = [shelf.link(document["video"], path)]
        return answers.result(document, links)

    async def _worked(
        self,
        ctx: Context,
        meter: Meter,
        work: Callable[[Hold], Value],
    ) -> Value:
        """Do work in a thread; its progress goes to the client, whose cancelling ends it."""
        hold = Hold()
        async with self._turns, anyio.create_task_group() as group:
            group.start_soon(_until, ctx, meter, lambda: False)
            outcome = await _held(hold, work)
            group.cancel_scope.cancel()
        if isinstance(outcome, PrepError):
            raise outcome
        return outcome


async def _held(hold: Hold, work: Callable[[Hold], Value]) -> Value | PrepError:
    """What the work gives; an error as a value, since a task group would wrap it."""
    try:
        return await run_sync(hold.run, partial(work, hold), abandon_on_cancel=True)
    except PrepError as error:
        return error
    except anyio.get_cancelled_exc_class():
        hold.end()
        raise


async def _until(ctx: Context, meter: Meter, done: Callable[[], bool]) -> None:
    """Tell the client how far the work is, until it is done."""
    shown = -1.0
    while not done():
        if meter.progress.share > shown:
            shown = meter.progress.share
            await ctx.report_progress(shown, 1.0, _words(meter.progress))
        await anyio.sleep(GLANCE)


def _words(progress: Progress) -> str:
    left = progress.seconds_left
    return f"{progress.stage}, {left:.0f} s left" if left and left >= 1 else progress.stage


def _made(wanted: Asked, options: Options, folder: Path, meter: Meter, hold: Hold) -> Report:
    """Fix; of one that was cancelled, nothing is left."""
    try:
        return drain(fixing(wanted.request, folder, options), meter)
    finally:
        if hold.stop.is_set() or not any(folder.glob("*")):
            shutil.rmtree(folder, ignore_errors=True)


def _affordable(report: Report, most: str | None) -> None:
    """Raise ``CostError``, which names the price, without a limit or above it."""
    if most is not None:
        return check_cost(report.cost, most)
    costs = f"this costs {price(report.cost)}" if report.cost else "what this costs is not known"
    raise CostError(
        f"{costs}; generate needs max_cost, the USD that the user agrees to. Nothing was sent"
    )


def _stamps(wanted: Asked) -> list[Any]:
    """What tells whether a file is still the same."""
    from ..reader import stamped

    return [stamped(Path(one)) for one in sorted(wanted.names)]


def _told_of(row: Run, order: Order | None) -> dict[str, Any]:
    progress = order.meter.progress if order else Progress()
    working = order is not None and not order.done.is_set()
    return answers.run_told(
        row,
        progress,
        working=working,
        error=order.error if order else None,
        instead=order.instead if order else None,
    )
