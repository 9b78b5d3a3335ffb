"""Over https a server may lead onward, but never out of the encryption."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT
from ..wire.rogue import Rogue, says
from ..wire.test_visit import over_tls

FETCH = """
import sys
from pathlib import Path
from seedance_prep.fetch import fetch
got = fetch(sys.argv[1], Path(sys.argv[2]), private_addresses=True)
print(got.read_text() if isinstance(got, Path) else got.says)
"""


@pytest.mark.parametrize(
    ("to", "said"),
    [("/b", "there"), ("http://localhost:{port}/b", "leads to a place without encryption")],
)
def test_redirects_stay_encrypted(rogue: Rogue, tmp_path: Path, to: str, said: str) -> None:
    """Whoever sits between would read and change what comes from there."""
    port = over_tls(rogue, "localhost", tmp_path)
    rogue.on("GET", "/a", says(302, location=to.format(port=port)))
    rogue.on("GET", "/b", says(200, b"there"))
    done = subprocess.run(
        [sys.executable, "-c", FETCH, f"https://localhost:{port}/a", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"SSL_CERT_FILE": str(tmp_path / "ca.pem"), "PYTHONPATH": str(ROOT)},
    )
    assert said in done.stdout
    assert (1 if "without" in said else 2) == len(rogue.seen)
