"""``check``, ``fix``: what needs no service."""

from __future__ import annotations

from typing import Any

import click

from ..core.event import drain
from ..core.outcome import Verify
from ..core.request import member
from . import judged, options, pages, show


@click.command()
@options.request_options
@options.output_options
@judged.ci_options
def check(**given: Any) -> int:  # noqa: ANN401 - click's options, by name
    """Probe and judge every ASSET; needs no key, and writes nothing but what --sarif, --junit name.

    Ends 0 when the request complies, 1 when an error was found.
    """
    from .. import pipeline
    from ..choices import profile_of

    request = options.request_of(given)
    judged.checked_targets(given)
    chosen = pipeline.Options(
        tolerant=given["tolerant"],
        private_addresses=given["private_addresses"],
        profile=profile_of(given["profile"]),
        cache=options.cache_of(given),
    )
    if given["each"]:
        reports = judged.each(request, chosen, show.log(given))
    else:
        reports = (drain(pipeline.checking(request, chosen), show.log(given)),)
    if not judged.written(reports, given):
        judged.shown(reports, given)
    return 0 if all(one.ok for one in reports) else 1


@click.command()
@options.request_options
@options.output_options
@options.fix_options
@click.option("--dry-run", is_flag=True, help="Print the plan only.")
def fix(**given: Any) -> int:  # noqa: ANN401
    """Make compliant copies of every ASSET in DIR, and prove them.

    Sources are never changed. Ends 1 when errors are left; outputs that comply are kept.
    """
    from .. import pipeline
    from ..workspace import outlet

    request = options.request_of(given)
    chosen = fix_choices(given)
    page = pages.page_of(given, request, chosen.jobs)
    with outlet(given["out"]) as (folder, put):
        if given["dry_run"]:
            report = pipeline.planned(request, chosen)
        else:
            with show.progress(given) as told:
                report = put(drain(pipeline.fixing(request, folder, chosen), told))
        show.report(report, given)
        if page:
            page.write(report)
    return 0 if report.ok else 1


def fix_choices(given: dict[str, Any]) -> Any:  # noqa: ANN401 - pipeline is imported late
    """``pipeline.Options`` from the command line."""
    from .. import pipeline
    from ..choices import profile_of

    choices = pipeline.Options(
        allow=options.trust_of(given["allow"]),
        mend=options.level_of(given["mend"]),
        tolerant=given["tolerant"],
        private_addresses=given["private_addresses"],
        verify=member(Verify, "verify", given["verify"]),
        profile=profile_of(given["profile"]),
        cache=options.cache_of(given),
    )
    return choices.with_jobs(given["jobs"])
