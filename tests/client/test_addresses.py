"""A public address whose file complies goes out as it is; every other file is uploaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import seedance_prep as prep
from seedance_prep.core.event import drain
from seedance_prep.core.job import USUAL
from seedance_prep.core.key import Key
from seedance_prep.core.request import Asset
from seedance_prep.core.service import FAL, at
from seedance_prep.local import LocalService
from seedance_prep.sending import Link, Settings, submitted, uploaded
from seedance_prep.submit.ledger import Ledger, open_ledger
from seedance_prep.submit.payload import payload

ADDRESS = "https://example.org/photo.jpg"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of its own."""
    return open_ledger(tmp_path / "home")


@pytest.fixture
def ready(fixtures_dir: Path, tmp_path: Path) -> prep.Ready:
    """Three pictures, of which the second came from a public address."""
    names = ("beach.heic", "photo.jpg", "alpha16.png")
    request = prep.Request(
        prompt="@Image1 @Image2 @Image3", images=[fixtures_dir / name for name in names]
    )
    made = prep.fix(request, tmp_path / "ready")
    first, second, third = made.outputs
    return replace(made, outputs=(first, replace(second, address=ADDRESS), third))


def link(service: LocalService, *, public: bool) -> Link:
    """As to a service on this machine, or to one that reads addresses by itself."""
    return replace(Link.to(at(service.base), None, Settings()), public=public)


def test_it_stays_where_it_is(ready: prep.Ready, ledger: Ledger) -> None:
    """Beside files that are uploaded, in the order of the request; the ledger tells of it, too."""
    with LocalService() as service:
        to = link(service, public=True)
        got = payload(ready, drain(uploaded(to, ledger, ready)))
        assert 2 == len(list(service.uploads))
        to.wire.close()
    first, second, third = got["image_urls"]
    assert ADDRESS == second
    assert {service.base} == {url[: len(service.base)] for url in (first, third)}


def test_a_service_on_this_machine_reads_no_address(ready: prep.Ready, ledger: Ledger) -> None:
    """It is sent all the files."""
    with LocalService() as service:
        to = link(service, public=False)
        got = payload(ready, drain(uploaded(to, ledger, ready)))
        to.wire.close()
    assert ADDRESS not in got["image_urls"]


@pytest.mark.parametrize(("base", "public"), [(None, True), ("http://127.0.0.1:9", False)])
def test_who_reads_addresses(base: str | None, public: bool) -> None:
    """fal does, and so does every service that is not this machine."""
    to = Link.to(at(base) if base else FAL, Key("one:two"), Settings())
    to.wire.close()
    assert public == to.public


def test_the_ledger_holds_the_address(ready: prep.Ready, ledger: Ledger) -> None:
    """A run says where each file was read; nothing expires there that is not ours."""
    with LocalService() as service:
        to = link(service, public=True)
        with pytest.raises(prep.PrepError):  # the local service opens no address
            drain(submitted(to, ledger, ready, USUAL)).result()
        to.wire.close()
    (run,) = ledger.runs()
    sent = ledger.run(run.id).assets[1]
    assert (ADDRESS, None) == (sent.url, sent.expires)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        (ADDRESS, ADDRESS),
        ("http://example.org/photo.jpg", "http://example.org/photo.jpg"),
        (f"{ADDRESS}?Expires=1", None),
        ("https://me:secret@example.org/photo.jpg", None),
        (f"{ADDRESS}#part", None),
        ("s3://bucket/photo.jpg", None),
        ("/home/me/photo.jpg", None),
    ],
)
def test_what_can_be_sent(source: str, address: str | None) -> None:
    """A signature is secret and soon of no use; a path is nothing to others."""
    assert address == Asset(source).address
