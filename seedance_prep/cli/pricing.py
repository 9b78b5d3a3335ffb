"""``price``: what a request costs, at other tiers, and by the service's own list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.outcome import Report
from . import options, show

if TYPE_CHECKING:
    from ..core.offers import Offer
    from ..submit.prices import Comparison


@click.command()
@options.request_options
@options.output_options
@click.option("--compare", is_flag=True, help="Tiers, resolutions and lengths side by side.")
@click.option("--live", is_flag=True, help="Ask the service for its unit price, too (key needed).")
@click.option("--service", default="fal", metavar="fal|URL", help="Whom --live asks.")
def price(**given: Any) -> int:  # noqa: ANN401 - click's options, by name
    """Say what the request will cost, low and high, and why (of the outputs as planned)."""
    from .. import pipeline

    request = options.request_of(given)
    report = pipeline.check(
        request,
        tolerant=given["tolerant"],
        private_addresses=given["private_addresses"],
        profile=given["profile"],
        cache=given["cached"],
    )
    live = _live(report, given["service"]) if given["live"] else None
    show.price(report, given, _offers(report) if given["compare"] else (), live)
    return 0 if report.ok else 1


def _offers(report: Report) -> tuple[Offer, ...]:
    """At every tier of the same service; a profile of one's own stands for its endpoint."""
    from ..core.offers import offers
    from ..judging import predicted
    from ..limits import names, profile

    assert report.plan is not None
    assert report.profile is not None
    own = report.profile
    tiers = [own if (one := profile(name)).endpoint == own.endpoint else one for name in names()]
    tiers = [one for one in tiers if one.service == own.service]
    tiers = tiers if own in tiers else [own, *tiers]
    return offers(report.request, predicted(report.plan), tiers)


def _live(report: Report, service: str) -> Comparison:
    from ..submit.access import key_for, service_of
    from ..submit.prices import compared, live_price
    from ..wire import Wire

    assert report.profile is not None
    chosen = service_of(service)
    with Wire(service=chosen, key=key_for(chosen, None)) as wire:
        found = live_price(wire, report.request.endpoint)
    return compared(found, report.profile, report.request.resolution)
