"""The files of a request as the ledger keeps them."""

from __future__ import annotations

from ..core.outcome import Output, Report
from ..core.run import Sent


def sent_files(report: Report) -> tuple[Sent, ...]:
    """The files of a report that would go out, before they have URLs."""
    digests = {media.ref: media.sha256 for media in report.assets}
    return tuple(_sent(one, digests.get(one.media.ref)) for one in report.outputs)


def _sent(output: Output, digest: str | None) -> Sent:
    path = output.media.path
    here = path and not output.media.asset.remote  # what was fetched is gone when the run ends
    source = str(path.absolute()) if path and here else output.media.source
    return Sent(
        ref=output.ref,
        # A name that is not UTF-8 is kept readable; sqlite takes no other text.
        source=source.encode("utf-8", "backslashreplace").decode(),
        source_sha256=output.media.sha256 or digest,
        sent_sha256=output.sha256,
        action=output.action.value,
        bytes=output.facts.bytes,
        operations=output.operations,
    )
