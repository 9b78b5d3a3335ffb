"""What was sent where, for a report that is shared: no address that leads to a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.outcome import Report
from ..core.run import Run
from ..core.units import plural


def rows(value: Report, run: Run | None) -> Iterator[tuple[str, str]]:
    """Name and value of each fact."""
    if run is None:
        yield from _hosts(_urls(value.arguments or {}))
        return
    yield "run", run.id
    yield "state", run.state.value
    yield "service", _host(run.service)
    if run.handle:
        yield "request", run.handle.request_id
    if run.sent_at:
        yield "sent", f"{run.sent_at:%Y-%m-%d %H:%M:%S} UTC"
    yield from _hosts([one.url for one in run.assets if one.url])


def _urls(arguments: Any) -> list[str]:  # noqa: ANN401 - JSON
    lists = [one for name, one in dict(arguments).items() if name.endswith("_urls")]
    return [url for one in lists for url in one if isinstance(url, str)]


def _hosts(urls: list[str]) -> Iterator[tuple[str, str]]:
    for host in dict.fromkeys(map(_host, urls)):
        count = sum(_host(url) == host for url in urls)
        yield "uploaded", f"{plural(count, 'file')} to {host}"


def _host(url: str) -> str:
    """Host and port of a URL, or the word that stands for a service."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or url
