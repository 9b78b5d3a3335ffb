"""``python -m seedance_prep`` and ``seedance-prep``: run a command, end with its exit status."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with the contract's exit status."""
    sys.exit(status(argv))


def status(argv: Sequence[str] | None = None) -> int:
    """Exit status of one call; whatever went wrong is one sentence on stderr."""
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
        return _say("interrupted; whatever was sent is in the ledger (`runs`)", 130)
    except click.ClickException as error:
        error.show(sys.stderr)
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


def _machine(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "no space is left on the disk"
    name = Path(str(error.filename)).name if error.filename else "a file"
    return f"{name}: {error.strerror or type(error).__name__}"


def _say(sentence: str, code: int) -> int:
    print(f"seedance-prep: {sentence}", file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    main()
