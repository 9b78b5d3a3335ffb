"""Plan, look closer where the plan depends on it, and plan again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING

from .checks import check as judge
from .core.finding import Finding, Level, Trust
from .core.limits import Limits
from .core.media import Media
from .core.plan import Plan, Want
from .core.request import Request
from .core.survey import Survey
from .plan import plan as make_plan
from .process import Leash, ending, leash
from .survey import survey
from .telemetry import span

if TYPE_CHECKING:
    from .cache import Cache

Surveyor = Callable[[Media, Want], Survey]
"""Answers one question of a plan about a file."""

ROUNDS = 3
"""Plans at most: one that asks what is best, one that asks where to cut that, and the last."""


def surveyed_plan(
    request: Request,
    media: Sequence[Media],
    findings: Sequence[Finding],
    limits: Limits,
    *,
    allow: Trust,
    mend: Level,
    jobs: int,
    look: bool,
    uncopied: Iterable[int] = (),
    surveyor: Surveyor | None = None,
    cache: Cache | None = None,
    explain: bool = True,
) -> Plan:
    """Plan, look closer where the plan asks for it, and plan again.

    Only with ``look`` for the best seconds of a clip, ``jobs`` files at a time. ``uncopied`` are
    the positions of files of which a copy was tried in vain. ``surveyor`` may answer from memory;
    without one the cache does. ``explain``: whether what is left says what would mend it.
    """
    surveys = {index: Survey(uncopied=True) for index in uncopied}
    asked: set[Want] = set()
    for left in reversed(range(ROUNDS)):
        plan = make_plan(
            request,
            media,
            findings,
            limits,
            allow=allow,
            mend=mend,
            judge=lambda predicted: judge(request, predicted, limits),
            surveys=surveys,
            explain=explain,
        )
        wants = [want for want in plan.wants if want not in asked and (look or want.look is None)]
        if not (wants and left):
            break
        asked.update(wants)
        found = list(_looked(media, wants, jobs, surveyor or _asking(cache)))
        if all(one == Survey() for _, one in found):  # nothing that was not known before
            break
        for index, one in found:
            surveys[index] = surveys.get(index, Survey()).with_(one)
    return plan


def _looked(
    media: Sequence[Media], wants: Sequence[Want], jobs: int, surveyor: Surveyor
) -> Iterator[tuple[int, Survey]]:
    held = Leash()
    with ThreadPoolExecutor(jobs) as pool, held.pulled_on_error(), ending(held.pull):
        futures = []
        for want in wants:
            context = copy_context()
            context.run(leash.set, held)
            futures.append(pool.submit(context.run, _asked, surveyor, media[want.index], want))
        for want, future in zip(wants, futures, strict=True):
            yield want.index, future.result()


def _asked(surveyor: Surveyor, media: Media, want: Want) -> Survey:
    with span("survey", kind=media.kind and media.kind.value):
        return surveyor(media, want)


def _asking(cache: Cache | None) -> Surveyor:
    """Asks a file, and with a cache only once."""
    if cache is None:
        return survey

    def known(media: Media, want: Want) -> Survey:
        if media.path is None:
            return survey(media, want)
        asked = ("survey", media.asset.kind, want.marks, want.look)
        return cache.recall(media.path, asked, partial(survey, media, want))

    return known
