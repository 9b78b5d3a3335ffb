"""``python -m seedance_prep`` and ``seedance-prep``: run a command, end with its exit status."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


SENDS_NOTHING = frozenset({"check", "fix", "price", "rules", "profiles", "doctor", "runs", "cache"})
"""Commands after whose end nobody needs to look into the ledger."""
READS = frozenset({"check", "fix", "price", "generate", "upload"})
"""Commands that read files."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with the contract's exit status."""
    try:
        _settle_in()
        code = status(argv)
    except KeyboardInterrupt:  # before the commands were there, or while the end was told
        code = _interrupted(argv)
    sys.exit(code)


def _settle_in() -> None:
    """Stand on three open streams, and take a polite end (``kill``, hang-up) like Ctrl-C.

    So nothing is left behind: no child goes on, no draft stays, the ledger says what was sent.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the caller closed it
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, stream)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def status(argv: Sequence[str] | None = None) -> int:
    """Exit status of one call; whatever went wrong is one sentence on stderr."""
    _ahead(sys.argv[1:] if argv is None else argv)
    import click

    from .cli import root
    from .errors import PrepError

    try:
        result = root.main(
            args=None if argv is None else list(argv),
            prog_name="seedance-prep",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(argv)
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        if isinstance(error, click.NoSuchOption) and _takes_assets(error):
            said.write("An ASSET that begins with - goes after -- (or as ./-NAME).\n")
        print(_visible(said.getvalue()), end="", file=sys.stderr)  # noqa: T201
        return 2
    except PrepError as error:
        return _say(str(error), error.status)
    except BrokenPipeError:
        from .cli.show import nobody_reads

        nobody_reads()
        return 0
    except OSError as error:
        return _say(_machine(error), 3)
    except Exception as error:
        if os.environ.get("SEEDANCE_PREP_TRACE"):
            raise
        return _say(
            f"internal error ({type(error).__name__}); nothing more was sent. Please report it"
            " with the command and the output of SEEDANCE_PREP_TRACE=1",
            3,
        )
    return result if isinstance(result, int) else 0


def _ahead(words: Sequence[str]) -> None:
    """Start what files are read in, which imports for a while, before the call is understood."""
    if READS & set(words[:1]) and not {"-h", "--help"} & set(words):
        from .isolation import ready

        with suppress(OSError):  # told when it is tried again
            ready()


def _interrupted(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    sends = not SENDS_NOTHING & set(words[:1])
    kept = "whatever was sent is in the ledger (`runs`)" if sends else "nothing was sent"
    return _say(f"interrupted; {kept}", 130)


def _takes_assets(error: click.NoSuchOption) -> bool:
    command = error.ctx.command if error.ctx else None
    return command is not None and any(one.name == "assets" for one in command.params)


def _machine(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "no space is left on the disk"
    name = Path(str(error.filename)).name if error.filename else "a file"
    return f"{name}: {error.strerror or type(error).__name__}"


def _say(sentence: str, code: int) -> int:
    print(f"seedance-prep: {_visible(sentence)}", file=sys.stderr)  # noqa: T201
    return code


def _visible(sentence: str) -> str:
    """Without what a name could do to a terminal."""
    from .report.text import shown

    return "\n".join(map(shown, sentence.split("\n")))


if __name__ == "__main__":
    main()
