"""Makes the virtual environment that the verbs beside this file run in.

Old syntax on purpose: any Python 3 may start a verb; this finds one that is new enough.
uv is used when it is there, plain venv and pip otherwise.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
NEW_ENOUGH = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))"


def python() -> str:
    """A Python that is new enough, as a command."""
    names = [sys.executable, "python3.13", "python3.12", "python3.11", "python3", "python"]
    for name in filter(None, map(shutil.which, names)):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if subprocess.call([name, "-c", NEW_ENOUGH], **quiet) == 0:
            return name
    sys.exit("Python 3.11 or newer is needed; none was found on PATH")


def prepare(lock: str) -> Path:
    """A virtual environment with what ``lock`` names, made or brought up to date."""
    stamp = VENV / ("stamp-" + lock)
    parts = [(ROOT / name).read_bytes() for name in (lock, "pyproject.toml")]
    wanted = hashlib.sha256(b"".join(parts)).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return PYTHON
    print("preparing .venv from " + lock, file=sys.stderr, flush=True)
    uv = shutil.which("uv")
    if not (uv and _with_uv(uv, lock)):
        _with_pip(lock)
    stamp.write_text(wanted)
    return PYTHON


def _with_uv(uv: str, lock: str) -> bool:
    """False when uv could not do it (pip has another go)."""
    make = [uv, "venv", "--quiet", "--allow-existing", "--python", python(), str(VENV)]
    fill = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(PYTHON)]
    steps = [make, [*fill, "-r", lock]]
    return all(subprocess.call(step, cwd=ROOT) == 0 for step in steps)


def _with_pip(lock: str) -> None:
    if not PYTHON.exists() or subprocess.call([str(PYTHON), "-m", "pip", "--version"]):
        subprocess.check_call([python(), "-m", "venv", "--clear", str(VENV)])
    fill = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
    subprocess.check_call(fill, cwd=ROOT)


def run(*argv: object) -> int:
    """Run a command of the environment from the project's root; its exit status."""
    place = str(ROOT) + os.pathsep + os.environ.get("PYTHONPATH", "")
    environment = dict(os.environ, PYTHONPATH=place.rstrip(os.pathsep))
    return subprocess.call([str(part) for part in argv], cwd=ROOT, env=environment)
