"""A visit reaches the address it is given, under the name in the URL, and nothing else."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from seedance_prep.errors import UnreachableError
from seedance_prep.visit import place, visit

from .rogue import SHORT, Rogue, says

ROOT = Path(__file__).resolve().parents[2]
VISIT = """
import sys
from seedance_prep.errors import PrepError
from seedance_prep.visit import place, visit
from seedance_prep.patience import Timeouts
try:
    with visit(place(sys.argv[1]), "127.0.0.1", Timeouts(connect=5, read=5, total=10)) as got:
        print(got.status, b"".join(got.chunks()).decode())
except PrepError as error:
    print(error)
"""


def test_the_name_is_not_looked_up(rogue: Rogue) -> None:
    """The judged address is reached though the name has none; the server sees the name."""
    rogue.on("GET", "/a", says(200, b"x"))
    port = rogue.base.rpartition(":")[2]
    with visit(place(f"http://media.invalid:{port}/a?b=%20c"), "127.0.0.1", SHORT) as got:
        assert (200, b"x") == (got.status, b"".join(got.chunks()))
    assert f"media.invalid:{port}" == rogue.seen[0].headers["host"]
    assert "/a?b=%20c" == rogue.seen[0].path


def test_a_redirect_is_an_answer(rogue: Rogue) -> None:
    """It is handed out, never followed."""
    rogue.on("GET", "/a", says(302, location="/b"))
    with visit(place(f"{rogue.base}/a"), "127.0.0.1", SHORT) as got:
        assert (302, "/b") == (got.status, got.headers["location"])
    assert 1 == len(rogue.seen)


@pytest.mark.parametrize(
    ("url", "base", "scheme", "host"),
    [
        ("HTTP://Media.Example./a", "", "http", "media.example"),
        ("https://straße.example/a", "", "https", "xn--strae-oqa.example"),
        ("http://[::1]:8/a", "", "http", "::1"),
        ("//other.example/a", "https://media.example/b/c", "https", "other.example"),
        ("../a?b", "https://media.example/b/c/d", "https", "media.example"),
        ("file:///etc/passwd", "https://media.example/", "file", ""),
    ],
)
def test_where_a_url_leads(url: str, base: str, scheme: str, host: str) -> None:
    """Scheme and host are read as they will be sent: lower case, ASCII, relative to the base."""
    found = place(url, base)
    assert (scheme, host) == (found.scheme, found.host)


@pytest.mark.parametrize(
    "url", ["http://a:99999/", "http://a:b/", "http://a\n/", "http://１.1.1.1/"]
)
def test_what_leads_nowhere(url: str) -> None:
    """No URL, no place."""
    with pytest.raises(UnreachableError):
        place(url)


def over_tls(rogue: Rogue, name: str, folder: Path) -> str:
    """The server's port, from now on with a certificate for a name (``ca.pem`` in ``folder``)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    made = made.add_extension(names, critical=False).add_extension(constraints, critical=True)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.pem").write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    rogue.encrypt(context)
    return rogue.base.rpartition(":")[2]


@pytest.mark.parametrize(
    ("name", "said"), [("media.invalid", "200 x\n"), ("other.invalid", "certificate verify failed")]
)
def test_the_certificate_is_the_names(rogue: Rogue, tmp_path: Path, name: str, said: str) -> None:
    """Though an address is dialled, the certificate must be the one of the name in the URL."""
    rogue.on("GET", "/a", says(200, b"x"))
    port = over_tls(rogue, name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", VISIT, f"https://media.invalid:{port}/a"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"SSL_CERT_FILE": str(tmp_path / "ca.pem"), "PYTHONPATH": str(ROOT)},
    )
    assert said in done.stdout
    assert (name == "media.invalid") == bool(rogue.seen)
