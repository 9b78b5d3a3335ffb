"""Every exception of the package.

    PrepError                  anything this package raises on purpose
    ├── UsageError             the call makes no sense                              exit 2
    │   └── TwiceError             the very same request is on its way already
    ├── UnfixableError         errors would be left after the fix (core.outcome:
    │                          it holds their report)                               exit 1
    ├── MachineError           this machine is at fault                             exit 3
    │   ├── ToolMissingError       ffmpeg cannot be found or started
    │   ├── ToolFailedError        a child failed, crashed or hit one of its limits
    │   └── OutputError            an output cannot be written
    ├── ServiceError           the service refused, failed or cannot be reached     exit 4
    │   ├── UnreachableError       refused before any byte of the request left
    │   ├── LostAnswerError        the connection broke after bytes may have left
    │   ├── AnswerError            an answer that its protocol does not know
    │   ├── WebhookError           a delivery that cannot be trusted
    │   └── RefusedError           the service said no (status, detail, charged)
    │       └── JobFailedError         the job ended without a result
    ├── UncertainError         unknown whether the service took the job             exit 5
    │   └── PendingError           the service has the job; its end was not seen
    ├── StoppedError           the caller stopped waiting                           exit 130
    └── CostError              the price is above what the caller allows            exit 1

What is wrong with media is never an exception: it is a finding.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence


class PrepError(Exception):
    """Anything this package raises on purpose; its text is one sentence for people."""

    status = 3
    """Exit status of the command line."""


class UsageError(PrepError):
    """The call makes no sense: a wrong option, field or combination."""

    status = 2


class TwiceError(UsageError):
    """The very same request is on its way already; nothing was sent."""


class MachineError(PrepError):
    """The machine is at fault, not the media and not the call."""

    status = 3


class ToolMissingError(MachineError):
    """ffmpeg cannot be found or started."""


class ToolFailedError(MachineError):
    """A child process failed, crashed or hit one of its limits."""

    def __init__(
        self, argv: Sequence[str], reason: str, tail: str = "", code: int | None = None
    ) -> None:
        """Keep the command (paste-ready), why it ended, the end of what it said, its status."""
        self.argv = tuple(argv)
        self.code = code
        self.reason = reason
        self.tail = tail
        super().__init__(f"{_tool(self.argv)} {reason}")

    @property
    def command(self) -> str:
        """The command as a shell would take it."""
        return shlex.join(self.argv)


def _tool(argv: Sequence[str]) -> str:
    """Name for people: ``ffmpeg``, for ``/home/me/…/ffmpeg-linux-x86_64-v9.0.2``."""
    return argv[0].rsplit("/", 1)[-1].partition("-")[0] if argv else "the tool"


class OutputError(MachineError):
    """An output cannot be written: full disk, missing folder, no permission."""


class ServiceError(PrepError):
    """The service refused, failed, or could not be reached; nothing is pending."""

    status = 4


class UnreachableError(ServiceError):
    """The connection was refused before any byte of the request left: safe to try again."""


class LostAnswerError(ServiceError):
    """The connection broke after bytes may have left, so it is unknown what the service did.

    Harmless for a step that may be repeated; the paid one turns it into ``UncertainError``.
    """


class AnswerError(ServiceError):
    """The service's answer is not what its protocol says; the text names the path inside it."""


class WebhookError(ServiceError):
    """A webhook delivery that cannot be trusted: forged, altered, too old, or unsigned."""


class RefusedError(ServiceError):
    """The service answered no."""

    def __init__(
        self,
        message: str,
        *,
        http_status: int | None = None,
        kind: str | None = None,
        charged: bool | None = None,
        retryable: bool | None = None,
        retry_after: float = 0.0,
    ) -> None:
        """Keep the HTTP status, the service's own word, whether it was charged and may go well.

        ``retry_after`` are the seconds to wait that it asks for.
        """
        self.http_status = http_status
        self.kind = kind
        self.charged = charged
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(message)


class JobFailedError(RefusedError):
    """The job ended without a result."""


class UncertainError(PrepError):
    """It is unknown whether the service took the job; never send it again blindly."""

    status = 5

    def __init__(self, message: str, run: str | None = None) -> None:
        """Keep the run's id in the ledger, for ``resume``."""
        self.run = run
        super().__init__(message)


class PendingError(UncertainError):
    """The service has the job, but its end was not seen: out of time, or out of reach."""


class StoppedError(PrepError):
    """The caller stopped waiting; whatever was sent is in the ledger."""

    status = 130


class CostError(PrepError):
    """The price is above what the caller allows; nothing was sent."""

    status = 1


def kind_of(error: BaseException) -> str:
    """An error in one word: the service's own, else its class as ``lost_answer``."""
    word = getattr(error, "kind", None)
    if isinstance(word, str) and word:
        return word
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")
