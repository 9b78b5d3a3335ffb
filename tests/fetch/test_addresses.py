"""Which addresses count as the open internet, and who is refused without a connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_prep.core.media import Fault, Problem
from seedance_prep.fetch import fetch
from seedance_prep.fetch.addresses import public

from ..wire.rogue import Rogue, says

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.0.1",
    "198.17.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address: str) -> None:
    """Private, loopback, link-local, multicast, reserved, documentation: on every Python."""
    assert public(address) is False


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    """The neighbours of those blocks are hosts like any other."""
    assert public(address) is True


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "2130706433",
        "0x7f000001",
        "127.1",
        "017700000001",
    ],
)
def test_refused_without_a_connection(rogue: Rogue, tmp_path: Path, host: str) -> None:
    """However a private address is written, nothing is asked of it, and the switch is named."""
    rogue.on("GET", "/a.png", says(200, b"x"))
    port = rogue.base.rpartition(":")[2]
    got = fetch(f"http://{host}:{port}/a.png", tmp_path)
    assert isinstance(got, Problem)
    assert Fault.MISSING is got.fault
    assert "is no public address" in got.says
    assert "--allow-private-addresses" in str(got.remedy)
    assert [] == rogue.seen
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "host",
    [
        "0",
        "0x7f.1",
        "0177.0.0.1",
        "00000177.1",
        "127.0.0.1.",
        "localhost.",
        "LOCALHOST",
        "127\u30020\u30020\u30021",
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "%31%32%37.0.0.1",
        "[::ffff:0:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::1%25lo]",
        "127.0.0.1%00.example.org",
        "someone@127.0.0.1",
        "example.org\\@127.0.0.1",
        "127.0.0.1\\@example.org",
    ],
)
def test_no_spelling_leads_here(rogue: Rogue, tmp_path: Path, host: str) -> None:
    """What one reader takes for a name and another for this machine is fetched by neither."""
    rogue.on("GET", "/a.png", says(200, b"x"))
    port = rogue.base.rpartition(":")[2]
    assert isinstance(fetch(f"http://{host}:{port}/a.png", tmp_path), Problem)
    assert [] == rogue.seen
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1"])
def test_the_switch_lets_them_in(rogue: Rogue, tmp_path: Path, host: str) -> None:
    """With the switch the very same hosts are fetched from."""
    rogue.on("GET", "/a.png", says(200, b"bytes"))
    port = rogue.base.rpartition(":")[2]
    got = fetch(f"http://{host}:{port}/a.png", tmp_path, private_addresses=True)
    assert isinstance(got, Path)
    assert b"bytes" == got.read_bytes()
    assert f"{host}:{port}" == rogue.seen[0].headers["host"]


@pytest.mark.parametrize(
    "url", ["http:///a.png", "http://no-such-host.invalid/a.png", f"http://{'a' * 70}.invalid/"]
)
def test_hosts_that_are_none(tmp_path: Path, url: str) -> None:
    """A host without an address is a missing file in one sentence."""
    got = fetch(url, tmp_path)
    assert isinstance(got, Problem)
    assert Fault.MISSING is got.fault
    assert "cannot be looked up" in got.says
